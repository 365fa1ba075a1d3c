// The access that an act of the walk begins: a read or a swap, of a table of stage 1 or of stage 2. In walker.c.
module walk_access (
  `TW_FAULT_PORT
  // An act is made; registers
  input logic act_i,
  input logic stage2_on_i,
  input logic short_i,
  // What it does: a table of stage 1 is next, a descriptor there is updated; stage 1's address is translated; a table of
  // stage 2 is next, a descriptor there is updated
  input logic       begins1_i,
  input logic       update1_i,
  input logic       nested_i,
  input logic [1:0] purpose_i,
  input logic       reads2_i,
  input logic       update2_i,
  // Where: the next table of stage 1; the descriptor of stage 1, its address translated, its swap; stage 2 likewise
  input logic [2:0]  table_level_i,
  input logic [51:0] table_address_i,
  input logic [2:0]  level_i,
  input logic [51:0] address_i,
  input logic [39:0] pa2_i,
  input logic [63:0] expected_i,
  input logic [63:0] swap_desired_i,
  input logic [2:0]  table_level2_i,
  input logic [51:0] table_address2_i,
  input logic [2:0]  level2_i,
  input logic [51:0] address2_i,
  // The descriptor that has arrived: its bytes in order, as memory has them, as memory is to have them
  input  logic [63:0] ordered_i,
  input  logic [63:0] data_i,
  input  logic [63:0] desired_i,
  output logic [63:0] as_read_o,  // expected by a swap
  // Memory
  output logic        mem_req_valid_o,
  output logic [51:0] mem_req_addr_o,
  output logic [2:0]  mem_req_level_o,
  output logic        mem_req_stage2_o,
  output logic        mem_req_word_o,
  output logic        mem_req_swap_o,
  output logic [63:0] mem_req_expected_o,
  output logic [63:0] mem_req_desired_o
);

  // Which
  logic read1;
  logic swap1;
  logic nested;  // stage 1's access, its address translated
  assign as_read_o = `TW_FAULT(53) ? ordered_i : data_i;
  always_comb begin
    nested           = 1'b0;
    read1            = 1'b0;
    swap1            = 1'b0;
    mem_req_valid_o  = 1'b0;
    mem_req_stage2_o = 1'b0;
    mem_req_swap_o   = 1'b0;
    mem_req_word_o   = 1'b0;
    if (act_i) begin
      nested           = nested_i;
      read1            = (begins1_i && !stage2_on_i) || (nested && (purpose_i == mmu_pkg::PurposeTable));
      swap1            = (update1_i && !stage2_on_i) || (nested && (purpose_i == mmu_pkg::PurposeUpdate));
      mem_req_stage2_o = reads2_i || update2_i;
      mem_req_valid_o  = read1 || swap1 || mem_req_stage2_o;
      mem_req_swap_o   = swap1 || update2_i;
      mem_req_word_o   = read1 && short_i;
    end
  end

  // Where, and what a swap says
  always_comb begin
    mem_req_addr_o     = '0;
    mem_req_level_o    = '0;
    mem_req_expected_o = '0;
    mem_req_desired_o  = '0;
    if (reads2_i) begin
      mem_req_addr_o  = table_address2_i;
      mem_req_level_o = table_level2_i;
    end else if (update2_i) begin
      mem_req_addr_o     = address2_i;
      mem_req_level_o    = level2_i;
      mem_req_expected_o = as_read_o;
      mem_req_desired_o  = desired_i;
    end else if (nested) begin
      mem_req_addr_o  = {pa2_i, address_i[11:0]};
      mem_req_level_o = level_i;
      if (purpose_i == mmu_pkg::PurposeUpdate) begin
        mem_req_expected_o = expected_i;
        mem_req_desired_o  = swap_desired_i;
      end
    end else if (update1_i) begin
      mem_req_addr_o     = address_i;
      mem_req_level_o    = level_i;
      mem_req_expected_o = as_read_o;
      mem_req_desired_o  = desired_i;
    end else if (read1) begin
      mem_req_addr_o  = table_address_i;
      mem_req_level_o = table_level_i;
    end
  end

endmodule
