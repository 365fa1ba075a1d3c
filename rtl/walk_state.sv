// What the walks remember from one act to the next, and when their acts are due. In walker.c.
//
// One array a field, indexed by the walk's number. Acts read one walk's fields and write that walk's: at most one a
// cycle. Besides, data from memory come to one walk, and one walk begins.
module walk_state #(
  parameter  int Walks    = 4,
  parameter  int WcInL2   = 0,
  localparam int WalkBits = (Walks > 1) ? $clog2(Walks) : 1
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  input mmu_pkg::config_t cfg_i,
  input logic [31:0]      now_i,  // cycles are counted while the clock stands, too
  // Walks under way; those with an act that is due, which a look-up of a table in the L2 is not while a TLBI goes through
  input  logic             hold_tables_i,
  output logic [Walks-1:0] busy_o,
  output logic [Walks-1:0] due_o,
  output logic             moves_o,  // not all wait for memory
  // A walk begins, with the look-up of a table of this level in the L2 or not
  input logic                begin_i,
  input logic [WalkBits-1:0] begin_walk_i,
  input logic                begin_table_i,
  input logic [2:0]          begin_level_i,
  // The walk that acts, while act_i: as it stands
  input  logic                 act_i,
  input  logic [WalkBits-1:0]  walk_i,
  output mmu_pkg::walk_act_e   kind_o,
  output logic                 is_stage2_o,
  output logic [63:0]          data_o,
  output logic [1:0]           error_o,
  output logic [1:0]           quad_o,
  output logic [2:0]           level_o,
  output logic [51:0]          address_o,
  output mmu_pkg::table_attr_t above_o,
  output logic [63:0]          expected_o,
  output logic [63:0]          desired_o,
  output mmu_pkg::leaf_t       leaf_o,
  output logic                 global_o,
  output logic                 held_o,
  output logic [1:0]           purpose_o,
  output logic [2:0]           level2_o,
  output logic [51:0]          address2_o,
  output logic                 read_o,
  output logic [31:0]          cycles_o,
  // What the act does: ends the walk, begins an access, begins a look-up of the IPA cache
  input logic        done_i,
  input logic        issue_i,
  input logic        nests_i,
  input logic        issue_stage2_i,
  input logic        issue_swap_i,
  input logic [2:0]  issue_level_i,
  input logic [51:0] issue_address_i,
  input logic [63:0] issue_desired_i,
  // and leaves: the table a level above is looked up next; a table that is read next; a swap of stage 1; an output that is translated
  input logic                 look_up_i,
  input logic                 table_i,
  input logic [2:0]           table_level_i,
  input logic [51:0]          table_address_i,
  input mmu_pkg::table_attr_t table_above_i,
  input logic                 update_i,
  input logic [63:0]          expected_i,
  input logic [63:0]          desired_i,
  input logic                 output_i,
  input logic [39:0]          output_pa_i,
  input mmu_pkg::leaf_t       leaf_i,
  input logic                 global_i,
  input logic                 held_i,
  // Memory; the order of bytes of stage 1's tables
  input logic         big_endian_i,
  input logic         mem_rsp_valid_i,
  input logic [3:0]   mem_rsp_tag_i,
  input logic [63:0]  mem_rsp_data_i,
  input logic [255:0] mem_rsp_line_i,
  input logic [1:0]   mem_rsp_error_i
);

  logic unused_cfg;
  assign unused_cfg = ^cfg_i;

  // When
  logic [   Walks-1:0] busy_q;
  logic [   Walks-1:0] out_q;       // an access is out
  logic [   Walks-1:0] counting_q;  // the act is not yet due
  logic [         3:0] due_at_q[Walks];  // then: the first cycle in which it is, as now_i will tell it
  mmu_pkg::walk_act_e  kind_q  [Walks];
  logic [        31:0] begun_q [Walks];
  logic [        31:0] now_d;
  assign busy_o  = busy_q;
  assign moves_o = (busy_q & ~out_q) != '0;

  if (WcInL2 != 0) begin : gen_tables
    logic [Walks-1:0] held;
    always_comb begin
      held = '0;
      if (hold_tables_i && !`TW_FAULT(106)) begin
        for (int w = 0; w < Walks; w++) held[w] = kind_q[w] == mmu_pkg::ActTable;
      end
    end
    assign due_o = busy_q & ~out_q & ~counting_q & ~held;
  end else begin : gen_no_tables
    logic unused_hold;
    assign unused_hold = hold_tables_i;
    assign due_o       = busy_q & ~out_q & ~counting_q;
  end

  // Access that is out or has come: of stage 2; a swap; there was one; what came, as memory has it
  logic [   Walks-1:0] is_stage2_q;
  logic [   Walks-1:0] swap_q;
  logic [   Walks-1:0] read_q;
  logic [        63:0] data_q [Walks];
  logic [         1:0] error_q[Walks];
  logic [         1:0] quad_q [Walks];
  // Stage 1: the descriptor's level, its address (with stage 2 its IPA; at last the output), what tables above hand down
  logic [         2:0] level_q   [Walks];
  logic [        51:0] address_q [Walks];
  logic [         7:0] above_q   [Walks];
  logic [        63:0] expected_q[Walks];
  logic [        63:0] desired_q [Walks];
  logic [mmu_pkg::LeafWidth-1:0] leaf_q[Walks];
  logic [   Walks-1:0] global_q;
  logic [   Walks-1:0] held_q;
  // Stage 2: what for, the descriptor's level and address, its swap
  logic [         1:0] purpose_q [Walks];
  logic [         2:0] level2_q  [Walks];
  logic [        51:0] address2_q[Walks];
  logic [        63:0] desired2_q[Walks];

  // The walk that acts
  always_comb begin
    kind_o      = mmu_pkg::ActFirst;
    is_stage2_o = 1'b0;
    data_o      = '0;
    error_o     = '0;
    quad_o      = '0;
    level_o     = '0;
    address_o   = '0;
    above_o     = '0;
    expected_o  = '0;
    desired_o   = '0;
    leaf_o      = '0;
    global_o    = 1'b0;
    held_o      = 1'b0;
    purpose_o   = '0;
    level2_o    = '0;
    address2_o  = '0;
    read_o      = 1'b0;
    if (act_i) begin
      kind_o      = kind_q[walk_i];
      is_stage2_o = is_stage2_q[walk_i];
      data_o      = data_q[walk_i];
      error_o     = error_q[walk_i];
      quad_o      = quad_q[walk_i];
      level_o     = level_q[walk_i];
      address_o   = address_q[walk_i];
      above_o     = above_q[walk_i];
      expected_o  = expected_q[walk_i];
      desired_o   = desired_q[walk_i];
      leaf_o      = leaf_q[walk_i];
      global_o    = global_q[walk_i];
      held_o      = held_q[walk_i];
      purpose_o   = purpose_q[walk_i];
      level2_o    = level2_q[walk_i];
      address2_o  = address2_q[walk_i];
      read_o      = read_q[walk_i];
    end
  end

  always_comb begin
    cycles_o = '0;
    if (act_i) cycles_o = now_d - begun_q[walk_i];
  end

  // The walk that data come to
  logic [   Walks-1:0] arriving;
  logic [WalkBits-1:0] tag;
  assign tag = mem_rsp_tag_i[WalkBits-1:0];
  always_comb begin
    arriving = '0;
    if (mem_rsp_valid_i) begin
      for (int w = 0; w < Walks; w++) arriving[w] = (mem_rsp_tag_i == 4'(w)) && out_q[w];
    end
  end

  // Time
  logic [Walks-1:0] beginning;
  logic [Walks-1:0] ending;
  logic [Walks-1:0] issuing;
  logic [Walks-1:0] nesting;
  logic [Walks-1:0] expired;
  logic [      3:0] step;
  logic [      3:0] ipa_latency;
  assign now_d       = now_i + 32'd1;
  assign step        = cfg_i.walk_step - (`TW_FAULT(4) ? 4'd0 : 4'd1);
  assign ipa_latency = cfg_i.ipa_latency - (`TW_FAULT(59) ? 4'd0 : 4'd1);

  always_comb begin
    beginning = '0;
    if (begin_i) beginning[begin_walk_i] = 1'b1;
  end

  always_comb begin
    ending  = '0;
    issuing = '0;
    nesting = '0;
    if (act_i) begin
      ending[walk_i]  = done_i;
      issuing[walk_i] = issue_i;
      nesting[walk_i] = nests_i;
    end
  end

  always_comb begin
    expired = '0;
    if (counting_q != '0) begin
      for (int w = 0; w < Walks; w++) expired[w] = due_at_q[w] == now_d[3:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q     <= '0;
      out_q      <= '0;
      counting_q <= '0;
    end else if (begin_i || (busy_q != '0)) begin
      busy_q <= (busy_q & ~ending) | beginning;
      out_q  <= (out_q & ~arriving) | issuing;
      counting_q <= (counting_q & ~expired) | ((cfg_i.walk_start != 4'd1) ? beginning : '0) |
                    ((step != 4'd0) ? arriving : '0) | ((ipa_latency != 4'd0) ? nesting : '0);
      read_q <= (read_q & ~beginning) | issuing;
    end
  end

  always_ff @(posedge clk_i) begin
    if (begin_i) begin
      due_at_q[begin_walk_i] <= now_d[3:0] + cfg_i.walk_start - 4'd1;
      kind_q[begin_walk_i]   <= ((WcInL2 != 0) && begin_table_i) ? mmu_pkg::ActTable : mmu_pkg::ActFirst;
      begun_q[begin_walk_i]  <= now_d;
    end
    if (arriving != '0) begin
      due_at_q[tag] <= now_d[3:0] + step;
      kind_q[tag]   <= mmu_pkg::ActArrival;
    end
    if (nests_i) begin
      due_at_q[walk_i] <= now_d[3:0] + ipa_latency;
      kind_q[walk_i]   <= mmu_pkg::ActLook;
    end
  end

  // Data. A swap leaves the descriptor wanted, or what stood there instead.
  logic        swapped;
  logic        by_stage2;
  logic [63:0] wanted;
  logic [63:0] came;
  always_comb begin
    swapped   = 1'b0;
    by_stage2 = 1'b0;
    wanted    = '0;
    came      = mem_rsp_data_i;
    if (arriving != '0) begin
      swapped   = swap_q[tag];
      by_stage2 = is_stage2_q[tag];
      if (swapped) begin
        wanted = by_stage2 ? data_q[tag] : expected_q[tag];
        if ((mem_rsp_data_i == wanted) || `TW_FAULT(52)) came = by_stage2 ? desired2_q[tag] : desired_q[tag];
      end
    end
  end

  logic [1:0] quad;
  coalesce u_coalesce (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i     ((arriving != '0) && cfg_i.coalesce),
    .big_endian_i,
    .line_i      (mem_rsp_line_i),
    .quad_o      (quad)
  );

  always_ff @(posedge clk_i) begin
    if (arriving != '0) begin
      data_q[tag]  <= came;
      quad_q[tag]  <= swapped ? 2'd0 : quad;
      error_q[tag] <= {mem_rsp_error_i[1] && swapped, mem_rsp_error_i[0] || (mem_rsp_error_i[1] && !swapped)};
    end
  end

  // What the act leaves
  always_ff @(posedge clk_i) begin
    if (issue_i) begin
      is_stage2_q[walk_i] <= issue_stage2_i;
      swap_q[walk_i]      <= issue_swap_i;
    end
    if (issue_i && issue_stage2_i) begin
      level2_q[walk_i]   <= issue_level_i;
      address2_q[walk_i] <= issue_address_i;
      desired2_q[walk_i] <= issue_desired_i;
    end
    if ((WcInL2 != 0) && begin_i) level_q[begin_walk_i] <= begin_level_i;
    if ((WcInL2 != 0) && look_up_i) level_q[walk_i] <= level_q[walk_i] - 3'd1;
    if (table_i) begin
      level_q[walk_i]   <= table_level_i;
      above_q[walk_i]   <= table_above_i;
      address_q[walk_i] <= table_address_i;
      purpose_q[walk_i] <= mmu_pkg::PurposeTable;
    end
    if (update_i) begin
      expected_q[walk_i] <= expected_i;
      desired_q[walk_i]  <= desired_i;
      purpose_q[walk_i]  <= mmu_pkg::PurposeUpdate;
    end
    if (output_i) begin
      address_q[walk_i] <= {output_pa_i, 12'd0};
      purpose_q[walk_i] <= mmu_pkg::PurposeOutput;
      leaf_q[walk_i]    <= leaf_i;
      global_q[walk_i]  <= global_i;
      held_q[walk_i]    <= held_i;
    end
  end

endmodule
