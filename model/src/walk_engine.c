// The walks of the miss queue, and the engine that makes their acts. Twin: rtl/walker.sv.
#include "walk_engine.h"

#include "machine.h"

enum { TW_NO_WALK = 0xff };

void tw_walk_engine_init(tw_walk_engine *engine, const tw_mmu_config *config) {
  engine->usable = (uint32_t)tw_low(config->walks);
}

// ---- acts ----

/// The cycle from which on the act of an entry's walk can be made. A look-up of a table must not see what a TLBI that
/// goes through the L2 has not come to.
static uint64_t due_at(const tw_mmu *mmu, unsigned entry) {
  const tw_walk *walk = &mmu->engine.walk[mmu->queue.entry[entry].walk];
  const tw_maintenance_unit *unit = &mmu->unit;
  return tw_walk_looks_up(walk, &mmu->walker) ? tw_max(walk->act_at, unit->swept_from + unit->sweep) : walk->act_at;
}

/// The oldest entry whose walk's act is due; TW_NO_MISS.
static unsigned oldest_due(const tw_mmu *mmu, uint64_t cycle) {
  const tw_miss_queue *queue = &mmu->queue;
  tw_misses due = 0;
  for (tw_misses walk = queue->walk; walk; walk &= walk - 1)
    if (due_at(mmu, (unsigned)__builtin_ctz(walk)) <= cycle)
      due |= walk & -walk;
  return due ? tw_misses_oldest(queue, due) : (unsigned)TW_NO_MISS;
}

/// True when the act that is due is a response. Tried on a copy.
static bool would_respond(tw_mmu *mmu, const tw_walk *walk) {
  tw_walk copy = *walk;
  tw_walk_decide(&copy, &mmu->walker);
  return copy.act == TW_ACT_RESPOND;
}

static bool memory_is_open(tw_mmu *mmu, uint64_t cycle) {
  tw_walk_engine *engine = &mmu->engine;
  if (engine->memory_open_at <= cycle)
    engine->memory_open_at = tw_memory_open_at(&mmu->port, cycle);
  return engine->memory_open_at <= cycle;
}

/// Decide an act, and whether it takes the L2's port. No table is filled while a TLBI goes through the L2: the walks
/// that it finds under way are stale, and those that begin later have not yet looked up.
static void decide_act(tw_mmu *mmu, tw_walk *walk, tw_cycle *c) {
  bool looks_up = tw_walk_looks_up(walk, &mmu->walker);
  if (looks_up)
    tw_maintenance_unit_sweep(mmu, c->at);
  tw_walk_decide(walk, &mmu->walker);
  c->port_taken = looks_up || tw_walk_fills_table(walk, &mmu->walker);
}

void tw_walk_engine_decide(tw_mmu *mmu, tw_cycle *c) {
  c->acts = c->prefetched = TW_NO_MISS;
  c->prefetch_fills = c->port_taken = false;
  unsigned entry = oldest_due(mmu, c->at);
  if (entry == TW_NO_MISS || c->tlbi_first || !memory_is_open(mmu, c->at))
    return;
  tw_walk *walk = &mmu->engine.walk[mmu->queue.entry[entry].walk];
  if (!c->channel_free && !walk->prefetch && would_respond(mmu, walk))
    return;
  c->acts = entry;
  walk->act_at = c->at;
  decide_act(mmu, walk, c);
  if (walk->act != TW_ACT_RESPOND)
    return;
  if (walk->prefetch) { // it answers nobody
    c->prefetched = entry;
    c->prefetch_fills = walk->result.fills && !walk->stale;
    return;
  }
  c->source = TW_FROM_WALK;
  c->answered = entry;
}

/// The first cycle, from `cycle` on, in which no access before gets its datum.
static uint64_t free_arrival(const tw_walk_engine *engine, uint64_t cycle) {
  for (unsigned i = 0; i < TW_WALKS_MAX; i++)
    if (engine->arrival[i] == cycle) {
      cycle++;
      i = -1U;
    }
  return cycle;
}

/// An older walk's look-up was passed over.
static bool has_passed(const tw_mmu *mmu, const tw_cycle *c) {
  const tw_miss_queue *queue = &mmu->queue;
  if (!mmu->walker.tables || !tw_is_swept(&mmu->unit, c->at))
    return false;
  for (tw_misses walk = queue->walk; walk; walk &= walk - 1) {
    const tw_miss *e = &queue->entry[__builtin_ctz(walk)];
    if (e->age < queue->entry[c->acts].age && mmu->engine.walk[e->walk].act_at <= c->at)
      return true;
  }
  return false;
}

void tw_walk_engine_do(tw_mmu *mmu, const tw_cycle *c) {
  if (c->acts == TW_NO_MISS)
    return;
  tw_walk_engine *engine = &mmu->engine;
  mmu->tally.passed_over += has_passed(mmu, c);
  unsigned number = mmu->queue.entry[c->acts].walk;
  tw_walk *walk = &engine->walk[number];
  tw_walk_do(walk, &mmu->walker);
  if (!tw_walk_accesses(walk))
    return;
  engine->arrival[number] = free_arrival(engine, walk->act_at);
  walk->act_at = engine->arrival[number] + mmu->walker.walk_step;
}

// ---- begin and end ----

/// The lowest walk that is free; TW_NO_WALK.
static unsigned free_walk(const tw_walk_engine *engine) {
  uint32_t free = engine->usable & ~engine->busy;
  return free ? (unsigned)__builtin_ctz(free) : (unsigned)TW_NO_WALK;
}

void tw_walk_engine_decide_begin(const tw_mmu *mmu, tw_cycle *c) {
  tw_misses waiting = mmu->queue.wait;
  unsigned missed = tw_l2_look_up_missed(c);
  if (missed != TW_NO_MISS)
    waiting |= tw_miss_bit(missed);
  c->walk = free_walk(&mmu->engine);
  c->begins = waiting && c->walk != TW_NO_WALK ? tw_misses_oldest(&mmu->queue, waiting) : (unsigned)TW_NO_MISS;
}

/// The entry whose last probe has missed waits for a walk; and the one whose turn it is begins.
void tw_walk_engine_begin(tw_mmu *mmu, const tw_cycle *c) {
  tw_walk_engine *engine = &mmu->engine;
  tw_miss_queue *queue = &mmu->queue;
  unsigned missed = tw_l2_look_up_missed(c);
  if (missed != TW_NO_MISS) {
    queue->look &= ~tw_miss_bit(missed);
    queue->wait |= tw_miss_bit(missed);
  }
  if (c->begins == TW_NO_MISS)
    return;
  queue->wait &= ~tw_miss_bit(c->begins);
  queue->walk |= tw_miss_bit(c->begins);
  tw_miss *e = &queue->entry[c->begins];
  engine->busy |= 1U << c->walk;
  engine->begun[c->walk] = c->at;
  e->walk = (uint8_t)c->walk;
  tw_walk *walk = &engine->walk[c->walk];
  walk->at.regime = &mmu->regime;
  walk->at.half = e->half;
  walk->at.request = &e->request;
  walk->at.va = e->va;
  walk->key = e->key;
  walk->bypass = e->bypass;
  walk->prefetch = tw_is_prefetch(queue, c->begins);
  walk->tag = e->walk;
  tw_walk_begin(walk, c->at, &mmu->walker);
}

void tw_walk_engine_end(tw_walk_engine *engine, unsigned walk) { engine->busy &= ~(1U << walk); }

void tw_walk_engine_make_stale(tw_mmu *mmu, tw_misses walking) {
  mmu->queue.stale = walking;
  for (; walking; walking &= walking - 1)
    mmu->engine.walk[mmu->queue.entry[__builtin_ctz(walking)].walk].stale = true;
}

uint64_t tw_walk_engine_next(const tw_mmu *mmu, uint64_t from) {
  const tw_miss_queue *queue = &mmu->queue;
  if (queue->wait && free_walk(&mmu->engine) != TW_NO_WALK)
    return from;
  uint64_t next = UINT64_MAX;
  for (tw_misses walk = queue->walk; walk; walk &= walk - 1) {
    uint64_t due = due_at(mmu, (unsigned)__builtin_ctz(walk));
    next = due < next ? due : next;
  }
  return next == UINT64_MAX ? next : tw_max(tw_max(next, mmu->engine.memory_open_at), from);
}
