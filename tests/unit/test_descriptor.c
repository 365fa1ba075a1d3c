// Descriptors of every stage 1 format, decoded; the values are worked out from the architecture's tables.
#include <criterion/criterion.h>
#include <string.h>

#include "attributes.h"
#include "descriptor.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define BIT(n) ((uint64_t)1 << (n))

enum { RW_PRIVILEGED = TW_PR | TW_PW, RW_ALL = TW_PR | TW_PW | TW_UR | TW_UW, XN = TW_PXN | TW_UXN };

static tw_regime regime_of(const tw_registers *registers, unsigned pa_bits, unsigned armv7) {
  tw_mmu_config config = {.pa_bits = pa_bits, .armv7 = armv7, .l2.sizes = UINT64_MAX, .bbm = 1};
  tw_regime regime;
  memset(&regime, 0, sizeof regime);
  tw_regime_decode(&regime, registers, &config);
  return regime;
}

static tw_descriptor decode(const tw_regime *regime, const tw_request *request, int level, tw_table_bits above,
                            uint64_t bits) {
  const tw_half *half = tw_regime_half(regime, request->va);
  tw_descriptor_read read = {regime, half, request, request->va & regime->va_mask, level, above};
  return half->format->decode(&read, bits);
}

// Linux's SCTLR.TRE set-up: PRRR 0xff0a81a8, NMRR 0x40e040e0.
#define REMAP 0x40e040e0ff0a81a8ULL

Test(descriptor, short_leaves) {
  enum { TRE = 1 << 28, AFE = 1 << 29 };
  static const struct {
    const char *name;
    uint32_t sctlr;
    int level;
    uint32_t va, bits;
    uint64_t pa;
    uint8_t size, attr, sh, permission, domain, global;
  } cases[] = {
      {"kernel section", 0, 1, 0xc0123456, 0x8001140e, 0x80023456, 20, 0xff, 2, RW_PRIVILEGED, 0, 1},
      {"the same remapped", TRE, 1, 0xc0123456, 0x8001140e, 0x80023456, 20, 0xff, 3, RW_PRIVILEGED, 0, 1},
      {"remap 3, not shared, AFE", TRE | AFE, 1, 0, 0x8000040e, 0x80000000, 20, 0xee, 0, RW_PRIVILEGED, 0, 1},
      {"AFE: AP[2:1] = 11", AFE, 1, 0, 0x80008c02, 0x80000000, 20, 0x00, 2, TW_PR | TW_UR, 0, 1},
      {"remap 1: uncached", TRE, 1, 0, 0x80000406, 0x80000000, 20, 0x44, 2, RW_PRIVILEGED, 0, 1},
      {"remap 4: device", TRE, 1, 0, 0x80001402, 0x80000000, 20, 0x04, 2, RW_PRIVILEGED, 0, 1},
      {"supersection", 0, 1, 0x12345678, 0x67540c42, 0x2567345678, 24, 0x00, 2, RW_ALL, 0, 1},
      {"nG, XN, domain 15", 0, 1, 4, 0x00128df2, 0x00100004, 20, 0x00, 2, TW_PR | TW_UR | XN, 15, 0},
      {"PXN section", 0, 1, 0, 0x00200803, 0x00200000, 20, 0x00, 2, TW_PR | TW_PW | TW_UR | TW_PXN, 0, 1},
      {"no access", 0, 1, 0, 0x00200002, 0x00200000, 20, 0x00, 2, 0, 0, 1},
      {"large page", 0, 2, 0xfedc, 0xabcd9a1d, 0xabcdfedc, 16, 0xff, 0, TW_PR | XN, 3, 0},
      {"small page", 0, 2, 0x321, 0x1234557a, 0x12345321, 12, 0xfa, 2, RW_ALL, 3, 1},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_registers registers = {.regime = TW_REGIME_PL10, .sctlr = 1 | cases[i].sctlr, .mair = REMAP};
    tw_regime regime = regime_of(&registers, 40, 0);
    tw_request request = {.va = cases[i].va};
    tw_descriptor d = decode(&regime, &request, cases[i].level, (tw_table_bits){.domain = 3}, cases[i].bits);
    cr_assert_eq(d.kind, TW_DESCRIPTOR_LEAF, "%s", cases[i].name);
    cr_assert_eq(d.leaf.pa, cases[i].pa, "%s: 0x%lx", cases[i].name, (unsigned long)d.leaf.pa);
    cr_assert_eq(d.leaf.size, cases[i].size, "%s: size %u", cases[i].name, d.leaf.size);
    cr_assert_eq(d.leaf.attr, cases[i].attr, "%s: attr 0x%x", cases[i].name, d.leaf.attr);
    cr_assert_eq(d.leaf.sh, cases[i].sh, "%s: sh %u", cases[i].name, d.leaf.sh);
    cr_assert_eq(d.leaf.permission, cases[i].permission, "%s: 0x%x", cases[i].name, d.leaf.permission);
    cr_assert_eq(d.leaf.domain, cases[i].domain, "%s: domain %u", cases[i].name, d.leaf.domain);
    cr_assert_eq(d.leaf.global, cases[i].global, "%s", cases[i].name);
  }
}

Test(descriptor, short_tables_faults_and_addresses) {
  tw_registers registers = {
      .regime = TW_REGIME_PL10, .sctlr = 1 | BIT(29), .tcr = 2, .ttbr0 = 0x40001234, .ttbr1 = 0x8000700f};
  tw_regime regime = regime_of(&registers, 40, 0);
  tw_request request = {.va = 0};
  tw_descriptor d = decode(&regime, &request, 1, (tw_table_bits){0}, 0x45678c65);
  cr_assert_eq(d.kind, TW_DESCRIPTOR_TABLE);
  cr_assert_eq(d.next, 0x45678c00);
  cr_assert(d.table.pxn && d.table.domain == 3);
  static const struct {
    int level;
    uint32_t bits;
    uint8_t fsc;
  } faults[] = {{1, 0xfffffffc, TW_FSC_TRANSLATION},
                {2, 0xfffffffc, TW_FSC_TRANSLATION},
                {1, 0x8001180e, TW_FSC_ACCESS_FLAG},
                {2, 0x8000002e, TW_FSC_ACCESS_FLAG}};
  for (unsigned i = 0; i < COUNT(faults); i++) {
    d = decode(&regime, &request, faults[i].level, (tw_table_bits){0}, faults[i].bits);
    cr_assert_eq(d.kind, TW_DESCRIPTOR_FAULT, "fault %u", i);
    cr_assert_eq(d.fsc, faults[i].fsc, "fault %u", i);
  }
  // N = 2: the lowest quarter of the addresses is TTBR0's, in a table of 4 KiB
  const tw_half *low = tw_regime_half(&regime, 0x3fffffff), *high = tw_regime_half(&regime, 0x40000000);
  cr_assert_eq(low->format->address(low, low->base, 1, 0x3fffffff), 0x40001ffc);
  cr_assert_eq(high->format->address(high, high->base, 1, 0x40000000), 0x80005000);
  cr_assert_eq(high->format->address(high, 0x45678c00, 2, 0x400ff000), 0x45678ffc);
}

Test(descriptor, long_addresses_and_sizes) {
  enum { FAULT = TW_DESCRIPTOR_FAULT, TABLE = TW_DESCRIPTOR_TABLE, LEAF = TW_DESCRIPTOR_LEAF };
  const uint64_t lpa2 = BIT(59) | 6ULL << 32 | 3 << 12 | 12, ips48 = 5ULL << 32 | 16, tg16k = 2 << 14, tg64k = 1 << 14;
  const struct {
    const char *name;
    unsigned pa_bits;
    uint64_t tcr;
    int level;
    uint64_t bits, va;
    int kind;
    uint64_t address;
    unsigned size; ///< of a fault: its code
  } cases[] = {
      {"LPA2 table", 52, lpa2, -1, 0x1000abcdef203, 0, TABLE, 0x9000abcdef000, 0},
      {"LPA2 512G block", 52, lpa2, 0, BIT(52) | 0x3008000000601, 0x1234567890, LEAF, 0xb009234567890, 39},
      {"LPA2 page", 52, lpa2, 3, 0x2000000001703, 0xabc, LEAF, 0xe000000001abc, 12},
      {"512G block without LPA2", 48, ips48, 0, 0x8000000401, 0, FAULT, 0, TW_FSC_TRANSLATION},
      {"LPA2 needs 52 bits", 48, lpa2 + 4, 0, 0x8000000401, 0, FAULT, 0, TW_FSC_TRANSLATION},
      {"block at level -1", 52, lpa2, -1, 0x401, 0, FAULT, 0, TW_FSC_TRANSLATION},
      {"16K 64G block, LPA2", 52, lpa2 | tg16k, 1, 0x3000000401, 0x5, LEAF, 0x3000000005, 36},
      {"16K 64G block", 52, ips48 | tg16k, 1, 0x3000000401, 0x5, FAULT, 0, TW_FSC_TRANSLATION},
      {"64K 4T block", 52, (6ULL << 32 | 12) | tg64k, 1, 0x4000000f401, 0x7, LEAF, 0xf040000000007, 42},
      {"64K 4T block, 48 bits", 48, ips48 | tg64k, 1, 0x40000000401, 0x7, FAULT, 0, TW_FSC_TRANSLATION},
      {"64K page, 52 bits", 52, (6ULL << 32 | 12) | tg64k, 3, 0x1234a403, 0xffff, LEAF, 0xa00001234ffff, 16},
      {"64K 512M contiguous", 48, ips48 | 1 | tg64k, 2, BIT(52) | 0x20000401, 0, LEAF, 0x20000000, 34},
      {"64K contiguous pages", 48, ips48 | 1 | tg64k, 3, BIT(52) | 0x10403, 0, LEAF, 0x10000, 21},
      {"16K contiguous pages", 48, ips48 | tg16k, 3, BIT(52) | 0x4403, 0, LEAF, 0x4000, 21},
      {"16K contiguous blocks", 48, ips48 | tg16k, 2, BIT(52) | 0x2000401, 0, LEAF, 0x2000000, 30},
      {"4K contiguous pages", 48, ips48, 3, BIT(52) | 0x1403, 0x10, LEAF, 0x1010, 16},
      {"4K contiguous 2M", 48, ips48, 2, BIT(52) | 0x200401, 0, LEAF, 0x200000, 25},
      {"4K contiguous 1G", 48, ips48, 1, BIT(52) | 0x40000401, 0, LEAF, 0x40000000, 34},
      {"group larger than the input", 48, 5ULL << 32 | 31, 1, BIT(52) | 0x40000401, 0, LEAF, 0x40000000, 30},
      {"page beyond IPS", 48, 16, 3, 0x100000403, 0, FAULT, 0, TW_FSC_ADDRESS_SIZE},
      {"table beyond IPS", 48, 16, 1, 0x100000003, 0, FAULT, 0, TW_FSC_ADDRESS_SIZE},
      {"level 3 reserved", 48, ips48, 3, 0x1401, 0, FAULT, 0, TW_FSC_TRANSLATION},
      {"invalid", 48, ips48, 3, 0x1402, 0, FAULT, 0, TW_FSC_TRANSLATION},
      {"no Access flag", 48, ips48, 3, 0x1003, 0, FAULT, 0, TW_FSC_ACCESS_FLAG},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_registers registers = {.sctlr = 1, .tcr = cases[i].tcr, .mair = 0xff};
    tw_regime regime = regime_of(&registers, cases[i].pa_bits, 0);
    tw_request request = {.va = cases[i].va};
    tw_descriptor d = decode(&regime, &request, cases[i].level, (tw_table_bits){0}, cases[i].bits);
    cr_assert_eq((int)d.kind, cases[i].kind, "%s: kind %d", cases[i].name, (int)d.kind);
    uint64_t address = d.kind == TW_DESCRIPTOR_TABLE ? d.next : d.kind == TW_DESCRIPTOR_LEAF ? d.leaf.pa : 0;
    unsigned size = d.kind == TW_DESCRIPTOR_FAULT ? d.fsc : d.kind == TW_DESCRIPTOR_LEAF ? d.leaf.size : 0;
    cr_assert_eq(address, cases[i].address, "%s: 0x%lx", cases[i].name, (unsigned long)address);
    cr_assert_eq(size, cases[i].size, "%s: %u", cases[i].name, size);
    if (d.kind == TW_DESCRIPTOR_LEAF && cases[i].tcr & BIT(59))
      cr_assert_eq(d.leaf.sh, 3, "%s: shareability is TCR's", cases[i].name);
  }
}

Test(descriptor, long_updates) {
  enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE };
  const uint64_t ha = BIT(39), hd = BIT(40), clean = BIT(51) | 0x783; // read-only with DBM: clean
  const struct {
    const char *name;
    uint64_t tcr, bits;
    uint8_t kind, el, pan, at, above_ap;
    uint64_t wanted; ///< equal to `bits`: no update
    bool leaf_clean;
    uint8_t permission;
  } cases[] = {
      {"Access flag", ha, 0x303, READ, 1, 0, 0, 0, 0x703, false, RW_PRIVILEGED},
      {"Access flag by AT", ha, 0x303, READ, 1, 0, 1, 0, 0x703, false, RW_PRIVILEGED},
      {"dirty", ha | hd, clean, WRITE, 1, 0, 0, 0, BIT(51) | 0x703, true, RW_PRIVILEGED},
      {"read leaves it clean", ha | hd, clean, READ, 1, 0, 0, 0, clean, true, RW_PRIVILEGED},
      {"AT leaves it clean", ha | hd, clean, WRITE, 1, 0, 1, 0, clean, true, RW_PRIVILEGED},
      {"not allowed: EL0", ha | hd, clean, WRITE, 0, 0, 0, 0, clean, true, RW_PRIVILEGED},
      {"not allowed: PAN", ha | hd, clean | 0x40, WRITE, 1, 1, 0, 0, clean | 0x40, true, RW_ALL},
      {"EL0", ha | hd, clean | 0x40, WRITE, 0, 1, 0, 0, BIT(51) | 0x743, true, RW_ALL},
      {"both at once", ha | hd, BIT(51) | 0x383, WRITE, 1, 0, 0, 0, BIT(51) | 0x703, true, RW_PRIVILEGED},
      {"HA alone", ha, clean, WRITE, 1, 0, 0, 0, clean, false, TW_PR},
      {"HD alone", hd, clean, WRITE, 1, 0, 0, 0, clean, false, TW_PR},
      {"APTable[1]", ha | hd, clean, WRITE, 1, 0, 0, 2, clean, false, TW_PR},
      {"APTable[0]", ha | hd, clean | 0x40, WRITE, 0, 0, 0, 1, clean | 0x40, true, RW_PRIVILEGED},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_registers registers = {.sctlr = 1, .tcr = 5ULL << 32 | 16 | cases[i].tcr, .mair = 0xff};
    tw_regime regime = regime_of(&registers, 48, 0);
    tw_request request = {.kind = cases[i].kind, .el = cases[i].el, .pan = cases[i].pan, .at = cases[i].at};
    tw_descriptor d = decode(&regime, &request, 3, (tw_table_bits){.ap = cases[i].above_ap}, cases[i].bits);
    bool update = cases[i].wanted != cases[i].bits;
    cr_assert_eq(d.kind, update ? TW_DESCRIPTOR_UPDATE : TW_DESCRIPTOR_LEAF, "%s", cases[i].name);
    cr_assert_eq(d.desired, cases[i].wanted, "%s: 0x%lx", cases[i].name, (unsigned long)d.desired);
    if (update)
      d = decode(&regime, &request, 3, (tw_table_bits){.ap = cases[i].above_ap}, d.desired);
    bool set_dirty = update && cases[i].leaf_clean;
    cr_assert_eq(d.kind, TW_DESCRIPTOR_LEAF, "%s: once updated, no more", cases[i].name);
    cr_assert_eq(d.leaf.clean, cases[i].leaf_clean && !set_dirty, "%s", cases[i].name);
    cr_assert_eq(d.leaf.permission, cases[i].permission, "%s: 0x%x", cases[i].name, d.leaf.permission);
  }
}

Test(descriptor, long_in_other_regimes) {
  tw_registers el2 = {.regime = TW_REGIME_EL2, .sctlr = 1, .tcr = 5 << 16 | 16, .mair = 0xff};
  tw_regime regime = regime_of(&el2, 48, 0);
  tw_request request = {.va = 0x1000};
  tw_descriptor d = decode(&regime, &request, 3, (tw_table_bits){0}, BIT(54) | 0x1f43);
  cr_assert_eq(d.leaf.permission, RW_PRIVILEGED | XN, "AP[1] means nothing, XN is bit 54");
  cr_assert(d.leaf.global, "EL2 has no ASID");
  cr_assert(regime.half[1].none);
  d = decode(&regime, &request, 1, (tw_table_bits){0}, 31ULL << 59 | 0x1003);
  cr_assert(d.table.ap == 2 && d.table.uxn && !d.table.pxn);
  d = decode(&regime, &request, 2, (tw_table_bits){0}, BIT(16) | 0x200701);
  cr_assert(!d.leaf.held, "a block with nT");

  tw_registers lpae = {.regime = TW_REGIME_PL10, .sctlr = 1, .tcr = BIT(31) | 1 << 16 | 2, .mair = 0xff};
  regime = regime_of(&lpae, 40, 0);
  cr_assert_eq(tw_regime_half(&regime, 0x3fffffff), &regime.half[0]);
  cr_assert_eq(tw_regime_half(&regime, 0x80000000), &regime.half[1]);
  cr_assert(tw_regime_half(&regime, 0x40000000)->none);
  cr_assert_eq(regime.half[0].start_level, 2);
  cr_assert_eq(regime.half[1].start_level, 1);
  d = decode(&regime, &request, 3, (tw_table_bits){0}, BIT(40) | BIT(54) | 0x1703);
  cr_assert(d.kind == TW_DESCRIPTOR_FAULT && d.fsc == TW_FSC_ADDRESS_SIZE);
  regime = regime_of(&lpae, 40, 1);
  d = decode(&regime, &request, 3, (tw_table_bits){0}, BIT(40) | BIT(54) | 0x1703);
  cr_assert(d.kind == TW_DESCRIPTOR_LEAF && d.leaf.pa == 0x1000, "ARMv7 ignores address bits 47:40");
  cr_assert_eq(d.leaf.permission, RW_PRIVILEGED | XN);
}
