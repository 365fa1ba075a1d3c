// What memory gave to the walk: bytes in order, and decoded by the format and the stage of its table.
module arrival (
  `TW_FAULT_PORT
  // As memory has it, and where it stood
  input logic        valid_i,
  input logic [63:0] data_i,
  input logic [1:0]  error_i,
  input logic [1:0]  quad_i,
  input logic [2:0]  level_i,
  input logic        is_stage2_i,
  // Stages, tables above, access: as of long_descriptor
  input mmu_pkg::stage1_t     stage1_i,
  input mmu_pkg::stage2_t     stage2_i,
  input mmu_pkg::table_attr_t above_i,
  input logic                 write_i,
  input logic                 privileged_i,
  input logic                 pan_i,
  input mmu_pkg::control_t    control_i,
  input logic                 write2_i,
  // Decision: one of the first three, or a leaf
  output logic [63:0]          ordered_o,
  output logic                 fault_o,
  output logic [5:0]           fsc_o,
  output logic                 table_o,
  output logic                 update_o,
  output logic [63:0]          desired_o,  // as memory is to have it
  output logic [41:0]          pa_o,
  output mmu_pkg::table_attr_t below_o,
  output mmu_pkg::leaf_t       leaf_o,
  output mmu_pkg::leaf2_t      leaf2_o,
  output logic                 global_o,
  output logic                 held_o,
  output logic [5:0]           own_size_o
);

  // Order of the bytes
  logic is_short;
  logic big_endian;
  always_comb begin
    is_short   = 1'b0;
    big_endian = 1'b0;
    ordered_o  = '0;
    if (valid_i) begin
      is_short   = stage1_i.short_format && !is_stage2_i;
      big_endian = is_stage2_i ? stage2_i.big_endian : stage1_i.big_endian;
      ordered_o  = data_i;
      if (big_endian) ordered_o = mmu_pkg::swap_bytes(is_short ? {data_i[31:0], 32'd0} : data_i);
    end
  end

  logic        long_fault;
  logic [ 5:0] long_fsc;
  logic        long_table;
  logic        long_update;
  logic [63:0] long_desired;
  logic [41:0] long_pa;
  logic [ 5:0] long_own_size;
  logic        long_global;
  logic        long_held;
  mmu_pkg::table_attr_t long_below;
  mmu_pkg::leaf_t long_leaf;
  long_descriptor u_long (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i     (valid_i && !is_short),
    .descriptor_i(ordered_o),
    .error_i,
    .quad_i,
    .level_i,
    .is_stage2_i,
    .stage1_i,
    .stage2_i,
    .above_i,
    .write_i,
    .privileged_i,
    .pan_i,
    .control_i,
    .write2_i,
    .fault_o     (long_fault),
    .fsc_o       (long_fsc),
    .table_o     (long_table),
    .update_o    (long_update),
    .desired_o   (long_desired),
    .pa_o        (long_pa),
    .below_o     (long_below),
    .leaf_o      (long_leaf),
    .leaf2_o,
    .global_o    (long_global),
    .held_o      (long_held),
    .own_size_o  (long_own_size)
  );

  logic        short_fault;
  logic [ 5:0] short_fsc;
  logic        short_table;
  logic [41:0] short_pa;
  logic [ 5:0] short_own_size;
  logic        short_global;
  mmu_pkg::table_attr_t short_below;
  mmu_pkg::leaf_t short_leaf;
  short_descriptor u_short (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i     (valid_i && is_short),
    .descriptor_i(ordered_o[31:0]),
    .error_i,
    .level_i,
    .stage1_i,
    .above_i,
    .fault_o     (short_fault),
    .fsc_o       (short_fsc),
    .table_o     (short_table),
    .pa_o        (short_pa),
    .below_o     (short_below),
    .leaf_o      (short_leaf),
    .global_o    (short_global),
    .own_size_o  (short_own_size)
  );

  always_comb begin
    fault_o    = 1'b0;
    fsc_o      = '0;
    table_o    = 1'b0;
    update_o   = 1'b0;
    desired_o  = '0;
    pa_o       = '0;
    below_o    = '0;
    leaf_o     = '0;
    global_o   = 1'b0;
    held_o     = 1'b0;
    own_size_o = '0;
    if (is_short) begin
      fault_o    = short_fault;
      fsc_o      = short_fsc;
      table_o    = short_table && !short_fault;
      pa_o       = short_pa;
      below_o    = short_below;
      leaf_o     = short_leaf;
      global_o   = short_global;
      held_o     = 1'b1;
      own_size_o = short_own_size;
    end else if (valid_i) begin
      fault_o    = long_fault;
      fsc_o      = long_fsc;
      table_o    = long_table && !long_fault;
      update_o   = long_update && !long_table && !long_fault;
      desired_o  = big_endian ? mmu_pkg::swap_bytes(long_desired) : long_desired;
      pa_o       = long_pa;
      below_o    = long_below;
      leaf_o     = long_leaf;
      global_o   = long_global;
      held_o     = long_held;
      own_size_o = long_own_size;
    end
  end

endmodule
