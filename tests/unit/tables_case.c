// What the tests of table builders share.
#include "tables_case.h"

#include <criterion/criterion.h>

static uint64_t take(void *context, unsigned bytes) {
  tables_case *c = context;
  if (c->taken_most && c->taken == c->taken_most)
    return UINT64_MAX;
  c->next = (c->next + bytes - 1) & -(uint64_t)bytes;
  uint64_t pa = c->next;
  c->next += bytes;
  c->taken++;
  return pa;
}

static void give(void *context, uint64_t pa, unsigned bytes) {
  tables_case *c = context;
  (void)pa, (void)bytes;
  c->given++;
}

static void log_value(tables_case *c, uint64_t value) {
  c->log[c->logged++ % (sizeof c->log / sizeof *c->log)] = value;
}

static void written(void *context, uint64_t pa, uint64_t value, unsigned bytes) {
  tables_case *c = context;
  c->written++;
  log_value(c, value);
  if (!c->memory)
    return;
  uint64_t word = pa & ~UINT64_C(7), all = tw_memory_read(c->memory, word);
  unsigned shift = 8 * (unsigned)(pa & 7);
  uint64_t mask = bytes == 8 ? UINT64_MAX : UINT64_C(0xffffffff) << shift;
  tw_memory_write(c->memory, word, (all & ~mask) | value << shift);
}

static void invalidate(void *context, uint64_t va, uint64_t bytes, bool table) {
  tables_case *c = context;
  c->tables_invalidated += table;
  c->invalidated++;
  c->last_va = va;
  c->last_bytes = bytes;
  log_value(c, 0xdead);
}

tw_page_tables_port case_port(tables_case *c) { return (tw_page_tables_port){take, give, written, invalidate, c}; }

reader_case reader_new(const tw_registers *registers, const tw_table_page *pages, size_t count) {
  tw_sizes sizes =
      tw_granule_sizes(12) | tw_granule_sizes(14) | tw_granule_sizes(16) | (tw_sizes)1 << 20 | (tw_sizes)1 << 24;
  const tw_mmu_config config = {.l1i = {.entries = 1, .sizes = sizes},
                                .l1d = {.entries = 1, .sizes = sizes},
                                .l2 = {.sets = 1, .ways = 1, .sizes = sizes},
                                .walk_cache_entries = {1, 1, 1, 1},
                                .ipa_cache_entries = 1,
                                .misses = 1,
                                .walks = 1,
                                .l1_latency = 1,
                                .l2_latency = 1,
                                .walk_start = 1,
                                .walk_step = 1,
                                .ipa_latency = 1,
                                .pa_bits = 52};
  reader_case reader = {.memory = tw_memory_create(&(tw_memory_config){.dram_latency = 1, .limit = 1ULL << 52})};
  cr_assert(reader.memory);
  for (size_t i = 0; i < count; i++)
    cr_assert_eq(tw_memory_load(reader.memory, pages[i].pa, pages[i].data, pages[i].bytes), 0);
  reader.mmu = tw_mmu_create(&config, tw_memory_as_port(reader.memory));
  cr_assert(reader.mmu);
  cr_assert_eq(tw_mmu_set_registers(reader.mmu, registers), 0);
  return reader;
}

void reader_free(reader_case *reader) {
  tw_mmu_destroy(reader->mmu);
  tw_memory_destroy(reader->memory);
}

tw_response reader_access(reader_case *reader, uint64_t va, unsigned kind, unsigned el) {
  tw_response response;
  tw_mmu_translate(reader->mmu, &(tw_request){.va = va, .kind = (uint8_t)kind, .el = (uint8_t)el}, &response);
  return response;
}

typedef struct search {
  uint64_t va;
  tw_mapping *leaf;
} search;

static int visit(void *context, const tw_mapping *mapping) {
  const search *search = context;
  if (search->va < mapping->va || search->va - mapping->va >= mapping->bytes)
    return 0;
  *search->leaf = *mapping;
  return 1;
}

typedef struct reading {
  search search;
  const tw_table_page *pages;
  size_t count;
} reading;

static bool read_table(void *context, uint64_t pa, void *value, size_t bytes) {
  const reading *reading = context;
  for (size_t i = 0; i < reading->count; i++)
    if (pa >= reading->pages[i].pa && pa - reading->pages[i].pa < reading->pages[i].bytes) {
      memcpy(value, reading->pages[i].data + (pa - reading->pages[i].pa), bytes);
      return true;
    }
  return false;
}

bool census_at(const tw_registers *registers, const tw_table_page *pages, size_t count, uint64_t va, tw_mapping *leaf) {
  reading reading = {{va, leaf}, pages, count};
  const tw_table_walk walk = {
      .registers = registers, .read = read_table, .visit = visit, .context = &reading, .first = va, .last = va};
  tw_error error;
  int status = tw_table_walk_part(&walk, &error);
  cr_assert(status >= 0, "%s", error.text);
  return status == 1;
}
