// What a random lockstep has compared, and what is missing for it to mean something.
#include "random_lockstep.h"

#include <inttypes.h>

static void add(uint64_t *sum, const uint64_t *part, size_t count) {
  for (size_t i = 0; i < count; i++)
    sum[i] += part[i];
}

// Each member is a uint64_t or an array or struct of them.
_Static_assert(sizeof(tw_random_counts) % sizeof(uint64_t) == 0, "counts are 64 bits each");

void tw_random_add(tw_random_counts *sum, const tw_random_counts *part) {
  add((uint64_t *)sum, (const uint64_t *)part, sizeof *sum / sizeof(uint64_t));
}

/// Faults of a kind (the FSC without its level), at levels 0 to 3.
static uint64_t faults_of(const tw_random_counts *counts, unsigned fsc) {
  return counts->fault[fsc] + counts->fault[fsc + 1] + counts->fault[fsc + 2] + counts->fault[fsc + 3];
}

typedef struct tw_category {
  uint64_t count;
  const char *name;
} tw_category;

enum { TW_CATEGORIES = 96 };

static size_t add_category(tw_category *list, size_t count, uint64_t value, const char *name) {
  list[count] = (tw_category){.count = value, .name = name};
  return count + 1;
}

static size_t list_answers(const tw_random_counts *c, tw_category *list, size_t n) {
  static const char *const found[] = {"answers without a look-up", "L1 hits", "L2 hits", "walks", "TLBIs completed"};
  static const char *const kinds[] = {"reads", "writes", "fetches"};
  for (unsigned i = 0; i < 5; i++)
    n = add_category(list, n, c->found[i], found[i]);
  for (unsigned i = 0; i < 3; i++)
    n = add_category(list, n, c->kind[i], kinds[i]);
  n = add_category(list, n, c->off, "translations with stage 1 off");
  n = add_category(list, n, faults_of(c, TW_FSC_ADDRESS_SIZE), "address size faults");
  n = add_category(list, n, faults_of(c, TW_FSC_TRANSLATION), "translation faults");
  n = add_category(list, n, faults_of(c, TW_FSC_ACCESS_FLAG), "access flag faults");
  n = add_category(list, n, faults_of(c, TW_FSC_PERMISSION), "permission faults");
  return add_category(list, n, faults_of(c, TW_FSC_EXTERNAL_ABORT_ON_WALK), "external aborts on walks");
}

static size_t list_rest(const tw_random_counts *c, tw_category *list, size_t n) {
  static const char *const ops[] = {"TLBI VMALL", "TLBI ASID", "TLBI VA", "TLBI VAA", "TLBI VAL", "TLBI VAAL"};
  static const char *const granules[] = {"4K granules", "16K granules", "64K granules"};
  static const char *const levels[] = {"reads at level 0", "reads at level 1", "reads at level 2", "reads at level 3"};
  static const struct {
    uint8_t size;
    const char *name;
  } sizes[] = {{12, "4K pages"},   {14, "16K pages"},   {16, "64K pages or groups of 4K"},
               {21, "2M answers"}, {25, "32M answers"}, {29, "512M answers"},
               {30, "1G answers"}, {34, "16G answers"}, {42, "4T answers"}};
  for (unsigned i = 0; i < TW_TLBI_OPS; i++)
    n = add_category(list, n, c->op[i], ops[i]);
  for (unsigned i = 0; i < 3; i++)
    n = add_category(list, n, c->granule[i], granules[i]);
  for (unsigned i = 0; i < 4; i++)
    n = add_category(list, n, c->reads[i + 1], levels[i]);
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
    n = add_category(list, n, c->size[sizes[i].size], sizes[i].name);
  n = add_category(list, n, c->compared.memory_reads, "memory reads");
  n = add_category(list, n, c->compared.cycles, "cycles");
  n = add_category(list, n, c->compared.counters, "counters");
  n = add_category(list, n, c->writes, "descriptor writes");
  n = add_category(list, n, c->refused, "offers to a port that holds one");
  return add_category(list, n, c->contexts, "contexts");
}

const char *tw_random_missing(const tw_random_counts *counts) {
  tw_category list[TW_CATEGORIES];
  size_t count = list_rest(counts, list, list_answers(counts, list, 0));
  for (size_t i = 0; i < count; i++)
    if (!list[i].count)
      return list[i].name;
  return NULL;
}

void tw_random_print(const tw_random_counts *counts, FILE *out) {
  tw_category list[TW_CATEGORIES];
  size_t count = list_rest(counts, list, list_answers(counts, list, 0));
  fprintf(out, "compared in %" PRIu64 " scenarios:\n", counts->scenarios);
  for (size_t i = 0; i < count; i++)
    fprintf(out, "  %12" PRIu64 "  %s\n", list[i].count, list[i].name);
}
