// The miss channel: which response stands there, by the L2, a walk, or another request's translation, and what it says.
//
// A merged request is answered by the translation that answered the entry it was merged with. There is one such
// translation at a time: while some are woken nothing else is answered here. Twin: miss_answer.c.
module miss_channel (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Registers; the bits of VA[15:12] above the page in which misses merge, of the woken one's half
  input mmu_pkg::lookup_t  lookup_i,
  input mmu_pkg::control_t control_i,
  input logic [3:0]        merge_mask_i,
  // Credit for the next cycle; nothing but walks and L2 hits wait for a free channel
  input  logic ready_i,
  output logic free_o,
  // The L2's entry
  input  logic                          l2_match_i,
  input  mmu_pkg::access_t              l2_access_i,
  input  logic [11:0]                   l2_low_i,
  input  logic [39:0]                   l2_pa_i,
  input  logic [mmu_pkg::LeafWidth-1:0] l2_leaf_i,
  input  logic [5:0]                    l2_span_i,
  input  logic                          l2_global_i,
  output logic                          l2_serves_o,
  input  logic                          l2_done_i,
  // The walk's leaf, and its end: by it, or by a fault
  input  logic                          walk_mapped_i,
  input  mmu_pkg::access_t              walk_access_i,
  input  logic [11:0]                   walk_low_i,
  input  logic [39:0]                   walk_pa_i,
  input  logic [mmu_pkg::LeafWidth-1:0] walk_leaf_i,
  input  logic [5:0]                    walk_span_i,
  input  logic                          walk_global_i,
  output logic                          walk_stage1_allows_o,
  input  logic                          walk_done_i,
  input  logic                          walk_fill_i,
  input  logic                          walk_fault_i,
  input  logic [5:0]                    walk_fsc_i,
  input  logic                          walk_s1ptw_i,
  input  logic                          walk_stage2_i,
  input  logic [39:0]                   walk_hpfar_i,
  // The oldest woken one; none is served in a TLBI's first cycle
  input  logic             woken_i,
  input  mmu_pkg::access_t woken_access_i,
  input  logic [51:0]      woken_va_i,
  input  logic             hold_i,
  output logic             woken_done_o,
  output logic             woken_again_o,
  // The response fills the TLBs, or a prefetch the L2 (walk_fill_i alone): with what
  output logic                          filled_o,
  output logic                          fetch_o,
  output logic [39:0]                   fill_pa_o,
  output logic [mmu_pkg::LeafWidth-1:0] fill_leaf_o,
  output logic [5:0]                    fill_span_o,
  output logic                          fill_global_o,
  // Response
  output logic             rsp_valid_o,
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
  output logic [63:0]      rsp_par_o,
  output logic [31:0]      rsp_esr_o,
  output logic [63:0]      rsp_hpfar_o
);

  // Credit
  logic open_q;
  logic open;
  always_ff @(posedge clk_i) open_q <= ready_i || !rst_ni;
  assign open   = open_q || `TW_FAULT(78);
  assign free_o = open && !woken_i;

  // Answers of the three
  logic        l2_fault;
  logic [ 5:0] l2_fsc;
  logic        l2_stage2;
  logic [51:0] l2_answer;
  logic [ 7:0] l2_attr;
  logic [ 1:0] l2_sh;
  logic [ 5:0] l2_size;
  logic        unused_l2_allows;
  answer u_l2 (
    `TW_FAULT_CONNECT(fault_i)
    .access_i       (l2_access_i),
    .low_i          (l2_low_i),
    .control_i,
    .stage1_on_i    (lookup_i.stage1_on),
    .cache_off_i    (l2_access_i.kind[1] ? lookup_i.fetch_off : lookup_i.data_off),
    .valid_i        (l2_match_i),
    .pa_i           (l2_pa_i),
    .leaf_i         (l2_leaf_i),
    .serves_o       (l2_serves_o),
    .stage1_allows_o(unused_l2_allows),
    .fault_o        (l2_fault),
    .fsc_o          (l2_fsc),
    .stage2_o       (l2_stage2),
    .pa_o           (l2_answer),
    .attr_o         (l2_attr),
    .sh_o           (l2_sh),
    .size_o         (l2_size)
  );

  logic        walk_fault;
  logic [ 5:0] walk_fsc;
  logic        walk_stage2;
  logic [51:0] walk_answer;
  logic [ 7:0] walk_attr;
  logic [ 1:0] walk_sh;
  logic [ 5:0] walk_size;
  logic        unused_walk_serves;
  answer u_walk (
    `TW_FAULT_CONNECT(fault_i)
    .access_i       (walk_access_i),
    .low_i          (walk_low_i),
    .control_i,
    .stage1_on_i    (lookup_i.stage1_on),
    .cache_off_i    (walk_access_i.kind[1] ? lookup_i.fetch_off : lookup_i.data_off),
    .valid_i        (walk_mapped_i),
    .pa_i           (walk_pa_i),
    .leaf_i         (walk_leaf_i),
    .serves_o       (unused_walk_serves),
    .stage1_allows_o(walk_stage1_allows_o),
    .fault_o        (walk_fault),
    .fsc_o          (walk_fsc),
    .stage2_o       (walk_stage2),
    .pa_o           (walk_answer),
    .attr_o         (walk_attr),
    .sh_o           (walk_sh),
    .size_o         (walk_size)
  );

  logic [                  39:0] pa_q;    // the translation of those that are woken
  logic [mmu_pkg::LeafWidth-1:0] leaf_q;
  logic [                   5:0] span_q;
  logic        serve;
  logic        woken_serves;
  logic        woken_fault;
  logic [ 5:0] woken_fsc;
  logic        woken_stage2;
  logic [51:0] woken_answer;
  logic [ 7:0] woken_attr;
  logic [ 1:0] woken_sh;
  logic [ 5:0] woken_size;
  logic [39:0] woken_pa;
  logic        unused_woken_allows;
  assign serve         = woken_i && open && !hold_i;
  assign woken_done_o  = serve && (woken_serves || `TW_FAULT(79));
  assign woken_again_o = serve && !woken_done_o;

  always_comb begin
    woken_pa = '0;
    if (serve) begin
      woken_pa      = pa_q;
      woken_pa[3:0] = (pa_q[3:0] & merge_mask_i) | (woken_va_i[15:12] & ~merge_mask_i);
      if (`TW_FAULT(62)) woken_pa = pa_q;
    end
  end

  answer u_woken (
    `TW_FAULT_CONNECT(fault_i)
    .access_i       (woken_access_i),
    .low_i          (woken_va_i[11:0]),
    .control_i,
    .stage1_on_i    (lookup_i.stage1_on),
    .cache_off_i    (woken_access_i.kind[1] ? lookup_i.fetch_off : lookup_i.data_off),
    .valid_i        (serve),
    .pa_i           (woken_pa),
    .leaf_i         (leaf_q),
    .serves_o       (woken_serves),
    .stage1_allows_o(unused_woken_allows),
    .fault_o        (woken_fault),
    .fsc_o          (woken_fsc),
    .stage2_o       (woken_stage2),
    .pa_o           (woken_answer),
    .attr_o         (woken_attr),
    .sh_o           (woken_sh),
    .size_o         (woken_size)
  );

  logic unused_va;
  assign unused_va = ^woken_va_i[51:16];

  // What is filled
  assign filled_o = l2_done_i || (walk_done_i && walk_fill_i);
  always_comb begin
    fetch_o       = 1'b0;
    fill_pa_o     = '0;
    fill_leaf_o   = '0;
    fill_span_o   = '0;
    fill_global_o = 1'b0;
    if (walk_fill_i) begin
      fetch_o       = walk_access_i.kind[1];
      fill_pa_o     = walk_pa_i;
      fill_leaf_o   = walk_leaf_i;
      fill_span_o   = walk_span_i;
      fill_global_o = walk_global_i;
    end else if (l2_done_i) begin
      fetch_o       = l2_access_i.kind[1];
      fill_pa_o     = l2_pa_i;
      fill_leaf_o   = l2_leaf_i;
      fill_span_o   = l2_span_i;
      fill_global_o = l2_global_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (filled_o) begin
      pa_q   <= fill_pa_o;
      leaf_q <= fill_leaf_o;
      span_q <= fill_span_o;
    end
  end

  // Response
  logic [ 5:0] span;
  logic [39:0] hpfar;
  assign rsp_valid_o = woken_done_o || walk_done_i || l2_done_i;
  always_comb begin
    rsp_access_o = '0;
    rsp_found_o  = mmu_pkg::FoundNone;
    rsp_fault_o  = 1'b0;
    rsp_fsc_o    = '0;
    rsp_s1ptw_o  = 1'b0;
    rsp_stage2_o = 1'b0;
    rsp_pa_o     = '0;
    rsp_attr_o   = '0;
    rsp_sh_o     = '0;
    rsp_size_o   = '0;
    span         = '0;
    hpfar        = '0;
    if (woken_done_o) begin
      rsp_access_o = woken_access_i;
      rsp_found_o  = mmu_pkg::FoundMerged;
      rsp_fault_o  = woken_fault && !`TW_FAULT(70);
      rsp_fsc_o    = woken_fsc;
      rsp_stage2_o = woken_stage2;
      rsp_pa_o     = woken_answer;
      rsp_attr_o   = woken_attr;
      rsp_sh_o     = woken_sh;
      rsp_size_o   = woken_size;
      span         = span_q;
    end else if (walk_done_i && walk_fault_i) begin
      rsp_access_o = walk_access_i;
      rsp_found_o  = mmu_pkg::FoundWalk;
      rsp_fault_o  = 1'b1;
      rsp_fsc_o    = walk_fsc_i;
      rsp_s1ptw_o  = walk_s1ptw_i;
      rsp_stage2_o = walk_stage2_i;
      hpfar        = walk_hpfar_i;
    end else if (walk_done_i) begin
      rsp_access_o = walk_access_i;
      rsp_found_o  = mmu_pkg::FoundWalk;
      rsp_fault_o  = walk_fault;
      rsp_fsc_o    = walk_fsc;
      rsp_stage2_o = walk_stage2;
      rsp_pa_o     = walk_answer;
      rsp_attr_o   = walk_attr;
      rsp_sh_o     = walk_sh;
      rsp_size_o   = walk_size;
      span         = walk_span_i;
    end else if (l2_done_i) begin
      rsp_access_o = l2_access_i;
      rsp_found_o  = mmu_pkg::FoundL2;
      rsp_fault_o  = l2_fault;
      rsp_fsc_o    = l2_fsc;
      rsp_stage2_o = l2_stage2;
      rsp_pa_o     = l2_answer;
      rsp_attr_o   = l2_attr;
      rsp_sh_o     = l2_sh;
      rsp_size_o   = l2_size;
      span         = l2_span_i;
    end
  end

  syndrome u_syndrome (
    .valid_i       (rsp_valid_o),
    .kind_i        (rsp_access_o.kind),
    .el_i          (rsp_access_o.privileged),
    .fault_i       (rsp_fault_o),
    .fsc_i         (rsp_fsc_o),
    .s1ptw_i       (rsp_s1ptw_o),
    .stage2_i      (rsp_stage2_o),
    .pa_i          (rsp_pa_o[51:12]),
    .attr_i        (rsp_attr_o),
    .sh_i          (rsp_sh_o),
    .ipa_i         (hpfar),
    .aarch32_i     (lookup_i.aarch32),
    .short_i       (lookup_i.short_format),
    .par32_i       (lookup_i.short_format && !rsp_access_o.par_long &&
                    ((rsp_access_o.at == 2'd2) || !lookup_i.stage2_on)),
    .supersection_i(span == 6'd24),
    .par_o         (rsp_par_o),
    .esr_o         (rsp_esr_o),
    .hpfar_o       (rsp_hpfar_o)
  );

  logic unused_lookup;
  assign unused_lookup = ^lookup_i;

endmodule
