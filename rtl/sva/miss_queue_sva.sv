// Assertions on the miss queue: states are legal, walks are told apart, nobody starves. Verilator alone reads this file.
module miss_queue_sva #(
  parameter int Misses    = 6,
  parameter int Walks     = 4,
  parameter int IndexBits = 3,
  parameter int WalkBits  = 2
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic [4:0]           misses_i,
  input logic [4:0]           walks_i,
  input logic [Walks-1:0]     busy_i,
  input logic [Misses-1:0]    valid_q,
  input logic [Misses-1:0]    look_q,
  input logic [Misses-1:0]    merged_q,
  input logic [Misses-1:0]    wait_q,
  input logic [Misses-1:0]    walk_q,
  input logic [Misses-1:0]    woken_q,
  input logic [Misses-1:0]    counting_q,
  input logic [Misses-1:0]    awaited_q,
  input logic [Misses-1:0]    stale_q,
  input logic [IndexBits-1:0] primary_q[Misses],
  input logic [WalkBits-1:0]  number_q [Misses],
  input logic [Misses-1:0]    entering,
  input logic [Misses-1:0]    answered,
  input logic [Misses-1:0]    prefetch_q,
  input logic [Misses-1:0]    dropped,
  input logic [Misses-1:0]    begins,
  input logic                 data_enters_o,
  input logic                 fetch_enters_o,
  input logic                 data_wants_i,
  input logic                 fetch_wants_i,
  input logic                 prefetch_wants_i,
  input logic                 prefetch_enters_o,
  input logic                 l2_done_i,
  input logic                 walk_done_i,
  input logic                 woken_done_i
);

  logic              told_apart;   // walking entries have walks of their own
  logic              primaries;    // merged ones wait for an entry that is to be answered, not for a prefetch
  logic              in_limits;       // limits
  logic [Walks-1:0]  numbers;
  logic [Misses-1:0] to_be_answered;
  assign to_be_answered = (look_q | wait_q | walk_q) & ~prefetch_q;
  always_comb begin
    told_apart = 1'b1;
    primaries  = 1'b1;
    in_limits  = 1'b1;
    numbers    = '0;
    for (int i = 0; i < Misses; i++) begin
      if (walk_q[i]) begin
        if (numbers[number_q[i]] || (5'(number_q[i]) >= walks_i)) told_apart = 1'b0;
        numbers[number_q[i]] = 1'b1;
      end
      if (merged_q[i] && !to_be_answered[primary_q[i]]) primaries = 1'b0;
      if (valid_q[i] && (5'(i) >= misses_i)) in_limits = 1'b0;
    end
  end

  OneState : assert property (@(posedge clk_i) disable iff (!rst_ni)
      ((look_q | merged_q | wait_q | walk_q | woken_q) == valid_q) &&
      ($countones(look_q) + $countones(merged_q) + $countones(wait_q) + $countones(walk_q) + $countones(woken_q) ==
       $countones(valid_q)));
  MarksOfTheirStates : assert property (@(posedge clk_i) disable iff (!rst_ni)
      ((counting_q & ~look_q) == '0) && ((stale_q & ~walk_q) == '0) && ((awaited_q & ~valid_q) == '0));
  WalksAreBusy : assert property (@(posedge clk_i) disable iff (!rst_ni) told_apart && (numbers == busy_i));
  PrimaryIsToBeAnswered : assert property (@(posedge clk_i) disable iff (!rst_ni) primaries);
  WithinLimits : assert property (@(posedge clk_i) disable iff (!rst_ni) in_limits);
  EntersAFreeOne : assert property (@(posedge clk_i) disable iff (!rst_ni)
      $onehot0(entering) && ((entering & valid_q) == '0) && !(data_enters_o && fetch_enters_o));
  AnswersAValidOne : assert property (@(posedge clk_i) disable iff (!rst_ni)
      $onehot0({l2_done_i, walk_done_i, woken_done_i}) && ((answered & ~valid_q) == '0));
  PrefetchesAreAlone : assert property (@(posedge clk_i) disable iff (!rst_ni)
      ((prefetch_q & ~valid_q) == '0) && ((prefetch_q & (merged_q | woken_q)) == '0));
  PrefetchesAnswerNothing : assert property (@(posedge clk_i) disable iff (!rst_ni)
      ((prefetch_q & answered) == '0) && ((dropped & ~prefetch_q) == '0));
  PrefetchEntersLast : assert property (@(posedge clk_i) disable iff (!rst_ni)
      prefetch_enters_o |-> (prefetch_wants_i && !data_wants_i && !fetch_wants_i && !data_enters_o &&
                             !fetch_enters_o && ($countones(valid_q) + 2 <= int'(misses_i))));
  OneWalkBegins : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(begins));

endmodule

bind miss_queue miss_queue_sva #(
  .Misses   (Misses),
  .Walks    (Walks),
  .IndexBits(IndexBits),
  .WalkBits (WalkBits)
) u_sva (.*);
