// PMU-named event counters, in the order of tw_counter (model/include/tablewalk/counters.h).
module counters (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Response
  input logic        rsp_valid_i,
  input logic [1:0]  rsp_kind_i,
  input logic [2:0]  rsp_found_i,
  input logic        rsp_counted_i,      // not an AT
  input logic        rsp_bypass_i,       // the walk bypassed the TLBs
  input logic        rsp_filled_i,       // the walk or the L2 hit filled
  input logic        rsp_read_i,         // the walk read memory
  input logic [5:0]  rsp_size_i,         // of the mapping that filled
  input logic [31:0] rsp_walk_cycles_i,
  // Memory is asked for a descriptor, for a fetch or for data: read, or swapped
  input logic access_i,
  input logic ready_i,
  input logic swap_i,
  input logic fetch_i,
  // Read-out
  input  logic [4:0]  sel_i,
  output logic [63:0] value_o
);

  localparam int Counters = 26;

  // Rows
  localparam int L1iTlbRefill = 0;
  localparam int L1dTlbRefill = 1;
  localparam int L1dTlb = 2;
  localparam int L1iTlb = 3;
  localparam int L2dTlbRefill = 4;
  localparam int L2dTlb = 5;
  localparam int DtlbWalk = 6;
  localparam int ItlbWalk = 7;
  localparam int L1dTlbRefillRd = 8;
  localparam int L1dTlbRefillWr = 9;
  localparam int L1dTlbRd = 10;
  localparam int L1dTlbWr = 11;
  localparam int L2dTlbRefillRd = 12;
  localparam int L2dTlbRefillWr = 13;
  localparam int L2dTlbRd = 14;
  localparam int L2dTlbWr = 15;
  localparam int DtlbWalkPercyc = 16;
  localparam int ItlbWalkPercyc = 17;
  localparam int DtlbHwupd = 18;
  localparam int ItlbHwupd = 19;
  localparam int DtlbStep = 20;
  localparam int ItlbStep = 21;
  localparam int DtlbWalkLarge = 22;
  localparam int ItlbWalkLarge = 23;
  localparam int DtlbWalkSmall = 24;
  localparam int ItlbWalkSmall = 25;

  logic [63:0]         value_q[Counters];
  logic [Counters-1:0] event_now;

  // Classes of the response
  logic fetch;
  logic write;
  logic translated;
  logic looked_l1;
  logic looked_l2;
  logic walked;
  logic read_memory;
  logic is_large;
  logic looked;
  assign fetch       = rsp_kind_i == mmu_pkg::KindFetch;
  assign write       = rsp_kind_i == mmu_pkg::KindWrite;
  assign translated  = rsp_valid_i && rsp_counted_i && (rsp_kind_i != mmu_pkg::KindTlbi);
  assign walked      = translated && (rsp_found_i == mmu_pkg::FoundWalk);
  assign looked      = !(walked && rsp_bypass_i);
  assign looked_l1   = translated && (rsp_found_i != mmu_pkg::FoundNone) && looked;
  assign looked_l2   = looked_l1 && (rsp_found_i != mmu_pkg::FoundL1);
  assign read_memory = walked && rsp_read_i;
  assign is_large    = rsp_size_i >= 6'd21;

  always_comb begin
    event_now = '0;
    if (looked_l1) begin
      event_now[L1iTlb]   = fetch;
      event_now[L1dTlb]   = !fetch;
      event_now[L1dTlbRd] = !fetch && !write;
      event_now[L1dTlbWr] = write;
    end
    if (looked_l2) begin
      event_now[L1iTlbRefill]   = rsp_filled_i && fetch;
      event_now[L1dTlbRefill]   = rsp_filled_i && !fetch;
      event_now[L1dTlbRefillRd] = rsp_filled_i && !fetch && !write;
      event_now[L1dTlbRefillWr] = rsp_filled_i && write;
      event_now[L2dTlb]         = 1'b1;
      event_now[L2dTlbRd]       = !write;
      event_now[L2dTlbWr]       = write;
    end
    if (walked) begin
      event_now[L2dTlbRefill]   = rsp_filled_i;
      event_now[L2dTlbRefillRd] = rsp_filled_i && !write;
      event_now[L2dTlbRefillWr] = rsp_filled_i && write;
      event_now[DtlbWalk]       = read_memory && !fetch;
      event_now[ItlbWalk]       = read_memory && fetch;
      event_now[DtlbWalkPercyc] = read_memory && !fetch;
      event_now[ItlbWalkPercyc] = read_memory && fetch;
      event_now[DtlbWalkLarge]  = rsp_filled_i && !fetch && is_large;
      event_now[ItlbWalkLarge]  = rsp_filled_i && fetch && is_large;
      event_now[DtlbWalkSmall]  = rsp_filled_i && !fetch && !is_large;
      event_now[ItlbWalkSmall]  = rsp_filled_i && fetch && !is_large;
    end
  end

  // What an event adds
  function automatic logic [63:0] amount(input int row, input logic [31:0] cycles);
    amount = ((row == DtlbWalkPercyc) || (row == ItlbWalkPercyc)) ? {32'd0, cycles} : 64'd1;
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < Counters; i++) value_q[i] <= '0;
    end else if (event_now != '0) begin
      for (int i = 0; i < Counters; i++) begin
        if (event_now[i]) value_q[i] <= value_q[i] + amount(i, rsp_walk_cycles_i);
      end
    end
  end

  // Steps and updates apart: memory's ready tells them
  logic [63:0] dtlb_step_q;
  logic [63:0] itlb_step_q;
  logic [63:0] dtlb_hwupd_q;
  logic [63:0] itlb_hwupd_q;
  logic        take_back;
  assign take_back = `TW_FAULT(21) && read_memory && !fetch && !rsp_filled_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dtlb_step_q <= '0;
      itlb_step_q <= '0;
    end else if (access_i && ready_i && !swap_i) begin
      if (fetch_i) itlb_step_q <= itlb_step_q + 64'd1;
      else dtlb_step_q <= dtlb_step_q + 64'd1;
    end else if (take_back) begin                    // coverage: waived, a deliberate fault
      dtlb_step_q <= dtlb_step_q - 64'd1;            // coverage: waived, a deliberate fault
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dtlb_hwupd_q <= '0;
      itlb_hwupd_q <= '0;
    end else if (access_i && ready_i && swap_i) begin
      if (fetch_i) itlb_hwupd_q <= itlb_hwupd_q + 64'd1;
      else dtlb_hwupd_q <= dtlb_hwupd_q + 64'd1;
    end
  end

  always_comb begin
    value_o = '0;
    if (sel_i == 5'(DtlbStep)) value_o = dtlb_step_q;
    else if (sel_i == 5'(ItlbStep)) value_o = itlb_step_q;
    else if (sel_i == 5'(DtlbHwupd)) value_o = dtlb_hwupd_q;
    else if (sel_i == 5'(ItlbHwupd)) value_o = itlb_hwupd_q;
    else if (sel_i < 5'(Counters)) value_o = value_q[sel_i];
  end

endmodule
