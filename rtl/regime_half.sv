// One half of stage 1's addresses: its fields of TCR for look-ups; start level, base and formats for walks. In regime.c.
module regime_half #(
  parameter int Upper = 0
) (
  `TW_FAULT_PORT
  // Registers and configuration; the registers are new
  input logic        changed_i,
  input logic        aarch32_i,
  input logic        one_privilege_i,
  input logic        short_i,
  input logic [63:0] sctlr_i,
  input logic [63:0] tcr_i,
  input logic [63:0] ttbr_i,
  input logic [63:0] mair_i,
  input logic [2:0]  pa_size_i,
  input logic        armv7_i,
  input logic [1:0]  bbm_i,
  // Decoded, while changed_i
  output mmu_pkg::half_t   half_o,
  output mmu_pkg::stage1_t walk_o
);

  logic unused_bits;
  assign unused_bits = ^{
    sctlr_i[63:30], sctlr_i[27:26], sctlr_i[24:0], tcr_i, ttbr_i[63:48], 1'b0
  };

  // Look-up
  mmu_pkg::half_t half;
  logic           ds;
  always_comb begin
    half = '0;
    ds   = 1'b0;
    if (changed_i) begin
      if (Upper != 0) begin
        half.txsz             = tcr_i[21:16];
        half.tbi              = tcr_i[38];
        half.tbid             = tcr_i[52];
        half.refused          = tcr_i[56];
        half.refused_nonfault = tcr_i[54];
        case (tcr_i[31:30])
          2'd1: half.granule = mmu_pkg::Granule16K;
          2'd3: half.granule = mmu_pkg::Granule64K;
          default: half.granule = mmu_pkg::Granule4K;
        endcase
      end else begin
        half.txsz             = tcr_i[5:0];
        half.tbi              = one_privilege_i ? tcr_i[20] : tcr_i[37];
        half.tbid             = one_privilege_i ? tcr_i[29] : tcr_i[51];
        half.refused          = tcr_i[55] && !one_privilege_i;
        half.refused_nonfault = tcr_i[53] && !one_privilege_i;
        case (tcr_i[15:14])
          2'd1: half.granule = mmu_pkg::Granule64K;
          2'd2: half.granule = mmu_pkg::Granule16K;
          default: half.granule = mmu_pkg::Granule4K;
        endcase
      end
      if (aarch32_i) half.granule = mmu_pkg::Granule4K;
      ds      = (one_privilege_i ? tcr_i[32] : tcr_i[59]) && !aarch32_i && (pa_size_i >= 3'd6);
      half.ds = ds && (half.granule != mmu_pkg::Granule64K);
    end
    half_o = half;
  end

  // Walk: formats and sizes
  mmu_pkg::stage1_t walk;
  logic       is_64k;
  logic [2:0] output_code;
  always_comb begin
    walk        = '0;
    output_code = '0;
    is_64k      = half.granule == mmu_pkg::Granule64K;
    if (changed_i) begin
      walk.mair          = mair_i;
      walk.epd_level     = aarch32_i ? 3'd2 : 3'd1;
      walk.granule       = half.granule;
      walk.short_format  = short_i;
      walk.aarch32       = aarch32_i;
      walk.one_privilege = one_privilege_i;
      walk.armv7         = aarch32_i && armv7_i;
      walk.big_endian    = sctlr_i[25];
      walk.afe           = short_i && sctlr_i[29];
      walk.tre           = short_i && sctlr_i[28];
      walk.sh            = (Upper != 0) ? tcr_i[29:28] : tcr_i[13:12];

      if (aarch32_i) begin
        // N, T0SZ and T1SZ make the input smaller alike, but the upper half of short descriptors is always of 32 bits
        if (Upper != 0) walk.input_size = short_i ? 6'd32 : 6'd32 - {3'd0, tcr_i[18:16]};
        else walk.input_size = 6'd32 - {3'd0, tcr_i[2:0]};
        walk.epd    = (Upper != 0) ? (short_i ? tcr_i[5] : tcr_i[23]) : (short_i ? tcr_i[4] : tcr_i[7]);
        output_code = mmu_pkg::output_code(3'd2, pa_size_i, 1'b0);
      end else begin
        walk.input_size = 6'd0 - half.txsz;  // 64 - TxSZ
        walk.ds         = half.ds;
        walk.wide       = is_64k && (pa_size_i >= 3'd6);
        walk.bbm        = bbm_i != 2'd0;
        output_code     = mmu_pkg::output_code(one_privilege_i ? tcr_i[18:16] : tcr_i[34:32], pa_size_i,
                                               is_64k || half.ds);
        if (one_privilege_i) begin
          walk.ha  = tcr_i[21];
          walk.hd  = tcr_i[22] && tcr_i[21];
          walk.hpd = tcr_i[24];
        end else begin
          walk.epd = (Upper != 0) ? tcr_i[23] : tcr_i[7];
          walk.ha  = tcr_i[39];
          walk.hd  = tcr_i[40] && tcr_i[39];
          walk.hpd = (Upper != 0) ? tcr_i[42] : tcr_i[41];
        end
      end
      if (`TW_FAULT(20)) walk.epd = 1'b0;
      walk.output_size = mmu_pkg::address_bits(output_code);
    end
  end

  // Walk: start level and base
  logic [ 5:0] page;
  logic [ 2:0] levels;    // before the last
  logic [ 2:0] start_level;
  logic        base_52;   // base[51:48] in TTBR[5:2]
  logic [ 5:0] base_low;
  logic [51:0] base_mask;
  logic [51:0] base;
  always_comb begin
    page        = '0;
    levels      = '0;
    start_level = '0;
    base_52     = 1'b0;
    base_low    = '0;
    base_mask   = '0;
    base        = '0;
    if (changed_i) begin
      page = mmu_pkg::page_size(half.granule);
      for (int n = 1; n <= 4; n++) begin
        if ({2'd0, walk.input_size} > {2'd0, page} + 8'(n) * {2'd0, page - 6'd3}) levels = n[2:0];
      end
      start_level = short_i ? 3'd2 : (3'd4 - levels);

      base_52 = (is_64k && (output_code >= 3'd6)) || half.ds;
      if (short_i) base_low = walk.input_size - 6'd18;
      else base_low = walk.input_size - mmu_pkg::index_low(half.granule, start_level) + 6'd3;
      base_low = (base_52 && (base_low < 6'd6)) ? 6'd6 : base_low;
      base_mask = 52'hf_ffff_ffff_ffff << base_low;
      if (short_i) base_mask[51:32] = '0;
      else if (walk.armv7) base_mask[51:40] = '0;
      base = {base_52 ? ttbr_i[5:2] : 4'd0, ttbr_i[47:0]} & base_mask;
    end
  end

  always_comb begin
    walk_o = walk;
    if (changed_i) begin
      walk_o.start_level = start_level;
      walk_o.base        = base;
      walk_o.base_fault  = !short_i && ((base >> walk.output_size) != '0) && !`TW_FAULT(19);
    end
  end

endmodule
