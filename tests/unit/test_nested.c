// Both stages in time: every cycle of a nested walk, updates, faults and what they tell, VMIDs. Worked out by hand from
// the microarchitecture chapter.
//
// Stage 1: TTBR0, 30 bits, so tables of levels 2 and 3. Stage 2: 25 bits, one table of level 3 (SL0 = 3), which maps an
// IPA to itself plus 0x80000000. Latencies: 1 and 3, seven probes, so a miss is known in cycle 10 and the walk begins
// in 11; a look-up of the IPA cache takes 2, a read or a swap 10 + 1.
#include <criterion/criterion.h>

#include "watched_case.h"

#define OFFSET 0x80000000ULL
#define STAGE2 0x70000000ULL
#define VA 0x400000ULL
#define S2_R (1ULL << 6)
#define S2_W (1ULL << 7)
#define S2_NORMAL (15ULL << 2)
#define S2_PAGE (D_PAGE | D_AF | S2_NORMAL | S2_R | S2_W)
enum { ROOT = 0x10000, TABLE = 0x20000, PAGE = 0x30000, ACT = 11, LOOK_UP = 2, BEGUN = 11 };
enum { HCR_VM = 1, HCR_PTW = 4 };
#define TCR_HA (1ULL << 39)
#define TCR_HD (1ULL << 40)
#define VTCR_HA (1ULL << 21)
#define VTCR_HD (1ULL << 22)

static uint64_t s2_descriptor(uint64_t ipa) { return STAGE2 + (ipa >> 12 << 3); }
static void map2(watched *w, uint64_t ipa, uint64_t bits) {
  tw_memory_write(w->m.memory, s2_descriptor(ipa), (ipa + OFFSET) | bits);
}
/// The stage 1 leaf of page `n` from VA on.
static uint64_t leaf_place(unsigned n) { return TABLE + OFFSET + 8ULL * n; }
static void map1(watched *w, unsigned n, uint64_t ipa, uint64_t bits) {
  tw_memory_write(w->m.memory, leaf_place(n), ipa | bits);
}

static watched *nested(uint32_t ipa_entries, uint64_t tcr, uint64_t vtcr) {
  tw_mmu_config config = machine_small();
  config.ipa_cache_entries = ipa_entries;
  watched *w = watched_new(&config, 1ULL << 42);
  // T0SZ, T1SZ 34; EPD1; TG1 4K; IPS 48 bits. T0SZ 39; SL0 3; PS 48 bits.
  w->m.registers = (tw_registers){.sctlr = 1,
                                  .tcr = 34 | 34ULL << 16 | 1ULL << 23 | 2ULL << 30 | 5ULL << 32 | tcr,
                                  .ttbr0 = ROOT,
                                  .mair = 0xff,
                                  .hcr = HCR_VM,
                                  .vtcr = 39 | 3 << 6 | 5 << 16 | vtcr,
                                  .vttbr = STAGE2};
  machine_set(&w->m);
  map2(w, ROOT, S2_PAGE);
  map2(w, TABLE, S2_PAGE);
  map2(w, PAGE, S2_PAGE);
  tw_memory_write(w->m.memory, ROOT + OFFSET + 8 * (VA >> 21), TABLE | D_TABLE);
  map1(w, 0, PAGE, D_PAGE | D_AF | D_NG);
  return w;
}

static uint64_t cycles(const tw_response *r) { return r->cycle - r->accepted; }
static tw_response access(watched *w, unsigned kind, uint64_t va) {
  return watched_access(w, (tw_request){.va = va, .kind = (uint8_t)kind, .el = 1});
}
static tw_response access_at(watched *w, unsigned kind, unsigned at) {
  return watched_access(w, (tw_request){.va = VA, .kind = (uint8_t)kind, .el = 1, .at = (uint8_t)at});
}

#define FAULT(r, fsc_, stage_, s1ptw_, ipa_)                                                                           \
  cr_assert_eq((r).fault, 1);                                                                                          \
  cr_assert_eq((r).fsc, fsc_, "fsc 0x%x", (r).fsc);                                                                    \
  cr_assert_eq((r).stage, stage_);                                                                                     \
  cr_assert_eq((r).s1ptw, s1ptw_);                                                                                     \
  cr_assert_eq((r).ipa, (uint64_t)(ipa_), "ipa 0x%llx", (unsigned long long)(r).ipa)
#define CYCLES(r, expected)                                                                                            \
  cr_assert_eq(cycles(&(r)), (uint64_t)(expected), "%llu cycles", (unsigned long long)cycles(&(r)))

Test(nested, walk_act_by_act) {
  watched *w = nested(0, 0, 0);
  tw_response r = access(w, TW_ACCESS_READ, VA + 0x123);
  cr_assert_eq(r.pa, PAGE + OFFSET + 0x123);
  CYCLES(r, BEGUN + 3 * (LOOK_UP + ACT) + 2 * ACT);
  cr_assert_eq(r.walk_cycles, cycles(&r) - (BEGUN - 1));
  cr_assert_eq(r.stage2_reads, 3);
  cr_assert_eq(r.reads[3] + r.reads[4], 2);
  static const struct {
    uint64_t cycle, pa;
    uint8_t level, stage2;
  } reads[] = {{13, STAGE2 + (ROOT >> 9), 4, 1},
               {24, ROOT + OFFSET + 8 * (VA >> 21), 3, 0},
               {37, STAGE2 + (TABLE >> 9), 4, 1},
               {48, TABLE + OFFSET, 4, 0},
               {61, STAGE2 + (PAGE >> 9), 4, 1}};
  cr_assert_eq(w->accesses, 5);
  for (unsigned i = 0; i < 5; i++) {
    cr_assert_eq(w->log[i].cycle, reads[i].cycle);
    cr_assert_eq(w->log[i].pa, reads[i].pa);
    cr_assert_eq(w->log[i].level, reads[i].level);
    cr_assert_eq(w->log[i].stage2, reads[i].stage2);
  }
  machine_free(&w->m);

  w = nested(4, 0, 0);
  r = access(w, TW_ACCESS_READ, VA);
  CYCLES(r, BEGUN + 3 * (LOOK_UP + ACT) + 2 * ACT); // all different pages: no hit yet
  machine_tlbi(&w->m, TW_TLBI_VAAL, VA, 0);
  r = access(w, TW_ACCESS_READ, VA);
  CYCLES(r, BEGUN + LOOK_UP + ACT + LOOK_UP); // from the walk cache of level 2
  machine_tlbi(&w->m, TW_TLBI_VMALL, 0, 0);
  r = access(w, TW_ACCESS_READ, VA);
  CYCLES(r, BEGUN + 3 * LOOK_UP + 2 * ACT);
  cr_assert_eq(r.stage2_reads, 0);
  machine_tlbi(&w->m, TW_TLBI_VMALL, 0, 0);
  machine_tlbi(&w->m, TW_TLBI_IPAS2, TABLE, 0);
  r = access(w, TW_ACCESS_READ, VA);
  CYCLES(r, BEGUN + 3 * LOOK_UP + 3 * ACT);
  r = access(w, TW_ACCESS_READ, VA);
  cr_assert_eq(r.found, TW_FOUND_L1);
  const uint64_t *c = tw_mmu_counters(w->m.mmu)->value;
  cr_assert_eq(c[TW_COUNTER_DTLB_STEP], 5 + 1 + 2 + 3);
  cr_assert_eq(c[TW_COUNTER_DTLB_WALK], 4);
  machine_free(&w->m);
}

Test(nested, one_stage_alone) {
  watched *w = nested(4, 0, 0);
  // AT of stage 1 alone: one probe that can't hit, so the walk begins in 5; the answer is the IPA and is not kept
  for (unsigned i = 0; i < 2; i++) {
    tw_response r = access_at(w, TW_ACCESS_READ, TW_AT_STAGE_1);
    cr_assert_eq(r.pa, PAGE);
    CYCLES(r, i ? 5 + LOOK_UP + ACT : 5 + 2 * (LOOK_UP + 2 * ACT));
    cr_assert_eq(r.found, TW_FOUND_WALK);
    cr_assert_eq(r.size_log2, 12);
  }
  // stage 1 off
  w->m.registers.sctlr = 0;
  machine_set(&w->m);
  for (unsigned i = 0; i < 2; i++) {
    tw_response r = access(w, TW_ACCESS_READ, PAGE + 0x10);
    cr_assert_eq(r.pa, PAGE + OFFSET + 0x10);
    cr_assert_eq(r.found, TW_FOUND_WALK);
    cr_assert_eq(r.attr, 0);
    cr_assert_eq(r.sh, 2);
    CYCLES(r, i ? 5 + LOOK_UP : 5 + LOOK_UP + ACT);
  }
  const uint64_t *c = tw_mmu_counters(w->m.mmu)->value;
  cr_assert_eq(c[TW_COUNTER_L1D_TLB], 0);
  cr_assert_eq(c[TW_COUNTER_L2D_TLB], 0);
  cr_assert_eq(c[TW_COUNTER_DTLB_STEP], 4 + 1 + 1, "reads of an AT are counted");
  cr_assert_eq(c[TW_COUNTER_DTLB_WALK], 1, "its walks are not, nor walks without a read");
  machine_free(&w->m);
}

Test(nested, updates_of_stage_1) {
  watched *w = nested(4, TCR_HA | TCR_HD, 0);
  uint64_t old = PAGE | D_PAGE | D_NG | D_RO | D_DBM, dirty = (old | D_AF) & ~(uint64_t)D_RO;
  map1(w, 0, PAGE, D_PAGE | D_NG | D_RO | D_DBM);
  // the descriptor's page is looked up again (a hit) and the swap made: both bits in one
  tw_response r = access(w, TW_ACCESS_WRITE, VA);
  CYCLES(r, BEGUN + 3 * (LOOK_UP + ACT) + 2 * ACT + LOOK_UP + ACT);
  cr_assert_eq(r.fault, 0);
  cr_assert_eq(r.updates, 1);
  cr_assert_eq(w->log[4].kind, TW_MEM_COMPARE_SWAP);
  cr_assert_eq(w->log[4].cycle - r.accepted, 61);
  cr_assert_eq(w->log[4].pa, leaf_place(0));
  cr_assert_eq(w->log[4].expected, old);
  cr_assert_eq(w->log[4].desired, dirty);
  cr_assert_eq(tw_memory_read(w->m.memory, leaf_place(0)), dirty);
  machine_free(&w->m);

  // another processor sets AF first: the swap fails, what stood there wants one more
  w = nested(4, TCR_HA | TCR_HD, 0);
  map1(w, 0, PAGE, D_PAGE | D_NG | D_RO | D_DBM);
  w->races = 1, w->raced = D_AF;
  r = access(w, TW_ACCESS_WRITE, VA);
  CYCLES(r, BEGUN + 3 * (LOOK_UP + ACT) + 2 * ACT + 2 * (LOOK_UP + ACT));
  cr_assert_eq(r.updates, 2);
  cr_assert_eq(w->log[5].expected, old | D_AF);
  cr_assert_eq(tw_memory_read(w->m.memory, leaf_place(0)), dirty);
  cr_assert_eq(tw_mmu_counters(w->m.mmu)->value[TW_COUNTER_DTLB_HWUPD], 2);
  machine_free(&w->m);

  // where nothing answers, and where there are no atomics
  for (unsigned error = TW_MEM_ABORT; error <= TW_MEM_NO_ATOMICS; error++) {
    w = nested(4, TCR_HA, 0);
    map1(w, 0, PAGE, D_PAGE);
    w->swap_error = (uint8_t)error;
    r = access(w, TW_ACCESS_READ, VA);
    FAULT(r, error == TW_MEM_ABORT ? 0x17 : 0x31, 1, 0, 0);
    machine_free(&w->m);
  }
}

Test(nested, clean_entries) {
  for (unsigned stage = 1; stage <= 2; stage++) {
    watched *w = stage == 1 ? nested(4, TCR_HA | TCR_HD, 0) : nested(4, 0, VTCR_HA | VTCR_HD);
    if (stage == 1)
      map1(w, 0, PAGE, D_PAGE | D_AF | D_RO | D_DBM);
    else
      map2(w, PAGE, (S2_PAGE & ~S2_W) | D_DBM);
    tw_response r = access(w, TW_ACCESS_READ, VA);
    cr_assert_eq(r.updates, 0);
    cr_assert_eq(access(w, TW_ACCESS_READ, VA).found, TW_FOUND_L1);
    r = access_at(w, TW_ACCESS_WRITE, TW_AT_BOTH);
    cr_assert_eq(r.found, TW_FOUND_L1, "an AT takes it as it is");
    cr_assert_eq(r.fault, 0);
    // a write walks from the walk cache of level 2. Stage 1: look-up and read of level 3, look-up and swap, look-up of
    // the output. Stage 2: look-up and read of level 3, look-up of the output (clean: a miss), read, swap.
    r = access(w, TW_ACCESS_WRITE, VA);
    cr_assert_eq(r.found, TW_FOUND_WALK);
    cr_assert_eq(r.fault, 0);
    cr_assert_eq(r.updates, 1);
    CYCLES(r, stage == 1 ? BEGUN + 3 * LOOK_UP + 2 * ACT : BEGUN + 2 * LOOK_UP + 3 * ACT);
    uint64_t descriptor = tw_memory_read(w->m.memory, stage == 1 ? leaf_place(0) : s2_descriptor(PAGE));
    cr_assert_eq(descriptor >> 7 & 1, stage == 1 ? 0 : 1);
    cr_assert_eq(access(w, TW_ACCESS_WRITE, VA).found, TW_FOUND_L1);
    // the L2 holds the dirty one alone: four others push the L1's out
    static const unsigned others[] = {1, 2, 3, 5};
    for (unsigned i = 0; i < 4; i++) {
      map1(w, others[i], PAGE, D_PAGE | D_AF);
      cr_assert_eq(access(w, TW_ACCESS_READ, VA + 0x1000ULL * others[i]).found, TW_FOUND_WALK);
    }
    cr_assert_eq(access(w, TW_ACCESS_WRITE, VA).found, TW_FOUND_L2);
    machine_free(&w->m);
  }
  // AF of stage 2: swapped in place, without a look-up
  watched *w = nested(4, 0, VTCR_HA);
  map2(w, PAGE, S2_PAGE & ~(uint64_t)D_AF);
  tw_response r = access(w, TW_ACCESS_READ, VA);
  CYCLES(r, BEGUN + 3 * (LOOK_UP + ACT) + 2 * ACT + ACT);
  cr_assert_eq(w->log[5].pa, s2_descriptor(PAGE));
  cr_assert_eq(w->log[5].stage2, 1);
  machine_free(&w->m);
}

Test(nested, faults) {
  // a table that stage 2 does not let be read: after the look-up and the read of its descriptor
  watched *w = nested(4, 0, 0);
  map2(w, TABLE, S2_PAGE & ~S2_R);
  tw_response r = access(w, TW_ACCESS_READ, VA + 0x1000);
  FAULT(r, 0x0f, 2, 1, TABLE + 8);
  CYCLES(r, BEGUN + 2 * (LOOK_UP + ACT) + ACT);
  cr_assert_eq(tw_par(&r), 0xb1f);
  cr_assert_eq(tw_esr(&r), 0x9200008f);
  cr_assert_eq(tw_hpfar(&r), TABLE >> 12 << 4);
  // one in Device memory, with HCR.PTW: by the IPA cache, which kept it whatever it allows
  map2(w, ROOT, S2_PAGE & ~S2_NORMAL);
  machine_tlbi(&w->m, TW_TLBI_ALL, 0, 0);
  w->m.registers.hcr |= HCR_PTW;
  machine_set(&w->m);
  for (unsigned i = 0; i < 2; i++) {
    r = access(w, TW_ACCESS_READ, VA);
    FAULT(r, 0x0f, 2, 1, ROOT + 8 * (VA >> 21));
    CYCLES(r, BEGUN + LOOK_UP + (i ? 0 : ACT));
  }
  machine_free(&w->m);

  // an output that stage 2 does not map; one beyond its 25 bits, known without a read
  w = nested(4, 0, 0);
  map1(w, 0, 0x40000, D_PAGE | D_AF);
  map1(w, 1, 1 << 25, D_PAGE | D_AF);
  r = access(w, TW_ACCESS_READ, VA + 0x10);
  FAULT(r, 0x07, 2, 0, 0x40010);
  cr_assert_eq(tw_par(&r), 0xa0f);
  cr_assert_eq(tw_hpfar(&r), 0x40 << 4);
  r = access(w, TW_ACCESS_READ, VA + 0x1000);
  FAULT(r, 0x04, 2, 0, 1 << 25);
  CYCLES(r, BEGUN + LOOK_UP + ACT + LOOK_UP);
  machine_free(&w->m);

  // a write to what stage 2 lets be read: filled all the same, and no IPA is told
  w = nested(4, 0, 0);
  map2(w, PAGE, S2_PAGE & ~S2_W);
  for (unsigned i = 0; i < 2; i++) {
    r = access(w, TW_ACCESS_WRITE, VA);
    cr_assert_eq(r.found, i ? TW_FOUND_L1 : TW_FOUND_WALK);
    FAULT(r, 0x0f, 2, 0, 0);
    cr_assert_eq(tw_hpfar(&r), 0);
  }
  // a fault of stage 1 comes first, ends the walk before the output is looked up and fills nothing
  map1(w, 1, PAGE, D_PAGE | D_AF | D_RO);
  for (unsigned i = 0; i < 2; i++) {
    r = access(w, TW_ACCESS_WRITE, VA + 0x1000);
    cr_assert_eq(r.found, TW_FOUND_WALK);
    FAULT(r, 0x0f, 1, 0, 0);
    CYCLES(r, BEGUN + LOOK_UP + ACT);
    cr_assert_eq(r.size_log2, 12);
  }
  machine_free(&w->m);
}

Test(nested, worlds_keep_their_entries) {
  watched *w = nested(4, 0, 0);
  static const struct {
    uint64_t vmid;
    uint8_t regime, found;
  } steps[] = {{1, TW_REGIME_EL10, TW_FOUND_WALK}, {1, TW_REGIME_EL10, TW_FOUND_L1},
               {2, TW_REGIME_EL10, TW_FOUND_WALK}, {1, TW_REGIME_EL10, TW_FOUND_L1},
               {1, TW_REGIME_EL20, TW_FOUND_WALK}, {2, TW_REGIME_EL10, TW_FOUND_L1},
               {2, TW_REGIME_EL20, TW_FOUND_L1}}; // EL2&0 has no VMID
  // EL2&0 reads the same tables at their physical addresses
  tw_memory_write(w->m.memory, ROOT + 8 * (VA >> 21), TABLE | D_TABLE);
  tw_memory_write(w->m.memory, TABLE, 0x55000 | D_PAGE | D_AF);
  for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
    w->m.registers.vttbr = STAGE2 | steps[i].vmid << 48;
    w->m.registers.regime = steps[i].regime;
    machine_set(&w->m);
    tw_response r = access(w, TW_ACCESS_READ, VA);
    cr_assert_eq(r.found, steps[i].found, "step %u: found %u", i, r.found);
    cr_assert_eq(r.pa, steps[i].regime == TW_REGIME_EL10 ? PAGE + OFFSET : 0x55000);
  }
  // three of the four places are taken: the second of two more puts out the least recently used, though it is of
  // another world (VMID 1, last used in step 3)
  w->m.registers.regime = TW_REGIME_EL10;
  machine_set(&w->m);
  for (unsigned i = 1; i < 3; i++) {
    map1(w, i, PAGE, D_PAGE | D_AF);
    (void)access(w, TW_ACCESS_READ, VA + 0x1000ULL * i);
  }
  cr_assert_eq(access(w, TW_ACCESS_READ, VA).found, TW_FOUND_L1);
  w->m.registers.vttbr = STAGE2 | 1ULL << 48;
  machine_set(&w->m);
  cr_assert_neq(access(w, TW_ACCESS_READ, VA).found, TW_FOUND_L1);
  machine_free(&w->m);
}

// Each stage has a byte order of its own: the same cycles and answers, and swaps of what stands in memory.
Test(nested, byte_order) {
  const uint64_t leaf1 = PAGE | D_PAGE | D_RO | D_DBM, dirty1 = PAGE | D_PAGE | D_DBM | D_AF;
  const uint64_t leaf2 = ((PAGE + OFFSET) | S2_PAGE | D_DBM) & ~(S2_W | D_AF),
                 dirty2 = (PAGE + OFFSET) | S2_PAGE | D_DBM;
  for (unsigned order = 0; order < 4; order++) {
    watched *w = nested(4, TCR_HA | TCR_HD, VTCR_HA | VTCR_HD);
    bool big1 = order & 1, big2 = order & 2;
    w->m.registers.sctlr |= big1 ? 1 << 25 : 0; // EE
    w->m.registers.ee2 = big2;
    machine_set(&w->m);
    map1(w, 0, 0, leaf1);
    tw_memory_write(w->m.memory, s2_descriptor(PAGE), leaf2);
    const struct {
      uint64_t pa;
      bool big;
    } words[] = {{ROOT + OFFSET + 8 * (VA >> 21), big1},
                 {leaf_place(0), big1},
                 {s2_descriptor(ROOT), big2},
                 {s2_descriptor(TABLE), big2},
                 {s2_descriptor(PAGE), big2}};
    for (unsigned i = 0; i < 5; i++)
      if (words[i].big)
        tw_memory_write(w->m.memory, words[i].pa, __builtin_bswap64(tw_memory_read(w->m.memory, words[i].pa)));
    tw_response r = access(w, TW_ACCESS_WRITE, VA + 0x10);
    cr_assert_eq(r.fault, 0, "order %u: 0x%x", order, r.fsc);
    cr_assert_eq(r.pa, PAGE + OFFSET + 0x10);
    cr_assert_eq(r.updates, 2);
    // the root, the table, the leaf's swap by its page's kept translation, the output with a swap
    CYCLES(r, BEGUN + 2 * (LOOK_UP + 2 * ACT) + LOOK_UP + ACT + LOOK_UP + 2 * ACT);
    cr_assert_eq(w->accesses, 7);
    const tw_mem_request *swap1 = &w->log[4], *swap2 = &w->log[6];
    cr_assert(swap1->kind == TW_MEM_COMPARE_SWAP && !swap1->stage2 && swap1->pa == leaf_place(0));
    cr_assert_eq(swap1->expected, big1 ? __builtin_bswap64(leaf1) : leaf1);
    cr_assert_eq(swap1->desired, big1 ? __builtin_bswap64(dirty1) : dirty1);
    cr_assert(swap2->kind == TW_MEM_COMPARE_SWAP && swap2->stage2 && swap2->pa == s2_descriptor(PAGE));
    cr_assert_eq(swap2->expected, big2 ? __builtin_bswap64(leaf2) : leaf2);
    cr_assert_eq(swap2->desired, big2 ? __builtin_bswap64(dirty2) : dirty2);
    machine_free(&w->m);
  }
}
