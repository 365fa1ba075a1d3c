// Assertions on the MMU's ports and counters, bound to it. Verilator alone reads this file.
module mmu_sva (
  input logic        clk_i,
  input logic        rst_ni,
  // Acceptance
  input logic        running,
  input logic        d_req_valid_i,
  input logic        d_req_ready_o,
  input logic        i_req_valid_i,
  input logic        i_req_ready_o,
  input logic        tlbi_valid_i,
  input logic        tlbi_ready_o,
  input logic        out_valid_i,
  input logic        out_ready_o,
  // Responses
  input logic        d_rsp_valid_o,
  input logic        d_rsp_fault_o,
  input logic [51:0] d_rsp_pa_o,
  input logic        i_rsp_valid_o,
  input logic        i_rsp_fault_o,
  input logic [51:0] i_rsp_pa_o,
  input logic        m_rsp_ready_i,
  input logic        m_rsp_valid_o,
  input logic        m_rsp_fault_o,
  input logic [51:0] m_rsp_pa_o,
  input logic [2:0]  m_rsp_found_o,
  input logic        tlbi_rsp_valid_o,
  input logic        tlbi_rsp_outside_o,
  // Memory
  input logic        mem_req_valid_o,
  input logic        mem_req_ready_i,
  input logic [51:0] mem_req_addr_o,
  input logic        mem_req_word_o,
  input logic        mem_req_swap_o,
  input logic [63:0] mem_req_expected_o,
  input logic [63:0] mem_req_desired_o,
  input logic [3:0]  mem_req_tag_o,
  input logic        mem_req_prefetch_o,
  input logic [1:0]  prefetching_o,
  input logic        mem_rsp_valid_i,
  input logic [3:0]  mem_rsp_tag_i
);

  // Requests that are accepted and not answered, by port; reads and swaps that are out, by walk; credits
  int          own_q;
  int          outside_q;
  int          asked_q;      // data and fetch: these two share the miss channel
  logic [15:0] access_out_q;
  logic        miss_open_q;
  logic        memory_open_q;
  always_ff @(posedge clk_i) begin
    miss_open_q   <= m_rsp_ready_i || !rst_ni;
    memory_open_q <= mem_req_ready_i || !rst_ni;
    if (!rst_ni) begin
      own_q        <= 0;
      outside_q    <= 0;
      asked_q      <= 0;
      access_out_q <= '0;
    end else begin
      own_q     <= own_q + int'(tlbi_valid_i && tlbi_ready_o) - int'(tlbi_rsp_valid_o && !tlbi_rsp_outside_o);
      outside_q <= outside_q + int'(out_valid_i && out_ready_o) - int'(tlbi_rsp_valid_o && tlbi_rsp_outside_o);
      asked_q <= asked_q + int'(d_req_valid_i && d_req_ready_o) + int'(i_req_valid_i && i_req_ready_o) -
                 int'(d_rsp_valid_o) - int'(i_rsp_valid_o) - int'(m_rsp_valid_o);
      if (mem_rsp_valid_i) access_out_q[mem_rsp_tag_i] <= 1'b0;
      if (mem_req_valid_o) access_out_q[mem_req_tag_o] <= 1'b1;
    end
  end

  ReadyWhenRunning : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (d_req_ready_o || i_req_ready_o || tlbi_ready_o || out_ready_o) |-> running);
  ResponseAfterAcceptance : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (int'(d_rsp_valid_o) + int'(i_rsp_valid_o) + int'(m_rsp_valid_o)) <= asked_q);
  CompletionAfterAcceptance : assert property (@(posedge clk_i) disable iff (!rst_ni)
      tlbi_rsp_valid_o |-> (tlbi_rsp_outside_o ? (outside_q > 0) : (own_q > 0)));
  AtMostFiveOperations : assert property (@(posedge clk_i) disable iff (!rst_ni) (own_q <= 5) && (outside_q <= 5));
  FaultHasNoAddress : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (!(d_rsp_valid_o && d_rsp_fault_o) || (d_rsp_pa_o == '0)) &&
      (!(i_rsp_valid_o && i_rsp_fault_o) || (i_rsp_pa_o == '0)) &&
      (!(m_rsp_valid_o && m_rsp_fault_o) || (m_rsp_pa_o == '0)));
  MissResponseWhenOpen : assert property (@(posedge clk_i) disable iff (!rst_ni) m_rsp_valid_o |-> miss_open_q);
  MissResponseFound : assert property (@(posedge clk_i) disable iff (!rst_ni)
      m_rsp_valid_o |-> (m_rsp_found_o == mmu_pkg::FoundL2) || (m_rsp_found_o == mmu_pkg::FoundWalk) ||
                        (m_rsp_found_o == mmu_pkg::FoundMerged));

  AccessWhenOpen : assert property (@(posedge clk_i) disable iff (!rst_ni) mem_req_valid_o |-> memory_open_q);
  DataOnlyWhenAccessIsOut : assert property (@(posedge clk_i) disable iff (!rst_ni)
      mem_rsp_valid_i |-> access_out_q[mem_rsp_tag_i]);
  OneAccessOutPerWalk : assert property (@(posedge clk_i) disable iff (!rst_ni)
      mem_req_valid_o |-> !access_out_q[mem_req_tag_o]);
  AccessIsAligned : assert property (@(posedge clk_i) disable iff (!rst_ni)
      mem_req_valid_o |-> (mem_req_addr_o & (mem_req_word_o ? 52'd3 : 52'd7)) == '0);
  PrefetchesWhenRunning : assert property (@(posedge clk_i) disable iff (!rst_ni) (prefetching_o != '0) |-> running);
  PrefetchReadsAlone : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (mem_req_valid_o && mem_req_prefetch_o) |-> (prefetching_o[0] && !mem_req_swap_o));
  SwapChanges : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (mem_req_valid_o && mem_req_swap_o) |-> (!mem_req_word_o && (mem_req_expected_o != mem_req_desired_o)));

endmodule

bind mmu mmu_sva u_sva (.*);
