// The ways to put requests (ports, one by one, batches, stretches of hits) agree on every answer, cycle and counter.
#include <criterion/criterion.h>
#include <string.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
enum { REQUESTS = 3000 };

/// Forms of the structures; what is the first one's only is a way of its own through a replay.
enum { PLAIN, TABLES_IN_L2, ODD_SETS, SECOND_ARRAYS, FIFO, FORMS };

static void give_form(tw_mmu_config *config, unsigned form) {
  switch (form) {
  case TABLES_IN_L2:
    config->walk_caches_in_l2 = 1;
    memset(config->walk_cache_entries, 0, sizeof config->walk_cache_entries);
    break;
  case ODD_SETS:
    config->l2.sets = 3;
    config->l2.ways = 3;
    break;
  case SECOND_ARRAYS:
    config->l1d.sizes &= ~(1ULL << 21);
    config->l2.sizes &= ~(1ULL << 21);
    config->l1d.large.entries = 2;
    config->l2.large.sets = config->l2.large.ways = 2;
    config->l1d.large.sizes = config->l2.large.sizes = 1ULL << 21;
    break;
  case FIFO:
    config->l1d.replacement = config->l2.replacement = TW_REPLACEMENT_FIFO;
    break;
  default:
    break;
  }
}

static machine machine_with_mixed_pages(unsigned l1_latency, unsigned form) {
  tw_mmu_config config = machine_small();
  config.l1_latency = l1_latency;
  give_form(&config, form);
  machine m = machine_new(&config, 9);
  for (unsigned i = 0; i < 64; i++) {
    uint64_t bits = (i & 32 ? D_CONTIGUOUS : 0) | (i % 5 ? 0 : D_RO) | (i % 7 ? 0 : D_PXN);
    if (i % 11)
      machine_map(&m, VA + i * 0x1000ULL, 3, (0x50000000ULL + i * 0x1000) | D_AF | D_PAGE | bits);
  }
  machine_map(&m, VA + 0x200000, 2, 0x60000000 | D_AF | D_BLOCK);
  if (l1_latency == 2) {
    machine_add_stage2(&m, 1); // where the pages are
    machine_set(&m);
  }
  return m;
}

static void make_requests(tw_request *requests, uint64_t seed) {
  for (unsigned i = 0; i < REQUESTS; i++) {
    uint64_t r = machine_random(&seed);
    uint64_t page = r % 4 ? r / 4 % 6 : r / 4 % 80;
    requests[i] = (tw_request){.va = (VA + page * 0x1000 + (r >> 40 & 0xff8)) ^ (r % 97 ? 0 : 1ULL << 50),
                               .id = i,
                               .kind = (uint8_t)(r >> 20) % 3,
                               .el = 1};
  }
}

/// As tw_mmu_replay, by the ports.
static void replay_by_ports(machine *m, const tw_request *requests, tw_response *responses) {
  for (unsigned i = 0; i < REQUESTS; i++) {
    tw_request request = requests[i];
    request.cycle = tw_mmu_now(m->mmu);
    cr_assert_eq(tw_mmu_submit(m->mmu, &request), 0);
    while (!tw_mmu_collect(m->mmu, &responses[i], 1)) {
      uint64_t event = tw_mmu_next_event(m->mmu);
      cr_assert_neq(event, UINT64_MAX);
      tw_mmu_run_until(m->mmu, event + 1);
    }
  }
}

/// A stream of a few, then one request by itself, in turns. How many of these.
static unsigned replay_by_turns(machine *m, const tw_request *requests, const tw_response *responses) {
  uint64_t va[REQUESTS], pa[REQUESTS];
  uint8_t kind[REQUESTS];
  unsigned alone = 0;
  for (unsigned i = 0; i < REQUESTS; i++)
    va[i] = requests[i].va, kind[i] = requests[i].kind;
  for (size_t i = 0; i < REQUESTS; i++, alone++) {
    const tw_stream stream = {.va = va + i, .kind = kind + i, .el = 1};
    size_t few = i % 7 < REQUESTS - 1 - i ? i % 7 : REQUESTS - 1 - i;
    tw_response r = {0};
    size_t n = tw_mmu_replay_stream(m->mmu, &stream, few, pa + i, &r);
    cr_assert(n <= few && (n == few || r.fault));
    for (size_t j = i; j < i + n; j++)
      cr_assert_eq(pa[j], responses[j].pa);
    i += n;
    tw_mmu_translate(m->mmu, &requests[i], &r);
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): both are written by the same code, padding included
    cr_assert_eq(memcmp(&r, &responses[i], sizeof r), 0, "request %zu", i);
  }
  return alone;
}

/// By streams, each up to a fault. How many faults.
static unsigned replay_by_streams(machine *m, const tw_request *requests, const tw_response *responses) {
  static uint64_t va[REQUESTS], pa[REQUESTS];
  static uint8_t kind[REQUESTS];
  unsigned faults = 0;
  for (unsigned i = 0; i < REQUESTS; i++)
    va[i] = requests[i].va, kind[i] = requests[i].kind;
  for (size_t i = 0; i < REQUESTS;) {
    const tw_stream stream = {.va = va + i, .kind = kind + i, .el = 1};
    tw_response fault = {0};
    size_t n = tw_mmu_replay_stream(m->mmu, &stream, REQUESTS - i, pa + i, &fault);
    cr_assert(n > 0 && (fault.fault || n == REQUESTS - i));
    for (size_t j = i; j < i + n; j++)
      cr_assert_eq(pa[j], responses[j].pa);
    i += n;
    cr_assert_eq(fault.fault, responses[i - 1].fault);
    if (fault.fault)
      cr_assert_eq(tw_esr(&fault), tw_esr(&responses[i - 1]));
    faults += fault.fault;
  }
  return faults;
}

Test(replay, every_way_gives_the_same) {
  static tw_request requests[REQUESTS];
  static tw_response batch[REQUESTS], ports[REQUESTS];
  for (unsigned number = 0; number < 3 * FORMS; number++) {
    unsigned l1_latency = 1 + number % 3, form = number / 3;
    make_requests(requests, 88172645463325252ULL + number);
    machine a = machine_with_mixed_pages(l1_latency, form), b = machine_with_mixed_pages(l1_latency, form),
            c = machine_with_mixed_pages(l1_latency, form), d = machine_with_mixed_pages(l1_latency, form);
    tw_mmu_replay(a.mmu, requests, REQUESTS, batch);
    replay_by_ports(&b, requests, ports);
    unsigned alone = replay_by_turns(&c, requests, batch), faults = 0;
    for (unsigned i = 0; i < REQUESTS; i++) {
      cr_assert_eq(ports[i].cycle - ports[i].accepted, batch[i].cycle - batch[i].accepted, "request %u", i);
      cr_assert_eq(tw_par(&ports[i]), tw_par(&batch[i]));
      cr_assert_eq(ports[i].found, batch[i].found);
      faults += batch[i].fault;
    }
    cr_assert_eq(replay_by_streams(&d, requests, batch), faults);
    cr_assert_gt(alone, REQUESTS / 8);
    cr_assert_gt(machine_count(&a, TW_COUNTER_L1D_TLB_HIT), REQUESTS / 4);
    cr_assert_gt(faults, 10);
    cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(b.mmu), sizeof(tw_counters)), 0);
    cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(c.mmu), sizeof(tw_counters)), 0);
    cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(d.mmu), sizeof(tw_counters)), 0);
    cr_assert_eq(tw_mmu_now(a.mmu), tw_mmu_now(c.mmu));
    cr_assert_eq(tw_mmu_now(a.mmu), tw_mmu_now(d.mmu));
    machine_free(&a), machine_free(&b), machine_free(&c), machine_free(&d);
  }
}

// A stream ends with the first access that faults, whatever the reason; what the L1 does not answer asks for more.
Test(replay, where_a_stream_ends) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 9);
  machine_map(&m, VA, 3, 0x50000000 | D_AF | D_PAGE | D_EL0 | D_RO);
  machine_read(&m, VA);
  const uint64_t va[] = {VA, VA + 8, VA ^ 1ULL << 50}, elsewhere[] = {VA + 0x1000};
  const uint8_t reads[] = {TW_ACCESS_READ, TW_ACCESS_READ, TW_ACCESS_READ}, writes[] = {TW_ACCESS_WRITE},
                fetches[] = {TW_ACCESS_FETCH};
  const uint64_t tcr = m.registers.tcr, e0pd1 = 1ULL << 56, e0pd0 = 1ULL << 55, nfd1 = 1ULL << 54;
  const struct {
    const char *name;
    uint64_t tcr, sctlr;
    tw_stream stream;
    size_t count, translated, missed;
  } cases[] = {
      {"an address out of range", tcr, 1, {va, reads, 1, 0}, 3, 2, 0},
      {"a page that is not held", tcr, 1, {elsewhere, reads, 1, 0}, 1, 0, 1},
      {"a write that is not allowed", tcr, 1, {va, writes, 1, 0}, 1, 0, 0},
      {"the other L1", tcr, 1, {va, fetches, 0, 0}, 1, 1, 1},
      {"PAN", tcr, 1, {va, reads, 1, 1}, 2, 0, 0},
      {"PAN, EL0", tcr, 1, {va, reads, 0, 1}, 2, 2, 0},
      {"E0PD, EL0", tcr | e0pd1, 1, {va, reads, 0, 0}, 2, 0, 0},
      {"E0PD, EL1", tcr | e0pd1, 1, {va, reads, 1, 0}, 2, 2, 0},
      {"E0PD of the other half, out of range", tcr | e0pd0, 1, {va, reads, 1, 0}, 3, 2, 0},
      {"NFD asks for non-faulting ones", tcr | nfd1, 1, {va, reads, 0, 0}, 2, 2, 0},
      {"no address has a translation (T1SZ 15)", tcr ^ 31ULL << 16, 1, {va, reads, 1, 0}, 2, 0, 0},
      {"stage 1 off", tcr, 0, {va, reads, 1, 0}, 2, 0, 0},
      {"nothing asked for", tcr, 1, {va, reads, 1, 0}, 0, 0, 0},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    m.registers.tcr = cases[i].tcr;
    m.registers.sctlr = cases[i].sctlr;
    machine_set(&m);
    uint64_t now = tw_mmu_now(m.mmu), pa[3];
    uint64_t missed = machine_count(&m, TW_COUNTER_L2D_TLB);
    tw_response fault = {0};
    size_t played = tw_mmu_replay_stream(m.mmu, &cases[i].stream, cases[i].count, pa, &fault);
    size_t translated = played - fault.fault;
    cr_expect_eq(translated, cases[i].translated, "%s: %zu", cases[i].name, translated);
    cr_expect_eq(fault.fault, cases[i].translated < cases[i].count, "%s", cases[i].name);
    missed = machine_count(&m, TW_COUNTER_L2D_TLB) - missed;
    cr_expect_eq(missed, cases[i].missed, "%s", cases[i].name);
    if (!missed)
      cr_expect_eq(tw_mmu_now(m.mmu), now + played, "%s", cases[i].name);
    for (size_t j = 0; j < translated; j++)
      cr_expect_eq(pa[j], 0x50000000 + 8 * j, "%s", cases[i].name);
  }
  machine_free(&m);
}
