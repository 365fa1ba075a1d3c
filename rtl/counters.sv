// PMU-named event counters, in the order of tw_counter (model/include/tablewalk/counters.h).
//
// Requests that leave an L1's stage are counted by class, one counter a class; rows that are sums are added up when
// they are read.
module counters (
  input logic clk_i,
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
  input logic             rsp_read_i,         // the walk read memory
  input logic [5:0]       rsp_size_i,         // of the mapping that filled
  input logic [31:0]      rsp_walk_cycles_i,
  // Memory is asked for a descriptor, for a fetch or for data: read, or swapped
  input logic access_i,
  input logic access_swap_i,
  input logic access_fetch_i,
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

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < 8; i++) data_q[i] <= '0;
      for (int i = 0; i < 4; i++) fetch_q[i] <= '0;
    end else begin
      if (data_i) data_q[data_class] <= data_q[data_class] + 64'd1;
      if (fetch_i) fetch_q[fetch_class] <= fetch_q[fetch_class] + 64'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      data_stall_q  <= '0;
      fetch_stall_q <= '0;
    end else begin
      if (data_stall_i) data_stall_q <= data_stall_q + 64'd1;
      if (fetch_stall_i) fetch_stall_q <= fetch_stall_q + 64'd1;
    end
  end

  // Events of responses
  localparam int L1iTlbRefill = 0;
  localparam int L1dTlbRefill = 1;
  localparam int L1dTlbRefillRd = 2;
  localparam int L1dTlbRefillWr = 3;
  localparam int L2dTlb = 4;
  localparam int L2dTlbRd = 5;
  localparam int L2dTlbWr = 6;
  localparam int L2dTlbHit = 7;
  localparam int L2dTlbRefill = 8;
  localparam int L2dTlbRefillRd = 9;
  localparam int L2dTlbRefillWr = 10;
  localparam int DtlbWalkRw = 11;
  localparam int DtlbWalkPrfm = 12;
  localparam int ItlbWalkRd = 13;
  localparam int ItlbWalkPrfm = 14;
  localparam int DtlbWalkPercyc = 15;
  localparam int ItlbWalkPercyc = 16;
  localparam int DtlbWalkLarge = 17;
  localparam int ItlbWalkLarge = 18;
  localparam int DtlbWalkSmall = 19;
  localparam int ItlbWalkSmall = 20;
  localparam int L1dTlbMerge = 21;
  localparam int L1iTlbMerge = 22;
  localparam int Events = 23;

  logic [63:0]       value_q[Events];
  logic [Events-1:0] event_now;

  // Classes of the response
  logic fetch;
  logic write;
  logic translated;
  logic merged;
  logic walked;
  logic looked;
  logic refilled;
  logic read_memory;
  logic is_large;
  assign fetch       = rsp_access_i.kind == mmu_pkg::KindFetch;
  assign write       = rsp_access_i.kind == mmu_pkg::KindWrite;
  assign translated  = rsp_valid_i && (rsp_access_i.at == 2'd0);
  assign merged      = translated && (rsp_found_i == mmu_pkg::FoundMerged);
  assign walked      = translated && (rsp_found_i == mmu_pkg::FoundWalk);
  assign looked      = translated && !merged && !rsp_access_i.bypass;
  assign refilled    = (looked && rsp_filled_i) || (merged && `TW_FAULT(74));
  assign read_memory = walked && rsp_read_i;
  assign is_large    = rsp_size_i >= 6'd21;

  always_comb begin
    event_now = '0;
    if (translated) begin
      event_now[L1iTlbRefill]   = refilled && fetch;
      event_now[L1dTlbRefill]   = refilled && !fetch;
      event_now[L1dTlbRefillRd] = refilled && !fetch && !write;
      event_now[L1dTlbRefillWr] = refilled && write;
      event_now[L1dTlbMerge]    = merged && !fetch;
      event_now[L1iTlbMerge]    = merged && fetch;
      event_now[L2dTlb]         = looked;
      event_now[L2dTlbRd]       = looked && !write;
      event_now[L2dTlbWr]       = looked && write;
      event_now[L2dTlbHit]      = looked && !walked;
    end
    if (walked) begin
      event_now[L2dTlbRefill]   = rsp_filled_i;
      event_now[L2dTlbRefillRd] = rsp_filled_i && !write;
      event_now[L2dTlbRefillWr] = rsp_filled_i && write;
      event_now[DtlbWalkRw]     = read_memory && !fetch && !rsp_access_i.prfm;
      event_now[DtlbWalkPrfm]   = read_memory && !fetch && rsp_access_i.prfm;
      event_now[ItlbWalkRd]     = read_memory && fetch && !rsp_access_i.prfm;
      event_now[ItlbWalkPrfm]   = read_memory && fetch && rsp_access_i.prfm;
      event_now[DtlbWalkPercyc] = read_memory && !fetch;
      event_now[ItlbWalkPercyc] = read_memory && fetch;
      event_now[DtlbWalkLarge]  = rsp_filled_i && !fetch && is_large;
      event_now[ItlbWalkLarge]  = rsp_filled_i && fetch && is_large;
      event_now[DtlbWalkSmall]  = rsp_filled_i && !fetch && !is_large;
      event_now[ItlbWalkSmall]  = rsp_filled_i && fetch && !is_large;
    end
  end

  logic unused_access;
  assign unused_access = ^rsp_access_i;

  // What an event adds
  function automatic logic [63:0] amount(input int row, input logic [31:0] cycles);
    amount = ((row == DtlbWalkPercyc) || (row == ItlbWalkPercyc)) ? {32'd0, cycles} : 64'd1;
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < Events; i++) value_q[i] <= '0;
    end else if (event_now != '0) begin
      for (int i = 0; i < Events; i++) begin
        if (event_now[i]) value_q[i] <= value_q[i] + amount(i, rsp_walk_cycles_i);
      end
    end
  end

  // Steps and updates
  logic [63:0] dtlb_step_q;
  logic [63:0] itlb_step_q;
  logic [63:0] dtlb_hwupd_q;
  logic [63:0] itlb_hwupd_q;
  logic        take_back;
  assign take_back = `TW_FAULT(21) && read_memory && !fetch && !rsp_filled_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dtlb_step_q  <= '0;
      itlb_step_q  <= '0;
      dtlb_hwupd_q <= '0;
      itlb_hwupd_q <= '0;
    end else if (access_i) begin
      case ({
        access_swap_i, access_fetch_i
      })
        2'b00: dtlb_step_q <= dtlb_step_q + 64'd1;
        2'b01: itlb_step_q <= itlb_step_q + 64'd1;
        2'b10: dtlb_hwupd_q <= dtlb_hwupd_q + 64'd1;
        default: itlb_hwupd_q <= itlb_hwupd_q + 64'd1;
      endcase
    end else if (take_back) begin                    // coverage: waived, a deliberate fault
      dtlb_step_q <= dtlb_step_q - 64'd1;            // coverage: waived, a deliberate fault
    end
  end

  // Rows
  always_comb begin
    value_o = '0;
    case (sel_i)
      6'd0: value_o = value_q[L1iTlbRefill];
      6'd1: value_o = value_q[L1dTlbRefill];
      6'd2: value_o = data_q[0] + data_q[1] + data_q[2] + data_q[3] + data_q[4] + data_q[5] + data_q[6] + data_q[7];
      6'd3: value_o = fetch_q[0] + fetch_q[1] + fetch_q[2] + fetch_q[3];
      6'd4: value_o = value_q[L2dTlbRefill];
      6'd5: value_o = value_q[L2dTlb];
      6'd6: value_o = value_q[DtlbWalkRw] + value_q[DtlbWalkPrfm];
      6'd7: value_o = value_q[ItlbWalkRd] + value_q[ItlbWalkPrfm];
      6'd8: value_o = value_q[L1dTlbRefillRd];
      6'd9: value_o = value_q[L1dTlbRefillWr];
      6'd10: value_o = data_q[0] + data_q[2] + data_q[4] + data_q[6];
      6'd11: value_o = data_q[1] + data_q[3] + data_q[5] + data_q[7];
      6'd12: value_o = value_q[L2dTlbRefillRd];
      6'd13: value_o = value_q[L2dTlbRefillWr];
      6'd14: value_o = value_q[L2dTlbRd];
      6'd15: value_o = value_q[L2dTlbWr];
      6'd16: value_o = value_q[DtlbWalkPercyc];
      6'd17: value_o = value_q[ItlbWalkPercyc];
      6'd18: value_o = dtlb_hwupd_q;
      6'd19: value_o = itlb_hwupd_q;
      6'd20: value_o = dtlb_step_q;
      6'd21: value_o = itlb_step_q;
      6'd22: value_o = value_q[DtlbWalkLarge];
      6'd23: value_o = value_q[ItlbWalkLarge];
      6'd24: value_o = value_q[DtlbWalkSmall];
      6'd25: value_o = value_q[ItlbWalkSmall];
      6'd26: value_o = data_q[0] + data_q[1] + data_q[4] + data_q[5];
      6'd27: value_o = fetch_q[0] + fetch_q[2];
      6'd28: value_o = data_q[2] + data_q[3] + data_q[6] + data_q[7];
      6'd29: value_o = fetch_q[1] + fetch_q[3];
      6'd30: value_o = value_q[DtlbWalkRw];
      6'd31: value_o = value_q[ItlbWalkRd];
      6'd32: value_o = value_q[DtlbWalkPrfm];
      6'd33: value_o = value_q[ItlbWalkPrfm];
      6'd34: value_o = fetch_stall_q;
      6'd35: value_o = data_stall_q;
      6'd36: value_o = data_q[4] + data_q[5] + data_q[6] + data_q[7];
      6'd37: value_o = fetch_q[2] + fetch_q[3];
      6'd38: value_o = data_q[0] + data_q[1] + data_q[2] + data_q[3];
      6'd39: value_o = fetch_q[0] + fetch_q[1];
      6'd40: value_o = value_q[L1dTlbMerge];
      6'd41: value_o = value_q[L1iTlbMerge];
      6'd42: value_o = value_q[L2dTlbHit];
      default: ;
    endcase
  end

endmodule
