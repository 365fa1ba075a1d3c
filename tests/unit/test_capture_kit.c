// The capture kit's plugin without QEMU: which instructions it takes note of, how it walks tables, and what it tells of
// them. The guest's memory is an array here.
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "instruction.h"
#include "live.h"
#include "marker.h"

// -- instructions: words as GNU as assembles them --

typedef struct decode_case {
  uint32_t word;
  bool aarch64;
  instruction expected;
} decode_case;

static const decode_case decode_cases[] = {
    {0xd50883a1, true, {INSTRUCTION_TLBI, .rt = 1, .broadcast = true}},             // tlbi vale1is, x1
    {0xd508871f, true, {INSTRUCTION_TLBI, .rt = 31}},                               // tlbi vmalle1
    {0xd5088620, true, {INSTRUCTION_TLBI, .rt = 0}},                                // tlbi rvae1, x0
    {0xd5088222, true, {INSTRUCTION_TLBI, .rt = 2, .broadcast = true}},             // tlbi rvae1is, x2
    {0xd5182000, true, {INSTRUCTION_REGISTER, .rt = 0, .field = FIELD_TTBR0}},      // msr ttbr0_el1, x0
    {0xd5182022, true, {INSTRUCTION_REGISTER, .rt = 2, .field = FIELD_TTBR1}},      // msr ttbr1_el1, x2
    {0xd518d020, true, {INSTRUCTION_REGISTER, .rt = 0, .field = FIELD_CONTEXTIDR}}, // msr contextidr_el1, x0
    {0xd538d020, true, {INSTRUCTION_OTHER, .rt = 0}},                               // mrs x0, contextidr_el1
    {0xd50b7423, true, {INSTRUCTION_ZERO, .rt = 3}},                                // dc zva, x3
    {0xd50b7523, true, {INSTRUCTION_SYS, .rt = 3}},                                 // ic ivau, x3
    {0xf8400820, true, {INSTRUCTION_OTHER, .rt = 0, .unprivileged = true}},         // ldtr x0, [x1]
    {0x38001843, true, {INSTRUCTION_OTHER, .rt = 3, .unprivileged = true}},         // sttrb w3, [x2, #1]
    {0xf9400020, true, {INSTRUCTION_OTHER, .rt = 0}},                               // ldr x0, [x1]
    {0xd28e8c1f, true, {INSTRUCTION_MARK, .rt = 31, .mark = CAPTURE_MARK_BEGIN}},   // movz xzr, #0x7460
    {0xd28e8c20, true, {INSTRUCTION_OTHER, .rt = 0}},                               // movz x0, #0x7461
    {0xee084f33, false, {INSTRUCTION_TLBI, .rt = 4, .broadcast = true}},            // mcr p15, 0, r4, c8, c3, 1
    {0xee080f17, false, {INSTRUCTION_TLBI, .rt = 0}},                               // mcr p15, 0, r0, c8, c7, 0
    {0xee020f10, false, {INSTRUCTION_REGISTER, .rt = 0, .field = FIELD_TTBR0}},     // mcr p15, 0, r0, c2, c0, 0
    {0xee030f10, false, {INSTRUCTION_REGISTER, .rt = 0, .field = FIELD_DACR}},      // mcr p15, 0, r0, c3, c0, 0
    {0xee0a5f32, false, {INSTRUCTION_REGISTER, .rt = 5, .field = FIELD_MAIR_HIGH}}, // mcr p15, 0, r5, c10, c2, 1
    {0xee120f10, false, {INSTRUCTION_OTHER, .rt = 0}},                              // mrc p15, 0, r0, c2, c0, 0
    {0xec432f02,
     false,
     {INSTRUCTION_REGISTER, .rt = 2, .rt2 = 3, .has_rt2 = true, .field = FIELD_TTBR0}}, // mcrr p15, 0, r2, r3, c2
    {0xe4b10004, false, {INSTRUCTION_OTHER, .rt = 0, .unprivileged = true}},            // ldrt r0, [r1], #4
    {0xe5910004, false, {INSTRUCTION_OTHER, .rt = 0}},                                  // ldr r0, [r1, #4]
    {0xe320f061, false, {INSTRUCTION_MARK, .mark = CAPTURE_MARK_END}},                  // A32 hint 0x61
    {0x8061f3af, false, {INSTRUCTION_MARK, .mark = CAPTURE_MARK_END}},                  // T32 hint 0x61
    {0xe320f000, false, {INSTRUCTION_OTHER, .rt = 15}},                                 // nop
};

Test(capture_kit, instructions_are_told_by_their_encodings) {
  for (size_t n = 0; n < sizeof decode_cases / sizeof *decode_cases; n++) {
    const decode_case *c = &decode_cases[n];
    instruction found = instruction_decode(c->word, 4, c->aarch64), expected = c->expected;
    cr_expect(found.kind == expected.kind && found.rt == expected.rt && found.rt2 == expected.rt2 &&
                  found.has_rt2 == expected.has_rt2 && found.broadcast == expected.broadcast &&
                  found.unprivileged == expected.unprivileged && found.field == expected.field &&
                  found.mark == expected.mark && found.word == c->word,
              "%08x", c->word);
  }
  cr_expect_eq(instruction_decode(0xf3af, 2, false).kind, INSTRUCTION_OTHER);
}

// Conditions by the Arm manual's table, for flags NZCV = 0000 to 1111: bit n tells whether the condition holds for n.
Test(capture_kit, conditions_of_a32) {
  static const uint16_t holds[16] = {
      0xf0f0, 0x0f0f, // EQ, NE: Z is bit 2
      0xcccc, 0x3333, // CS, CC: C is bit 1
      0xff00, 0x00ff, // MI, PL: N is bit 3
      0xaaaa, 0x5555, // VS, VC: V is bit 0
      0x0c0c, 0xf3f3, // HI, LS
      0xaa55, 0x55aa, // GE, LT
      0x0a05, 0xf5fa, // GT, LE
      0xffff, 0xffff, // AL, unconditional
  };
  for (uint32_t condition = 0; condition < 16; condition++)
    for (uint64_t flags = 0; flags < 16; flags++)
      cr_expect_eq(instruction_condition(condition << 28 | 0x0e080f37, flags << 28), holds[condition] >> flags & 1,
                   "condition %u, flags %u", condition, (unsigned)flags);
}

// -- a guest --

enum { RAM_BYTES = 1 << 20 };
#define RAM_BASE 0x40000000ULL

typedef struct guest {
  uint8_t *memory;
  guest_ram ram;
  guest_registers registers;
} guest;

static guest new_guest(void) {
  guest g = {.memory = calloc(1, RAM_BYTES)};
  g.ram = (guest_ram){.host = g.memory, .base = RAM_BASE, .bytes = RAM_BYTES};
  g.registers.sctlr = 1;
  return g;
}

static void poke(guest *g, uint64_t pa, uint64_t value, size_t bytes) {
  memcpy(g->memory + (pa - RAM_BASE), &value, bytes);
}

// Level 0 (or -1) table at RAM, then a table a page: `levels` of them, entry 1 of each leads on, entry 2 of the last
// maps.
static void chain(guest *g, unsigned levels, unsigned granule_log2, uint64_t leaf) {
  uint64_t table = RAM_BASE, size = 1ULL << granule_log2;
  for (unsigned level = 1; level < levels; level++, table += size)
    poke(g, table + 8, (table + size) | 3, 8);
  poke(g, table + 16, leaf, 8);
}

typedef struct walk_case {
  const char *words;
  bool aarch64;
  uint64_t tcr;
  unsigned levels, granule_log2;
  uint64_t leaf, va, pa;
  bool writable;
} walk_case;

// Addresses worked out by hand: index 1 at each level but the last, 2 there.
static const walk_case walk_cases[] = {
    {"4K, 48 bits", true, 16, 4, 12, 0x48001703, 0x8040202123, 0x48001123, true},
    {"4K, read-only", true, 16, 4, 12, 0x48001783, 0x8040202123, 0x48001123, false},
    {"4K, DBM", true, 16, 4, 12, 0x0008000048001783, 0x8040202123, 0x48001123, true},
    {"4K, 39 bits", true, 25, 3, 12, 0x48001703, 0x40202fff, 0x48001fff, true},
    {"16K, 47 bits", true, 17 | 2 << 14, 3, 14, 0x48004703, 0x1002009abc, 0x48005abc, true},
    {"64K, 42 bits", true, 22 | 1 << 14, 2, 16, 0x48010703, 0x20025678, 0x48015678, true},
    {"4K, 52 bits, LPA2", true, 12 | 1ULL << 59, 5, 12, 0x48001603, 0x1008040202123, 0x0008000048001123, true},
    {"block of 2M", true, 25, 2, 12, 0x48200701, 0x40412345, 0x48212345, true},
    {"LPAE", false, 1U << 31, 3, 12, 0x48001703, 0x40202123, 0x48001123, true},
    {"LPAE, TTBR1 has the last GiB", false, 1U << 31 | 1 << 7 | 2 << 16, 2, 12, 0x48001703, 0xc0202123, 0x48001123,
     true},
    {"LPAE, TTBR1 has all above 32 MiB", false, 1U << 31 | 1 << 7 | 7, 3, 12, 0x48001703, 0x40202123, 0x48001123, true},
};

Test(capture_kit, addresses_are_walked_in_every_long_format) {
  for (size_t n = 0; n < sizeof walk_cases / sizeof *walk_cases; n++) {
    const walk_case *c = &walk_cases[n];
    guest g = new_guest();
    g.registers.tcr = c->tcr;
    g.registers.ttbr0 = g.registers.ttbr1 = RAM_BASE | 1; // CnP
    chain(&g, c->levels, c->granule_log2, c->leaf);
    translation found = {0};
    cr_expect(format_translate(&g.ram, &g.registers, c->aarch64, c->va, &found), "%s", c->words);
    cr_expect(found.pa == c->pa && found.writable == c->writable, "%s: %llx", c->words, (unsigned long long)found.pa);
    g.registers.sctlr = 0;
    cr_expect_not(format_translate(&g.ram, &g.registers, c->aarch64, c->va, &found), "%s: off", c->words);
    g.registers.sctlr = 1;
    chain(&g, c->levels, c->granule_log2, c->leaf & ~1ULL);
    cr_expect_not(format_translate(&g.ram, &g.registers, c->aarch64, c->va, &found), "%s: invalid", c->words);
    free(g.memory);
  }
}

Test(capture_kit, short_descriptors_are_walked) {
  guest g = new_guest();
  g.registers.ttbr0 = RAM_BASE | 0x4a;
  poke(&g, RAM_BASE + 4 * 0xc00, 0x4811040e, 4);              // section, read and write
  poke(&g, RAM_BASE + 4 * 0xc01, (RAM_BASE + 0x8400) | 1, 4); // table at a quarter of a page
  poke(&g, RAM_BASE + 0x8400 + 4 * 5, 0x4800065f, 4);         // small page, read-only
  poke(&g, RAM_BASE + 0x8400 + 4 * 16, 0x48020011, 4);        // large page
  static const struct {
    uint64_t va, pa;
    bool writable;
  } cases[] = {{0xc0012345, 0x48112345, true}, {0xc0105678, 0x48000678, false}, {0xc0110abc, 0x48020abc, true}};
  for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
    translation found = {0};
    cr_expect(format_translate(&g.ram, &g.registers, false, cases[n].va, &found), "case %zu", n);
    cr_expect(found.pa == cases[n].pa && found.writable == cases[n].writable, "case %zu", n);
  }
  free(g.memory);
}

// -- live tables --

typedef struct told {
  uint64_t pa[64], value[64];
  unsigned count;
} told;

static void tell(void *context, uint64_t pa, uint64_t value, unsigned bytes) {
  told *t = context;
  cr_assert(bytes == 8 && t->count < 64);
  t->pa[t->count] = pa;
  t->value[t->count++] = value;
}

static void expect_told(told *t, const uint64_t (*expected)[2], unsigned count, const char *when) {
  cr_expect_eq(t->count, count, "%s: %u told", when, t->count);
  for (unsigned n = 0; n < count && n < t->count; n++)
    cr_expect(t->pa[n] == expected[n][0] && t->value[n] == expected[n][1], "%s: %u: %llx %llx", when, n,
              (unsigned long long)t->pa[n], (unsigned long long)t->value[n]);
  t->count = 0;
}

enum { L1 = 0x0000, L2 = 0x1000, L3 = 0x2000, OWN1 = 0x4000, OWN2 = 0x5000, OWN3 = 0x6000, PAGE3 = 0x48000703 };

// A process of 39 bits with three tables: entry 0 of the first two.
static void make_process(guest *g, uint64_t l1, uint64_t l2, uint64_t l3, uint64_t leaf) {
  poke(g, RAM_BASE + l1, (RAM_BASE + l2) | 3, 8);
  poke(g, RAM_BASE + l2, (RAM_BASE + l3) | 3, 8);
  poke(g, RAM_BASE + l3 + 8, leaf, 8);
}

static void store(guest *g, live *tables, uint64_t offset, uint64_t value) {
  poke(g, RAM_BASE + offset, value, 8);
  if (live_has(tables, RAM_BASE + offset))
    live_store(tables, RAM_BASE + offset, 8);
}

Test(capture_kit, tables_are_told_before_they_are_reached) {
  guest g = new_guest();
  told t = {.count = 0};
  live *tables = live_create(&g.ram, true, tell, &t);
  cr_assert_not_null(tables);
  g.registers.tcr = 25 | 1 << 23; // TTBR0 alone
  g.registers.ttbr0 = RAM_BASE + L1;
  make_process(&g, L1, L2, L3, PAGE3);
  live_begin(tables, &g.registers, 1);
  expect_told(&t, NULL, 0, "what is reachable at the beginning is in the snapshot");

  store(&g, tables, L3 + 16, PAGE3 + 0x1000);
  expect_told(&t, (const uint64_t[][2]){{RAM_BASE + L3 + 16, PAGE3 + 0x1000}}, 1, "a store into a table");
  store(&g, tables, OWN3 + 8, PAGE3 + 0x2000);
  expect_told(&t, NULL, 0, "a store into memory that is no table yet");

  make_process(&g, OWN1, OWN2, OWN3, PAGE3 + 0x2000);
  g.registers.ttbr0 = 5ULL << 48 | (RAM_BASE + OWN1);
  live_switch(tables, 0, &g.registers);
  const uint64_t process[][2] = {{RAM_BASE + OWN3 + 8, PAGE3 + 0x2000},
                                 {RAM_BASE + OWN2, (RAM_BASE + OWN3) | 3},
                                 {RAM_BASE + OWN1, (RAM_BASE + OWN2) | 3}};
  expect_told(&t, process, 3, "a new process: its tables, leaves first");
  live_switch(tables, 0, &g.registers);
  expect_told(&t, NULL, 0, "the same process again");

  store(&g, tables, OWN2, 0);
  expect_told(&t, (const uint64_t[][2]){{RAM_BASE + OWN2, 0}}, 1, "a table is unlinked");
  store(&g, tables, OWN3 + 8, 0x1234567);
  store(&g, tables, OWN3 + 24, 0x89);
  expect_told(&t, NULL, 0, "stores into what was a table");
  store(&g, tables, OWN2, (RAM_BASE + OWN3) | 3);
  const uint64_t again[][2] = {
      {RAM_BASE + OWN3 + 8, 0x1234567}, {RAM_BASE + OWN3 + 24, 0x89}, {RAM_BASE + OWN2, (RAM_BASE + OWN3) | 3}};
  expect_told(&t, again, 3, "linked again: what changed meanwhile");

  g.registers.ttbr0 = RAM_BASE + L1;
  live_switch(tables, 0, &g.registers);
  store(&g, tables, OWN1, 0);
  expect_told(&t, (const uint64_t[][2]){{RAM_BASE + OWN1, 0}}, 1, "a process's last table is taken away");
  store(&g, tables, OWN1 + 8, 0x777);
  expect_told(&t, NULL, 0, "its root's memory has another use");
  live_destroy(tables);
  free(g.memory);
}

Test(capture_kit, snapshots_have_all_that_is_reachable) {
  guest g = new_guest();
  told t = {.count = 0};
  live *tables = live_create(&g.ram, true, tell, &t);
  g.registers.tcr = 25 | 25 << 16 | 2U << 30;
  g.registers.ttbr0 = RAM_BASE + L1;
  g.registers.ttbr1 = RAM_BASE + OWN1;
  make_process(&g, L1, L2, L3, PAGE3);
  make_process(&g, OWN1, OWN2, OWN3, PAGE3);
  live_begin(tables, &g.registers, 1);
  char *text = NULL;
  size_t bytes = 0;
  FILE *file = open_memstream(&text, &bytes);
  live_write(tables, file);
  fclose(file);
  cr_expect_eq(bytes, 6 * (32 + 4096));
  static const uint64_t heads[][4] = {{RAM_BASE + L1, 1, 0, 4096},
                                      {RAM_BASE + L2, 2, 0, 4096},
                                      {RAM_BASE + L3, 3, 0, 4096},
                                      {RAM_BASE + OWN1, 0x101, 0xffffff8000000000, 4096},
                                      {RAM_BASE + OWN2, 0x102, 0xffffff8000000000, 4096},
                                      {RAM_BASE + OWN3, 0x103, 0xffffff8000000000, 4096}};
  for (size_t n = 0; n < 6 && bytes == 6 * (32 + 4096); n++) {
    const char *at = text + n * (32 + 4096);
    cr_expect_eq(memcmp(at, heads[n], 32), 0, "table %zu", n);
    cr_expect_eq(memcmp(at + 32, g.memory + (heads[n][0] - RAM_BASE), 4096), 0, "table %zu", n);
  }
  free(text);
  live_destroy(tables);
  free(g.memory);
}
