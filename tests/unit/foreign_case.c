// Files of other tools, opened and held against what is expected of them.
#include "foreign_case.h"

#include "traces_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// ---- a machine that only walks: 4K, 16K or 64K granule, written from the architecture's tables ----

enum { WORDS = 4096 };

typedef struct machine {
  struct {
    uint64_t pa, value;
  } word[WORDS];
  size_t words;
  uint64_t tcr, ttbr[2];
} machine;

static uint64_t word_at(const machine *m, uint64_t pa) {
  for (size_t i = m->words; i-- > 0;)
    if (m->word[i].pa == pa)
      return m->word[i].value;
  return 0;
}

static bool walk(const machine *m, uint64_t va, uint64_t *pa, unsigned *size) {
  unsigned half = (unsigned)(va >> 63), tg0 = (unsigned)(m->tcr >> 14) & 3, tg1 = (unsigned)(m->tcr >> 30) & 3;
  unsigned granule = half ? (tg1 == 1 ? 14 : tg1 == 3 ? 16 : 12) : tg0 == 1 ? 16 : tg0 == 2 ? 14 : 12;
  uint64_t table = m->ttbr[half];
  for (unsigned low = granule; low < 48; low += granule - 3)
    *size = low; // of the first level
  for (; *size >= granule; *size -= granule - 3) {
    unsigned bits = *size + granule - 3 > 48 ? 48 - *size : granule - 3;
    uint64_t d = word_at(m, table + (va >> *size & ((1ULL << bits) - 1)) * 8);
    uint64_t below = d & 0x0000fffffffff000;
    if (!(d & 1))
      return false;
    bool leaf = *size == granule || !(d & 2);
    if (leaf) {
      uint64_t low = (1ULL << *size) - 1;
      *pa = (below & ~low) | (va & low);
      return (d >> 10 & 1) != 0; // AF
    }
    table = below;
  }
  return false;
}

// ---- traces ----

opened open_bytes(const void *data, size_t bytes, tw_foreign_format format, const tw_mapping_policy *policy) {
  opened o = {.folder = new_folder()};
  tw_mapping_policy usual = tw_mapping_policy_usual();
  o.path = in_folder(o.folder, "trace");
  write_file(o.path, data, bytes);
  o.trace = tw_trace_open_foreign(o.path, format, policy ? policy : &usual, TW_TRACE_PA | TW_TRACE_GAPS, &o.error);
  return o;
}

void finish(opened *o) {
  tw_trace_close(o->trace);
  remove_folder(o->folder);
  free(o->path);
}

void expect_accesses(opened *o, const one_access *expected, size_t count) {
  machine *m = calloc(1, sizeof *m);
  tw_batch batch;
  size_t seen = 0;
  int got;
  cr_assert(o->trace, "%s", o->error.text);
  while ((got = tw_trace_next(o->trace, &batch, &o->error)) > 0) {
    for (size_t i = 0; i < batch.count; i++, seen++) {
      uint64_t pa = 0;
      unsigned size;
      cr_assert(seen < count);
      const one_access *e = &expected[seen];
      cr_expect(batch.va[i] == e->va && batch.info[i] == (e->kind | e->size << 2) && batch.gap[i] == e->gap,
                "access %zu: %#" PRIx64 ", info %#x, gap %u", seen, batch.va[i], batch.info[i], batch.gap[i]);
      cr_expect(walk(m, batch.va[i], &pa, &size) && pa == batch.pa[i], "access %zu: %#" PRIx64 " is not %#" PRIx64,
                seen, pa, batch.pa[i]);
    }
    if (batch.event.kind == TW_EVENT_DESCRIPTOR) {
      m->word[m->words].pa = batch.event.pa;
      m->word[m->words++].value = batch.event.value;
    }
    if (batch.event.kind == TW_EVENT_SECTION) {
      const tw_registers *registers = tw_trace_registers(o->trace);
      m->tcr = registers->tcr;
      m->ttbr[0] = registers->ttbr0;
      m->ttbr[1] = registers->ttbr1;
    }
  }
  cr_expect(got == 0, "%s", o->error.text);
  cr_expect(seen == count, "%zu accesses", seen);
  free(m);
}

void expect_damage(opened *o, size_t accesses, const char *words) {
  tw_batch batch;
  size_t seen = 0;
  int got;
  cr_assert(o->trace, "%s", o->error.text);
  while ((got = tw_trace_next(o->trace, &batch, &o->error)) > 0)
    seen += batch.count;
  cr_expect(got == -1);
  cr_expect(strstr(o->error.text, words), "%s", o->error.text);
  cr_expect(seen == accesses, "%zu accesses", seen);
}
