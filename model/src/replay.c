// Requests one after the other, each from offer to response: the short way of a replay. No twin: it changes no answer
// and no cycle. Prefetches go on while the next request is under way: with them there is no short way.
#include <string.h>

#include "answer.h"
#include "missed.h"
#include "mmu_internal.h"
#include "widest.h"

enum { TW_ACCESS_KINDS = 3 }; // the bits of a kind

/// Have the host fetch what the look-up and the walk of a key to come will read. `usual`: the memory is the model's
/// own.
TW_HOT void expect(const tw_mmu *mmu, uint64_t key, unsigned granule, bool usual) {
  uint64_t pa = tw_foresight_of(&mmu->foresight, key, granule);
  if (pa && usual)
    tw_memory_expect(mmu->walker.memory, pa);
  else if (pa)
    mmu->port.expect(mmu->port.context, pa);
  tw_l2_tlb_expect(&mmu->l2, key, granule);
}

/// Translate a stretch of requests, looking ahead for descriptors that they will read.
static void replay_with_foresight(tw_mmu *mmu, const tw_request *requests, size_t count, size_t ahead,
                                  tw_response *responses) {
  for (size_t i = 0; i < count; i++) {
    if (i + TW_FORESIGHT_AHEAD < ahead) {
      uint64_t va = requests[i + TW_FORESIGHT_AHEAD].va & mmu->regime.va_mask;
      const tw_half *half = tw_regime_half(&mmu->regime, va);
      expect(mmu, tw_half_key(half, va), half->granule, false);
    }
    tw_mmu_translate(mmu, &requests[i], &responses[i]);
  }
}

static uint64_t data_walks(const tw_mmu *mmu) {
  return mmu->tally.walk[TW_ACCESS_READ] + mmu->tally.walk[TW_ACCESS_WRITE];
}

void tw_mmu_replay(tw_mmu *mmu, const tw_request *requests, size_t count, tw_response *responses) {
  if (mmu->config.prefetch) {
    const tw_play play = {.requests = requests, .count = count, .window = 1, .responses = responses};
    tw_mmu_play(mmu, &play);
    return;
  }
  enum { STRETCH = 64, MANY = STRETCH / 8 };
  bool many_walks = false;
  for (size_t i = 0; i < count; i += STRETCH) {
    size_t stretch = count - i < STRETCH ? count - i : STRETCH;
    uint64_t walks = data_walks(mmu);
    if (many_walks && mmu->port.expect && tw_foresight_knows(&mmu->regime))
      replay_with_foresight(mmu, requests + i, stretch, count - i, responses + i);
    else
      for (size_t j = i; j < i + stretch; j++)
        tw_mmu_translate(mmu, &requests[j], &responses[j]);
    many_walks = data_walks(mmu) - walks >= MANY;
  }
}

// ---- hits ----

/// What accesses of one L1 and one half of the addresses have in common.
typedef struct tw_run {
  _Alignas(64) tw_l1_tlb *l1;
  const tw_half *half;
  uint64_t key, key_va; ///< of the half
  uint64_t sign, range; ///< of the bits `range`, an address of this half has those of `sign`
  unsigned first;       ///< number of a read
  unsigned granule;
} tw_run;

enum { TW_RUNS = 4 };

/// The number of an access's run.
static inline unsigned run_number(uint64_t va, unsigned kind) { return (kind & TW_ACCESS_FETCH) | tw_bit(va, 55); }

static tw_run run_of(tw_mmu *mmu, const tw_stream *stream, unsigned number) {
  const tw_half *half = &mmu->regime.half[number & 1];
  unsigned kind = number & TW_ACCESS_FETCH;
  uint64_t range = half->range[kind == TW_ACCESS_FETCH];
  return (tw_run){.l1 = tw_l1_of(mmu, kind),
                  .half = half,
                  .key = half->key,
                  .key_va = half->key_va,
                  .sign = number & 1 ? UINT64_MAX : 0,
                  .range = range | range >> 1,
                  .first = tw_access_number(0, stream->el | mmu->least_el, stream->pan),
                  .granule = half->granule};
}

/// Unprivileged accesses may have no address at all (E0PD).
static bool may_be_barred(const tw_mmu *mmu, const tw_stream *stream) {
  const tw_half *half = mmu->regime.half;
  return (stream->el | mmu->least_el) == 0 && (half[0].e0pd || half[1].e0pd);
}

/// The runs of a stream whose accesses are all looked up if they are in range. False: it is not one, or bit 55 is not
/// of the sign (x86-64 with five levels); or an L1 has sets, which have no hints.
static bool find_runs(tw_mmu *mmu, const tw_stream *stream, tw_run run[TW_RUNS]) {
  const tw_regime *regime = &mmu->regime;
  const tw_half *low = &regime->half[0], *high = &regime->half[1];
  bool sets = mmu->l1i.has_sets || mmu->l1d.has_sets;
  bool found = regime->on && !regime->aarch32 && !low->none && !high->none && !may_be_barred(mmu, stream) && !sets &&
               !mmu->config.prefetch;
  for (unsigned i = 0; found && i < TW_RUNS; i++) {
    run[i] = run_of(mmu, stream, i);
    found = tw_bit(run[i].range, 55);
  }
  return found;
}

/// The access is no hit in its run, if its entry is that in `slot`. One answer for all reasons, that is one branch.
static inline bool misses(const tw_run *run, unsigned slot, uint64_t va, unsigned kind) {
  const tw_associative *entry = &run->l1->entry;
  uint64_t key = run->key | (va >> 12 & run->key_va);
  uint64_t differs = ((key ^ entry->key[slot]) & entry->mask[slot]) | ((va ^ run->sign) & run->range);
  unsigned refused = ~((unsigned)run->l1->serves[slot] >> (run->first + kind)) & 1;
  return differs | refused;
}

/// The slot of an access that its page's hint did not find; TW_NO_SLOT: it is no hit. `absent`: the L1 has no entry for
/// it, which is why.
TW_APART static unsigned slot_without_hint(const tw_run *run, uint64_t va, unsigned kind, bool *absent) {
  uint64_t key = run->key | (va >> 12 & run->key_va);
  *absent = false;
  if ((va ^ run->sign) & run->range)
    return TW_NO_SLOT;
  unsigned slot = *tw_l1_hint(run->l1, 1, key);
  if (!tw_associative_matches(&run->l1->entry, slot, key))
    slot = tw_l1_tlb_search(run->l1, key);
  *absent = slot == TW_NO_SLOT;
  if (*absent || misses(run, slot, va, kind))
    return TW_NO_SLOT;
  *tw_l1_hint(run->l1, 0, key) = (uint8_t)slot;
  return slot;
}

/// The L1 has no entry for an access: true for most that have none.
static inline bool is_absent(const tw_run *run, uint64_t va) {
  uint64_t key = run->key | (va >> 12 & run->key_va);
  return tw_associative_lacks(&run->l1->entry, key) && !((va ^ run->sign) & run->range);
}

/// An access has been translated to `found`. `usual`: the memory is the model's own.
TW_HOT void tell(tw_mmu *mmu, uint64_t *pa, uint64_t found, bool usual) {
  if (pa)
    *pa = found;
  if (mmu->port.translated && usual)
    tw_memory_use_data(mmu->walker.memory, found);
  else if (mmu->port.translated)
    mmu->port.translated(mmu->port.context, found);
}

// ---- what is ahead ----

/// How far ahead of the access that is played the host fetches.
typedef struct tw_outlook {
  bool wanted;
  size_t expected; ///< what stands before that has been expected
  size_t walked;   ///< the last access that was walked for
} tw_outlook;

// ---- a stream ----

/// A stream that is played.
typedef struct tw_playing {
  const tw_stream *stream;
  size_t count;
  uint64_t *pa;       ///< NULL: not wanted
  tw_response *fault; ///< the answer to the access that ends the stream
  bool ended;         ///< before `count`
  size_t missed;      ///< accesses up to the last miss: those after it all hit, and their cycles are not yet told
  tw_outlook outlook;
} tw_playing;

/// There was a walk for access `i`: where many are, those that follow are expected, as if they were of this run.
TW_HOT void look_ahead(const tw_mmu *mmu, const tw_run *run, tw_playing *p, size_t i, bool usual) {
  enum { MANY = 8 }; // one in eight
  tw_outlook *outlook = &p->outlook;
  const uint64_t *vas = p->stream->va;
  bool many = i - outlook->walked <= MANY;
  outlook->walked = i;
  if (!many || !outlook->wanted)
    return;
  size_t end = i + TW_FORESIGHT_AHEAD < p->count ? i + TW_FORESIGHT_AHEAD : p->count;
  for (size_t at = tw_max(outlook->expected, i + 1); at < end; at++) {
    expect(mmu, run->key | (vas[at] >> 12 & run->key_va), run->granule, usual);
  }
  outlook->expected = tw_max(outlook->expected, end);
}

/// Access `i`, answered in full.
TW_APART static void play_in_full(tw_mmu *mmu, tw_playing *p, size_t i) {
  const tw_stream *stream = p->stream;
  const tw_request request = {
      .va = stream->va[i], .kind = stream->kind[i] & TW_ACCESS_KINDS, .el = stream->el, .pan = stream->pan};
  tw_response response;
  tw_mmu_translate(mmu, &request, &response);
  if (p->pa)
    p->pa[i] = response.pa;
  p->ended = response.fault;
  if (p->ended)
    *p->fault = response;
}

/// mmu->request, accepted in cycle `accepted`, is a fault.
TW_APART static void end_by_miss(tw_mmu *mmu, tw_playing *p, const tw_missed *missed, uint64_t accepted) {
  tw_answer_begin(p->fault, mmu, &mmu->request, accepted);
  p->fault->syndrome = mmu->regime.syndrome;
  tw_answer_missed(mmu, missed, p->fault);
  p->ended = true;
}

/// One access of a stream.
typedef struct tw_one {
  uint64_t va;
  size_t number;
  unsigned kind;
} tw_one;

/// An access that its L1 has no entry for: nobody wants its answer unless it is a fault.
TW_HOT void play_absent(tw_mmu *mmu, const tw_run *run, tw_playing *p, const tw_one *one, bool usual) {
  unsigned access = run->first + one->kind;
  uint64_t accepted = mmu->now, *pa = p->pa ? p->pa + one->number : NULL;
  mmu->request.va = one->va; // the rest of it is the stream's
  mmu->request.kind = (uint8_t)one->kind;
  const tw_missed missed = tw_miss_l1(mmu, run->half, access, accepted + mmu->l1_latency, usual);
  mmu->now = missed.cycle;
  if (missed.walk_cycles)
    look_ahead(mmu, run, p, one->number, usual);
  if (missed.by && missed.allowed >> access & 1) {
    tell(mmu, pa, missed.pa, usual);
    return;
  }
  if (pa)
    *pa = 0;
  end_by_miss(mmu, p, &missed, accepted);
}

/// What is known of a stream before it is played: constants, of which each has a function of its own.
typedef struct tw_ways {
  bool needs_pa; ///< somebody wants the addresses
  bool usual;    ///< the machine is (is_usual)
} tw_ways;

/// Access `i` has hit `slot`: its address is told.
TW_HOT void tell_hit(tw_mmu *mmu, const tw_run *run, const tw_playing *p, size_t i, unsigned slot, tw_ways ways) {
  if (ways.needs_pa)
    tell(mmu, p->pa ? p->pa + i : NULL, tw_translation_pa(&run->l1->translation[slot], p->stream->va[i]), ways.usual);
}

enum { GROUP = 8, MIXED = 256 };

/// The next GROUP accesses are all of one kind.
static inline bool are_alike(const uint8_t *info, unsigned kind) {
  const uint64_t each = 0x0101010101010101;
  uint64_t group;
  memcpy(&group, info, sizeof group);
  return (group & each * TW_ACCESS_KINDS) == each * kind;
}

/// Hits of one run and one kind from access `i` on, in whole groups. The first access that is none, or not of such a
/// group.
TW_HOT size_t take_alike(tw_mmu *mmu, const tw_run *runs, const tw_playing *p, size_t i, tw_ways ways) {
  const tw_stream *stream = p->stream;
  const size_t from = i, count = p->count;
  const unsigned kind = stream->kind[i] & TW_ACCESS_KINDS;
  const tw_run run = runs[run_number(stream->va[i], kind)];
  uint64_t now = run.l1->entry.now;
  bool absent, hit = true;
  while (hit && i + GROUP <= count && are_alike(stream->kind + i, kind))
    for (size_t end = i + GROUP; i < end; i++) {
      uint64_t va = stream->va[i];
      unsigned slot = *tw_l1_hint(run.l1, 0, va >> 12);
      if (__builtin_expect(misses(&run, slot, va, kind), 0) &&
          (slot = slot_without_hint(&run, va, kind, &absent)) == TW_NO_SLOT) {
        hit = false;
        break;
      }
      run.l1->entry.used[slot] = ++now;
      tell_hit(mmu, &run, p, i, slot, ways);
    }
  run.l1->entry.now = now;
  mmu->tally.l1_hit[kind] += i - from;
  return i;
}

/// Hits of whatever runs from access `i` on, that their pages' hints find; at most MIXED. The first access that is
/// none.
TW_HOT size_t take_mixed(tw_mmu *mmu, const tw_run *runs, const tw_playing *p, size_t i, tw_ways ways) {
  enum { COUNT_BITS = 16 };
  const uint64_t *vas = p->stream->va;
  const uint8_t *kinds = p->stream->kind;
  const size_t end = i + MIXED < p->count ? i + MIXED : p->count;
  uint64_t now = tw_max(mmu->l1i.entry.now, mmu->l1d.entry.now); // one clock for both: each only ever compares its own
  uint64_t counts = 0;                                           // by kind
  for (; i < end; i++) {
    unsigned kind = kinds[i] & TW_ACCESS_KINDS;
    uint64_t va = vas[i];
    const tw_run *run = &runs[run_number(va, kind)];
    unsigned slot = *tw_l1_hint(run->l1, 0, va >> 12);
    if (misses(run, slot, va, kind))
      break;
    run->l1->entry.used[slot] = ++now;
    counts += (uint64_t)1 << kind * COUNT_BITS;
    tell_hit(mmu, run, p, i, slot, ways);
  }
  mmu->l1i.entry.now = mmu->l1d.entry.now = now;
  for (unsigned kind = 0; kind < TW_ACCESS_KINDS; kind++)
    mmu->tally.l1_hit[kind] += counts >> kind * COUNT_BITS & tw_low(COUNT_BITS);
  return i;
}

/// Hits from access `i` on. The first access that is none by its page's hint.
TW_HOT size_t take_hits(tw_mmu *mmu, const tw_run *runs, const tw_playing *p, size_t i, tw_ways ways) {
  const uint8_t *kinds = p->stream->kind;
  for (size_t from;;) {
    if (i + GROUP <= p->count && are_alike(kinds + i, kinds[i] & TW_ACCESS_KINDS))
      i = take_alike(mmu, runs, p, i, ways);
    from = i;
    i = take_mixed(mmu, runs, p, i, ways);
    if (i == p->count || i < from + MIXED)
      return i;
  }
}

/// An access is played, which its page's hint has not found. True: it was a hit.
TW_HOT bool play_unhinted(tw_mmu *mmu, const tw_run *run, tw_playing *p, const tw_one *one, tw_ways ways) {
  const unsigned kind = one->kind;
  const uint64_t va = one->va;
  const size_t i = one->number;
  bool absent = is_absent(run, va);
  unsigned slot = absent ? TW_NO_SLOT : slot_without_hint(run, va, kind, &absent);
  if (slot != TW_NO_SLOT) {
    tw_associative_use(&run->l1->entry, slot);
    mmu->tally.l1_hit[kind]++;
    tell_hit(mmu, run, p, i, slot, ways);
    return true;
  }
  if (i != p->missed)
    mmu->now += (i - p->missed) * mmu->l1_latency;
  p->missed = i + 1;
  if (absent)
    play_absent(mmu, run, p, one, ways.usual);
  else
    play_in_full(mmu, p, i);
  return false;
}

/// Play up to the stream's end, or to what ends it. The number of accesses.
TW_HOT size_t play_runs(tw_mmu *mmu, const tw_run *runs, tw_playing *p, tw_ways ways) {
  const uint64_t *vas = p->stream->va;
  const uint8_t *kinds = p->stream->kind;
  const size_t count = p->count;
  size_t i = 0;
  bool hit = true; // the last one did: misses come in groups too
  while (i < count && !p->ended) {
    if (hit)
      i = take_hits(mmu, runs, p, i, ways);
    if (i == count)
      break;
    const tw_one one = {vas[i], i, kinds[i] & TW_ACCESS_KINDS};
    const tw_run *run = &runs[run_number(one.va, one.kind)];
    hit = !misses(run, *tw_l1_hint(run->l1, 0, one.va >> 12), one.va, one.kind);
    if (!hit) {
      hit = play_unhinted(mmu, run, p, &one, ways);
      i++;
    }
  }
  mmu->now += (i - p->missed) * mmu->l1_latency;
  return i;
}

// ---- whatever the registers are ----

/// The L1 entry that answers an access without a fault, counted as used, whatever the registers are; NULL: there is
/// none.
static const tw_translation *hit(tw_mmu *mmu, uint64_t va, unsigned kind, unsigned access) {
  const tw_half *half = tw_regime_half(&mmu->regime, va);
  if (tw_out_of_range(half, va, kind) || half->none)
    return NULL;
  tw_l1_tlb *l1 = tw_l1_of(mmu, kind);
  unsigned slot = tw_l1_tlb_find(l1, tw_half_key(half, va));
  if (slot == TW_NO_SLOT || !(tw_l1_serves(l1, slot) >> access & 1))
    return NULL;
  tw_l1_use(l1, slot);
  return tw_l1_translation(l1, slot);
}

/// The hits from access `i` on.
static size_t other_hits(tw_mmu *mmu, const tw_playing *p, size_t i) {
  const tw_regime *regime = &mmu->regime;
  const tw_stream *stream = p->stream;
  const size_t from = i;
  if (!regime->on || may_be_barred(mmu, stream) || mmu->config.prefetch)
    return 0;
  unsigned first = tw_access_number(0, stream->el | mmu->least_el, stream->pan);
  for (; i < p->count; i++) {
    unsigned kind = stream->kind[i] & TW_ACCESS_KINDS;
    uint64_t va = stream->va[i] & regime->va_mask;
    const tw_translation *t = hit(mmu, va, kind, first + kind);
    if (!t)
      break;
    mmu->tally.l1_hit[kind]++;
    tell(mmu, p->pa ? p->pa + i : NULL, tw_translation_pa(t, va), false);
  }
  mmu->now += (i - from) * mmu->l1_latency;
  return i - from;
}

static size_t play_other(tw_mmu *mmu, tw_playing *p) {
  for (size_t i = 0; i < p->count; i++) {
    i += other_hits(mmu, p, i);
    if (i == p->count)
      return i;
    play_in_full(mmu, p, i);
    if (p->ended)
      return i + 1;
  }
  return p->count;
}

/// The machine is as most are, and so are its registers: the ways of a miss are known before it comes.
static bool is_usual(const tw_mmu *mmu) {
  const tw_half *half = mmu->regime.half;
  return tw_l1_is_usual(&mmu->l1i) && tw_l1_is_usual(&mmu->l1d) && tw_l2_is_usual(&mmu->l2) && mmu->walker.memory &&
         tw_walks_straight(mmu, &half[0]) && tw_walks_straight(mmu, &half[1]) && !mmu->config.coalesce;
}

TW_WIDEST static size_t play_with_pa(tw_mmu *mmu, const tw_run *runs, tw_playing *p) {
  return play_runs(mmu, runs, p, (tw_ways){.needs_pa = true});
}
TW_WIDEST static size_t play_without_pa(tw_mmu *mmu, const tw_run *runs, tw_playing *p) {
  return play_runs(mmu, runs, p, (tw_ways){0});
}
TW_WIDEST static size_t play_usual_with_pa(tw_mmu *mmu, const tw_run *runs, tw_playing *p) {
  return play_runs(mmu, runs, p, (tw_ways){.needs_pa = true, .usual = true});
}
TW_WIDEST static size_t play_usual_without_pa(tw_mmu *mmu, const tw_run *runs, tw_playing *p) {
  return play_runs(mmu, runs, p, (tw_ways){.usual = true});
}

size_t tw_mmu_replay_stream(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa, tw_response *fault) {
  tw_playing playing = {.stream = stream, .count = count, .pa = pa, .fault = fault};
  playing.outlook.wanted = mmu->port.expect && tw_foresight_knows(&mmu->regime);
  tw_run runs[TW_RUNS];
  if (!find_runs(mmu, stream, runs))
    return play_other(mmu, &playing);
  mmu->request = (tw_request){.el = stream->el | mmu->least_el, .pan = stream->pan};
  bool needs_pa = pa || mmu->port.translated;
  if (is_usual(mmu))
    return needs_pa ? play_usual_with_pa(mmu, runs, &playing) : play_usual_without_pa(mmu, runs, &playing);
  return needs_pa ? play_with_pa(mmu, runs, &playing) : play_without_pa(mmu, runs, &playing);
}
