// The stage of an L1: holds one request of its port, which hits, needs no look-up, or goes on to the miss queue.
module stage #(
  parameter int Entries          = 48,
  parameter int Ways             = 0,
  parameter int Replacement      = 0,
  parameter int LargeEntries     = 0,
  parameter int LargeReplacement = 0,
  parameter int Fetch            = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration and registers
  input logic                           running_i,
  input mmu_pkg::config_t               cfg_i,
  input logic [63:0]                    large_sizes_i,
  input mmu_pkg::lookup_t               lookup_i,
  input mmu_pkg::control_t              control_i,
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  input logic [15:0]                    asid_i,
  input logic [5:0]                     page_lower_i,
  input logic [5:0]                     page_upper_i,
  // Port
  input  logic        req_valid_i,
  output logic        req_ready_o,
  output logic        busy_o,         // a request stands here
  input  logic [63:0] req_va_i,
  input  logic [31:0] req_id_i,
  input  logic        req_write_i,
  input  logic        req_el_i,
  input  logic        req_pan_i,
  input  logic [1:0]  req_at_i,
  input  logic        req_par_long_i,
  input  logic        req_nonfault_i,
  input  logic        req_prfm_i,
  // The stage is held; its request wants to enter the miss queue, and does
  input  logic             hold_i,
  output logic             wants_o,
  input  logic             enters_i,
  output mmu_pkg::access_t access_o,
  output logic [51:0]      va_o,
  output logic [31:0]      id_o,
  // Fill
  input logic                          fill_i,
  input logic                          fill_half_i,
  input logic [39:0]                   fill_vpn_i,
  input logic                          fill_global_i,
  input logic [39:0]                   fill_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] fill_leaf_i,
  input logic [5:0]                    fill_size_i,
  input logic [5:0]                    fill_span_i,
  // TLBI
  input logic           tlbi_first_i,
  input mmu_pkg::tlbi_t tlbi_i,
  // Response
  output logic        rsp_valid_o,
  output logic [31:0] rsp_id_o,
  output logic [1:0]  rsp_kind_o,
  output logic [2:0]  rsp_found_o,
  output logic        rsp_fault_o,
  output logic [5:0]  rsp_fsc_o,
  output logic        rsp_stage2_o,
  output logic [51:0] rsp_pa_o,
  output logic [7:0]  rsp_attr_o,
  output logic [1:0]  rsp_sh_o,
  output logic [5:0]  rsp_size_o,
  output logic [63:0] rsp_par_o,
  output logic [31:0] rsp_esr_o,
  // Counters: the stage's clock; a counted request leaves after a look-up; it hit
  output logic clk_o,
  output logic counted_o,
  output logic hit_o
);

  logic unused_cfg;
  assign unused_cfg = ^cfg_i;

  // The clock runs while a request stands here or comes, an answer waits, or the L1 changes
  logic valid_q;
  logic waits;
  logic clk;
  assign clk_o = clk;
  clock_gate u_clock (
    .clk_i,
    .enable_i(!rst_ni || valid_q || waits || req_valid_i || fill_i || tlbi_first_i || world_change_i),
    .clk_o   (clk)
  );

  // The request
  logic [63:0] va_q;
  logic [31:0] id_q;
  logic        write_q;
  logic        el_q;
  logic        pan_q;
  logic [ 1:0] at_q;
  logic        par_long_q;
  logic        nonfault_q;
  logic        prfm_q;
  logic        leaves;
  logic        take;
  assign req_ready_o = running_i && (!valid_q || leaves);
  assign take        = req_valid_i && req_ready_o;
  assign busy_o      = valid_q;

  always_ff @(posedge clk) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (take) valid_q <= 1'b1;
    else if (leaves) valid_q <= 1'b0;
  end

  always_ff @(posedge clk) begin
    if (take) begin
      va_q       <= req_va_i;
      id_q       <= req_id_i;
      write_q    <= req_write_i;
      el_q       <= req_el_i;
      pan_q      <= req_pan_i;
      at_q       <= req_at_i;
      par_long_q <= req_par_long_i;
      nonfault_q <= req_nonfault_i;
      prfm_q     <= req_prfm_i;
    end
  end

  // Its address
  logic        decided;
  logic        half;
  logic [39:0] vpn;
  logic        address_fault;
  logic [ 5:0] address_fsc;
  mmu_pkg::access_t access;
  assign decided = valid_q && !hold_i;

  address u_address (
    `TW_FAULT_CONNECT(fault_i)
    .lookup_i,
    .pa_size_i   (cfg_i.pa_size),
    .valid_i     (decided),
    .va_i        (va_q),
    .fetch_i     (Fetch != 0),
    .privileged_i(access.privileged),
    .nonfault_i  (nonfault_q),
    .half_o      (half),
    .vpn_o       (vpn),
    .fault_o     (address_fault),
    .fsc_o       (address_fsc)
  );

  always_comb begin
    access      = '0;
    access.kind = (Fetch != 0) ? mmu_pkg::KindFetch : mmu_pkg::KindRead;
    va_o        = '0;
    if (valid_q) begin
      access.kind       = (Fetch != 0) ? mmu_pkg::KindFetch : write_q ? mmu_pkg::KindWrite : mmu_pkg::KindRead;
      access.privileged = el_q || lookup_i.one_privilege;
      access.pan        = pan_q;
      access.at         = at_q;
      access.par_long   = par_long_q;
      access.prfm       = prfm_q;
      access.bypass     = lookup_i.stage1_on ? (at_q == 2'd2) : lookup_i.stage2_on;
      access.half       = half;
      va_o              = {vpn, va_q[11:0]};
    end
  end
  assign access_o = access;
  assign id_o     = id_q;

  // It needs no look-up: a fault of the address, or stage 1 is off; else the L1 is looked up, unless it is bypassed
  logic direct;
  logic lookup;
  logic match;
  logic serves;
  logic hit;
  logic [39:0] entry_pa;
  logic [ 5:0] entry_span;
  logic [mmu_pkg::LeafWidth-1:0] entry;
  assign direct  = decided && (address_fault || (!lookup_i.stage1_on && (!lookup_i.stage2_on || (at_q == 2'd2))));
  assign lookup  = decided && !direct && !access.bypass;
  assign hit     = match && serves;
  assign wants_o = decided && !direct && !hit;
  assign leaves  = direct || hit || enters_i;

  l1_tlb #(
    .Entries     (Entries),
    .Ways        (Ways),
    .Policy      (Replacement),
    .LargeEntries(LargeEntries),
    .LargePolicy (LargeReplacement)
  ) u_l1 (
    .clk_i          (clk),
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .large_sizes_i,
    .world_i,
    .world_change_i,
    .asid_i,
    .half_i       (half),
    .vpn_i        (vpn),
    .page_i       (half ? page_upper_i : page_lower_i),
    .lookup_i     (lookup),
    .serves_i     (serves),
    .match_o      (match),
    .pa_o         (entry_pa),
    .leaf_o       (entry),
    .span_o       (entry_span),
    .fill_i,
    .fill_half_i,
    .fill_vpn_i,
    .fill_page_i  (fill_half_i ? page_upper_i : page_lower_i),
    .fill_global_i,
    .fill_pa_i,
    .fill_leaf_i,
    .fill_size_i,
    .fill_span_i,
    .tlbi_valid_i (tlbi_first_i),
    .tlbi_i
  );

  // Answer
  logic        unused_allows;
  logic        entry_fault;
  logic [ 5:0] entry_fsc;
  logic        entry_stage2;
  logic [51:0] entry_answer;
  logic [ 7:0] entry_attr;
  logic [ 1:0] entry_sh;
  logic [ 5:0] entry_size;
  answer u_answer (
    `TW_FAULT_CONNECT(fault_i)
    .access_i       (access),
    .low_i          (va_q[11:0]),
    .control_i,
    .stage1_on_i    (lookup_i.stage1_on),
    .cache_off_i    ((Fetch != 0) ? lookup_i.fetch_off : lookup_i.data_off),
    .valid_i        (match),
    .pa_i           (entry_pa),
    .leaf_i         (entry),
    .serves_o       (serves),
    .stage1_allows_o(unused_allows),
    .fault_o        (entry_fault),
    .fsc_o          (entry_fsc),
    .stage2_o       (entry_stage2),
    .pa_o           (entry_answer),
    .attr_o         (entry_attr),
    .sh_o           (entry_sh),
    .size_o         (entry_size)
  );

  logic [ 5:0] fsc;
  logic        fault;
  logic [51:0] pa;
  logic [ 7:0] attr;
  logic [ 1:0] sh;
  logic [ 5:0] size;
  always_comb begin
    fault = entry_fault;
    fsc   = entry_fsc;
    pa    = entry_answer;
    attr  = entry_attr;
    sh    = entry_sh;
    size  = entry_size;
    if (direct && address_fault) begin
      fault = 1'b1;
      fsc   = address_fsc;
    end else if (direct) begin
      pa   = va_o;
      attr = (Fetch != 0) ? lookup_i.flat_fetch : lookup_i.flat_data;
      sh   = lookup_i.flat_sh;
      size = 6'd12;
    end
  end

  response u_response (
    .clk_i          (clk),
    .rst_ni,
    .answer_i      (direct || hit),
    .ahead_i       (cfg_i.l1_latency - 4'd1),
    .id_i          (id_q),
    .kind_i        (access.kind),
    .el_i          (access.privileged),
    .found_l1_i    (hit),
    .fault_i       (fault),
    .fsc_i         (fsc),
    .stage2_i      (entry_stage2),
    .pa_i          (pa),
    .attr_i        (attr),
    .sh_i          (sh),
    .size_i        (size),
    .par32_i       (lookup_i.short_format && !par_long_q && ((at_q == 2'd2) || !lookup_i.stage2_on)),
    .supersection_i(entry_span == 6'd24),
    .aarch32_i     (lookup_i.aarch32),
    .short_i       (lookup_i.short_format),
    .waits_o        (waits),
    .rsp_valid_o,
    .rsp_id_o,
    .rsp_kind_o,
    .rsp_found_o,
    .rsp_fault_o,
    .rsp_fsc_o,
    .rsp_stage2_o,
    .rsp_pa_o,
    .rsp_attr_o,
    .rsp_sh_o,
    .rsp_size_o,
    .rsp_par_o,
    .rsp_esr_o
  );

  // Counters
  assign counted_o = (hit || enters_i) && !access.bypass && (at_q == 2'd0);
  assign hit_o     = hit;

endmodule
