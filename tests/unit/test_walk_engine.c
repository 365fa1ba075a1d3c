// The walk engine in time: one act a cycle, the oldest first; one datum a cycle; the credits of memory and of the miss
// channel. Cycles are worked out from the chapter: see test_overlap.c.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
enum { READ = TW_ACCESS_READ, FETCH = TW_ACCESS_FETCH, ACCESSES = 32 };

/// Memory with a delay of the test's choice for each access, and that is closed in some cycles. So may be the miss
/// channel.
typedef struct ports {
  tw_memory_port memory;
  uint32_t delay[ACCESSES]; ///< by the order of requests; 0: the memory's own
  tw_mem_request made[ACCESSES];
  unsigned count;
  unsigned count_before; ///< accesses by walks before the last data access
  uint64_t closed_from, closed_until;
} ports;

static void access_memory(void *context, const tw_mem_request *request, tw_mem_response *response) {
  ports *p = context;
  p->memory.access(p->memory.context, request, response);
  cr_assert_lt(p->count, ACCESSES);
  if (p->delay[p->count])
    response->delay = p->delay[p->count];
  p->made[p->count++] = *request;
}

static void translated(void *context, uint64_t pa) {
  ports *p = context;
  cr_assert(pa >= 0x50000000 && pa < 0x70000000);
  p->count_before = p->count;
}

static uint64_t open_at(void *context, uint64_t cycle) {
  const ports *p = context;
  return cycle >= p->closed_from && cycle < p->closed_until ? p->closed_until : cycle;
}

typedef enum closing { NOTHING, MEMORY, CHANNEL } closing;

static machine with_ports(const tw_mmu_config *config, unsigned delay, ports *p, closing closes) {
  machine m = machine_new(config, delay);
  for (uint64_t i = 0; i < 16; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000 + 0x1000 * i) | D_AF | D_PAGE);
  *p = (ports){.memory = tw_memory_as_port(m.memory)};
  tw_mmu_destroy(m.mmu);
  const tw_memory_port port = {
      .access = access_memory, .translated = translated, .open_at = closes == MEMORY ? open_at : NULL, .context = p};
  m.mmu = tw_mmu_create(config, port);
  if (closes == CHANNEL)
    tw_mmu_set_response_port(m.mmu, (tw_response_port){open_at, p});
  machine_set(&m);
  return m;
}

// Two walks whose acts fall into the same cycles: the younger's are a cycle later, and see what the older's have
// filled.
Test(walk_engine, one_act_a_cycle) {
  tw_mmu_config config = machine_small();
  ports p;
  machine m = with_ports(&config, 6, &p, NOTHING);
  tw_response r[2];
  machine_offer(&m, READ, PAGE(0), 0, 1);
  tw_mmu_run_until(m.mmu, 1);
  machine_offer(&m, READ, PAGE(1), 1, 2);
  machine_step(&m, 100, r, 2);
  // the first walk: 11, 18, 25, 32, answer in 39. The second's first act is due in 18, made in 19: it knows the table
  // that the other has found in 18. It reads in 19, 26, 33, and is answered in 40
  static const uint64_t cycles[] = {11, 18, 19, 25, 26, 32, 33};
  static const uint8_t levels[] = {0, 1, 1, 2, 2, 3, 3}, tags[] = {0, 0, 1, 0, 1, 0, 1};
  cr_assert_eq(p.count, 7);
  for (unsigned i = 0; i < 7; i++) {
    cr_assert_eq(p.made[i].cycle, cycles[i], "access %u: cycle %llu", i, (unsigned long long)p.made[i].cycle);
    cr_assert_eq(p.made[i].level, levels[i] + 1, "access %u", i);
    cr_assert_eq(p.made[i].tag, tags[i], "access %u", i);
  }
  cr_assert(r[0].id == 1 && r[0].cycle == 39);
  cr_assert(r[1].id == 2 && r[1].cycle == 40 && r[1].walk_cycles == 40 - 17);
  machine_free(&m);
}

// Memory gives one datum a cycle: where two would come in one, the later request's comes later.
Test(walk_engine, one_datum_a_cycle) {
  for (uint32_t second = 9; second <= 12; second++) {
    tw_mmu_config config = machine_small();
    ports p;
    machine m = with_ports(&config, 10, &p, NOTHING);
    machine_read(&m, PAGE(15));
    uint64_t n = tw_mmu_now(m.mmu);
    tw_response r[2];
    // one read each, requested in n + 11 and n + 18; data due in n + 28 and n + 18 + second
    p.delay[4] = 17;
    p.delay[5] = second;
    machine_offer(&m, READ, PAGE(0), n, 1);
    tw_mmu_run_until(m.mmu, n + 1);
    machine_offer(&m, READ, PAGE(1), n + 1, 2);
    machine_step(&m, n + 100, r, 2);
    cr_assert(p.made[4].cycle == n + 11 && p.made[5].cycle == n + 18);
    // the younger's answer: a cycle after its datum
    uint64_t datum = n + 18 + second, answer = datum + 1 + (second == 10);
    const tw_response *older = second == 9 ? &r[1] : &r[0], *younger = second == 9 ? &r[0] : &r[1];
    cr_assert(older->id == 1 && older->cycle == n + 29);
    cr_assert(younger->id == 2 && younger->cycle == answer, "delay %u: %llu", second,
              (unsigned long long)(younger->cycle - n));
    machine_free(&m);
  }
}

// Without memory's credit the engine makes no act, not even an answer; without the channel's it makes no answer. A lone
// request's way is the same by itself and by the ports.
Test(walk_engine, credits) {
  // a walk of one read in 11, answered in 22; an L2 hit, answered in 4; an L1 hit, in 1
  static const struct {
    closing closes;
    unsigned page, from, until, answer;
  } cases[] = {
      {MEMORY, 0, 11, 12, 23},  {MEMORY, 0, 12, 22, 22},  {MEMORY, 0, 11, 20, 31},  {MEMORY, 0, 22, 25, 25},
      {CHANNEL, 0, 11, 22, 22}, {CHANNEL, 0, 22, 23, 23}, {CHANNEL, 0, 15, 40, 40}, {CHANNEL, 14, 4, 5, 5},
      {CHANNEL, 14, 1, 4, 4},   {CHANNEL, 14, 4, 30, 30}, {MEMORY, 14, 1, 30, 4},   {CHANNEL, 15, 0, 30, 1},
      {MEMORY, 15, 0, 30, 1},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
    for (unsigned by_ports = 0; by_ports < 2; by_ports++) {
      tw_mmu_config config = machine_small();
      ports p;
      machine m = with_ports(&config, 10, &p, cases[i].closes);
      machine_access(&m, (tw_request){.va = PAGE(14), .kind = FETCH, .el = 1});
      machine_read(&m, PAGE(15));
      uint64_t n = tw_mmu_now(m.mmu);
      p.closed_from = n + cases[i].from;
      p.closed_until = n + cases[i].until;
      tw_response r;
      if (by_ports) {
        machine_offer(&m, READ, PAGE(cases[i].page), n, 1);
        machine_step(&m, n + 100, &r, 1);
      } else {
        r = machine_read(&m, PAGE(cases[i].page));
        cr_assert_eq(tw_mmu_now(m.mmu), r.cycle);
      }
      cr_assert_eq(r.cycle, n + cases[i].answer, "case %u: %llu", i, (unsigned long long)(r.cycle - n));
      machine_free(&m);
    }
}

// Both walks have an act due, and the older's is an answer that the channel does not take: the younger waits behind it.
Test(walk_engine, an_answer_in_the_way) {
  const uint64_t other = VA + 0x200000; // under another table of the last level: two reads
  for (unsigned closed = 0; closed < 2; closed++) {
    tw_mmu_config config = machine_small();
    ports p;
    machine m = with_ports(&config, 10, &p, CHANNEL);
    machine_map(&m, other, 3, 0x60000000 | D_AF | D_PAGE);
    machine_read(&m, PAGE(15));
    uint64_t n = tw_mmu_now(m.mmu);
    p.closed_from = n + 15;
    p.closed_until = closed ? n + 40 : n + 15;
    tw_response r[2];
    machine_offer(&m, READ, PAGE(0), n, 1);
    tw_mmu_run_until(m.mmu, n + 1);
    machine_offer(&m, READ, other, n + 5, 2);
    // the younger's last probe: n + 17. Its second read is due in n + 29
    machine_step(&m, n + 100, r, 2);
    cr_assert(r[0].id == 1 && r[0].cycle == n + (closed ? 40 : 22));
    cr_assert_eq(p.made[5].cycle, n + 18);
    cr_assert_eq(p.made[6].cycle, n + (closed ? 41 : 29));
    cr_assert(r[1].id == 2 && r[1].cycle == p.made[6].cycle + 11);
    machine_free(&m);
  }
}

// A data access goes to memory in the cycle of its response, before the walk engine's access of that cycle.
Test(walk_engine, data_accesses_in_their_cycles) {
  for (unsigned late = 0; late < 2; late++) {
    tw_mmu_config config = machine_small();
    config.l1_latency = 3;
    ports p;
    machine m = with_ports(&config, 10, &p, NOTHING);
    machine_read(&m, PAGE(15));
    uint64_t n = tw_mmu_now(m.mmu);
    tw_response r[2];
    // due in n + 1 + 3 + 3 - 1, last probe n + 12, read in n + 13; the hit is decided in n + 11 or n + 12
    machine_offer(&m, READ, PAGE(0), n, 1);
    tw_mmu_run_until(m.mmu, n + 1);
    machine_offer(&m, READ, PAGE(15), n + 10 + late, 2);
    machine_step(&m, n + 15, r, 1);
    cr_assert(r[0].id == 2 && r[0].cycle == n + 13 + late);
    cr_assert(p.count == 5 && p.made[4].cycle == n + 13);
    cr_assert_eq(p.count_before, 4 + late);
    machine_step(&m, n + 100, r, 1);
    cr_assert_eq(p.count_before, 5, "the miss's own");
    machine_free(&m);
  }
}
