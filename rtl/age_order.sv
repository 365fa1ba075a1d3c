// Which entry of the miss queue is the oldest of a set. No twin: the C model numbers its entries.
//
// A matrix: row i has a bit for every entry that was there when i entered. Bits of entries that have left since do no
// harm: a set that is asked about has none of them, and one that enters again leaves all rows.
module age_order #(
  parameter int Entries = 6
) (
  input logic clk_i,
  `TW_FAULT_PORT
  // An entry is entered, one hot; these are there
  input logic               enter_i,
  input logic [Entries-1:0] entering_i,
  input logic [Entries-1:0] valid_i,
  // Sets, and the oldest of each, one hot: of those that the L2 is looked up for, that act, that begin a walk, that
  // another one's answer has woken
  input  logic [Entries-1:0] look_i,
  output logic [Entries-1:0] look_o,
  input  logic [Entries-1:0] act_i,
  output logic [Entries-1:0] act_o,
  input  logic [Entries-1:0] begin_i,
  output logic [Entries-1:0] begin_o,
  input  logic [Entries-1:0] woken_i,
  output logic [Entries-1:0] woken_o
);

  logic [Entries-1:0] older_q[Entries];

  always_ff @(posedge clk_i) begin
    if (enter_i) begin
      for (int i = 0; i < Entries; i++) older_q[i] <= entering_i[i] ? valid_i : (older_q[i] & ~entering_i);
    end
  end

  // The oldest has none of the set before it; the youngest, a deliberate fault, all of it.
  function automatic logic first_of(input logic [Entries-1:0] set, input logic [Entries-1:0] older,
                                    input logic [Entries-1:0] self, input logic youngest);
    first_of = youngest ? ((set & ~older & ~self) == '0) : ((set & older) == '0);
  endfunction

  always_comb begin
    look_o = '0;
    if (look_i != '0) begin
      for (int i = 0; i < Entries; i++) begin
        look_o[i] = look_i[i] && first_of(look_i, older_q[i], Entries'(1) << i, `TW_FAULT(67));
      end
    end
  end

  always_comb begin
    act_o = '0;
    if (act_i != '0) begin
      for (int i = 0; i < Entries; i++) begin
        act_o[i] = act_i[i] && first_of(act_i, older_q[i], Entries'(1) << i, `TW_FAULT(68));
      end
    end
  end

  always_comb begin
    begin_o = '0;
    if (begin_i != '0) begin
      for (int i = 0; i < Entries; i++) begin
        begin_o[i] = begin_i[i] && first_of(begin_i, older_q[i], Entries'(1) << i, `TW_FAULT(69));
      end
    end
  end

  always_comb begin
    woken_o = '0;
    if (woken_i != '0) begin
      for (int i = 0; i < Entries; i++) begin
        woken_o[i] = woken_i[i] && first_of(woken_i, older_q[i], Entries'(1) << i, 1'b0);
      end
    end
  end

endmodule
