// PMU-named event counters, in the order of tw_counter (model/include/tablewalk/counters.h).
//
// Requests that leave an L1's stage are counted by class, one counter a class; rows that are sums are added up when
// they are read.
module counters (
  // Clocks of the stages and of what lies past them: each runs when something of its own may be counted
  input logic data_clk_i,
  input logic fetch_clk_i,
  input logic miss_clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // A counted request leaves its stage after a look-up; it hits
  input logic data_i,
  input logic data_hit_i,
  input logic data_write_i,
  input logic data_prfm_i,
  input logic fetch_i,
  input logic fetch_hit_i,
  input logic fetch_prfm_i,
  // A request stands at its port and is not accepted
  input logic data_stall_i,
  input logic fetch_stall_i,
  // Response at the miss channel
  input logic             rsp_valid_i,
  input mmu_pkg::access_t rsp_access_i,
  input logic [2:0]       rsp_found_i,
  input logic             rsp_filled_i,       // the TLBs
  input logic [5:0]       rsp_size_i,         // of the mapping that filled
  input logic [31:0]      rsp_walk_cycles_i,
  // Memory is asked for a descriptor: read, or swapped
  input logic access_i,
  input logic access_swap_i,
  // What else is to be known of walks and prefetches
  input mmu_pkg::events_t events_i,
  // Read-out
  input  logic [5:0]  sel_i,
  output logic [63:0] value_o
);

  // Those that leave, by {hit, prfm, write}
  logic [63:0] data_q [8];
  logic [63:0] fetch_q[4];  // {hit, prfm}
  logic [63:0] data_stall_q;
  logic [63:0] fetch_stall_q;
  logic [ 2:0] data_class;
  logic [ 1:0] fetch_class;
  assign data_class  = {data_hit_i, data_prfm_i, data_write_i};
  assign fetch_class = {fetch_hit_i, fetch_prfm_i};

  always_ff @(posedge data_clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < 8; i++) data_q[i] <= '0;
      data_stall_q <= '0;
    end else begin
      if (data_i) data_q[data_class] <= data_q[data_class] + 64'd1;
      if (data_stall_i) data_stall_q <= data_stall_q + 64'd1;
    end
  end

  always_ff @(posedge fetch_clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < 4; i++) fetch_q[i] <= '0;
      fetch_stall_q <= '0;
    end else begin
      if (fetch_i) fetch_q[fetch_class] <= fetch_q[fetch_class] + 64'd1;
      if (fetch_stall_i) fetch_stall_q <= fetch_stall_q + 64'd1;
    end
  end

  // Classes of the response
  logic [1:0] kind;
  logic       fetch;
  logic       translated;
  logic       merged;
  logic       walked;
  logic       looked;
  logic       refilled;
  logic       read_memory;
  assign kind        = rsp_access_i.kind;
  assign fetch       = kind == mmu_pkg::KindFetch;
  assign translated  = rsp_valid_i && (rsp_access_i.at == 2'd0);
  assign merged      = translated && (rsp_found_i == mmu_pkg::FoundMerged);
  assign walked      = translated && (rsp_found_i == mmu_pkg::FoundWalk);
  assign looked      = translated && !merged && !rsp_access_i.bypass;
  assign refilled    = (looked && rsp_filled_i) || (merged && `TW_FAULT(74));
  assign read_memory = walked && events_i.read;

  logic unused_access;
  assign unused_access = ^rsp_access_i;

  // Responses that fill an L1, by kind; of the L2 or a walk, by kind; of the L2; of walks that fill the L2, by kind; of
  // walks that have read, by {fetch, prfm}; their cycles; of walks that fill, by {fetch, large}; of merged ones
  logic [63:0] l1_refill_q[3];
  logic [63:0] l2_q       [3];
  logic [63:0] l2_hit_q;
  logic [63:0] l2_refill_q[3];
  logic [63:0] walk_q     [4];
  logic [63:0] percyc_q   [2];
  logic [63:0] mapping_q  [4];
  logic [63:0] merge_q    [2];
  logic [ 1:0] walk_class;
  logic [ 1:0] mapping_class;
  assign walk_class    = {fetch, rsp_access_i.prfm};
  assign mapping_class = {fetch, rsp_size_i >= 6'd21};

  always_ff @(posedge miss_clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < 3; i++) begin
        l1_refill_q[i] <= '0;
        l2_q[i]        <= '0;
        l2_refill_q[i] <= '0;
      end
      for (int i = 0; i < 4; i++) begin
        walk_q[i]    <= '0;
        mapping_q[i] <= '0;
      end
      for (int i = 0; i < 2; i++) begin
        percyc_q[i] <= '0;
        merge_q[i]  <= '0;
      end
      l2_hit_q <= '0;
    end else if (translated) begin
      if (refilled) l1_refill_q[kind] <= l1_refill_q[kind] + 64'd1;
      if (looked) l2_q[kind] <= l2_q[kind] + 64'd1;
      if (looked && !walked) l2_hit_q <= l2_hit_q + 64'd1;
      if (walked && rsp_filled_i) l2_refill_q[kind] <= l2_refill_q[kind] + 64'd1;
      if (read_memory) walk_q[walk_class] <= walk_q[walk_class] + 64'd1;
      if (read_memory) percyc_q[fetch] <= percyc_q[fetch] + {32'd0, rsp_walk_cycles_i};
      if (walked && rsp_filled_i) mapping_q[mapping_class] <= mapping_q[mapping_class] + 64'd1;
      if (merged) merge_q[fetch] <= merge_q[fetch] + 64'd1;
    end
  end

  // Accesses, by {swap, fetch}, but for a prefetch's
  logic [63:0] access_q[4];
  logic [ 1:0] access_class;
  logic        take_back;
  assign access_class = {access_swap_i, events_i.fetch_acts};
  assign take_back    = `TW_FAULT(21) && read_memory && !fetch && !rsp_filled_i;
  always_ff @(posedge miss_clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < 4; i++) access_q[i] <= '0;
    end else if (access_i && !events_i.prefetch_acts) begin
      access_q[access_class] <= access_q[access_class] + 64'd1;
    end else if (take_back) begin            // coverage: waived, a deliberate fault
      access_q[0] <= access_q[0] - 64'd1;    // coverage: waived, a deliberate fault
    end
  end

  // Prefetches: look-ups that ended, by a match; walks that ended, and filled; accesses
  logic [63:0] prefetch_q[5];
  logic [ 4:0] prefetch_counts;
  assign prefetch_counts = {
    access_i && events_i.prefetch_acts, events_i.prefetch_filled, events_i.prefetch_walked, events_i.prefetch_hit,
    events_i.prefetch_looked
  };
  always_ff @(posedge miss_clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < 5; i++) prefetch_q[i] <= '0;
    end else if (prefetch_counts != '0) begin
      for (int i = 0; i < 5; i++) prefetch_q[i] <= prefetch_q[i] + {63'd0, prefetch_counts[i]};
    end
  end

  // Rows
  always_comb begin
    value_o = '0;
    case (sel_i)
      6'd0: value_o = l1_refill_q[2];
      6'd1: value_o = l1_refill_q[0] + l1_refill_q[1];
      6'd2: value_o = data_q[0] + data_q[1] + data_q[2] + data_q[3] + data_q[4] + data_q[5] + data_q[6] + data_q[7];
      6'd3: value_o = fetch_q[0] + fetch_q[1] + fetch_q[2] + fetch_q[3];
      6'd4: value_o = l2_refill_q[0] + l2_refill_q[1] + l2_refill_q[2];
      6'd5: value_o = l2_q[0] + l2_q[1] + l2_q[2];
      6'd6: value_o = walk_q[0] + walk_q[1];
      6'd7: value_o = walk_q[2] + walk_q[3];
      6'd8: value_o = l1_refill_q[0];
      6'd9: value_o = l1_refill_q[1];
      6'd10: value_o = data_q[0] + data_q[2] + data_q[4] + data_q[6];
      6'd11: value_o = data_q[1] + data_q[3] + data_q[5] + data_q[7];
      6'd12: value_o = l2_refill_q[0] + l2_refill_q[2];
      6'd13: value_o = l2_refill_q[1];
      6'd14: value_o = l2_q[0] + l2_q[2];
      6'd15: value_o = l2_q[1];
      6'd16: value_o = percyc_q[0];
      6'd17: value_o = percyc_q[1];
      6'd18: value_o = access_q[2];
      6'd19: value_o = access_q[3];
      6'd20: value_o = access_q[0];
      6'd21: value_o = access_q[1];
      6'd22: value_o = mapping_q[1];
      6'd23: value_o = mapping_q[3];
      6'd24: value_o = mapping_q[0];
      6'd25: value_o = mapping_q[2];
      6'd26: value_o = data_q[0] + data_q[1] + data_q[4] + data_q[5];
      6'd27: value_o = fetch_q[0] + fetch_q[2];
      6'd28: value_o = data_q[2] + data_q[3] + data_q[6] + data_q[7];
      6'd29: value_o = fetch_q[1] + fetch_q[3];
      6'd30: value_o = walk_q[0];
      6'd31: value_o = walk_q[2];
      6'd32: value_o = walk_q[1];
      6'd33: value_o = walk_q[3];
      6'd34: value_o = fetch_stall_q;
      6'd35: value_o = data_stall_q;
      6'd36: value_o = data_q[4] + data_q[5] + data_q[6] + data_q[7];
      6'd37: value_o = fetch_q[2] + fetch_q[3];
      6'd38: value_o = data_q[0] + data_q[1] + data_q[2] + data_q[3];
      6'd39: value_o = fetch_q[0] + fetch_q[1];
      6'd40: value_o = merge_q[0];
      6'd41: value_o = merge_q[1];
      6'd42: value_o = l2_hit_q;
      6'd43: value_o = prefetch_q[0];
      6'd44: value_o = prefetch_q[1];
      6'd45: value_o = prefetch_q[2];
      6'd46: value_o = prefetch_q[3];
      6'd47: value_o = prefetch_q[4];
      default: ;
    endcase
  end

endmodule
