// The chunks of a section: registers, regions, phases, image. Every count, name, level and address is checked.
#include "container.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *put(uint8_t *at, const void *data, size_t bytes) {
  memcpy(at, data, bytes);
  return at + bytes;
}

static const uint8_t *get(const uint8_t *at, void *data, size_t bytes) {
  memcpy(data, at, bytes);
  return at + bytes;
}

// A name ends inside its field, is printable ASCII and is not empty, unless `may_be_empty`.
static bool name_valid(const char *name, size_t room, bool may_be_empty) {
  size_t length = 0;
  while (length < room && name[length]) {
    if (name[length] < 0x20 || name[length] > 0x7e)
      return false;
    length++;
  }
  for (size_t i = length; i < room; i++)
    if (name[i])
      return false;
  return length < room && (length || may_be_empty);
}

static uint8_t *put_regime(uint8_t *at, const tw_registers *r) {
  const uint64_t words[5] = {r->hcr, r->vtcr, r->vttbr, r->contextidr | (uint64_t)r->dacr << 32,
                             r->regime | (uint64_t)r->ee2 << 8};
  return put(at, words, sizeof words);
}

static const char *get_regime(const uint8_t *at, tw_registers *r) {
  uint64_t words[5];
  get(at, words, sizeof words);
  r->hcr = words[0];
  r->vtcr = words[1];
  r->vttbr = words[2];
  r->contextidr = (uint32_t)words[3];
  r->dacr = (uint32_t)(words[3] >> 32);
  r->regime = (uint8_t)words[4];
  r->ee2 = (uint8_t)(words[4] >> 8);
  return words[4] >> 16 || r->regime > TW_REGIME_X86 || r->ee2 > 1 ? "a regime from 0 to 4 and EE of 0 or 1" : NULL;
}

uint8_t *tw_section_make(const tw_section *section, size_t *bytes) {
  *bytes = TW_SECTION_BYTES + TW_NAMED_BYTES * section->named_count;
  uint8_t *raw = malloc(*bytes);
  if (!raw)
    return NULL;
  uint32_t head[2] = {section->architecture, (uint32_t)section->named_count};
  const tw_registers *registers = &section->registers;
  uint64_t words[5] = {registers->sctlr, registers->tcr, registers->ttbr0, registers->ttbr1, registers->mair};
  uint8_t *at = put_regime(put(put(raw, head, sizeof head), words, sizeof words), registers);
  for (size_t i = 0; i < section->named_count; i++) {
    at = put(at, section->named[i].name, sizeof section->named[i].name);
    at = put(at, &section->named[i].value, 8);
  }
  return raw;
}

static const char *take_named(tw_section *section, const uint8_t *at, size_t count) {
  section->named = calloc(count + 1, sizeof *section->named);
  if (!section->named)
    return "memory for it";
  for (section->named_count = 0; section->named_count < count; section->named_count++) {
    tw_named_register *named = &section->named[section->named_count];
    at = get(get(at, named->name, sizeof named->name), &named->value, 8);
    if (!name_valid(named->name, sizeof named->name, false))
      return "a register's name of 1 to 23 printable characters";
  }
  return NULL;
}

const char *tw_section_take(tw_section *section, const uint8_t *raw, size_t bytes) {
  uint32_t head[2];
  uint64_t words[5];
  if (bytes < TW_SECTION_BYTES)
    return "at least 88 bytes";
  const uint8_t *at = get(get(raw, head, sizeof head), words, sizeof words);
  if (head[0] > TW_ARCH_AARCH32)
    return "architecture 0 or 1";
  if (head[1] > TW_NAMED_REGISTERS_MAX || bytes != TW_SECTION_BYTES + (size_t)TW_NAMED_BYTES * head[1])
    return "as many named registers as its count says";
  section->architecture = (tw_architecture)head[0];
  section->registers =
      (tw_registers){.sctlr = words[0], .tcr = words[1], .ttbr0 = words[2], .ttbr1 = words[3], .mair = words[4]};
  const char *expected = get_regime(at, &section->registers);
  return expected ? expected : take_named(section, raw + TW_SECTION_BYTES, head[1]);
}

uint8_t *tw_region_list_make(const tw_section *section, size_t *bytes) {
  *bytes = TW_REGION_BYTES * section->region_count;
  uint8_t *raw = malloc(*bytes + 1), *at = raw;
  for (size_t i = 0; raw && i < section->region_count; i++) {
    const tw_region *region = &section->regions[i];
    at = put(put(put(at, region->name, sizeof region->name), &region->first, 8), &region->last, 8);
  }
  return raw;
}

const char *tw_region_list_take(tw_section *section, const uint8_t *raw, size_t bytes) {
  size_t count = bytes / TW_REGION_BYTES;
  if (bytes % TW_REGION_BYTES)
    return "regions of 48 bytes";
  section->regions = calloc(count + 1, sizeof *section->regions);
  if (!section->regions)
    return "memory for it";
  for (section->region_count = 0; section->region_count < count; section->region_count++) {
    tw_region *region = &section->regions[section->region_count];
    raw = get(get(get(raw, region->name, sizeof region->name), &region->first, 8), &region->last, 8);
    if (!name_valid(region->name, sizeof region->name, false))
      return "a region's name of 1 to 31 printable characters";
    if (region->first > region->last)
      return "a region that begins before it ends";
  }
  return NULL;
}

uint8_t *tw_phase_list_make(const tw_section *section, size_t *bytes) {
  *bytes = TW_PHASE_BYTES * section->phase_count;
  uint8_t *raw = malloc(*bytes + 1), *at = raw;
  for (size_t i = 0; raw && i < section->phase_count; i++) {
    const tw_phase *phase = &section->phases[i];
    uint32_t id[2] = {phase->id, 0};
    at = put(put(at, id, sizeof id), phase->kind, sizeof phase->kind);
    at = put(put(put(at, phase->pattern, sizeof phase->pattern), &phase->va, 8), &phase->bytes, 8);
  }
  return raw;
}

const char *tw_phase_list_take(tw_section *section, const uint8_t *raw, size_t bytes) {
  size_t count = bytes / TW_PHASE_BYTES;
  if (bytes % TW_PHASE_BYTES)
    return "phases of 72 bytes";
  section->phases = calloc(count + 1, sizeof *section->phases);
  if (!section->phases)
    return "memory for it";
  for (section->phase_count = 0; section->phase_count < count; section->phase_count++) {
    tw_phase *phase = &section->phases[section->phase_count];
    uint32_t id[2];
    raw = get(get(raw, id, sizeof id), phase->kind, sizeof phase->kind);
    raw = get(get(get(raw, phase->pattern, sizeof phase->pattern), &phase->va, 8), &phase->bytes, 8);
    phase->id = id[0];
    if (id[1] || !name_valid(phase->kind, sizeof phase->kind, false) ||
        !name_valid(phase->pattern, sizeof phase->pattern, true))
      return "a phase's kind and pattern of printable characters";
    if (phase->bytes && phase->va + (phase->bytes - 1) < phase->va)
      return "a phase's buffer that does not wrap";
  }
  return NULL;
}

// Neighbouring descriptors differ by little or by the same: the image is stored as differences of 64-bit words.
static void put_words(uint8_t *image, size_t bytes) {
  uint64_t last = 0, word;
  for (; bytes >= sizeof word; bytes -= sizeof word, image += sizeof word) {
    memcpy(&word, image, sizeof word);
    uint64_t delta = word - last;
    last = word;
    memcpy(image, &delta, sizeof delta);
  }
}

static void get_words(uint8_t *image, size_t bytes) {
  uint64_t word = 0, delta;
  for (; bytes >= sizeof word; bytes -= sizeof word, image += sizeof word) {
    memcpy(&delta, image, sizeof delta);
    word += delta;
    memcpy(image, &word, sizeof word);
  }
}

uint8_t *tw_image_make(const tw_section *section, size_t *bytes) {
  size_t count = section->table_count;
  *bytes = 8 + TW_PAGE_HEAD_BYTES * count;
  for (size_t i = 0; i < count; i++)
    *bytes += (size_t)section->tables[i].bytes;
  uint8_t *raw = malloc(*bytes);
  if (!raw)
    return NULL;
  uint64_t words = count;
  uint8_t *at = put(raw, &words, 8);
  for (size_t i = 0; i < count; i++) {
    const tw_table_page *page = &section->tables[i];
    uint64_t last = page->bytes | (uint64_t)(uint8_t)page->level << 32 | (uint64_t)page->half << 40;
    at = put(put(put(at, &page->pa, 8), &page->va_base, 8), &last, 8);
  }
  for (size_t i = 0; i < count; i++)
    at = put(at, section->tables[i].data, (size_t)section->tables[i].bytes);
  size_t data_at = 8 + TW_PAGE_HEAD_BYTES * count;
  put_words(raw + data_at, *bytes - data_at);
  return raw;
}

static const char *take_page_heads(tw_section *section, const uint8_t *at, const uint8_t *data, size_t data_bytes) {
  size_t sum = 0;
  for (size_t i = 0; i < section->table_count; i++) {
    tw_table_page *page = &section->tables[i];
    uint64_t last;
    at = get(get(get(at, &page->pa, 8), &page->va_base, 8), &last, 8);
    page->bytes = (uint32_t)last;
    page->level = (int8_t)(last >> 32 & 0xff);
    page->half = (uint8_t)(last >> 40 & 0xff);
    const char *expected = last >> 48 ? "zeroes after a table page's head" : tw_table_page_check(page);
    if (expected)
      return expected;
    page->data = data + sum;
    sum += (size_t)page->bytes;
    if (sum > data_bytes)
      return "the bytes of all its table pages";
  }
  return sum == data_bytes ? NULL : "no bytes after its table pages";
}

const char *tw_image_take(tw_section *section, size_t bytes) {
  uint8_t *raw = section->image;
  uint64_t count;
  if (bytes < 8)
    return "at least 8 bytes";
  memcpy(&count, raw, 8);
  if (count > TW_TABLE_PAGES_MAX || (bytes - 8) / TW_PAGE_HEAD_BYTES < count)
    return "as many table pages as its count says";
  size_t data_at = 8 + TW_PAGE_HEAD_BYTES * (size_t)count;
  section->tables = calloc((size_t)count + 1, sizeof *section->tables);
  if (!section->tables)
    return "memory for it";
  section->table_count = (size_t)count;
  get_words(raw + data_at, bytes - data_at);
  return take_page_heads(section, raw + 8, raw + data_at, bytes - data_at);
}
