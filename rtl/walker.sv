// The walk: from the last probe's miss to the answer, with the walk caches.
//
// A descriptor is registered as it arrives and decoded while the walk step passes; its walk cache is filled in the
// cycle after the arrival, before anything can look.
module walker #(
  parameter int WcEntriesM1 = 0,
  parameter int WcEntries0  = 8,
  parameter int WcEntries1  = 16,
  parameter int WcEntries2  = 32
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration
  input logic [3:0]  walk_start_i,
  input logic [3:0]  walk_step_i,
  input logic [2:0]  pa_size_i,
  input logic [63:0] mair_i,
  // Regime of the request, and its address (or that of a TLBI)
  input logic [1:0]  granule_i,
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  input logic        big_endian_i,
  input logic        hpd_i,
  input logic        epd_i,
  input logic [5:0]  input_size_i,
  input logic [5:0]  output_size_i,
  input logic [2:0]  start_level_i,
  input logic [51:0] base_i,
  input logic        base_fault_i,
  // Start, in the cycle of the last probe
  input logic start_i,
  // TLBI
  input logic       tlbi_i,
  input logic [2:0] tlbi_op_i,
  // Answer, in the cycle of the response
  output logic                          done_o,
  output logic                          fault_o,
  output logic [5:0]                    fsc_o,
  output logic [39:0]                   pa_o,      // VA bits below the leaf's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic                          global_o,
  output logic                          read_o,    // there was a read
  output logic [31:0]                   cycles_o,  // since the last probe
  // Memory
  output logic        mem_req_valid_o,
  input  logic        mem_req_ready_i,
  output logic [51:0] mem_req_addr_o,
  output logic [2:0]  mem_req_level_o,
  input  logic        mem_rsp_valid_i,
  input  logic [63:0] mem_rsp_data_i,
  input  logic        mem_rsp_error_i
);

  typedef enum logic [1:0] {
    StIdle,
    StStart,  // until the first read
    StWait,   // a read is out
    StStep    // a descriptor has arrived
  } state_e;

  // Registers
  state_e      state_q;
  state_e      state_d;
  logic [ 3:0] count_q;   // cycles until the state acts
  logic [ 3:0] count_d;
  logic        fresh_q;   // first cycle of StStep
  logic [31:0] cycles_q;
  logic [ 2:0] level_q;   // of the read that is out or has arrived
  logic [ 3:0] above_q;   // attributes of the tables above it
  logic [63:0] data_q;
  logic        error_q;

  // Walk caches
  logic        first;
  logic        tables;  // the cache of this level takes the descriptor
  logic [ 3:0] cache_hit;
  logic [ 3:0] cache_used;
  logic [ 3:0] cache_fill;
  logic [43:0] cache_entry[4];
  logic [39:0] fill_mask;
  logic [43:0] fill_entry;
  logic        issue;

  // The descriptor that has arrived
  logic        is_fault;
  logic        is_table;
  logic [ 5:0] descriptor_fsc;
  logic [39:0] descriptor_pa;
  logic [ 3:0] below;
  logic [ 5:0] own_size;

  descriptor u_descriptor (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i      (state_q == StStep),
    .data_i       (data_q),
    .error_i      (error_q),
    .level_i      (level_q),
    .big_endian_i,
    .hpd_i,
    .granule_i,
    .input_size_i,
    .output_size_i,
    .pa_size_i,
    .mair_i,
    .above_i      (above_q),
    .fault_o      (is_fault),
    .fsc_o        (descriptor_fsc),
    .table_o      (is_table),
    .pa_o         (descriptor_pa),
    .below_o      (below),
    .leaf_o,
    .global_o,
    .own_size_o   (own_size)
  );

  // Where the walk starts: below the deepest level that hits
  logic [ 2:0] hit_level;  // of the descriptor to read
  logic [43:0] hit_entry;
  assign first = (state_q == StStart) && (count_q == '0) && !epd_i && !base_fault_i;

  always_comb begin
    hit_level  = start_level_i;
    hit_entry  = '0;
    cache_used = '0;
    if (first) begin
      for (int i = 0; i < 4; i++) begin
        if (cache_hit[i] && !(`TW_FAULT(23) && (cache_used != '0))) begin
          hit_level  = 3'(i + 1);
          hit_entry  = cache_entry[i];
          cache_used = 4'd1 << i;
        end
      end
    end
  end

  // The read
  logic [51:0] read_base;
  logic [ 2:0] read_level;
  logic [39:0] index;
  logic [ 3:0] read_above;
  logic        next;
  assign next = (state_q == StStep) && (count_q == '0) && is_table && !is_fault;

  always_comb begin
    read_base  = '0;
    read_level = '0;
    read_above = '0;
    index      = '0;
    if (first) begin
      read_base  = (cache_used != '0) ? {hit_entry[43:4], 12'd0} : base_i;
      read_above = hit_entry[3:0];
      read_level = hit_level;
    end else if (next) begin
      read_base  = {descriptor_pa, 12'd0};
      read_above = below;
      read_level = level_q + 3'd1;
    end
    if (first || next) begin
      index = (vpn_i & ~mmu_pkg::mask_from(input_size_i)) >> (mmu_pkg::index_low(granule_i, read_level) - 6'd12);
      case (granule_i)
        mmu_pkg::Granule4K: index = index & 40'h1ff;
        mmu_pkg::Granule16K: index = index & 40'h7ff;
        default: index = index & 40'h1fff;
      endcase
    end
  end

  assign mem_req_valid_o = first || next;
  assign mem_req_addr_o  = read_base + {9'd0, index, 3'd0};
  assign mem_req_level_o = read_level;
  assign issue           = mem_req_valid_o && mem_req_ready_i;

  // Next state
  always_comb begin
    state_d = state_q;
    count_d = (count_q == '0) ? '0 : count_q - 4'd1;
    case (state_q)
      StIdle: begin
        if (start_i) begin
          state_d = StStart;
          count_d = walk_start_i - 4'd1;
        end
      end
      StStart, StStep: begin
        if (issue) state_d = StWait;
        else if (done_o) state_d = StIdle;
      end
      StWait: begin
        if (mem_rsp_valid_i) begin
          state_d = StStep;
          count_d = walk_step_i - (`TW_FAULT(4) ? 4'd0 : 4'd1);
        end
      end
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      count_q <= '0;
    end else begin
      state_q <= state_d;
      count_q <= count_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) cycles_q <= 32'd1;
    else if (state_q != StIdle) cycles_q <= cycles_q + 32'd1;
    fresh_q <= state_q == StWait;
    if (issue) begin
      level_q <= read_level;
      above_q <= read_above;
    end
    if ((state_q == StWait) && mem_rsp_valid_i) begin
      data_q  <= mem_rsp_data_i;
      error_q <= mem_rsp_error_i;
    end
  end

  // Answer
  always_comb begin
    done_o   = 1'b0;
    fault_o  = 1'b0;
    fsc_o    = '0;
    pa_o     = '0;
    read_o   = 1'b0;
    cycles_o = cycles_q;
    if (count_q == '0) begin
      if ((state_q == StStart) && !first) begin
        done_o  = 1'b1;
        fault_o = 1'b1;
        fsc_o   = epd_i ? mmu_pkg::FscTranslation : mmu_pkg::FscAddressSize;
      end else if ((state_q == StStep) && !next) begin
        done_o  = 1'b1;
        fault_o = is_fault;
        fsc_o   = descriptor_fsc;
        read_o  = 1'b1;
        pa_o    = descriptor_pa | (vpn_i & ~mmu_pkg::mask_from(own_size));
      end
    end
  end

  // The caches of levels -1, 0, 1, 2
  assign tables     = (state_q == StStep) && fresh_q && is_table && !is_fault;
  assign fill_entry = {descriptor_pa, below};
  always_comb begin
    fill_mask  = '0;
    cache_fill = '0;
    if (tables) begin
      fill_mask  = mmu_pkg::mask_from(own_size);
      cache_fill = 4'd1 << level_q;
    end
  end

  for (genvar c = 0; c < 4; c++) begin : gen_cache
    localparam int Entries = (c == 0) ? WcEntriesM1 : (c == 1) ? WcEntries0 : (c == 2) ? WcEntries1 : WcEntries2;
    logic [43:0] entry;
    assign cache_entry[c] = entry;
    walk_cache #(
      .Entries(Entries)
    ) u_walk_cache (
      .clk_i,
      .rst_ni,
      `TW_FAULT_CONNECT(fault_i)
      .asid_i,
      .half_i,
      .vpn_i,
      .lookup_i    (first),
      .use_i       (cache_used[c]),  // again in each cycle that the read waits: changes nothing
      .hit_o       (cache_hit[c]),
      .entry_o     (entry),
      .fill_i      (cache_fill[c]),
      .fill_mask_i (fill_mask),
      .fill_entry_i(fill_entry),
      .tlbi_i,
      .tlbi_op_i
    );
  end

endmodule
