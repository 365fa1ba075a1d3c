// Snapshots of the capture kit: "H1PTSNAP", a page of registers, then table pages. Layout: README.md.
#include "input.h"
#include "section.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTER_PAGE = 4096, MAGIC_WORDS = 4, HEADER = 8 + REGISTER_PAGE, RECORD_HEAD = 32 };

// In the order in which they stand in the page, from the fifth word on.
static const char *const register_names[] = {
    "seq",         "sctlr",         "tcr",           "mair",        "ttbr0",         "ttbr1",       "contextidr",
    "vbar",        "currentel",     "mmfr0",         "mmfr1",       "mmfr2",         "pfr0",        "ctr",
    "midr",        "page_offset",   "vmalloc_start", "vmalloc_end", "modules_vaddr", "modules_end", "vmemmap_start",
    "fixaddr_top", "kimage_voff",   "memstart",      "page_shift",  "va_bits",       "sp",          "mpidr",
    "mmfr3",       "vmalloc_fn_va",
};
enum { REGISTERS = sizeof register_names / sizeof register_names[0] };

static uint64_t word(const uint8_t *data) {
  uint64_t value;
  memcpy(&value, data, sizeof value);
  return value;
}

// In AArch32 the word of CurrentEL is DACR, and MAIR is NMRR:PRRR (short descriptors) or MAIR1:MAIR0 (LPAE).
static const char *name_of(const tw_section *section, size_t index) {
  bool is_dacr = section->architecture == TW_ARCH_AARCH32 && strcmp(register_names[index], "currentel") == 0;
  return is_dacr ? "dacr" : register_names[index];
}

static int read_registers(const uint8_t *page, tw_section *section) {
  section->named = calloc(REGISTERS, sizeof *section->named);
  if (!section->named)
    return -1;
  section->named_count = REGISTERS;
  for (size_t i = 0; i < REGISTERS; i++) {
    snprintf(section->named[i].name, sizeof section->named[i].name, "%s", name_of(section, i));
    section->named[i].value = word(page + 8 * (MAGIC_WORDS + i));
  }
  section->registers = (tw_registers){.sctlr = tw_section_named(section, "sctlr"),
                                      .tcr = tw_section_named(section, "tcr"),
                                      .ttbr0 = tw_section_named(section, "ttbr0"),
                                      .ttbr1 = tw_section_named(section, "ttbr1"),
                                      .mair = tw_section_named(section, "mair")};
  if (section->architecture == TW_ARCH_AARCH32)
    tw_section_complete_aarch32(section);
  return 0;
}

static tw_table_page page_head(const uint8_t *head) {
  uint64_t where = word(head + 8);
  return (tw_table_page){.pa = word(head),
                         .level = (int8_t)(where & 0xff),
                         .half = where >> 8 < 2 ? (uint8_t)(where >> 8) : 0xff,
                         .va_base = word(head + 16),
                         .bytes = word(head + 24)};
}

static int add_page(tw_section *section, tw_table_page page) {
  size_t count = section->table_count;
  if ((count & (count - 1)) == 0) { // room grows at powers of two
    tw_table_page *larger = realloc(section->tables, (count ? 2 * count : 1) * sizeof *larger);
    if (!larger)
      return -1;
    section->tables = larger;
  }
  section->tables[section->table_count++] = page;
  return 0;
}

// `section->image` holds the whole file.
static int read_tables(const char *path, size_t bytes, tw_section *section, tw_error *error) {
  for (size_t at = HEADER; at < bytes;) {
    if (bytes - at < RECORD_HEAD)
      return tw_fail(error, "%s: table page %zu, byte %zu: found %zu bytes, expected a head of 32", path,
                     section->table_count, at, bytes - at);
    tw_table_page page = page_head(section->image + at);
    const char *expected = tw_table_page_check(&page);
    if (expected)
      return tw_fail(error, "%s: table page %zu, byte %zu: found pa 0x%llx, level %d, half %u, %llu bytes, expected %s",
                     path, section->table_count, at, (unsigned long long)page.pa, page.level, page.half,
                     (unsigned long long)page.bytes, expected);
    at += RECORD_HEAD;
    if (bytes - at < page.bytes)
      return tw_fail(error, "%s: table page %zu, byte %zu: found %zu bytes, expected %llu", path, section->table_count,
                     at, bytes - at, (unsigned long long)page.bytes);
    page.data = section->image + at;
    at += page.bytes;
    if (section->table_count == TW_TABLE_PAGES_MAX || add_page(section, page) < 0)
      return tw_fail(error, "%s: found more table pages than can be held, expected at most %d", path,
                     TW_TABLE_PAGES_MAX);
  }
  return 0;
}

int tw_snapshot_read(const char *path, tw_section *section, tw_error *error) {
  tw_input *input = tw_input_open(path, error);
  if (!input)
    return -1;
  size_t bytes = 0;
  section->image = tw_input_read_rest(input, TW_IMAGE_BYTES_MAX, &bytes, error);
  tw_input_close(input);
  if (!section->image)
    return -1;
  if (bytes < HEADER)
    return tw_fail(error, "%s: found %zu bytes, expected a snapshot of at least %d", path, bytes, HEADER);
  if (memcmp(section->image, "H1PTSNAP", 8) != 0)
    return tw_fail(error, "%s: byte 0: found 0x%016llx, expected the magic H1PTSNAP", path,
                   (unsigned long long)word(section->image));
  if (read_registers(section->image + 8, section) < 0)
    return tw_fail(error, "%s: out of memory", path);
  return read_tables(path, bytes, section, error);
}
