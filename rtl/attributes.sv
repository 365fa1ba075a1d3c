// Memory attributes of both stages combined.
module attributes (
  `TW_FAULT_PORT
  input logic             valid_i,
  input mmu_pkg::stage2_t stage2_i,
  // Stage 1
  input logic [7:0] attr_i,
  input logic [1:0] sh_i,
  // Stage 2
  input logic [3:0] memattr_i,
  input logic [1:0] sh2_i,
  // Both
  output logic [7:0] attr_o,
  output logic [1:0] sh_o
);

  localparam logic [3:0] NonCacheable = 4'h4;

  // One half, inner or outer, of Normal memory: the weaker of both stages
  function automatic logic [3:0] weaker(input logic [3:0] stage1, input logic [1:0] stage2);
    case (stage2)
      2'd3: weaker = stage1;                                                                   // write-back
      2'd2: weaker = (stage1 == NonCacheable) ? NonCacheable : {stage1[3], 1'b0, stage1[1:0]}; // write-through
      default: weaker = NonCacheable;
    endcase
  endfunction

  // The same where stage 2 forces write-back: the hints are stage 1's
  function automatic logic [3:0] forced(input logic [3:0] stage1);
    forced = (stage1 == NonCacheable) ? 4'hf : (stage1 | 4'h4);
  endfunction

  logic       is_device;    // stage 1
  logic [7:0] device2;      // stage 2's kind of Device as a MAIR byte
  logic [7:0] lesser;
  always_comb begin
    is_device = 1'b0;
    device2   = '0;
    lesser    = '0;
    attr_o    = '0;
    if (valid_i) begin
      is_device = attr_i[7:4] == 4'd0;
      device2   = {4'd0, memattr_i[1:0], 2'd0};
      lesser    = (attr_i < device2) ? attr_i : device2;
    end

    if (valid_i && stage2_i.fwb) begin
      case (memattr_i[2:0])
        3'd7: attr_o = attr_i;
        3'd6: attr_o = is_device ? 8'hff : {forced(attr_i[7:4]), forced(attr_i[3:0])};
        3'd5, 3'd4: attr_o = is_device ? attr_i : {NonCacheable, NonCacheable};
        default: attr_o = is_device ? lesser : device2;
      endcase
    end else if (valid_i && (memattr_i[3:2] == 2'd0)) begin
      attr_o = is_device ? lesser : device2;
    end else if (valid_i) begin
      attr_o = is_device ? attr_i : {weaker(attr_i[7:4], memattr_i[3:2]), weaker(attr_i[3:0], memattr_i[1:0])};
    end
  end

  always_comb begin
    if ((attr_o[7:4] == 4'd0) || (attr_o == {NonCacheable, NonCacheable})) sh_o = 2'd2;
    else if (`TW_FAULT(42)) sh_o = sh_i;
    else if ((sh_i == 2'd2) || (sh2_i == 2'd2)) sh_o = 2'd2;
    else if ((sh_i == 2'd3) || (sh2_i == 2'd3)) sh_o = 2'd3;
    else sh_o = 2'd0;
  end

  // Of stage 2 only the controls of attributes count here
  logic unused_stage2;
  assign unused_stage2 = ^stage2_i;

endmodule
