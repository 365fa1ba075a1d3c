// Do the four descriptors of a line map four pages that are contiguous and alike? What the leaf itself and its place in
// the tables must be is for long_descriptor to see. In walker.c.
module coalesce (
  `TW_FAULT_PORT
  // The aligned 32 bytes that a read is in, lowest address in [63:0]
  input  logic         valid_i,
  input  logic         big_endian_i,
  input  logic [255:0] line_i,
  output logic [1:0]   quad_o  // as pages of 4K, of 16K
);

  // Bits that must be equal: all but those left to software. Those of the page's number in the four are told below.
  localparam logic [63:0] Alike = 64'hf87f_ffff_ffff_ffff;
  localparam logic [63:0] Permissions = 64'h0060_0000_0000_00c0;  // UXN, PXN, AP[2:1]
  localparam logic [63:0] AccessFlag = 64'h400;

  logic [63:0] alike;
  logic [63:0] number_4k;   // where it stands
  logic [63:0] number_16k;
  always_comb begin
    alike      = Alike;
    number_4k  = 64'h3000;
    number_16k = 64'hc000;
    if (`TW_FAULT(107)) begin
      number_4k  = '0;
      number_16k = '0;
      alike      = Alike & ~64'hf000;
    end
    if (`TW_FAULT(108)) alike = Alike & ~Permissions;
    if (`TW_FAULT(109)) alike = Alike & ~AccessFlag;
    if (`TW_FAULT(111)) alike = '1;
  end

  // Each is the first one but for its number
  logic [63:0] first;
  logic [63:0] descriptor;
  logic [63:0] difference;
  always_comb begin
    quad_o     = '0;
    first      = '0;
    descriptor = '0;
    difference = '0;
    if (valid_i) begin
      first  = big_endian_i && !`TW_FAULT(112) ? mmu_pkg::swap_bytes(line_i[63:0]) : line_i[63:0];
      quad_o = {(first & number_16k) == '0, (first & number_4k) == '0};
      for (int n = 1; n < 4; n++) begin
        descriptor = line_i[64*n+:64];
        if (big_endian_i && !`TW_FAULT(112)) descriptor = mmu_pkg::swap_bytes(descriptor);
        difference = (descriptor ^ first) & alike;
        if (difference != ({48'd0, n[1:0], 14'd0} & number_16k)) quad_o[1] = 1'b0;
        if (difference != ({50'd0, n[1:0], 12'd0} & number_4k)) quad_o[0] = 1'b0;
      end
    end
  end

endmodule
