// May this access use this entry?
module permission (
  `TW_FAULT_PORT
  // Access
  input logic [1:0] kind_i,
  input logic       el_i,
  input logic       pan_i,
  input logic       wxn_i,
  // Entry
  input logic [1:0] ap_i,   // AP[2:1]
  input logic       pxn_i,
  input logic       uxn_i,
  // Decision
  output logic allowed_o
);

  // What the entry lets each level do
  logic write1;
  logic read0;
  logic write0;
  logic execute1;
  logic execute0;
  logic wxn;
  logic pan;
  assign wxn      = wxn_i && !`TW_FAULT(11);
  assign pan      = pan_i && !`TW_FAULT(10);
  assign write1   = !ap_i[1];
  assign read0    = ap_i[0];
  assign write0   = ap_i == 2'b01;
  assign execute1 = !(pxn_i || write0 || (wxn && write1));
  assign execute0 = !(uxn_i || (wxn && write0));

  // What this access asks for
  always_comb begin
    case (kind_i)
      mmu_pkg::KindRead: allowed_o = el_i ? !(pan && read0) : read0;
      mmu_pkg::KindWrite: allowed_o = el_i ? (write1 && !(pan && read0)) : write0;
      mmu_pkg::KindFetch: allowed_o = el_i ? execute1 : execute0;
      default: allowed_o = 1'b1;
    endcase
  end

endmodule
