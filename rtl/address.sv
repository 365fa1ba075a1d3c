// The address of one request: its half, its key, and the checks that need no look-up. In regime.c.
module address (
  `TW_FAULT_PORT
  // Registers
  input mmu_pkg::lookup_t lookup_i,
  input logic [2:0]       pa_size_i,
  // Request
  input logic        valid_i,
  input logic [63:0] va_i,
  input logic        fetch_i,
  input logic        privileged_i,   // el, or regime 1
  input logic        nonfault_i,
  // Key
  output logic        half_o,
  output logic [39:0] vpn_o,         // VA[51:12]; with the bits below it the output while stage 1 is off
  // Fault, with its level
  output logic        fault_o,
  output logic [5:0]  fsc_o
);

  // AArch32: the half. TTBCR.N stands where T0SZ does.
  logic [31:0] va32;
  logic        zeros;     // in the lower part of the addresses
  logic        ones;      // in the upper part
  logic        half32;
  logic        in_gap;
  logic [ 5:0] zeros_from;
  assign va32 = va_i[31:0];

  always_comb begin
    zeros_from = '0;
    zeros      = 1'b0;
    ones       = 1'b0;
    half32     = 1'b0;
    in_gap     = 1'b0;
    if (valid_i && lookup_i.aarch32) begin
      zeros_from = 6'd32 - {3'd0, lookup_i.t0sz};
      if (`TW_FAULT(39) && lookup_i.short_format && (lookup_i.t0sz != 3'd0)) zeros_from = zeros_from + 6'd1;
      zeros  = (va32 >> zeros_from) == '0;
      ones   = (~va32 >> (6'd32 - {3'd0, lookup_i.t1sz})) == '0;
      half32 = ((lookup_i.t0sz == 3'd0) && (lookup_i.t1sz != 3'd0)) ? ones : !zeros;
      in_gap = (lookup_i.t0sz != 3'd0) && (lookup_i.t1sz != 3'd0) && !zeros && !ones;
    end
  end

  // Key
  logic           half;
  mmu_pkg::half_t fields;
  always_comb begin
    half   = 1'b0;
    half_o = 1'b0;
    vpn_o  = '0;
    fields = '0;
    if (valid_i) begin
      half   = lookup_i.aarch32 ? half32 : (va_i[55] && !lookup_i.one_privilege);
      half_o = lookup_i.aarch32 ? half32 : va_i[55];
      vpn_o  = lookup_i.aarch32 ? {20'd0, va_i[31:12]} : va_i[51:12];
      fields = half ? lookup_i.upper : lookup_i.lower;
    end
  end

  // Checks
  logic        is_64k;
  logic        refused;  // by E0PD or NFD
  logic        tag_ignored;
  logic [63:0] beyond;   // bits that must be 0
  logic        size_fault;
  always_comb begin
    is_64k      = 1'b0;
    refused     = 1'b0;
    tag_ignored = 1'b0;
    size_fault  = 1'b0;
    beyond      = '0;
    fault_o     = 1'b0;
    fsc_o       = mmu_pkg::FscTranslation;
    if (valid_i) begin
      is_64k      = fields.granule == mmu_pkg::Granule64K;
      refused     = fields.refused || (fields.refused_nonfault && nonfault_i);
      tag_ignored = fields.tbi && !(fields.tbid && fetch_i) && !`TW_FAULT(22);
      if (lookup_i.aarch32) begin
        fault_o = lookup_i.stage1_on && in_gap;
        fsc_o   = mmu_pkg::fault_code(mmu_pkg::FscTranslation, 3'd2);
      end else if (lookup_i.stage1_on) begin
        size_fault = (fields.txsz < ((is_64k || fields.ds) ? 6'd12 : 6'd16)) ||
                     (fields.txsz > (is_64k ? 6'd47 : 6'd48));
        beyond  = (va_i ^ {64{half}}) & {tag_ignored ? 8'd0 : 8'hff, 56'hff_ffff_ffff_ffff};
        beyond  = beyond >> (7'd64 - {1'b0, fields.txsz});
        fault_o = (beyond != '0) || size_fault || (refused && !privileged_i);
      end else begin
        beyond  = va_i & {tag_ignored ? 8'd0 : 8'hff, 56'hff_ffff_ffff_ffff};
        beyond  = beyond >> mmu_pkg::address_bits(pa_size_i);
        fault_o = beyond != '0;
        fsc_o   = mmu_pkg::FscAddressSize;
      end
    end
  end

  // What only answers and walks need of the registers
  logic unused_lookup;
  assign unused_lookup = ^lookup_i;

endmodule
