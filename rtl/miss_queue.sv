// The miss queue: requests past the L1s, from their entering to their response.
//
// States are sets of entries, one vector each, so that choosing and moving entries is done for all at once:
//   look    waits for the L2's look-up, or is looked up     wait   waits for a walk
//   merged  waits for the response of the entry `primary`   walk   walks; `number` is the walk's
//   woken   its primary has been answered: is answered by the same translation
// A prefetch is an entry of no port: an AT as far as merging goes, and left without a response.
module miss_queue #(
  parameter  int Misses    = 6,
  parameter  int Walks     = 4,
  localparam int IndexBits = (Misses > 1) ? $clog2(Misses) : 1,
  localparam int WalkBits  = (Walks > 1) ? $clog2(Walks) : 1
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration; bits of VA[15:12] above the page in which misses merge, of each half
  input logic [4:0] misses_i,
  input logic [4:0] walks_i,
  input logic       merge_i,
  input logic [4:0] first_probe_i,      // cycles from an entry's first to its first probe
  input logic [4:0] prefetch_probe_i,   // of a prefetch
  input logic [3:0] merge_lower_i,
  input logic [3:0] merge_upper_i,
  // Entering
  input  logic             data_wants_i,
  input  mmu_pkg::access_t data_access_i,
  input  logic [51:0]      data_va_i,
  input  logic [31:0]      data_id_i,
  output logic             data_enters_o,
  input  logic             fetch_wants_i,
  input  mmu_pkg::access_t fetch_access_i,
  input  logic [51:0]      fetch_va_i,
  input  logic [31:0]      fetch_id_i,
  output logic             fetch_enters_o,
  // A prefetch enters when nothing else does; at the end of the cycle it does not when the registers change now
  input  logic             prefetch_wants_i,
  input  mmu_pkg::access_t prefetch_access_i,
  input  logic [39:0]      prefetch_vpn_i,
  output logic             prefetch_enters_o,
  input  logic             changes_i,
  output logic             prefetching_o,
  // Something other than walks may happen
  output logic             moves_o,
  // Look-up of the L2: the oldest that is due; the one that is looked up, and how that goes
  output logic                 look_o,
  output logic [IndexBits-1:0] look_index_o,
  input  logic                 probe_i,
  input  logic [IndexBits-1:0] probe_index_i,
  output mmu_pkg::access_t     probe_access_o,
  output logic [51:0]          probe_va_o,
  input  logic                 missed_i,    // the last probe
  input  logic                 l2_done_i,
  input  logic                 l2_dropped_i,  // a prefetch has hit
  // Walks: begun, by the oldest that waits; the act of the oldest that is due, and whether it is the response
  input  logic [Walks-1:0]    busy_i,
  input  logic [Walks-1:0]    due_i,
  output logic                begin_o,
  output logic [WalkBits-1:0] begin_walk_o,
  output logic                begin_half_o,
  output logic                act_o,
  output logic [WalkBits-1:0] act_walk_o,
  output mmu_pkg::access_t    act_access_o,
  output logic [51:0]         act_va_o,
  output logic                act_stale_o,
  input  logic                walk_done_i,
  input  logic                walk_dropped_i,  // a prefetch's walk has ended
  // The oldest that is woken: answered, or looked up again
  output logic             woken_o,
  output mmu_pkg::access_t woken_access_o,
  output logic [51:0]      woken_va_o,
  input  logic             woken_done_i,
  input  logic             woken_again_i,
  // The response that stands: whose it is; it has filled
  output logic [31:0] id_o,
  input  logic        filled_i,
  // Maintenance: an operation begins; it is a TLBI. Some entry is awaited.
  input  logic mark_i,
  input  logic mark_stale_i,
  output logic awaited_o
);

  function automatic logic [IndexBits-1:0] index_of(input logic [Misses-1:0] one_hot);
    index_of = '0;
    for (int i = 0; i < Misses; i++) if (one_hot[i]) index_of = index_of | i[IndexBits-1:0];
  endfunction

  function automatic logic [Misses-1:0] entry_at(input logic [IndexBits-1:0] index);
    for (int i = 0; i < Misses; i++) entry_at[i] = i[IndexBits-1:0] == index;
  endfunction

  // Entries
  logic [Misses-1:0] valid_q;
  logic [Misses-1:0] look_q;
  logic [Misses-1:0] merged_q;
  logic [Misses-1:0] wait_q;
  logic [Misses-1:0] walk_q;
  logic [Misses-1:0] woken_q;
  logic [Misses-1:0] counting_q;  // of look: not yet due
  logic [Misses-1:0] awaited_q;   // by an operation of maintenance
  logic [Misses-1:0] stale_q;     // of walk: begun before a TLBI
  logic [Misses-1:0] prefetch_q;
  logic [ 4:0] due_at_q [Misses];  // of counting: the first cycle in which it is due, as now_q will tell it
  logic [ 4:0] now_q;
  logic [ 4:0] now_d;
  logic [51:0] va_q     [Misses];
  logic [31:0] id_q     [Misses];
  logic [mmu_pkg::AccessWidth-1:0] access_q[Misses];
  logic [IndexBits-1:0] primary_q[Misses];
  logic [ WalkBits-1:0] number_q [Misses];

  // Choices by age
  logic              enter;
  logic [Misses-1:0] entering;
  logic [Misses-1:0] missing;
  logic [Misses-1:0] act_set;
  logic [Misses-1:0] oldest_look;
  logic [Misses-1:0] oldest_act;
  logic [Misses-1:0] oldest_begin;
  logic [Misses-1:0] oldest_woken;

  always_comb begin
    act_set = '0;
    if (due_i != '0) begin
      for (int i = 0; i < Misses; i++) act_set[i] = walk_q[i] && due_i[number_q[i]];
    end
  end

  always_comb begin
    missing = '0;
    if (missed_i) missing = entry_at(probe_index_i);
  end

  age_order #(
    .Entries(Misses)
  ) u_age_order (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .enter_i   (enter),
    .entering_i(entering),
    .valid_i   (valid_q),
    .look_i    (look_q & ~counting_q),
    .look_o    (oldest_look),
    .act_i     (act_set),
    .act_o     (oldest_act),
    .begin_i   (wait_q | (`TW_FAULT(72) ? '0 : missing)),
    .begin_o   (oldest_begin),
    .woken_i   (woken_q),
    .woken_o   (oldest_woken)
  );

  // Look-up
  logic [mmu_pkg::AccessWidth-1:0] probe_access;
  assign probe_access_o = probe_access;
  always_comb begin
    look_o         = oldest_look != '0;
    look_index_o   = '0;
    if (look_o) look_index_o = index_of(oldest_look);
  end
  always_comb begin
    probe_access = '0;
    probe_va_o   = '0;
    if (probe_i) begin
      probe_access = access_q[probe_index_i];
      probe_va_o   = va_q[probe_index_i];
    end
  end

  // Act
  logic [IndexBits-1:0] act_index;
  logic [mmu_pkg::AccessWidth-1:0] act_access;
  assign act_access_o = act_access;
  always_comb begin
    act_o       = oldest_act != '0;
    act_index   = '0;
    act_walk_o  = '0;
    act_access  = '0;
    act_va_o    = '0;
    act_stale_o = 1'b0;
    if (act_o) begin
      act_index   = index_of(oldest_act);
      act_walk_o  = number_q[act_index];
      act_access  = access_q[act_index];
      act_va_o    = va_q[act_index];
      act_stale_o = stale_q[act_index];
    end
  end

  // Begin of a walk: the lowest free one
  logic [Walks-1:0]  free_walks;
  logic [Misses-1:0] begins;
  always_comb begin
    free_walks   = '0;
    begin_o      = 1'b0;
    begin_walk_o = '0;
    begins       = '0;
    if (oldest_begin != '0) begin
      free_walks = ~busy_i;
      for (int w = Walks - 1; w >= 0; w--) begin
        if (5'(w) >= walks_i) free_walks[w] = 1'b0;
        if (free_walks[w]) begin_walk_o = w[WalkBits-1:0];
      end
      begin_o = free_walks != '0;
      if (begin_o) begins = oldest_begin;
    end
  end

  // Woken
  logic [IndexBits-1:0] woken_index;
  logic [mmu_pkg::AccessWidth-1:0] woken_access;
  assign woken_access_o = woken_access;
  always_comb begin
    woken_o      = woken_q != '0;
    woken_index  = '0;
    woken_access = '0;
    woken_va_o   = '0;
    if (woken_o) begin
      woken_index  = index_of(oldest_woken);
      woken_access = access_q[woken_index];
      woken_va_o   = va_q[woken_index];
    end
  end

  // The response: those that were merged with its entry are woken, or looked up by themselves
  logic [IndexBits-1:0] answered_index;
  logic [   Misses-1:0] answered;
  logic [   Misses-1:0] followers;
  always_comb begin
    answered       = '0;
    answered_index = '0;
    followers      = '0;
    id_o           = '0;
    if (l2_done_i || walk_done_i || woken_done_i) begin
      answered_index = walk_done_i ? act_index : l2_done_i ? probe_index_i : woken_index;
      answered       = entry_at(answered_index);
      id_o           = id_q[answered_index];
      if (!woken_done_i) begin
        for (int i = 0; i < Misses; i++) followers[i] = merged_q[i] && (primary_q[i] == answered_index);
      end
    end
  end

  // Prefetches that end: by a match, by their walk
  logic [Misses-1:0] dropped;
  logic [Misses-1:0] freed;
  assign freed         = answered | dropped;
  assign prefetching_o = prefetch_q != '0;
  assign moves_o       = (look_q | wait_q | woken_q) != '0;
  always_comb begin
    dropped = '0;
    if (walk_dropped_i) dropped = entry_at(act_index);
    if (l2_dropped_i) dropped = dropped | entry_at(probe_index_i);
  end

  logic [Misses-1:0] again;
  always_comb begin
    again = '0;
    if (woken_again_i) again = oldest_woken;
  end

  // Entering: the lowest free one; the ports in turn
  logic last_data_q;  // the data port entered last
  logic [Misses-1:0] free_entries;
  logic data_turn;
  assign data_turn = `TW_FAULT(24) ? last_data_q : !last_data_q;
  always_comb begin
    free_entries = '0;
    entering     = '0;
    if (data_wants_i || fetch_wants_i || prefetch_wants_i) begin
      free_entries = ~valid_q;
      for (int i = 0; i < Misses; i++) begin
        if (5'(i) >= misses_i - ((`TW_FAULT(71) && (misses_i > 5'd1)) ? 5'd1 : 5'd0)) free_entries[i] = 1'b0;
      end
      entering = free_entries & (~free_entries + 1'b1);
      if (!data_wants_i && !fetch_wants_i && (free_entries == entering)) entering = '0;  // a prefetch leaves one free
    end
    enter          = entering != '0;
    data_enters_o  = enter && data_wants_i && (!fetch_wants_i || data_turn);
    fetch_enters_o = enter && fetch_wants_i && !data_enters_o;
    prefetch_enters_o = enter && !data_wants_i && !fetch_wants_i;
  end

  mmu_pkg::access_t access;
  logic [51:0]      va;
  assign access = prefetch_enters_o ? prefetch_access_i : data_enters_o ? data_access_i : fetch_access_i;
  assign va     = prefetch_enters_o ? {prefetch_vpn_i, 12'd0} : data_enters_o ? data_va_i : fetch_va_i;

  // Merging: the lowest entry of the same page
  mmu_pkg::access_t     other;
  logic                 merges;
  logic [IndexBits-1:0] primary;
  logic [         39:0] page_mask;
  logic [   Misses-1:0] mergeable;
  always_comb begin
    merges    = 1'b0;
    primary   = '0;
    page_mask = '0;
    mergeable = '0;
    other     = '0;
    if (enter && merge_i && !access.bypass && (access.at == 2'd0)) begin
      page_mask = {36'hf_ffff_ffff, access.half ? merge_upper_i : merge_lower_i};
      if (`TW_FAULT(61)) page_mask[4] = 1'b0;
      mergeable = valid_q & ~merged_q & ~woken_q & ~stale_q & ~answered;
      for (int i = Misses - 1; i >= 0; i--) begin
        other = access_q[i];
        if (mergeable[i] && (((va_q[i][51:12] ^ va[51:12]) & page_mask) == '0) && (other.half == access.half) &&
            ((other.kind[1] == access.kind[1]) || `TW_FAULT(75)) && !other.bypass && (other.at == 2'd0)) begin
          merges  = 1'b1;
          primary = i[IndexBits-1:0];
        end
      end
    end
  end

  logic unused_other;
  assign unused_other = ^other;

  // States
  logic [Misses-1:0] entering_look;
  logic [       4:0] first_probe;
  logic [Misses-1:0] expired;
  assign entering_look = merges ? '0 : entering;
  assign first_probe   = prefetch_enters_o ? prefetch_probe_i : first_probe_i;
  assign awaited_o     = awaited_q != '0;

  // A prefetch that enters while the registers change has never been
  logic [Misses-1:0] stays;
  assign stays = (prefetch_enters_o && changes_i) ? '0 : entering;

  always_comb begin
    expired = '0;
    if (counting_q != '0) begin
      for (int i = 0; i < Misses; i++) expired[i] = due_at_q[i] == now_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q     <= '0;
      look_q      <= '0;
      merged_q    <= '0;
      wait_q      <= '0;
      walk_q      <= '0;
      woken_q     <= '0;
      counting_q  <= '0;
      awaited_q   <= '0;
      stale_q     <= '0;
      prefetch_q  <= '0;
      last_data_q <= 1'b0;
    end else if (enter || (valid_q != '0)) begin
      valid_q    <= (valid_q & ~freed) | stays;
      look_q     <= (look_q & ~freed & ~missing) | (entering_look & stays) | again |
                    ((filled_i || `TW_FAULT(76)) ? '0 : followers);
      merged_q   <= (merged_q & ~followers) | (entering & ~entering_look);
      wait_q     <= ((wait_q | missing) & ~begins) | ((`TW_FAULT(76) && !filled_i) ? followers : '0);
      walk_q     <= (walk_q & ~freed) | begins;
      woken_q    <= (woken_q & ~answered & ~again) | (filled_i ? followers : '0);
      counting_q <= (counting_q & ~expired) | ((first_probe != 5'd0) ? entering_look & stays : '0);
      awaited_q  <= (awaited_q | (mark_i ? valid_q : '0)) & ~freed;
      stale_q    <= (stale_q & ~freed) | (mark_stale_i ? walk_q : '0);
      prefetch_q <= (prefetch_q & ~dropped) | (prefetch_enters_o ? stays : '0);
      if (enter && !prefetch_enters_o) last_data_q <= data_enters_o;
    end
  end

  logic [IndexBits-1:0] entering_index;
  logic [IndexBits-1:0] beginning_index;
  always_comb begin
    entering_index  = '0;
    beginning_index = '0;
    if (enter) entering_index = index_of(entering);
    if (begin_o) beginning_index = index_of(begins);
  end

  mmu_pkg::access_t beginning;
  logic             unused_beginning;
  assign beginning        = access_q[beginning_index];
  assign begin_half_o     = beginning.half;
  assign unused_beginning = ^beginning;

  assign now_d = now_q + 5'd1;
  always_ff @(posedge clk_i) begin
    if (counting_q != '0) now_q <= now_d;
    if (enter) begin
      due_at_q[entering_index]  <= ((counting_q != '0) ? now_d : now_q) + first_probe;
      va_q[entering_index]      <= va;
      id_q[entering_index]      <= data_enters_o ? data_id_i : fetch_id_i;
      access_q[entering_index]  <= access;
      primary_q[entering_index] <= primary;
    end
    if (begin_o) number_q[beginning_index] <= begin_walk_o;
  end

endmodule
