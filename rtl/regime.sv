// Stage 1 registers, decoded once after each change: format, ASID, controls of permission, both halves.
module regime (
  input logic clk_i,
  `TW_FAULT_PORT
  // Registers and configuration; the registers are new
  input logic        changed_i,
  input logic [2:0]  regime_i,
  input logic [63:0] sctlr_i,
  input logic [63:0] tcr_i,
  input logic [63:0] ttbr0_i,
  input logic [63:0] ttbr1_i,
  input logic [63:0] mair_i,
  input logic [63:0] hcr_i,
  input logic [31:0] contextidr_i,
  input logic [31:0] dacr_i,
  input logic [2:0]  pa_size_i,
  input logic        armv7_i,
  input logic [1:0]  bbm_i,
  input logic        stage2_on_i,
  input logic        data_off_i,
  input logic        fetch_off_i,
  // Look-up
  output mmu_pkg::lookup_t  lookup_o,
  output logic [15:0]       asid_o,
  output mmu_pkg::control_t control_o,
  // Walk: from the cycle after the change on
  output mmu_pkg::stage1_t  walk_lower_o,
  output mmu_pkg::stage1_t  walk_upper_o
);

  logic unused_bits;
  assign unused_bits = ^{sctlr_i, tcr_i, hcr_i[63:13], hcr_i[11:0], contextidr_i[31:8]};

  // Which regime, which format
  logic aarch32;
  logic one_privilege;
  logic is_short;
  logic default_cacheable;
  assign aarch32           = regime_i == mmu_pkg::RegimePl10;
  assign one_privilege     = regime_i == mmu_pkg::RegimeEl2;
  assign is_short          = aarch32 && !tcr_i[31];
  assign default_cacheable = hcr_i[12] && !one_privilege && (regime_i != mmu_pkg::RegimeEl20);

  // Halves
  mmu_pkg::half_t   lower;
  mmu_pkg::half_t   upper;
  mmu_pkg::stage1_t walk_lower;
  mmu_pkg::stage1_t walk_upper;
  regime_half #(
    .Upper(0)
  ) u_lower (
    `TW_FAULT_CONNECT(fault_i)
    .changed_i,
    .aarch32_i      (aarch32),
    .one_privilege_i(one_privilege),
    .short_i        (is_short),
    .sctlr_i,
    .tcr_i,
    .ttbr_i         (ttbr0_i),
    .mair_i,
    .pa_size_i,
    .armv7_i,
    .bbm_i,
    .half_o         (lower),
    .walk_o         (walk_lower)
  );
  regime_half #(
    .Upper(1)
  ) u_upper (
    `TW_FAULT_CONNECT(fault_i)
    .changed_i,
    .aarch32_i      (aarch32),
    .one_privilege_i(one_privilege),
    .short_i        (is_short),
    .sctlr_i,
    .tcr_i,
    .ttbr_i         (ttbr1_i),
    .mair_i,
    .pa_size_i,
    .armv7_i,
    .bbm_i,
    .half_o         (upper),
    .walk_o         (walk_upper)
  );

  // Look-up
  mmu_pkg::lookup_t  lookup;
  mmu_pkg::lookup_t  lookup_q;
  mmu_pkg::control_t control;
  mmu_pkg::control_t control_q;
  logic [15:0]       asid_q;
  always_comb begin
    lookup  = lookup_q;
    control = control_q;
    asid_o  = asid_q;
    if (changed_i) begin
      asid_o = tcr_i[22] ? ttbr1_i[63:48] : ttbr0_i[63:48];
      if (one_privilege) asid_o = '0;
      else if (is_short) asid_o = {8'd0, contextidr_i[7:0]};
      else if (aarch32 || !tcr_i[36]) asid_o[15:8] = '0;

      control.wxn          = sctlr_i[19];
      control.uwxn         = sctlr_i[20] && aarch32;
      control.epan         = sctlr_i[57] && !aarch32 && !one_privilege;
      control.aarch32      = aarch32;
      control.short_format = is_short;
      control.dacr         = dacr_i;

      lookup.stage1_on     = sctlr_i[0] && !default_cacheable;
      lookup.stage2_on     = stage2_on_i;
      lookup.aarch32       = aarch32;
      lookup.one_privilege = one_privilege;
      lookup.short_format  = is_short;
      lookup.t0sz          = tcr_i[2:0];
      lookup.t1sz          = is_short ? 3'd0 : tcr_i[18:16];
      lookup.lower         = lower;
      lookup.upper         = upper;
      lookup.flat_data     = 8'h00;
      lookup.flat_fetch    = sctlr_i[12] ? 8'haa : 8'h44;
      lookup.flat_sh       = 2'd2;
      lookup.data_off      = data_off_i;
      lookup.fetch_off     = fetch_off_i;
      if (default_cacheable && !`TW_FAULT(41)) begin
        lookup.flat_data  = 8'hff;
        lookup.flat_fetch = 8'hff;
        lookup.flat_sh    = 2'd0;
      end
    end
    lookup_o  = lookup;
    control_o = control;
  end

  mmu_pkg::stage1_t walk_lower_q;
  mmu_pkg::stage1_t walk_upper_q;
  assign walk_lower_o = walk_lower_q;
  assign walk_upper_o = walk_upper_q;

  always_ff @(posedge clk_i) begin
    if (changed_i) begin
      lookup_q     <= lookup;
      control_q    <= control;
      asid_q       <= asid_o;
      walk_lower_q <= walk_lower;
      walk_upper_q <= walk_upper;
    end
  end

endmodule
