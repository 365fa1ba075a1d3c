// TLBI: how operands are read, and what each operation drops of TLBs, walk caches and the IPA cache.
#include <criterion/criterion.h>

#include "machine.h"
#include "maintenance.h"

enum { EL2 = TW_TLBI_EL2, A32 = TW_TLBI_AARCH32, RANGE = TW_TLBI_RANGE, ANY = TW_ANY_LEVEL };
#define TG4K (1ULL << 46)
#define TG64K (3ULL << 46)
#define SCALE(n) ((uint64_t)(n) << 44)
#define NUM(n) ((uint64_t)(n) << 39)
#define TTL(n) ((uint64_t)(n) << 44)
#define ASID(n) ((uint64_t)(n) << 48)
#define BELOW_37(low) ((1ULL << 37) - (1ULL << (low))) // bits 36 to low
#define LAST_PAGE ((1ULL << 40) - 1)

Test(maintenance, operands) {
  static const struct {
    unsigned op;
    uint64_t operand;
    bool ds;
    bool half;
    uint16_t asid;
    uint8_t level;
    uint64_t first, last;
  } cases[] = {
      {TW_TLBI_VA, ASID(7) | 1ULL << 43 | 0x12345, false, true, 7, ANY, 0x12345, 0x12345},
      {TW_TLBI_VA, TTL(0x7) | 1, false, false, 0, 3, 1, 1},
      {TW_TLBI_VA, TTL(0x4) | 1, false, false, 0, 0, 1, 1},   // 4K, level 0
      {TW_TLBI_VA, TTL(0x3) | 1, false, false, 0, ANY, 1, 1}, // no granule: no level
      {TW_TLBI_VA, TTL(0x8) | 1, false, false, 0, ANY, 1, 1}, // 16K, level 0
      {TW_TLBI_VA, TTL(0xd) | 1, false, false, 0, 1, 1, 1},
      {TW_TLBI_IPAS2, TTL(0xe) | 1ULL << 43 | 5, false, false, 0, 2, 5, 5},
      {TW_TLBI_VA | A32, 0xabcde0ff, false, false, 0xff, ANY, 0xabcde, 0xabcde},
      {TW_TLBI_IPAS2 | A32, 0xffedcba, false, false, 0xba, ANY, 0xffedcba, 0xffedcba},
      {TW_TLBI_ASID | A32, 0x1234, false, false, 0x34, ANY, 0, 0},
      // 4K: (NUM + 1) << (5 SCALE + 1) pages
      {TW_TLBI_VA | RANGE, TG4K | 0x100, false, false, 0, ANY, 0x100, 0x101},
      {TW_TLBI_VAA | RANGE, TG4K | SCALE(1) | NUM(2) | 0x100, false, false, 0, ANY, 0x100, 0x1bf},
      {TW_TLBI_VA | RANGE, ASID(9) | TG64K | NUM(1) | 3ULL << 37 | 2, false, false, 9, 3, 0x20, 0x5f},
      // DS: the base is in units of 64 KiB, the granules are not
      {TW_TLBI_VA | RANGE, TG4K | 0x10, true, false, 0, ANY, 0x100, 0x101},
      // the upper half; the end is clamped
      {TW_TLBI_VA | RANGE, TG4K | BELOW_37(1), false, true, 0, ANY, LAST_PAGE - 1, LAST_PAGE},
      {TW_TLBI_VA | RANGE, TG4K | NUM(9) | BELOW_37(0), false, true, 0, ANY, LAST_PAGE, LAST_PAGE},
      {TW_TLBI_IPAS2 | RANGE, TG4K | 1ULL << 36, false, false, 0, ANY, 1ULL << 36, (1ULL << 36) + 1},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    const tw_tlbi tlbi = {.op = (uint8_t)cases[i].op, .operand = cases[i].operand};
    const tw_maintenance_context context = {.va_ds = cases[i].ds};
    tw_maintenance m = tw_maintenance_decode(&tlbi, &context);
    cr_assert_eq(m.what, cases[i].op & 15, "case %u", i);
    cr_assert_eq(m.half, cases[i].half, "case %u", i);
    cr_assert_eq(m.level, cases[i].level, "case %u: level %u", i, m.level);
    cr_assert_eq(m.first, cases[i].first, "case %u: first 0x%llx", i, (unsigned long long)m.first);
    cr_assert_eq(m.last, cases[i].last, "case %u: last 0x%llx", i, (unsigned long long)m.last);
    if (cases[i].op != (TW_TLBI_IPAS2 | A32))
      cr_assert_eq(m.asid, cases[i].asid, "case %u", i);
  }
}

// What is dropped: a letter for each of T a TLB entry, G a global one, W a walk cache entry, I an entry of the IPA
// cache. They map pages 0x200 to 0x3ff; ASID 7, VMID 5, lower half; leaves of level 2 in a table of level 1.
static void dropped(char *found, const tw_tlbi *tlbi, uint32_t world, uint16_t vmid) {
  const tw_maintenance_context context = {.vmid = 5};
  tw_maintenance m = tw_maintenance_decode(tlbi, &context);
  uint64_t va = TW_KEY_VALID | tw_key_va(0x200000), key = va | 7ULL << TW_KEY_ASID_SHIFT;
  tw_translation t = {.span = tw_key_mask(21), .size = 12, .level = 2}, global = t;
  global.global = 1;
  *found = 0;
  if (tw_maintenance_drops(&m, world, key, &t))
    *found++ = 'T';
  if (tw_maintenance_drops(&m, world, key, &global))
    *found++ = 'G';
  if (tw_maintenance_drops_table(&m, world, key, TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(30)))
    *found++ = 'W';
  if (tw_maintenance_drops_stage2(&m, va | (uint64_t)vmid << TW_KEY_ASID_SHIFT,
                                  TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(21), 2))
    *found++ = 'I';
  *found = 0;
}

Test(maintenance, what_each_drops) {
  static const struct {
    unsigned op;
    uint64_t operand;
    unsigned regime;
    uint16_t vmid;
    const char *dropped;
  } cases[] = {
      // whose worlds
      {TW_TLBI_ALL, 0, 0, 5, "TGWI"},
      {TW_TLBI_ALL, 0, 3, 6, "TGWI"}, // every VMID
      {TW_TLBI_ALL, 0, 1, 5, "I"},
      {TW_TLBI_ALL | EL2, 0, 1, 5, "TGW"},
      {TW_TLBI_ALL | EL2, 0, 2, 5, "TGW"},
      {TW_TLBI_ALL | EL2, 0, 0, 5, ""},
      {TW_TLBI_VMALL, 0, 0, 5, "TGW"},
      {TW_TLBI_VMALL, 0, 0, 6, ""},
      {TW_TLBI_VMALL | EL2, 0, 2, 0, "TGW"},
      {TW_TLBI_VMALLS12, 0, 0, 5, "TGWI"},
      {TW_TLBI_VMALLS12, 0, 0, 6, ""},
      {TW_TLBI_VMALLS12 | EL2, 0, 1, 5, "TGW"},
      {TW_TLBI_VMALL | TW_TLBI_X86, 0, 4, 0, "TGW"},
      {TW_TLBI_VMALL | TW_TLBI_X86, 0, 0, 5, ""},
      // ASIDs
      {TW_TLBI_ASID, ASID(7), 0, 5, "TW"},
      {TW_TLBI_ASID, ASID(7), 0, 6, ""},
      {TW_TLBI_ASID, ASID(0x107), 0, 5, ""}, // all 16 bits
      {TW_TLBI_ASID | A32, 0x107, 3, 5, "TW"},
      // addresses: the span counts, not the entry
      {TW_TLBI_VA, ASID(7) | 0x2ff, 0, 5, "TGW"},
      {TW_TLBI_VA, ASID(8) | 0x200, 0, 5, "G"},
      {TW_TLBI_VA, ASID(7) | 0x400, 0, 5, "W"}, // the same table's
      {TW_TLBI_VA, ASID(7) | 0x40000, 0, 5, ""},
      {TW_TLBI_VA, ASID(7) | 1ULL << 43 | 0x200, 0, 5, ""},
      {TW_TLBI_VAA, ASID(8) | 0x3ff, 0, 5, "TGW"},
      {TW_TLBI_VAL, ASID(7) | 0x200, 0, 5, "TG"},
      {TW_TLBI_VAAL, 0x200, 0, 5, "TG"},
      {TW_TLBI_VA | A32, 0x200007, 3, 5, "TGW"},
      {TW_TLBI_VA | EL2, ASID(7) | 0x200, 2, 0, "TGW"},
      {TW_TLBI_VA, ASID(7) | 0x200, 0, 6, ""},
      // levels
      {TW_TLBI_VAA, TTL(6) | 0x200, 0, 5, "TGW"},
      {TW_TLBI_VAA, TTL(7) | 0x200, 0, 5, "W"},
      // ranges: just before, the last page of one and the first of another
      {TW_TLBI_VAA | RANGE, TG4K | 0x1fe, 0, 5, "W"},
      {TW_TLBI_VAA | RANGE, TG4K | 0x1ff, 0, 5, "TGW"},
      {TW_TLBI_VAAL | RANGE, TG4K | 0x3ff, 0, 5, "TG"},
      {TW_TLBI_VAAL | RANGE, TG4K | 0x400, 0, 5, ""},
      {TW_TLBI_VAAL | RANGE, 0x200, 0, 5, ""}, // no granule
      {TW_TLBI_ASID | RANGE, TG4K | ASID(7), 0, 5, ""},
      // stage 2
      {TW_TLBI_IPAS2, 0x3ff, 0, 5, "I"},
      {TW_TLBI_IPAS2L, 0x200, 0, 5, "I"},
      {TW_TLBI_IPAS2, 0x200, 0, 6, ""},
      {TW_TLBI_IPAS2, 0x400, 0, 5, ""},
      {TW_TLBI_IPAS2, TTL(7) | 0x200, 0, 5, ""},
      {TW_TLBI_IPAS2L | RANGE, TG4K | 0x1ff, 0, 5, "I"},
      {TW_TLBI_WHATS, 0x200, 0, 5, ""},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    char found[8];
    uint16_t vmid = cases[i].regime % 3 ? 0 : cases[i].vmid; // only EL1&0 and PL1&0 have one
    const tw_tlbi tlbi = {.op = (uint8_t)cases[i].op, .operand = cases[i].operand};
    dropped(found, &tlbi, tw_world(cases[i].regime, vmid), cases[i].vmid);
    cr_assert_str_eq(found, cases[i].dropped, "case %u: %s", i, found);
  }
}

Test(maintenance, sleeping_worlds_are_reached) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  machine_map(&m, 0xffff000000400000ULL, 3, 0x50000000 | D_AF | D_PAGE);
  for (unsigned all = 0; all < 2; all++) {
    m.registers.vttbr = 1ULL << 48;
    machine_set(&m);
    machine_read(&m, 0xffff000000400000ULL);
    m.registers.vttbr = 2ULL << 48;
    machine_set(&m);
    machine_tlbi(&m, all ? TW_TLBI_ALL : TW_TLBI_VMALL, 0, 0);
    m.registers.vttbr = 1ULL << 48;
    machine_set(&m);
    cr_assert_eq(machine_read(&m, 0xffff000000400000ULL).found, all ? TW_FOUND_WALK : TW_FOUND_L1);
  }
  machine_free(&m);
}
