// The break-before-make rules on hand-made streams: each has a case that fires and a twin that does not.
//
// 39 bits of VA at TTBR1, 4K pages. Page i of 512 at BASE + i * 4K is mapped to 0x48000000 + i * 4K.
#include <break_before_make.h>
#include <criterion/criterion.h>
#include <string.h>

#define BASE 0xffffff8000000000ULL
#define L1 0x40001000ULL
#define L2 0x40002000ULL
#define L3 0x40003000ULL
#define SPARE 0x40004000ULL // another table of level 3, not live at first
#define PAGE 0x0060000000000703ULL
#define BLOCK 0x0060000000000701ULL
#define CONTIGUOUS (1ULL << 52)
#define NT (1ULL << 16)
#define NG (1ULL << 11)
#define AF (1ULL << 10)
#define RO (1ULL << 7)
#define OLD (PAGE | 0x48005000)
#define NEW (PAGE | 0x49005000)
#define SLOT (L3 + 8 * 5)
#define BLOCK_SLOT (L2 + 8 * 1) // the block of 2M after the pages
#define BLOCK_VA (BASE + 0x200000)

typedef struct stream {
  tw_bbm *bbm;
  uint64_t table[4][512];
  tw_table_page page[4];
  tw_registers registers;
  tw_bbm_violation violation;
} stream;

static void section(stream *s, uint64_t ha) {
  tw_error error = {""};
  s->registers = (tw_registers){.sctlr = 0x30d0198d, .tcr = 0x280190099 | ha << 39, .ttbr1 = L1, .mair = 0x44ff};
  for (unsigned i = 0; i < 4; i++)
    s->page[i] = (tw_table_page){.pa = L1 + 4096 * i, .bytes = 4096, .data = (const uint8_t *)s->table[i]};
  s->table[0][0] = L2 | 3;
  s->table[1][0] = L3 | 3;
  s->table[1][1] = BLOCK | 0x50000000;
  for (uint64_t i = 0; i < 512; i++) {
    s->table[2][i] = PAGE | (0x48000000 + i * 4096);
    s->table[3][i] = PAGE | (0x50000000 + i * 4096); // as the block has it
  }
  cr_assert_eq(tw_bbm_section(s->bbm, false, &s->registers, s->page, 4, &error), 0, "%s", error.text);
}

static stream *new_stream(unsigned level) {
  stream *s = calloc(1, sizeof *s);
  s->bbm = tw_bbm_create(level);
  section(s, 0);
  return s;
}

static void end(stream *s) {
  tw_bbm_destroy(s->bbm);
  free(s);
}

static int put(stream *s, uint64_t pa, uint64_t value) {
  tw_error error = {""};
  int found = tw_bbm_write(s->bbm, pa, value, &s->violation, &error);
  cr_assert_geq(found, 0, "%s", error.text);
  return found;
}

static void quiet(stream *s, uint64_t pa, uint64_t value) {
  cr_expect_eq(put(s, pa, value), 0, "0x%llx: %s", (unsigned long long)value, tw_bbm_rule(&s->violation));
}

static void fires(stream *s, uint64_t pa, uint64_t value, const char *rule) {
  cr_expect_eq(put(s, pa, value), 1, "expected: %s", rule);
  cr_expect_str_eq(tw_bbm_rule(&s->violation), rule);
}

// TLBI op1=0 of inner shareable: 0 VMALLE1, 1 VAE1, 2 ASIDE1, 3 VAAE1, 5 VALE1, 7 VAALE1.
static void tlbi(stream *s, unsigned op2, uint64_t operand) {
  const tw_event event = {.kind = TW_EVENT_TLBI, .has_operand = true, .word = 0xd5088300 | op2 << 5, .value = operand};
  tw_bbm_tlbi(s->bbm, &event);
}

static uint64_t page_of(uint64_t va) { return va >> 12 & 0xfffffffffff; }

static const char output[] = "changed output without a break", size[] = "two live sizes",
                  attributes[] = "changed attributes without a break",
                  global[] = "global over non-global without a break", no_tlbi[] = "no TLBI between break and make";

// -- output --

Test(bbm, changed_output) {
  stream *s = new_stream(0);
  fires(s, SLOT, NEW, output);
  cr_expect_eq(s->violation.pa, SLOT);
  cr_expect_eq(s->violation.level, 3);
  cr_expect_eq(s->violation.first, BASE + 0x5000);
  cr_expect_eq(s->violation.last, BASE + 0x5fff);
  cr_expect_eq(s->violation.old_value, OLD);
  cr_expect_eq(s->violation.new_value, NEW);
  quiet(s, SLOT, NEW); // the same again says nothing new
  end(s);
}

Test(bbm, break_tlbi_make) {
  stream *s = new_stream(0);
  quiet(s, SLOT, 0);
  tlbi(s, 7, page_of(BASE + 0x5000));
  quiet(s, SLOT, NEW);
  const tw_bbm_counts *c = tw_bbm_counted(s->bbm);
  cr_expect_eq(c->broken, 1);
  cr_expect_eq(c->made, 1);
  cr_expect_eq(c->remade, 1);
  end(s);
}

Test(bbm, the_same_may_come_back_without_a_tlbi) {
  stream *s = new_stream(0);
  quiet(s, SLOT, 0);
  quiet(s, SLOT, OLD | RO);
  end(s);
}

Test(bbm, permissions_may_change) {
  stream *s = new_stream(0);
  const uint64_t free_bits = RO | 1ULL << 6 | 3ULL << 53 | 1ULL << 51 | 0xfULL << 55;
  quiet(s, SLOT, OLD ^ free_bits);
  quiet(s, SLOT, OLD & ~AF);
  quiet(s, SLOT, OLD);
  quiet(s, L2, L3 | 3 | 7ULL << 60); // APTable, PXNTable
  cr_expect_eq(tw_bbm_counted(s->bbm)->changed, 4);
  end(s);
}

Test(bbm, without_af_nothing_is_cached) {
  stream *s = new_stream(0);
  quiet(s, SLOT, 0);
  tlbi(s, 0, 0);
  quiet(s, SLOT, OLD & ~AF);
  quiet(s, SLOT, NEW);
  section(s, 1); // TCR_EL1.HA: the MMU may have set it
  quiet(s, SLOT, 0);
  tlbi(s, 0, 0);
  quiet(s, SLOT, OLD & ~AF);
  fires(s, SLOT, NEW, output);
  end(s);
}

// -- TLBIs --

Test(bbm, no_tlbi) {
  stream *s = new_stream(0);
  quiet(s, SLOT, 0);
  fires(s, SLOT, NEW, no_tlbi);
  cr_expect_eq(s->violation.change, TW_BBM_OUTPUT);
  end(s);
}

// Break page 5, TLBI, make: does it fire?
static int after_tlbi(unsigned op2, uint64_t operand, uint64_t old_bits) {
  stream *s = new_stream(0);
  s->registers.ttbr0 = 7ULL << 48; // the ASID
  tw_error error;
  cr_assert_eq(tw_bbm_section(s->bbm, false, &s->registers, s->page, 4, &error), 0);
  put(s, SLOT, 0);
  tlbi(s, 0, 0);
  put(s, SLOT, OLD | old_bits);
  put(s, SLOT, 0);
  tlbi(s, op2, operand);
  int found = put(s, SLOT, NEW | old_bits);
  end(s);
  return found;
}

Test(bbm, which_tlbi_covers) {
  const uint64_t page = page_of(BASE + 0x5000), asid = 7ULL << 48, other = 8ULL << 48;
  cr_expect_eq(after_tlbi(0, 0, 0), 0, "VMALLE1");
  cr_expect_eq(after_tlbi(1, page, 0), 0, "VAE1, global");
  cr_expect_eq(after_tlbi(1, page | other, 0), 0, "VAE1 of another ASID, global");
  cr_expect_eq(after_tlbi(1, page | asid, NG), 0, "VAE1");
  cr_expect_eq(after_tlbi(1, page | other, NG), 1, "VAE1 of another ASID");
  cr_expect_eq(after_tlbi(2, asid, NG), 0, "ASIDE1");
  cr_expect_eq(after_tlbi(2, other, NG), 1, "ASIDE1 of another ASID");
  cr_expect_eq(after_tlbi(2, asid, 0), 1, "ASIDE1 leaves global entries");
  cr_expect_eq(after_tlbi(3, page | other, NG), 0, "VAAE1");
  cr_expect_eq(after_tlbi(7, page, NG), 0, "VAALE1");
  cr_expect_eq(after_tlbi(7, page + 1, NG), 1, "VAALE1 of the next page");
  cr_expect_eq(after_tlbi(7, page & ~(1ULL << 43), 0), 1, "VAALE1 of the lower half");
  cr_expect_eq(after_tlbi(7, page | 7ULL << 44, 0), 0, "TTL: 4K, level 3");
  cr_expect_eq(after_tlbi(7, page | 6ULL << 44, 0), 1, "TTL: 4K, level 2");
}

static int after_word(uint32_t word, bool has_operand, uint64_t operand) {
  stream *s = new_stream(0);
  const tw_event event = {.kind = TW_EVENT_TLBI, .has_operand = has_operand, .word = word, .value = operand};
  put(s, SLOT, 0);
  tw_bbm_tlbi(s->bbm, &event);
  int found = put(s, SLOT, NEW);
  cr_expect_eq(tw_bbm_counted(s->bbm)->widened, !has_operand);
  end(s);
  return found;
}

Test(bbm, ranges_and_el2) {
  // RVAALE1IS: TG 4K, NUM 0, SCALE 0: two pages.
  const uint64_t range = 1ULL << 46, base = page_of(BASE) & 0x1fffffffff;
  cr_expect_eq(after_word(0xd50882e0, true, range | (base + 4)), 0, "RVAALE1IS of pages 4 and 5");
  cr_expect_eq(after_word(0xd50882e0, true, range | (base + 6)), 1, "RVAALE1IS of pages 6 and 7");
  cr_expect_eq(after_word(0xd50882e0, true, base + 4), 1, "RVAALE1IS without a granule");
  cr_expect_eq(after_word(0xd50c8380, true, 0), 0, "ALLE1IS");
  cr_expect_eq(after_word(0xd50c8300, true, 0), 1, "ALLE2IS");
  cr_expect_eq(after_word(0xd5088360, false, 0), 0, "VAAE1IS without its operand covers everything");
}

// -- size --

static const uint64_t in_block = 0x50000000;

Test(bbm, block_to_table) {
  stream *s = new_stream(0);
  fires(s, BLOCK_SLOT, SPARE | 3, size);
  cr_expect_eq(s->violation.level, 2);
  end(s);
  s = new_stream(0);
  quiet(s, BLOCK_SLOT, 0);
  tlbi(s, 7, page_of(BLOCK_VA + 0x123000)); // any page of the block takes all of it
  quiet(s, BLOCK_SLOT, SPARE | 3);
  end(s);
  s = new_stream(0);
  quiet(s, BLOCK_SLOT, 0);
  fires(s, BLOCK_SLOT, SPARE | 3, no_tlbi);
  cr_expect_eq(s->violation.change, TW_BBM_SIZE);
  end(s);
}

Test(bbm, table_to_block) {
  stream *s = new_stream(0);
  fires(s, L2, BLOCK | 0x48000000, size);
  end(s);
  s = new_stream(0);
  quiet(s, L2, 0);
  tlbi(s, 3, page_of(BASE)); // the table, and page 0; not the other pages
  fires(s, L2, BLOCK | 0x48000000, no_tlbi);
  end(s);
  s = new_stream(0);
  quiet(s, L2, 0);
  tlbi(s, 0, 0);
  quiet(s, L2, BLOCK | 0x48000000);
  end(s);
}

// An empty table's place needs no TLBI of its pages, but one that reaches walk caches.
Test(bbm, empty_table_to_block) {
  for (unsigned last_level = 0; last_level < 2; last_level++) {
    stream *s = new_stream(0);
    for (uint64_t i = 0; i < 512; i++)
      quiet(s, L3 + 8 * i, 0);
    tlbi(s, 0, 0);
    quiet(s, L2, 0);
    tlbi(s, last_level ? 7 : 3, page_of(BASE));
    cr_expect_eq(put(s, L2, BLOCK | 0x4c000000), (int)last_level);
    end(s);
  }
}

Test(bbm, another_table) {
  stream *s = new_stream(0);
  fires(s, L2, SPARE | 3, output);
  end(s);
  s = new_stream(0);
  quiet(s, L2, 0);
  tlbi(s, 0, 0);
  quiet(s, L2, SPARE | 3);
  fires(s, SPARE, PAGE | 0x48000000, output); // it is live now
  quiet(s, L3, 0);                            // and this one is not
  cr_expect_eq(tw_bbm_counted(s->bbm)->elsewhere, 1);
  end(s);
}

Test(bbm, contiguous_bit) {
  stream *s = new_stream(0);
  fires(s, SLOT, OLD | CONTIGUOUS, size);
  end(s);
  s = new_stream(2);
  quiet(s, SLOT, OLD | CONTIGUOUS);
  end(s);
}

Test(bbm, level_1_needs_nt) {
  stream *s = new_stream(1);
  fires(s, BLOCK_SLOT, SPARE | 3, size);
  end(s);
  s = new_stream(1);
  quiet(s, BLOCK_SLOT, BLOCK | NT | in_block);
  tlbi(s, 3, page_of(BLOCK_VA));
  quiet(s, BLOCK_SLOT, SPARE | 3);
  end(s);
  s = new_stream(1);
  quiet(s, BLOCK_SLOT, BLOCK | NT | in_block); // the block without nT may still be held
  fires(s, BLOCK_SLOT, SPARE | 3, size);
  cr_expect_eq(s->violation.old_value, BLOCK | in_block);
  end(s);
}

Test(bbm, level_2_sizes_may_change_outputs_not) {
  stream *s = new_stream(2);
  quiet(s, BLOCK_SLOT, SPARE | 3);
  quiet(s, BLOCK_SLOT, BLOCK | in_block);
  fires(s, BLOCK_SLOT, L3 | 3, output);                                   // the pages there lead elsewhere
  cr_expect_eq(s->violation.new_value & ~0x1ff000ULL, PAGE | 0x48000000); // one of the pages
  end(s);
}

// -- attributes, global --

Test(bbm, attributes) {
  stream *s = new_stream(0);
  fires(s, SLOT, OLD | 1 << 2, attributes); // MAIR 1: Normal Non-cacheable
  end(s);
  s = new_stream(0);
  fires(s, SLOT, OLD ^ 1 << 8, attributes); // shareability
  end(s);
  s = new_stream(0);
  s->registers.mair = 0xffff;
  tw_error error;
  cr_assert_eq(tw_bbm_section(s->bbm, false, &s->registers, s->page, 4, &error), 0);
  quiet(s, SLOT, OLD | 1 << 2); // another index of the same type
  quiet(s, SLOT, 0);
  tlbi(s, 7, page_of(BASE + 0x5000));
  quiet(s, SLOT, OLD ^ 1 << 8);
  end(s);
}

Test(bbm, global_over_non_global) {
  stream *s = new_stream(0);
  quiet(s, SLOT, OLD | NG); // the reverse is no violation
  tlbi(s, 0, 0);
  fires(s, SLOT, OLD, global);
  end(s);
  s = new_stream(0);
  quiet(s, SLOT, OLD | NG);
  quiet(s, SLOT, 0);
  tlbi(s, 3, page_of(BASE + 0x5000));
  quiet(s, SLOT, OLD);
  end(s);
}

// -- the rest --

Test(bbm, early_writes_are_the_image) {
  stream *s = new_stream(0);
  tw_error error;
  cr_assert_eq(tw_bbm_preset(s->bbm, SLOT, NEW, &error), 0);
  quiet(s, SLOT, NEW | RO);
  fires(s, SLOT, OLD, output);
  cr_expect_eq(tw_bbm_counted(s->bbm)->writes, 2);
  end(s);
}

Test(bbm, another_ttbr) {
  stream *s = new_stream(0);
  const tw_event msr = {
      .kind = TW_EVENT_REGISTER, .has_operand = true, .word = 0xd5182020, .value = 0x40008000}; // TTBR1_EL1
  tw_error error;
  cr_assert_eq(tw_bbm_register(s->bbm, &msr, &error), 0);
  quiet(s, SLOT, NEW);
  cr_expect_eq(tw_bbm_counted(s->bbm)->elsewhere, 1);
  end(s);
}

Test(bbm, lpae) {
  stream *s = new_stream(0);
  tw_error error = {""};
  s->registers = (tw_registers){.sctlr = 1, .tcr = 0xb5023500, .ttbr0 = 0x40009000, .ttbr1 = L2, .mair = 0x44ff};
  cr_assert_eq(tw_bbm_section(s->bbm, true, &s->registers, s->page, 4, &error), 0, "%s", error.text);
  fires(s, SLOT, NEW, output);
  cr_expect_eq(s->violation.first, 0xc0005000);
  // TLBIMVAAIS: MCR p15, 0, Rt, c8, c3, 3
  const tw_event event = {.kind = TW_EVENT_TLBI, .has_operand = true, .word = 0xee080f73, .value = 0xc0005000};
  quiet(s, SLOT, 0);
  tw_bbm_tlbi(s->bbm, &event);
  quiet(s, SLOT, OLD);
  end(s);
}

Test(bbm, a_table_that_leads_to_itself_ends) {
  stream *s = new_stream(0);
  tw_error error = {""};
  for (uint64_t i = 0; i < 512; i++)
    s->table[0][i] = L1 | 3;
  cr_expect_eq(tw_bbm_section(s->bbm, false, &s->registers, s->page, 4, &error), -1);
  cr_expect(strstr(error.text, "live tables, expected at most that"), "%s", error.text);
  end(s);
}

// LPAE with TTBCR.T1SZ: what TTBR0's tables say of TTBR1's addresses (32-bit Linux has the kernel's there too) is not
// reached by it. A TLBI by MVA is of TTBR1's.
static stream *new_shared_lpae(void) {
  stream *s = calloc(1, sizeof *s);
  tw_error error = {""};
  s->bbm = tw_bbm_create(0);
  s->registers = (tw_registers){.regime = TW_REGIME_PL10,
                                .sctlr = 0x30c5387d,
                                .tcr = 1ULL << 31 | 2 << 16,
                                .ttbr0 = L1,
                                .ttbr1 = L2,
                                .mair = 0x44ff};
  for (unsigned i = 0; i < 4; i++)
    s->page[i] = (tw_table_page){.pa = L1 + 4096 * i, .bytes = 4096, .data = (const uint8_t *)s->table[i]};
  s->table[0][3] = L2 | 3;   // 0xc0000000 by TTBR0
  s->table[1][511] = L3 | 3; // 0xffe00000 by TTBR1
  s->table[2][5] = OLD;
  cr_assert_eq(tw_bbm_section(s->bbm, true, &s->registers, s->page, 4, &error), 0, "%s", error.text);
  return s;
}

Test(bbm, lpae_tables_shared_by_both_ttbrs) {
  const tw_event tlbimva = {.kind = TW_EVENT_TLBI, .has_operand = true, .word = 0xee080f37, .value = 0xffe05000};
  stream *s = new_shared_lpae();
  quiet(s, SLOT, 0);
  tw_bbm_tlbi(s->bbm, &tlbimva);
  quiet(s, SLOT, NEW);
  end(s);
  s = new_shared_lpae();
  quiet(s, SLOT, 0);
  fires(s, SLOT, NEW, no_tlbi);
  end(s);
}
