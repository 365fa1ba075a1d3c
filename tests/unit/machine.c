// A small machine for tests.
#include "machine.h"

#include <criterion/criterion.h>

#define ROOT 0x40000000ULL

tw_mmu_config machine_small(void) {
  tw_sizes sizes = tw_granule_sizes(12) | tw_granule_sizes(14) | tw_granule_sizes(16);
  return (tw_mmu_config){.l1i = {.entries = 4, .sizes = sizes},
                         .l1d = {.entries = 4, .sizes = sizes},
                         .l2 = {.sets = 4, .ways = 2, .sizes = sizes},
                         .walk_cache_entries = {2, 2, 2, 2},
                         .ipa_cache_entries = 4,
                         .misses = 4,
                         .walks = 2,
                         .merge = 1,
                         .l1_latency = 1,
                         .l2_latency = 3,
                         .walk_start = 1,
                         .walk_step = 1,
                         .ipa_latency = 2,
                         .pa_bits = 48};
}

machine machine_new(const tw_mmu_config *config, unsigned delay) {
  machine m = {.config = *config};
  m.memory = tw_memory_create(&(tw_memory_config){.dram_latency = delay, .limit = 1ULL << 42});
  m.mmu = tw_mmu_create(config, tw_memory_as_port(m.memory));
  cr_assert(m.mmu && m.memory);
  // TxSZ 16, TG1 = 4K (10), IPS 48 bits (5), A1, AS
  m.registers = (tw_registers){.sctlr = 1,
                               .tcr = 16 | 16ULL << 16 | 1ULL << 22 | 2ULL << 30 | 5ULL << 32 | 1ULL << 36,
                               .ttbr1 = ROOT | 1ULL << 48,
                               .mair = 0xff};
  machine_set(&m);
  return m;
}

void machine_free(machine *m) {
  tw_mmu_destroy(m->mmu);
  tw_memory_destroy(m->memory);
}

/// Tables stand where their VA says, so that no allocator is needed: by level and the index bits above.
static uint64_t table_for(uint64_t va, int level) {
  if (level == 0)
    return ROOT;
  unsigned low = 12 + 9 * (unsigned)(4 - level);
  uint64_t path = (va & ((1ULL << 48) - 1)) >> low;
  return 0x80000000ULL + ((uint64_t)level << 32) + (path << 12);
}

uint64_t machine_descriptor(const machine *m, uint64_t va, int level) {
  (void)m;
  unsigned low = 12 + 9 * (unsigned)(3 - level);
  return table_for(va, level) + (((va >> low) & 511) << 3);
}

void machine_map(machine *m, uint64_t va, int level, uint64_t leaf) {
  for (int l = 0; l < level; l++)
    tw_memory_write(m->memory, machine_descriptor(m, va, l), table_for(va, l + 1) | D_TABLE);
  tw_memory_write(m->memory, machine_descriptor(m, va, level), leaf);
}

tw_response machine_access(machine *m, tw_request request) {
  tw_response response;
  tw_mmu_translate(m->mmu, &request, &response);
  return response;
}

tw_response machine_read(machine *m, uint64_t va) { return machine_access(m, (tw_request){.va = va, .el = 1}); }

void machine_tlbi(machine *m, tw_tlbi_op op, uint64_t va, uint16_t asid) {
  tw_response response;
  tw_mmu_maintain(m->mmu, &(tw_tlbi){.op = (uint8_t)op, .operand = tw_tlbi_va(va, asid)}, &response);
  cr_assert_eq(response.found, TW_FOUND_MAINTENANCE);
}

void machine_set(machine *m) { cr_assert_eq(tw_mmu_set_registers(m->mmu, &m->registers), 0); }

void machine_asid(machine *m, uint16_t asid) {
  m->registers.ttbr1 = (m->registers.ttbr1 & ~(0xffffULL << 48)) | (uint64_t)asid << 48;
  machine_set(m);
}

void machine_offer(machine *m, unsigned kind, uint64_t va, uint64_t cycle, uint32_t id) {
  const tw_request request = {.va = va, .kind = (uint8_t)kind, .el = 1, .cycle = cycle, .id = id};
  cr_assert_eq(tw_mmu_submit(m->mmu, &request), 0, "the port holds a request: %u", id);
}

void machine_offer_tlbi(machine *m, tw_tlbi tlbi) { cr_assert_eq(tw_mmu_submit_tlbi(m->mmu, &tlbi), 0); }

void machine_step(machine *m, uint64_t until, tw_response *responses, unsigned expected) {
  unsigned count = 0;
  while (tw_mmu_now(m->mmu) < until) {
    uint64_t cycle = tw_mmu_now(m->mmu);
    tw_mmu_run_until(m->mmu, cycle + 1);
    for (tw_response r; tw_mmu_collect(m->mmu, &r, 1);) {
      cr_assert_lt(count, expected, "answer to %u in cycle %llu", r.id, (unsigned long long)r.cycle);
      cr_assert_eq(r.cycle, cycle);
      responses[count++] = r;
    }
  }
  cr_assert_eq(count, expected, "%u answers", count);
}

uint64_t machine_count(const machine *m, tw_counter counter) { return tw_mmu_counters(m->mmu)->value[counter]; }

void machine_check_counters(const machine *m) {
  const uint64_t *c = tw_mmu_counters(m->mmu)->value;
  cr_assert_eq(c[TW_COUNTER_L1D_TLB], c[TW_COUNTER_L1D_TLB_HIT] + c[TW_COUNTER_L1D_TLB_MISS]);
  cr_assert_eq(c[TW_COUNTER_L1I_TLB], c[TW_COUNTER_L1I_TLB_HIT] + c[TW_COUNTER_L1I_TLB_MISS]);
  cr_assert_eq(c[TW_COUNTER_L1D_TLB], c[TW_COUNTER_L1D_TLB_RD] + c[TW_COUNTER_L1D_TLB_WR]);
  cr_assert_eq(c[TW_COUNTER_L1D_TLB], c[TW_COUNTER_L1D_TLB_RW] + c[TW_COUNTER_L1D_TLB_PRFM]);
  cr_assert_eq(c[TW_COUNTER_L1I_TLB], c[TW_COUNTER_L1I_TLB_RD] + c[TW_COUNTER_L1I_TLB_PRFM]);
  cr_assert_eq(c[TW_COUNTER_L1D_TLB_MISS] + c[TW_COUNTER_L1I_TLB_MISS],
               c[TW_COUNTER_L2D_TLB] + c[TW_COUNTER_L1D_TLB_MERGE] + c[TW_COUNTER_L1I_TLB_MERGE]);
  cr_assert_eq(c[TW_COUNTER_DTLB_WALK], c[TW_COUNTER_DTLB_WALK_RW] + c[TW_COUNTER_DTLB_WALK_PRFM]);
  cr_assert_eq(c[TW_COUNTER_ITLB_WALK], c[TW_COUNTER_ITLB_WALK_RD] + c[TW_COUNTER_ITLB_WALK_PRFM]);
  cr_assert_leq(c[TW_COUNTER_L1D_TLB_REFILL], c[TW_COUNTER_L1D_TLB_MISS]);
  cr_assert_leq(c[TW_COUNTER_L1I_TLB_REFILL], c[TW_COUNTER_L1I_TLB_MISS]);
}

// ---- random streams ----

uint64_t machine_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/// Offer an access, or one time in 16 a TLBI, at `cycle` or soon after. True: its port took it.
static bool offer_random(machine *m, uint64_t random, uint64_t va, uint64_t cycle, uint32_t id) {
  const tw_request request = {
      .va = va, .kind = (uint8_t)((random >> 20) % 3), .el = 1, .id = id, .cycle = cycle + (random >> 30 & 3)};
  const tw_tlbi tlbi = {.op = (uint8_t)((random >> 24) % (TW_TLBI_DSB + 1)),
                        .operand = tw_tlbi_va(va, 1),
                        .id = id,
                        .cycle = request.cycle,
                        .outside = random >> 23 & 1};
  return (random >> 40 & 15 ? tw_mmu_submit(m->mmu, &request) : tw_mmu_submit_tlbi(m->mmu, &tlbi)) == 0;
}

unsigned machine_drive(machine *m, const machine_stream *stream, unsigned stride, tw_response *responses) {
  unsigned count = 0, offered = 0;
  uint64_t seed = stream->seed, page = 0;
  for (uint64_t cycle = 0; cycle < 30000; cycle++) {
    uint64_t r = machine_random(&seed);
    if (r % 16 == 0 && offered < stream->requests) {
      // who is refused is refused in both: the ports' state is the same in the same cycle
      tw_mmu_run_until(m->mmu, cycle);
      page = stream->page(r, page);
      offered += offer_random(m, r, stream->va + (page << 12), cycle, offered);
    } else if (cycle % stride == 0) {
      tw_mmu_run_until(m->mmu, cycle);
    }
    count += (unsigned)tw_mmu_collect(m->mmu, responses + count, stream->requests - count);
  }
  tw_mmu_run_until(m->mmu, 60000);
  count += (unsigned)tw_mmu_collect(m->mmu, responses + count, stream->requests - count);
  cr_assert_eq(count, offered, "all are answered");
  return count;
}

void machine_add_stage2(machine *m, uint64_t read_only) {
  enum { STAGE2 = 0x20000000, NORMAL = 15 << 2, READ = 1 << 6, WRITE = 1 << 7 };
  for (uint64_t gib = 0; gib < 512; gib++) {
    uint64_t rights = gib == read_only ? READ : READ | WRITE;
    tw_memory_write(m->memory, STAGE2 + 8 * gib, gib << 30 | D_BLOCK | D_AF | NORMAL | rights);
  }
  m->registers.hcr = 1; // VM. T0SZ 25, SL0 1 (level 1), PS 48 bits
  m->registers.vtcr = 25 | 1 << 6 | 5 << 16;
  m->registers.vttbr = STAGE2 | 3ULL << 48;
}

machine machine_of_shape(tw_mmu_config config, unsigned shape) {
  config.walks = 1 + shape % 4;
  config.merge = shape != 3;
  config.l1_latency = 1 + shape % 3;
  config.walk_step = 1 + shape / 2;
  machine m = machine_new(&config, 3 + 4 * shape);
  for (unsigned i = 0; i < 96; i++) {
    uint64_t bits = (i % 5 ? 0 : D_RO) | (i % 7 ? 0 : D_PXN) | (i % 3 ? 0 : D_RO | D_DBM) | (i % 13 ? D_AF : 0);
    if (i % 11)
      machine_map(&m, MACHINE_VA + i * 0x1000ULL, 3, (0x50000000ULL + i * 0x1000) | D_PAGE | bits);
  }
  machine_map(&m, MACHINE_VA + 0x200000, 2, 0x60000000 | D_AF | D_BLOCK);
  if (shape & 1)
    m.registers.tcr |= 3ULL << 39; // HA, HD
  if (shape & 2)
    machine_add_stage2(&m, UINT64_MAX);
  machine_set(&m);
  return m;
}
