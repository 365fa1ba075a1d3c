// Raw captures: errors say where, operands and phases are joined, AArch32's differences.
#include "traces_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

typedef struct raw_case {
  const char *magic;
  uint64_t words[8];
  size_t bytes;
  const char *expected;
} raw_case;

Test(traces, wrong_raw_captures_say_where) {
  const uint64_t mark = 2ULL << 52, base = 0x40000000, snapshot = 0xc002;
  const raw_case cases[] = {
      {"NOTMAGIC", {base, mark, snapshot}, 24, "byte 0: found 0x4e4f544d41474943, expected the magic"},
      {"H1TRACE1", {base}, 8, "record 0, byte 16: found the end of the file, expected a snapshot's mark"},
      {"H1TRACE1", {base}, 3, "byte 8: found 3 bytes, expected the RAM base"},
      {"H1TRACE1", {base, mark, 0x10}, 24, "record 0, byte 16: found type 2, value 0x10, expected a snapshot's mark"},
      {"H1TRACE1", {base, mark, 0xc009}, 24, "found the mark of snapshot 9, expected snap9.bin.zst beside"},
      {"H1TRACE1", {base, mark, snapshot, 0, 1}, 35, "record 1, byte 32: found 11 bytes, expected a record of 16"},
      {"H1TRACE1", {base, mark, snapshot, 9ULL << 52, 1}, 40, "record 1, byte 32: found type 9, expected 0 to 7"},
      {"H1TRAC32", {base, mark, snapshot, 7ULL << 52 | 4, 1}, 40, "found an operand (of register 4)"},
      {"H1TRACE1", {base, mark, snapshot, 3ULL << 52, 5, 7ULL << 52 | 4, 1}, 56, "record 2, byte 48: found an operand"},
  };
  char *folder = new_folder();
  free(make_raw(folder, "H1TRACE1", 10, 1));
  char *path = in_folder(folder, "wrong.h1t");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint8_t data[72];
    memcpy(data, cases[i].magic, 8);
    memcpy(data + 8, cases[i].words, cases[i].bytes);
    write_file(path, data, 8 + cases[i].bytes);
    stream found = read_stream(path, TW_TRACE_PA);
    cr_assert_eq(found.status, -1, "case %zu", i);
    cr_assert(strstr(found.error.text, cases[i].expected), "case %zu: %s", i, found.error.text);
    cr_assert_not_null(strstr(found.error.text, "wrong.h1t"));
    free(found.items);
  }
  free(path);
  remove_folder(folder);
}

Test(traces, cut_raw_captures_give_what_came_before) {
  char *folder = new_folder();
  char *raw = make_raw(folder, "H1TRACE1", 5000, 8), *cut = in_folder(folder, "cut.h1t.zst");
  size_t bytes;
  uint8_t *data = read_file(raw, &bytes), *packed = malloc(ZSTD_compressBound(bytes));
  size_t packed_bytes = ZSTD_compress(packed, ZSTD_compressBound(bytes), data, bytes, 3);
  stream whole = read_stream(raw, TW_TRACE_PA);
  for (size_t part = 0; part <= 40; part++) {
    write_file(cut, packed, packed_bytes * part / 40);
    stream found = read_stream(cut, TW_TRACE_PA | TW_TRACE_KEEP_GOING);
    cr_assert(begins(&whole, &found), "%zu of 40", part);
    cr_assert(part == 40 ? found.status == 0 && found.count == whole.count : found.status < 0, "%zu of 40", part);
    free(found.items);
  }
  free(whole.items);
  free(packed);
  free(data);
  free(cut);
  free(raw);
  remove_folder(folder);
}

Test(traces, operands_and_phases_are_joined) {
  records *records = calloc(1, sizeof *records);
  char *folder = new_folder();
  free(make_raw(folder, "H1TRACE1", 10, 1));
  const uint64_t mark = 2ULL << 52, kernel = 1ULL << 56, el0 = 1ULL << 62;
  add_record(records, mark, 0xc002);
  add_record(records, mark, 5);
  add_record(records, kernel | 0xffff00001000, 0x40001000 | 3ULL << 48);
  add_record(records, 3ULL << 52, 0xd508831f | 4ULL << 48); // TLBI VMALLE1IS: xzr
  add_record(records, 6ULL << 52, 0xd50b7428 | 2ULL << 48);
  add_record(records, 7ULL << 52 | 8, 0x1234);
  add_record(records, kernel | 0xfULL << 58 | 0xffff00001008, 0x40001008 | 1ULL << 48);
  add_record(records, mark, 6 | 9ULL << 48);
  add_record(records, kernel | 0xffff00001010, 0x40001010 | 1ULL << 48);
  add_record(records, el0 | 0xffff00001010, 0x40001010);
  add_record(records, el0 | 6ULL << 48 | 1ULL << 51 | 0xffff00001040, 0x40001040); // DC ZVA: a store of 64 bytes
  char *path = in_folder(folder, "joined.h1t");
  write_raw(path, "H1TRACE1", records);
  stream found = read_stream(path, TW_TRACE_PA);
  static const item expected[] = {
      {.event = {.kind = TW_EVENT_PHASE_BEGIN, .word = 5}},
      {.va = 0xfff0ffff00001000, .pa = 0x40001000, .gap = 3},
      {.event = {.kind = TW_EVENT_TLBI, .word = 0xd508831f, .has_operand = true}},
      {.event = {.kind = TW_EVENT_SYS, .word = 0xd50b7428, .has_operand = true, .value = 0x1234}},
      {.va = 0xffffffff00001008, .pa = 0x40001008, .gap = 7},
      {.event = {.kind = TW_EVENT_PHASE_END, .word = 5}},
      {.event = {.kind = TW_EVENT_PHASE_BEGIN, .word = 6}},
      {.va = 0xfff0ffff00001010, .pa = 0x40001010, .gap = 1},
      {.va = 0xffff00001010, .pa = 0x40001010, .info = TW_INFO_EL0},
      {.va = 0xffff00001040, .pa = 0x40001040, .info = TW_INFO_EL0 | 6 << 2 | TW_ACCESS_WRITE},
      {.event = {.kind = TW_EVENT_PHASE_END, .word = 6}},
  };
  cr_assert_eq(found.count, 1 + sizeof expected / sizeof expected[0]);
  for (size_t i = 0; i + 1 < found.count; i++)
    cr_assert(same_item(&found.items[i + 1], &expected[i]), "item %zu", i);
  free(found.items);
  free(path);
  free(records);
  remove_folder(folder);
}

// -- AArch32 --

static stream read_records(const char *folder, const records *records) {
  char *path = in_folder(folder, "own32.h1t");
  write_raw(path, "H1TRAC32", records);
  stream found = read_stream(path, TW_TRACE_PA);
  cr_assert_eq(found.status, 0, "%s", found.error.text);
  free(path);
  return found;
}

// The record's size says how wide a descriptor write is; without one it is a descriptor of the section's format.
Test(traces, aarch32_descriptor_writes_keep_their_width) {
  static const struct {
    uint64_t tcr, size, value;
    uint8_t bytes;
  } cases[] = {{1, 2, 0xcccc, 4},        {1, 3, 0x1111aaaa0000cccc, 8},        {1, 0, 0xcccc, 4},
               {1U << 31, 2, 0xcccc, 4}, {1U << 31, 3, 0x1111aaaa0000cccc, 8}, {1U << 31, 0, 0x1111aaaa0000cccc, 8}};
  char *folder = new_folder();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    records *records = calloc(1, sizeof *records);
    write_snapshot(folder, 1, 5, cases[i].tcr);
    add_record(records, 2ULL << 52, 0xc001);
    add_record(records, 5ULL << 52 | cases[i].size << 48 | 0x41000004, 0x1111aaaa0000cccc);
    stream found = read_records(folder, records);
    cr_assert_eq(found.count, 2);
    cr_expect_eq(found.items[1].event.bytes, cases[i].bytes, "case %zu", i);
    cr_expect_eq(found.items[1].event.value, cases[i].value, "case %zu", i);
    cr_expect_eq(found.items[1].event.pa, 0x41000004);
    free(found.items);
    free(records);
  }
  remove_folder(folder);
}

static uint64_t first_section(const char *folder, unsigned mark) {
  records *records = calloc(1, sizeof *records);
  add_record(records, 2ULL << 52, 0xc000 + mark);
  stream found = read_records(folder, records);
  uint64_t section = found.items[0].section;
  free(found.items);
  free(records);
  return section;
}

// With short descriptors the tables of snapshot 2 are those of snapshot 3; with LPAE they are not.
Test(traces, short_descriptors_take_the_tables_after_the_patterns) {
  char *folder = new_folder();
  write_snapshot(folder, 2, 5, 1);
  uint64_t alone = first_section(folder, 2);
  write_snapshot(folder, 3, 9, 1);
  cr_expect_eq(first_section(folder, 2), first_section(folder, 3));
  cr_expect_neq(first_section(folder, 2), alone);
  write_snapshot(folder, 2, 5, 1U << 31);
  write_snapshot(folder, 3, 9, 1U << 31);
  cr_expect_neq(first_section(folder, 2), first_section(folder, 3));
  remove_folder(folder);
}

// The registers of the captures of ../shared, as their registers.txt has them.
Test(traces, aarch32_registers_are_the_captures) {
  static const struct {
    const char *folder;
    tw_registers registers;
    uint64_t seq;
  } captures[] = {
      {"k61-a32-armmp",
       {.sctlr = 0x10c5387d,
        .ttbr0 = 0x41c4406a,
        .ttbr1 = 0x4020406a,
        .mair = 0x40e040e0ff0a81a8,
        .contextidr = 0x112,
        .dacr = 0x51,
        .regime = TW_REGIME_PL10},
       3},
      {"k61-a32-lpae",
       {.sctlr = 0x30c5387d,
        .tcr = 0xb5023500,
        .ttbr0 = 0x120000425595c0,
        .ttbr1 = 0x40207000,
        .mair = 0xff000004eeaa4400,
        .dacr = 0xfffffffd,
        .regime = TW_REGIME_PL10},
       2},
  };
  for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/captures/%s/vmalloc_64k.h1t.zst", shared_dir(), captures[i].folder);
    if (access(path, F_OK) != 0)
      continue;
    tw_error error;
    tw_trace *trace = tw_trace_open(path, 0, &error);
    cr_assert_not_null(trace, "%s", error.text);
    const tw_registers *found = tw_trace_registers(trace), *expected = &captures[i].registers;
    size_t count;
    const tw_named_register *named = tw_trace_named_registers(trace, &count);
    cr_expect(found->sctlr == expected->sctlr && found->tcr == expected->tcr && found->ttbr0 == expected->ttbr0 &&
                  found->ttbr1 == expected->ttbr1 && found->mair == expected->mair &&
                  found->contextidr == expected->contextidr && found->dacr == expected->dacr &&
                  found->regime == expected->regime,
              "%s", path);
    cr_expect(count > 0 && named[0].value == captures[i].seq, "%s", path);
    tw_trace_close(trace);
  }
}
