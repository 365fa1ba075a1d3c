// Registers, decoded for both stages, and the world that they make.
//
// They seldom change, and never while a request stands in a stage: they are decoded in the cycle after a change and
// held.
module registers (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration
  input logic [2:0] pa_size_i,
  input logic       armv7_i,
  input logic       coalesce_i,
  input logic [1:0] bbm_i,
  // A request stands in a stage
  input logic busy_i,
  // Do the registers change at the end of this cycle? Told while somebody watches
  input  logic watch_i,
  output logic changes_o,
  // They change, or have just changed: else the clock may stand
  output logic moves_o,
  // Registers
  input logic [2:0]  reg_regime_i,
  input logic [63:0] reg_sctlr_i,
  input logic [63:0] reg_tcr_i,
  input logic [63:0] reg_ttbr0_i,
  input logic [63:0] reg_ttbr1_i,
  input logic [63:0] reg_mair_i,
  input logic [63:0] reg_hcr_i,
  input logic [63:0] reg_vtcr_i,
  input logic [63:0] reg_vttbr_i,
  input logic [31:0] reg_contextidr_i,
  input logic [31:0] reg_dacr_i,
  input logic        reg_ee2_i,
  // World of the registers, and whether it is another one than in the cycle before
  output logic [mmu_pkg::WorldWidth-1:0] world_o,
  output logic                           world_change_o,
  // Look-up
  output mmu_pkg::lookup_t  lookup_o,
  output logic [15:0]       asid_o,
  output mmu_pkg::control_t control_o,
  // The least size in use, by half
  output logic [5:0] page_lower_o,
  output logic [5:0] page_upper_o,
  // Misses
  output mmu_pkg::misses_t misses_o,
  // TLBI: DS of both stages
  output logic ds1_o,
  output logic ds2_o,
  // Walk
  output mmu_pkg::stage1_t walk_lower_o,
  output mmu_pkg::stage1_t walk_upper_o,
  output mmu_pkg::stage2_t stage2_o
);

  // The page in which misses merge: the bits of VA[15:12] above it.
  function automatic logic [3:0] merge_mask(input logic [1:0] granule, input logic on2, input logic [1:0] granule2);
    merge_mask = (on2 && (granule2 < granule)) ? 4'hf << {granule2, 1'b0} : 4'hf << {granule, 1'b0};
  endfunction

  function automatic logic [mmu_pkg::Ranks-1:0] ranks_of_granule(input logic [1:0] granule);
    case (granule)
      mmu_pkg::Granule4K: ranks_of_granule = 13'b0_1011_0101_0101;
      mmu_pkg::Granule16K: ranks_of_granule = 13'b0_0101_0101_0010;
      default: ranks_of_granule = 13'b1_0010_1001_0100;
    endcase
  endfunction

  // The sizes in use: of the stage 1 format, and of the stage 2 granule; four pages, where they are coalesced.
  function automatic logic [mmu_pkg::Ranks-1:0] ranks_in_use(input logic short_format, input logic [1:0] granule,
                                                            input logic on2, input logic [1:0] granule2,
                                                            input logic coalesced);
    ranks_in_use = short_format ? 13'b0_0000_0010_1101 : ranks_of_granule(granule);
    if (on2) ranks_in_use = ranks_in_use | ranks_of_granule(granule2);
    else if (coalesced && (granule == mmu_pkg::Granule4K)) ranks_in_use[1] = 1'b1;
    else if (coalesced && (granule == mmu_pkg::Granule16K)) ranks_in_use[2] = 1'b1;
  endfunction

  // The least of them.
  function automatic logic [5:0] page_in_use(input logic short_format, input logic [1:0] granule, input logic on2,
                                             input logic [1:0] granule2);
    page_in_use = short_format ? 6'd12 : mmu_pkg::page_size(granule);
    if (on2 && (mmu_pkg::page_size(granule2) < page_in_use)) page_in_use = mmu_pkg::page_size(granule2);
  endfunction

  // World of the registers: regime, VMID. `top` is VTTBR[63:48].
  function automatic logic [mmu_pkg::WorldWidth-1:0] world_of(input logic [2:0] regime, input logic wide_vmid,
                                                              input logic [15:0] top);
    case (regime)
      mmu_pkg::RegimeEl10: world_of = {regime, wide_vmid ? top : {8'd0, top[7:0]}};
      mmu_pkg::RegimePl10: world_of = {regime, 8'd0, top[7:0]};
      default: world_of = {regime, 16'd0};
    endcase
  endfunction

  logic [ 2:0] regime_q;
  logic [63:0] sctlr_q;
  logic [63:0] tcr_q;
  logic [63:0] ttbr0_q;
  logic [63:0] ttbr1_q;
  logic [63:0] mair_q;
  logic [63:0] hcr_q;
  logic [63:0] vtcr_q;
  logic [63:0] vttbr_q;
  logic [31:0] contextidr_q;
  logic [31:0] dacr_q;
  logic        ee2_q;
  logic        changed_q;

  // They change at the end of this cycle
  logic differ;
  always_comb begin
    differ = 1'b0;
    if (!busy_i) begin
      differ = (reg_regime_i != regime_q) || (reg_sctlr_i != sctlr_q) || (reg_tcr_i != tcr_q) ||
               (reg_ttbr0_i != ttbr0_q) || (reg_ttbr1_i != ttbr1_q) || (reg_mair_i != mair_q) ||
               (reg_hcr_i != hcr_q) || (reg_vtcr_i != vtcr_q) || (reg_vttbr_i != vttbr_q) ||
               (reg_contextidr_i != contextidr_q) || (reg_dacr_i != dacr_q) || (reg_ee2_i != ee2_q);
    end
  end
  assign changes_o = watch_i && differ;
  assign moves_o   = differ || changed_q;

  always_ff @(posedge clk_i) begin
    changed_q <= 1'b0;
    if (!rst_ni || differ) begin
      changed_q    <= 1'b1;
      regime_q     <= reg_regime_i;
      sctlr_q      <= reg_sctlr_i;
      tcr_q        <= reg_tcr_i;
      ttbr0_q      <= reg_ttbr0_i;
      ttbr1_q      <= reg_ttbr1_i;
      mair_q       <= reg_mair_i;
      hcr_q        <= reg_hcr_i;
      vtcr_q       <= reg_vtcr_i;
      vttbr_q      <= reg_vttbr_i;
      contextidr_q <= reg_contextidr_i;
      dacr_q       <= reg_dacr_i;
      ee2_q        <= reg_ee2_i;
    end
  end

  // World
  logic [mmu_pkg::WorldWidth-1:0] world_q;
  always_comb begin
    world_o        = world_q;
    world_change_o = 1'b0;
    if (changed_q) begin
      world_o        = world_of(regime_q, vtcr_q[19], vttbr_q[63:48]);
      world_change_o = `TW_FAULT(51) ? (world_o[18:16] != world_q[18:16]) : (world_o != world_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (changed_q) world_q <= world_o;
  end

  // Stages
  assign ds1_o = ((regime_q == mmu_pkg::RegimeEl2) ? tcr_q[32] : tcr_q[59]) && (pa_size_i == 3'd6);
  assign ds2_o = vtcr_q[32] && (pa_size_i == 3'd6);

  mmu_pkg::lookup_t lookup;
  mmu_pkg::stage2_t stage2;
  assign lookup_o = lookup;
  assign stage2_o = stage2;

  regime u_regime (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .changed_i    (changed_q),
    .regime_i     (regime_q),
    .sctlr_i      (sctlr_q),
    .tcr_i        (tcr_q),
    .ttbr0_i      (ttbr0_q),
    .ttbr1_i      (ttbr1_q),
    .mair_i       (mair_q),
    .hcr_i        (hcr_q),
    .contextidr_i (contextidr_q),
    .dacr_i       (dacr_q),
    .pa_size_i,
    .armv7_i,
    .bbm_i,
    .stage2_on_i  (stage2.on),
    .data_off_i   (stage2.on && stage2.data_off),
    .fetch_off_i  (stage2.on && stage2.fetch_off),
    .lookup_o     (lookup),
    .asid_o,
    .control_o,
    .walk_lower_o,
    .walk_upper_o
  );

  stage2 u_stage2 (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .changed_i(changed_q),
    .regime_i (regime_q),
    .hcr_i    (hcr_q),
    .vtcr_i   (vtcr_q),
    .vttbr_i  (vttbr_q),
    .ee2_i    (ee2_q),
    .pa_size_i,
    .armv7_i,
    .bbm_i,
    .stage2_o (stage2)
  );

  // Pages
  logic [5:0] page_lower_q;
  logic [5:0] page_upper_q;
  always_comb begin
    page_lower_o = page_lower_q;
    page_upper_o = page_upper_q;
    if (changed_q) begin
      page_lower_o = page_in_use(lookup.short_format, lookup.lower.granule, stage2.on, stage2.granule);
      page_upper_o = page_in_use(lookup.short_format, lookup.upper.granule, stage2.on, stage2.granule);
    end
  end
  always_ff @(posedge clk_i) begin
    if (changed_q) begin
      page_lower_q <= page_lower_o;
      page_upper_q <= page_upper_o;
    end
  end

  // Misses: in the cycle of the change there are none
  logic [mmu_pkg::Ranks-1:0] in_use_lower_q;
  logic [mmu_pkg::Ranks-1:0] in_use_upper_q;
  logic [               3:0] merge_lower_q;
  logic [               3:0] merge_upper_q;
  always_ff @(posedge clk_i) begin
    if (changed_q) begin
      in_use_lower_q <= ranks_in_use(lookup.short_format, lookup.lower.granule, stage2.on, stage2.granule,
                                     coalesce_i && !lookup.aarch32);
      in_use_upper_q <= ranks_in_use(lookup.short_format, lookup.upper.granule, stage2.on, stage2.granule,
                                     coalesce_i && !lookup.aarch32);
      merge_lower_q  <= merge_mask(lookup.lower.granule, stage2.on, stage2.granule);
      merge_upper_q  <= merge_mask(lookup.upper.granule, stage2.on, stage2.granule);
    end
  end
  assign misses_o = {in_use_lower_q, in_use_upper_q, merge_lower_q, merge_upper_q, changed_q};

endmodule
