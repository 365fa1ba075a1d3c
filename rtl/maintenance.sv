// A TLBI's operation and operand decoded: what is dropped, of which worlds, from which pages.
module maintenance (
  `TW_FAULT_PORT
  input  logic           active_i,   // a TLBI is under way
  input  logic [7:0]     op_i,
  input  logic [63:0]    operand_i,
  input  logic [15:0]    vmid_i,     // current
  input  logic           ds1_i,      // of the current registers, stage 1 and stage 2
  input  logic           ds2_i,
  output mmu_pkg::tlbi_t tlbi_o
);

  // Form
  logic range;
  logic short_operand;
  logic ipa;
  logic paged;  // there is an address
  logic drops_nothing;
  assign range         = op_i[4];
  assign short_operand = op_i[6];
  assign ipa           = (op_i[3:0] == mmu_pkg::OpIpas2) || (op_i[3:0] == mmu_pkg::OpIpas2l);
  assign paged         = (op_i[3:0] >= mmu_pkg::OpVa) && (op_i[3:0] <= mmu_pkg::OpIpas2l);
  assign drops_nothing = op_i[7] || (op_i[3:0] > mmu_pkg::OpIpas2l) ||
                         (range && (!paged || short_operand || (operand_i[47:46] == 2'd0)));

  // Pages
  logic [ 2:0] granule_shift;  // of a range: 4 KiB pages of its granule and of its base's unit
  logic [ 2:0] unit_shift;
  logic [40:0] base;
  logic [39:0] count;
  logic [40:0] range_last;
  logic [39:0] first;
  logic [39:0] last;
  assign granule_shift = {operand_i[47:46] - 2'd1, 1'b0};
  assign unit_shift    = (ipa ? ds2_i : ds1_i) ? 3'd4 : granule_shift;

  always_comb begin
    base       = '0;
    count      = '0;
    range_last = '0;
    first      = '0;
    last       = '0;
    if (active_i && range) begin
      base       = {{4{operand_i[36] && !ipa}}, operand_i[36:0]} << unit_shift;
      first      = base[39:0];
      count      = ({35'd0, operand_i[43:39]} + 40'd1) << (5'd5 * {3'd0, operand_i[45:44]} + 5'd1);
      if (`TW_FAULT(48)) count = count - 40'd1;
      count      = count << granule_shift;
      range_last = {1'b0, first} + {1'b0, count} - 41'd1;
      last       = range_last[40] ? '1 : range_last[39:0];
    end else if (active_i) begin
      first = operand_i[39:0];
      if (short_operand) first = ipa ? {12'd0, operand_i[27:0]} : {20'd0, operand_i[31:12]};
      last = first;
    end
  end

  logic unused_bit;
  assign unused_bit = base[40];

  always_comb begin
    tlbi_o = '0;
    if (active_i) begin
      tlbi_o.what     = drops_nothing ? mmu_pkg::OpNone : op_i[3:0];
      tlbi_o.el2      = op_i[5];
      tlbi_o.any_vmid = op_i[3:0] == mmu_pkg::OpAll;
      tlbi_o.vmid     = vmid_i;
      tlbi_o.asid     = (short_operand && !`TW_FAULT(60)) ? {8'd0, operand_i[7:0]} : operand_i[63:48];
      tlbi_o.half     = range ? operand_i[36] : (operand_i[43] && !short_operand);
      tlbi_o.first    = first;
      tlbi_o.last     = last;
      if (range) begin
        tlbi_o.by_level = operand_i[38:37] != 2'd0;
        tlbi_o.level    = operand_i[38:37];
      end else if (!short_operand) begin
        tlbi_o.by_level = (operand_i[47:46] != 2'd0) && !(operand_i[47] && (operand_i[45:44] == 2'd0));
        tlbi_o.level    = operand_i[45:44];
      end
      if (`TW_FAULT(49)) tlbi_o.by_level = 1'b0;
    end
  end

endmodule
