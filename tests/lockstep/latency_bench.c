// One row of the latency table on one side.
#include "latency_bench.h"

#include <platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t tables = 0x40000000, pages_at = 0x80000000, stage2_table = 0x50000000;
enum { PAGES = 64, TABLES = 4, ANSWERS_MOST = 16, ACCESSES_MOST = 32, DUMMY = 255 };

/// One side: exactly one of `mmu` and `platform` is there.
typedef struct tw_side {
  const tw_latency_row *row;
  tw_mmu_config config;
  tw_mmu *mmu;
  tw_platform *platform;
  tw_memory *own, *memory; ///< own: the model's, to be freed
  tw_memory_port real;
  uint64_t start; ///< cycle 0 of the row; UINT64_MAX: not yet
  tw_response answer[ANSWERS_MOST];
  size_t answers;
  uint64_t access[ACCESSES_MOST]; ///< cycles
  size_t accesses;
  bool done[OFFERS_MOST];
} tw_side;

// ---- both sides alike ----

static int submit(tw_side *s, const tw_request *r) {
  return s->mmu ? tw_mmu_submit(s->mmu, r) : tw_platform_submit(s->platform, r);
}
static int submit_tlbi(tw_side *s, const tw_tlbi *t) {
  return s->mmu ? tw_mmu_submit_tlbi(s->mmu, t) : tw_platform_submit_tlbi(s->platform, t);
}
static uint64_t now(const tw_side *s) { return s->mmu ? tw_mmu_now(s->mmu) : tw_platform_now(s->platform); }

static void run_until(tw_side *s, uint64_t cycle) {
  s->mmu ? tw_mmu_run_until(s->mmu, cycle) : tw_platform_run_until(s->platform, cycle);
  tw_response *to = &s->answer[s->answers];
  size_t room = ANSWERS_MOST - s->answers;
  s->answers += s->mmu ? tw_mmu_collect(s->mmu, to, room) : tw_platform_collect(s->platform, to, NULL, room);
}

static void settle(tw_side *s) {
  run_until(s, now(s) + 1);
  if (s->platform)
    tw_platform_settle(s->platform);
  else if (s->config.prefetch)
    run_until(s, now(s) + 200);
}

// ---- ports of the test's own ----

static uint64_t outside(const tw_side *s, const tw_window *window, uint64_t cycle) {
  if (s->start == UINT64_MAX || cycle < s->start + window->from || cycle >= s->start + window->to)
    return cycle;
  return s->start + window->to;
}

static uint64_t channel_open_at(void *context, uint64_t cycle) {
  const tw_side *s = context;
  return outside(s, &s->row->channel, cycle);
}

static uint64_t memory_open_at(void *context, uint64_t cycle) {
  const tw_side *s = context;
  return outside(s, &s->row->memory_port, s->real.open_at ? s->real.open_at(s->real.context, cycle) : cycle);
}

static void access_memory(void *context, const tw_mem_request *request, tw_mem_response *response) {
  tw_side *s = context;
  s->real.access(s->real.context, request, response);
  if (s->start == UINT64_MAX)
    return;
  if (s->accesses < DELAYS_MOST && s->row->delay[s->accesses])
    response->delay = s->row->delay[s->accesses];
  if (s->accesses < ACCESSES_MOST)
    s->access[s->accesses++] = request->cycle;
}

// ---- configuration, registers, tables ----

static tw_mmu_config config_of(const tw_latency_row *row) {
  const tw_sizes pages = 1U << 12 | 1U << 14 | 1U << 16;
  tw_mmu_config c = {
      .l1_latency = 1, .l2_latency = 3, .walk_start = 1, .walk_step = 1, .ipa_latency = 1, .pa_bits = 48};
  if (tw_platform_geometry(row->build ? row->build : "tiny", &c, NULL))
    exit(2);
  c.l1i.sizes = c.l1d.sizes = pages;
  c.l2.sizes = pages | row->more_sizes;
  c.l1i.large.sizes = c.l1i.large.entries ? 1U << 21 : 0;
  c.l1d.large.sizes = c.l1d.large.entries ? 1U << 21 : 0;
  c.l2.large.sizes = c.l2.large.sets ? 1U << 25 : 0;
  c.merge = !row->merge_off;
  for (unsigned i = 0; i < SETTINGS_MOST; i++)
    if (row->set[i].value)
      memcpy((char *)&c + row->set[i].offset, &row->set[i].value, sizeof row->set[i].value);
  return c;
}

static uint64_t page_descriptor(unsigned page) {
  uint64_t at = (pages_at + ((uint64_t)page << 12)) | 0x703; // valid, AF, inner shareable, EL1 alone
  if (page == PAGE_NONE)
    return 0;
  if (page == PAGE_CLEAN)
    return at | 1ULL << 51 | 1U << 7; // DBM, AP[2]
  if (page == PAGE_READ_ONLY)
    return at | 1U << 7;
  if (page == PAGE_FAR)
    return at | 1ULL << 39;
  if (page == PAGE_NO_FLAG)
    return at & ~(1ULL << 10);
  return page >= PAGE_CONTIGUOUS ? at | 1ULL << 52 : at;
}

/// All tables of a level are one, whose first four entries lead to the next level; level 2 has a block at 2.
static void load_tables(tw_side *s) {
  for (unsigned level = 0; level + 1 < TABLES; level++)
    for (unsigned index = 0; index < 4; index++)
      tw_memory_write(s->memory, tables + (level << 12) + 8 * index, (tables + ((level + 1) << 12)) | 3);
  tw_memory_write(s->memory, tables + (2 << 12) + 8 * 2, pages_at | 0x701);
  for (unsigned page = 0; page < PAGES; page++)
    tw_memory_write(s->memory, tables + (3 << 12) + 8 * page, page_descriptor(page));
  // stage 2, from level 1: the first three GiB as they are; readable, writable, AF, write-back
  for (uint64_t gib = 0; gib < 3; gib++)
    tw_memory_write(s->memory, stage2_table + 8 * gib, gib << 30 | 0x7fd);
}

/// HA, HD, EPD1; stage 2 of 39 bits from level 1.
static tw_registers registers_of(const tw_latency_row *row) {
  tw_registers r = {.sctlr = row->state != STATE_OFF,
                    .tcr = 16 | 16 << 16 | 1U << 23 | 1ULL << 31 | 5ULL << 32 | 3ULL << 39,
                    .ttbr0 = tables,
                    .mair = 0xff};
  if (row->state == STATE_STAGE_2) {
    r.hcr = 1;
    r.vtcr = 25 | 1 << 6 | 5 << 16;
    r.vttbr = stage2_table;
  }
  return r;
}

// ---- offers ----

static uint64_t va_of(unsigned page, uint32_t id) {
  static const uint64_t deep = 1ULL << 39 | 1ULL << 30 | 1ULL << 21;
  uint64_t va = (uint64_t)page << 12;
  if (page == PAGE_BLOCK)
    va = 2ULL << 21;
  else if (page == PAGE_HALF_1)
    va = 0xffff000000000000;
  else if (page == PAGE_BAD)
    va = 1ULL << 50;
  else if (page >= PAGE_DEEP_1)
    va = 1ULL << 39 | 2ULL << 30 | (uint64_t)(page - PAGE_DEEP_1) << 12;
  else if (page >= PAGE_DEEP_2)
    va = 1ULL << 39 | 1ULL << 30 | 3ULL << 21 | (uint64_t)(page - PAGE_DEEP_2) << 12;
  else if (page >= PAGE_DEEP)
    va = deep | (uint64_t)(page - PAGE_DEEP) << 12;
  return va + 8 * (id & 0xff);
}

static unsigned port_of(tw_offer_kind kind) {
  if (kind == OFFER_FETCH)
    return PORT_FETCH;
  if (kind == OFFER_OUTSIDE || kind == OFFER_DSB_THERE)
    return PORT_OUTSIDE;
  return kind >= OFFER_TLBI ? PORT_TLBI : PORT_DATA;
}

static tw_request request_of(const tw_offer *offer, uint64_t cycle) {
  static const uint8_t kinds[] = {
      [OFFER_READ] = TW_ACCESS_READ, [OFFER_WRITE] = TW_ACCESS_WRITE, [OFFER_FETCH] = TW_ACCESS_FETCH, [OFFER_AT] = 0};
  return (tw_request){.va = va_of(offer->page, offer->id),
                      .cycle = cycle,
                      .id = offer->id,
                      .kind = kinds[offer->kind],
                      .el = 1,
                      .at = offer->kind == OFFER_AT ? TW_AT_STAGE_1 : TW_AT_NONE};
}

static int offer_at(tw_side *s, const tw_offer *offer, uint64_t cycle) {
  unsigned port = port_of(offer->kind);
  if (port < PORT_TLBI) {
    const tw_request request = request_of(offer, cycle);
    return submit(s, &request);
  }
  tw_tlbi tlbi = {.operand = tw_tlbi_va(50 << 12, 0),
                  .cycle = cycle,
                  .id = offer->id,
                  .op = TW_TLBI_VAAL,
                  .outside = port == PORT_OUTSIDE};
  if (offer->kind == OFFER_IPAS2) {
    tlbi.op = TW_TLBI_IPAS2;
    tlbi.operand = tables >> 12;
  } else if (offer->kind >= OFFER_DSB) {
    tlbi.op = TW_TLBI_DSB;
  }
  return submit_tlbi(s, &tlbi);
}

/// What is due and not yet at its port, in the order of each port.
static void offer_due(tw_side *s) {
  bool blocked[4] = {false};
  for (unsigned i = 0; i < OFFERS_MOST; i++) {
    const tw_offer *offer = &s->row->offers[i];
    unsigned port = port_of(offer->kind);
    if (offer->kind == OFFER_NOTHING || s->done[i] || blocked[port])
      continue;
    blocked[port] = now(s) < s->start + offer->cycle || offer_at(s, offer, now(s));
    s->done[i] = !blocked[port];
  }
}

// ---- a side ----

static void warm_up(tw_side *s, const tw_offer *offer) {
  const tw_request request = request_of(offer, 0);
  tw_response response;
  if (s->mmu)
    tw_mmu_translate(s->mmu, &request, &response);
  else
    tw_platform_replay(s->platform, &request, 1, &response, NULL);
  settle(s);
}

static void warm_all(tw_side *s) {
  const tw_offer first = {.kind = OFFER_READ};
  if (!s->row->cold && !s->row->build)
    warm_up(s, &first);
  for (unsigned i = 0; i < WARM_MOST; i++)
    if (s->row->warm[i].kind != OFFER_NOTHING)
      warm_up(s, &s->row->warm[i]);
  run_until(s, now(s) + 3);
  s->answers = 0;
  s->start = now(s);
}

static void open_model(tw_side *s, const tw_memory_config *memory) {
  s->own = s->memory = tw_memory_create(memory);
  s->real = tw_memory_as_port(s->memory);
  s->mmu =
      tw_mmu_create(&s->config, (tw_memory_port){.access = access_memory, .open_at = memory_open_at, .context = s});
  if (!s->mmu)
    exit(2);
  tw_mmu_set_response_port(s->mmu, (tw_response_port){channel_open_at, s});
}

static void open_rtl(tw_side *s, const tw_memory_config *memory) {
  const tw_platform_options options = {.variant = s->row->build ? s->row->build : "tiny"};
  tw_error error = {""};
  s->platform = tw_platform_open(&s->config, memory, &options, &error);
  if (!s->platform) {
    printf("%s\n", error.text);
    exit(2);
  }
  s->memory = tw_platform_memory(s->platform);
  s->real = tw_memory_as_port(s->memory);
  tw_platform_interpose(s->platform,
                        (tw_memory_port){.access = access_memory, .open_at = memory_open_at, .context = s});
  tw_platform_set_response_port(s->platform, (tw_response_port){channel_open_at, s});
}

static void open_side(tw_side *s, bool rtl) {
  tw_memory_config memory = s->row->memory;
  if (!memory.dram_latency)
    memory.dram_latency = 10;
  s->config = config_of(s->row);
  rtl ? open_rtl(s, &memory) : open_model(s, &memory);
  load_tables(s);
  const tw_registers registers = registers_of(s->row);
  if (s->mmu ? tw_mmu_set_registers(s->mmu, &registers) : tw_platform_set_registers(s->platform, &registers))
    exit(2);
  warm_all(s);
}

static void close_side(tw_side *s) {
  tw_platform_close(s->platform);
  tw_mmu_destroy(s->mmu);
  tw_memory_destroy(s->own);
}

// ---- the event ----

/// Has it happened, all before `now` having happened? `right`: in the cycle before now, as the row has it.
static bool happened(tw_side *s, bool *right) {
  const tw_event *event = &s->row->event;
  uint64_t last = now(s) - 1;
  *right = true;
  if (event->kind == EVENT_ACCESS) {
    bool there = s->accesses > event->number;
    *right = !there || s->access[event->number] == last;
    return there;
  }
  if (event->kind == EVENT_TAKEN) {
    static const tw_offer_kind kinds[] = {OFFER_READ, OFFER_FETCH, OFFER_DSB, OFFER_DSB_THERE};
    return !offer_at(s, &(tw_offer){.kind = kinds[event->number], .id = DUMMY}, now(s));
  }
  for (size_t i = 0; i < s->answers; i++)
    if (s->answer[i].id == event->number) {
      *right = s->answer[i].cycle == last && s->answer[i].found == event->found;
      return true;
    }
  return false;
}

const char *tw_latency_run(const tw_latency_row *row, bool rtl, unsigned n) {
  tw_side *s = calloc(1, sizeof *s);
  if (!s)
    exit(2);
  const char *wrong = NULL;
  bool right = true;
  s->row = row;
  s->start = UINT64_MAX;
  open_side(s, rtl);
  for (unsigned cycle = 0; cycle < n; cycle++) {
    offer_due(s);
    run_until(s, s->start + cycle + 1);
  }
  if (happened(s, &right))
    wrong = "is there in N - 1 or earlier";
  offer_due(s);
  run_until(s, s->start + n + 1);
  if (!wrong && !happened(s, &right))
    wrong = "is not there in N";
  if (!wrong && !right)
    wrong = "is another one, or of another cycle";
  close_side(s);
  free(s);
  return wrong;
}
