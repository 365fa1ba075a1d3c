// Past the L1s: the miss queue, the L2's look-ups, the walks, and the miss channel. Wiring alone.
module miss_path #(
  parameter int L1iWays            = 0,
  parameter int L1dWays            = 0,
  parameter int L2Sets             = 256,
  parameter int L2Ways             = 5,
  parameter int L2Replacement      = 0,
  parameter int L2LargeSets        = 0,
  parameter int L2LargeWays        = 1,
  parameter int L2LargeReplacement = 0,
  parameter int WcEntriesM1        = 0,
  parameter int WcEntries0         = 8,
  parameter int WcEntries1         = 16,
  parameter int WcEntries2         = 32,
  parameter int WcReplacement      = 0,
  parameter int WcInL2             = 0,
  parameter int IpaEntries         = 16,
  parameter int IpaReplacement     = 0,
  parameter int Misses             = 6,
  parameter int Walks              = 4
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration
  input mmu_pkg::config_t cfg_i,
  input mmu_pkg::held_t   held_i,
  // Registers
  input mmu_pkg::lookup_t               lookup_i,
  input mmu_pkg::control_t              control_i,
  input mmu_pkg::stage1_t               walk_lower_i,
  input mmu_pkg::stage1_t               walk_upper_i,
  input mmu_pkg::stage2_t               stage2_i,
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  input logic [15:0]                    asid_i,
  input mmu_pkg::misses_t               misses_i,
  // A prefetch wants to enter; the registers change at the end of this cycle; {one wants to enter, one is in the queue}
  output logic       watch_o,
  input  logic       changes_i,
  output logic [1:0] prefetching_o,
  // Entering
  input  logic             data_wants_i,
  input  mmu_pkg::access_t data_access_i,
  input  logic [51:0]      data_va_i,
  input  logic [31:0]      data_id_i,
  output logic             data_enters_o,
  input  logic             fetch_wants_i,
  input  mmu_pkg::access_t fetch_access_i,
  input  logic [51:0]      fetch_va_i,
  input  logic [31:0]      fetch_id_i,
  output logic             fetch_enters_o,
  // Maintenance
  input  logic           mark_i,
  input  logic           tlbi_first_i,
  input  logic           tlbi_step_i,
  input  logic           clear_i,
  input  logic [12:0]    step_i,
  input  mmu_pkg::tlbi_t tlbi_i,
  output logic           awaited_o,
  // Fill of an L1
  output logic                          fill_o,
  output logic                          fill_fetch_o,
  output logic                          fill_half_o,
  output logic [39:0]                   fill_vpn_o,
  output logic                          fill_global_o,
  output logic [39:0]                   fill_pa_o,
  output logic [mmu_pkg::LeafWidth-1:0] fill_leaf_o,
  output logic [5:0]                    fill_size_o,
  output logic [5:0]                    fill_span_o,
  // Response
  input  logic             rsp_ready_i,
  output logic             rsp_valid_o,
  output logic [31:0]      rsp_id_o,
  output mmu_pkg::access_t rsp_access_o,
  output logic [2:0]       rsp_found_o,
  output logic             rsp_fault_o,
  output logic [5:0]       rsp_fsc_o,
  output logic             rsp_s1ptw_o,
  output logic             rsp_stage2_o,
  output logic [51:0]      rsp_pa_o,
  output logic [7:0]       rsp_attr_o,
  output logic [1:0]       rsp_sh_o,
  output logic [5:0]       rsp_size_o,
  output logic [3:0]       rsp_walk_o,
  output logic [31:0]      rsp_walk_cycles_o,
  output logic [63:0]      rsp_par_o,
  output logic [31:0]      rsp_esr_o,
  output logic [63:0]      rsp_hpfar_o,
  // Counters: the clock of what is here, what has happened
  output logic             clk_o,
  output mmu_pkg::events_t events_o,
  // Memory
  output logic         mem_req_valid_o,
  input  logic         mem_req_ready_i,
  output logic [51:0]  mem_req_addr_o,
  output logic [2:0]   mem_req_level_o,
  output logic         mem_req_stage2_o,
  output logic         mem_req_word_o,
  output logic         mem_req_swap_o,
  output logic [63:0]  mem_req_expected_o,
  output logic [63:0]  mem_req_desired_o,
  output logic [3:0]   mem_req_tag_o,
  output logic         mem_req_prefetch_o,
  input  logic         mem_rsp_valid_i,
  input  logic [3:0]   mem_rsp_tag_i,
  input  logic [63:0]  mem_rsp_data_i,
  input  logic [255:0] mem_rsp_line_i,
  input  logic [1:0]   mem_rsp_error_i
);

  localparam int IndexBits = (Misses > 1) ? $clog2(Misses) : 1;
  localparam int WalkBits = (Walks > 1) ? $clog2(Walks) : 1;

  logic unused_cfg;
  assign unused_cfg = ^cfg_i;

  // The clock runs while anything moves: when all that is here waits for memory it stands, but cycles are counted
  logic        memory_open_q;
  logic        channel_free;
  logic        queue_moves;
  logic        walks_move;
  logic [31:0] now_q;
  logic        clk;
  clock_gate u_clock (
    .clk_i,
    .enable_i(!rst_ni || queue_moves || walks_move || mem_rsp_valid_i || data_wants_i || fetch_wants_i || watch_o ||
              mark_i || tlbi_step_i || clear_i || misses_i.changed || !mem_req_ready_i || !rsp_ready_i ||
              !memory_open_q || !channel_free),
    .clk_o   (clk)
  );
  always_ff @(posedge clk_i) now_q <= now_q + 32'd1;
  assign clk_o = clk;

  // Memory's credit
  always_ff @(posedge clk) memory_open_q <= mem_req_ready_i || !rst_ni;

  // Cycles from an entry's first to its first probe
  logic [4:0] first_probe;
  logic [4:0] prefetch_probe;
  assign first_probe    = {1'b0, cfg_i.l1_latency} + {1'b0, cfg_i.l2_latency} - (`TW_FAULT(3) ? 5'd1 : 5'd2);
  assign prefetch_probe = {1'b0, cfg_i.l2_latency} - 5'd1;

  // The miss queue
  logic                 look;
  logic [IndexBits-1:0] look_index;
  logic                 probe;
  logic [IndexBits-1:0] probe_index;
  mmu_pkg::access_t     probe_access;
  logic [         51:0] probe_va;
  logic                 l2_missed;
  logic                 l2_done;
  logic                 l2_dropped;     // a prefetch hit
  logic [    Walks-1:0] busy;
  logic [    Walks-1:0] due;
  logic                 walk_begins;
  logic [ WalkBits-1:0] begin_walk;
  logic                 begin_half;
  logic                 act_due;
  logic                 act;
  logic [ WalkBits-1:0] act_walk;
  mmu_pkg::access_t     act_access;
  logic [         51:0] act_va;
  logic                 act_stale;
  logic                 walk_done;
  logic                 walk_dropped;   // a prefetch's
  logic                 woken;
  mmu_pkg::access_t     woken_access;
  logic [         51:0] woken_va;
  logic                 woken_done;
  logic                 woken_again;
  logic                 prefetching;
  assign prefetching_o = {watch_o, prefetching};
  assign act = act_due && !tlbi_first_i && (memory_open_q || `TW_FAULT(77));

  miss_queue #(
    .Misses(Misses),
    .Walks (Walks)
  ) u_queue (
    .clk_i(clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .misses_i      (cfg_i.misses),
    .walks_i       (cfg_i.walks),
    .merge_i       (cfg_i.merge),
    .first_probe_i (first_probe),
    .prefetch_probe_i (prefetch_probe),
    .merge_lower_i (misses_i.merge_lower),
    .merge_upper_i (misses_i.merge_upper),
    .data_wants_i, .data_access_i, .data_va_i, .data_id_i, .data_enters_o,
    .fetch_wants_i, .fetch_access_i, .fetch_va_i, .fetch_id_i, .fetch_enters_o,
    .prefetch_wants_i (watch_o),
    .prefetch_access_i(prefetch_access),
    .prefetch_vpn_i   (prefetch_vpn),
    .prefetch_enters_o(prefetch_enters),
    .changes_i,
    .prefetching_o (prefetching),
    .moves_o       (queue_moves),
    .look_o        (look),
    .look_index_o  (look_index),
    .probe_i       (probe),
    .probe_index_i (probe_index),
    .probe_access_o(probe_access),
    .probe_va_o    (probe_va),
    .missed_i      (l2_missed),
    .l2_done_i     (l2_done),
    .l2_dropped_i  (l2_dropped),
    .busy_i        (busy),
    .due_i         (due),
    .begin_o       (walk_begins),
    .begin_walk_o  (begin_walk),
    .begin_half_o  (begin_half),
    .act_o         (act_due),
    .act_walk_o    (act_walk),
    .act_access_o  (act_access),
    .act_va_o      (act_va),
    .act_stale_o   (act_stale),
    .walk_done_i   (walk_done),
    .walk_dropped_i(walk_dropped),
    .woken_o       (woken),
    .woken_access_o(woken_access),
    .woken_va_o    (woken_va),
    .woken_done_i  (woken_done),
    .woken_again_i (woken_again),
    .id_o          (rsp_id_o),
    .filled_i      (answer_fills),
    .mark_i,
    .mark_stale_i  (tlbi_first_i),
    .awaited_o
  );

  // The walks
  logic                          walk_mapped;
  logic                          stage1_allows;
  logic                          walk_fault;
  logic [                   5:0] walk_fsc;
  logic                          walk_s1ptw;
  logic                          walk_stage2;
  logic [                  39:0] walk_hpfar;
  logic [                  39:0] walk_pa;
  logic [mmu_pkg::LeafWidth-1:0] walk_leaf;
  logic [                   5:0] walk_span;
  logic                          walk_global;
  logic                          walk_fill;
  logic                          walk_read;
  logic [                  31:0] walk_cycles;
  mmu_pkg::stage1_t              stage1;
  always_comb begin
    stage1 = '0;
    if (act) stage1 = act_access.half ? walk_upper_i : walk_lower_i;
  end

  // With WcInL2: does the walk that begins look a table up first? The L2's port in the act of a walk
  logic        begin_table;
  logic [ 2:0] begin_level;
  logic        table_look;
  logic        table_fill;
  logic [ 2:0] table_level;
  logic [ 5:0] table_low;
  logic [49:0] table_entry;
  logic        table_hit;
  logic [49:0] table_found;
  always_comb begin
    begin_table = 1'b0;
    begin_level = lookup_i.short_format ? 3'd2 : 3'd3;
    if ((WcInL2 != 0) && walk_begins && lookup_i.stage1_on) begin
      if (begin_half) begin
        begin_table = !walk_upper_i.epd && !walk_upper_i.base_fault && (walk_upper_i.start_level != 3'd4);
      end else begin
        begin_table = !walk_lower_i.epd && !walk_lower_i.base_fault && (walk_lower_i.start_level != 3'd4);
      end
    end
  end

  walker #(
    .WcEntriesM1   (WcEntriesM1),
    .WcEntries0    (WcEntries0),
    .WcEntries1    (WcEntries1),
    .WcEntries2    (WcEntries2),
    .WcReplacement (WcReplacement),
    .WcInL2        (WcInL2),
    .IpaEntries    (IpaEntries),
    .IpaReplacement(IpaReplacement),
    .Walks         (Walks)
  ) u_walker (
    .clk_i(clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .cfg_i,
    .now_i          (now_q),
    .stage1_on_i    (lookup_i.stage1_on),
    .stage1_i       (stage1),
    .big_endian_i   (walk_lower_i.big_endian),
    .stage2_i, .control_i, .world_i, .world_change_i, .asid_i,
    .flat_attr_i    (act_access.kind[1] ? lookup_i.flat_fetch : lookup_i.flat_data),
    .flat_sh_i      (lookup_i.flat_sh),
    .busy_o         (busy),
    .due_o          (due),
    .moves_o        (walks_move),
    .begin_i        (walk_begins),
    .begin_walk_i   (begin_walk),
    .begin_table_i  (begin_table),
    .begin_level_i  (begin_level),
    .hold_tables_i  (tlbi_step_i),
    .act_i          (act),
    .walk_i         (act_walk),
    .access_i       (act_access),
    .vpn_i          (act_va[51:12]),
    .stale_i        (act_stale),
    .free_i         (channel_free),
    .mapped_o       (walk_mapped),
    .stage1_allows_i(stage1_allows),
    .l2_look_o      (table_look),
    .l2_fill_o      (table_fill),
    .l2_level_o     (table_level),
    .l2_low_o       (table_low),
    .l2_entry_o     (table_entry),
    .l2_hit_i       (table_hit),
    .l2_entry_i     (table_found),
    .tlbi_valid_i   (tlbi_first_i),
    .tlbi_i,
    .done_o         (walk_done),
    .dropped_o      (walk_dropped),
    .fault_o        (walk_fault),
    .fsc_o          (walk_fsc),
    .s1ptw_o        (walk_s1ptw),
    .stage2_o       (walk_stage2),
    .hpfar_o        (walk_hpfar),
    .pa_o           (walk_pa),
    .leaf_o         (walk_leaf),
    .span_o         (walk_span),
    .global_o       (walk_global),
    .fill_o         (walk_fill),
    .read_o         (walk_read),
    .cycles_o       (walk_cycles),
    .mem_req_valid_o, .mem_req_addr_o, .mem_req_level_o, .mem_req_stage2_o, .mem_req_word_o, .mem_req_swap_o,
    .mem_req_expected_o, .mem_req_desired_o, .mem_rsp_valid_i, .mem_rsp_tag_i, .mem_rsp_data_i,
    .mem_rsp_line_i, .mem_rsp_error_i
  );
  assign mem_req_tag_o      = 4'(act_walk);
  assign mem_req_prefetch_o = act_access.prefetch;
  assign rsp_walk_o         = walk_done ? 4'(act_walk) : '0;
  assign rsp_walk_cycles_o  = walk_done ? walk_cycles : '0;

  // The L2
  logic                          l2_match;
  logic                          l2_serves;
  logic [                  39:0] l2_pa;
  logic [mmu_pkg::LeafWidth-1:0] l2_leaf;
  logic                          l2_global;
  logic [                   5:0] l2_span;
  logic [                  39:0] filled_pa;     // by the response, before it is splintered
  logic [mmu_pkg::LeafWidth-1:0] filled_leaf;
  logic [                  39:0] l2_fill_pa;
  logic [mmu_pkg::LeafWidth-1:0] l2_fill_leaf;
  logic [                   5:0] l2_fill_size;
  logic                          answer_fills;
  logic                          fills_upper;
  assign fill_o      = answer_fills || (`TW_FAULT(100) && walk_fill);
  assign fills_upper = walk_fill ? act_access.half : probe_access.half;
  always_comb begin
    fill_half_o = 1'b0;
    fill_vpn_o  = '0;
    if (fill_o) begin
      fill_half_o = fills_upper;
      fill_vpn_o  = walk_fill ? act_va[51:12] : probe_va[51:12];
    end
  end

  look_up #(
    .Sets       (L2Sets),
    .Ways       (L2Ways),
    .Policy     (L2Replacement),
    .LargeSets  (L2LargeSets),
    .LargeWays  (L2LargeWays),
    .LargePolicy(L2LargeReplacement),
    .Tables     (WcInL2),
    .IndexBits  (IndexBits)
  ) u_look_up (
    .clk_i(clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .ranks_i      (held_i.l2),
    .large_sizes_i(held_i.l2_large),
    .in_use_i     (probe_access.half ? misses_i.in_use_upper : misses_i.in_use_lower),
    .world_i, .asid_i,
    .look_i       (look),
    .look_index_i (look_index),
    .hold_i       (walk_done || walk_fill || tlbi_step_i || table_look || (table_fill && !`TW_FAULT(105))),
    .probe_o      (probe),
    .index_o      (probe_index),
    .bypass_i     (probe_access.bypass),
    .prefetch_i   (probe_access.prefetch),
    .half_i       (probe_access.half),
    .vpn_i        (probe_va[51:12]),
    .match_o      (l2_match),
    .pa_o         (l2_pa),
    .leaf_o       (l2_leaf),
    .global_o     (l2_global),
    .span_o       (l2_span),
    .serves_i     (l2_serves),
    .free_i       (channel_free),
    .done_o       (l2_done),
    .dropped_o    (l2_dropped),
    .missed_o     (l2_missed),
    .table_look_i (table_look),
    .table_fill_i (table_fill),
    .table_level_i(table_level),
    .table_low_i  (table_low),
    .table_entry_i(table_entry),
    .table_hit_o  (table_hit),
    .table_entry_o(table_found),
    .act_half_i   (act_access.half),
    .act_vpn_i    (act_va[51:12]),
    .fill_i       (walk_fill),
    .fill_global_i(walk_global),
    .fill_pa_i    (l2_fill_pa),
    .fill_leaf_i  (l2_fill_leaf),
    .fill_size_i  (l2_fill_size),
    .fill_span_i  (walk_span),
    .tlbi_step_i, .tlbi_i,
    .clear_set_i  (clear_i),
    .step_i
  );

  // The response
  miss_channel u_channel (
    .clk_i(clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .lookup_i, .control_i,
    .merge_mask_i        (woken_access.half ? misses_i.merge_upper : misses_i.merge_lower),
    .ready_i             (rsp_ready_i),
    .free_o              (channel_free),
    .l2_match_i          (l2_match),
    .l2_access_i(probe_access), .l2_low_i(probe_va[11:0]),
    .l2_pa_i(l2_pa), .l2_leaf_i(l2_leaf), .l2_span_i(l2_span), .l2_global_i(l2_global),
    .l2_serves_o(l2_serves), .l2_done_i(l2_done),
    .walk_mapped_i       (walk_mapped),
    .walk_access_i(act_access), .walk_low_i(act_va[11:0]),
    .walk_pa_i(walk_pa), .walk_leaf_i(walk_leaf), .walk_span_i(walk_span), .walk_global_i(walk_global),
    .walk_stage1_allows_o(stage1_allows),
    .walk_done_i(walk_done), .walk_fill_i(walk_fill), .walk_fault_i(walk_fault), .walk_fsc_i(walk_fsc),
    .walk_s1ptw_i(walk_s1ptw), .walk_stage2_i(walk_stage2), .walk_hpfar_i(walk_hpfar),
    .woken_i(woken), .woken_access_i(woken_access), .woken_va_i(woken_va),
    .hold_i              (tlbi_first_i),
    .woken_done_o(woken_done), .woken_again_o(woken_again),
    .filled_o            (answer_fills),
    .fetch_o             (fill_fetch_o),
    .fill_pa_o(filled_pa), .fill_leaf_o(filled_leaf),
    .fill_span_o, .fill_global_o, .rsp_valid_o, .rsp_access_o, .rsp_found_o, .rsp_fault_o, .rsp_fsc_o, .rsp_s1ptw_o,
    .rsp_stage2_o, .rsp_pa_o, .rsp_attr_o, .rsp_sh_o, .rsp_size_o, .rsp_par_o, .rsp_esr_o, .rsp_hpfar_o
  );

  // Prefetches
  mmu_pkg::access_t prefetch_access;
  logic [39:0]      prefetch_vpn;
  logic             prefetch_enters;
  prefetch u_prefetch (
    .clk_i(clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .mode_i      ((cfg_i.misses > 5'd1) ? cfg_i.prefetch : 2'd0),  // it leaves one free
    .pa_size_i   (cfg_i.pa_size),
    .lookup_i,
    .changed_i   (misses_i.changed),
    .fill_i      (walk_done && walk_fill),
    .access_i    (act_access),
    .vpn_i       (act_va[51:12]),
    .size_i      (rsp_size_o),
    .tlbi_first_i,
    .wants_o     (watch_o),
    .access_o    (prefetch_access),
    .vpn_o       (prefetch_vpn),
    .enters_i    (prefetch_enters)
  );

  assign events_o = {
    walk_read, act_access.kind[1], act_access.prefetch, l2_dropped || (l2_missed && probe_access.prefetch), l2_dropped,
    walk_dropped, walk_dropped && walk_fill
  };

  // What it fills
  splinter #(
    .L1iWays(L1iWays),
    .L1dWays(L1dWays)
  ) u_splinter (
    .held_i,
    .in_use_i   (fills_upper ? misses_i.in_use_upper : misses_i.in_use_lower),
    .l1_i       (fill_o),
    .l2_i       (walk_fill),
    .fetch_i    (fill_fetch_o),
    .pa_i       (filled_pa),
    .leaf_i     (filled_leaf),
    .l1_size_o  (fill_size_o),
    .l1_pa_o    (fill_pa_o),
    .l1_leaf_o  (fill_leaf_o),
    .l2_size_o  (l2_fill_size),
    .l2_pa_o    (l2_fill_pa),
    .l2_leaf_o  (l2_fill_leaf)
  );

endmodule
