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

typedef struct tw_category {
  uint64_t count;
  char name[64];
} tw_category;

enum { TW_CATEGORIES = 256 };

typedef struct tw_list {
  tw_category item[TW_CATEGORIES];
  size_t count;
} tw_list;

static void put(tw_list *list, uint64_t count, const char *name) {
  tw_category *c = &list->item[list->count++];
  c->count = count;
  snprintf(c->name, sizeof c->name, "%s", name);
}

static void put_each(tw_list *list, const uint64_t *count, const char *const *names, size_t n) {
  for (size_t i = 0; i < n; i++)
    put(list, count[i], names[i]);
}

// ---- faults ----

static const char *const format_names[] = {"EL1&0", "EL2", "EL2&0", "LPAE", "short descriptors"};

typedef struct tw_fault_kind {
  uint8_t fsc, codes; ///< the first and how many
  const char *name;
} tw_fault_kind;

static const tw_fault_kind fault_kinds[] = {{TW_FSC_ADDRESS_SIZE, 4, "address size faults"},
                                            {TW_FSC_TRANSLATION, 4, "translation faults"},
                                            {TW_FSC_ACCESS_FLAG, 4, "access flag faults"},
                                            {TW_FSC_PERMISSION, 4, "permission faults"},
                                            {TW_FSC_EXTERNAL_ABORT_ON_WALK, 4, "external aborts on walks"}};

static uint64_t sum_codes(const uint64_t *fault, unsigned first, unsigned codes) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < codes; i++)
    sum += fault[first + i];
  return sum;
}

static void list_faults_of(const tw_random_counts *c, unsigned format, unsigned stage, tw_list *list) {
  for (size_t k = 0; k < sizeof fault_kinds / sizeof *fault_kinds; k++) {
    if (format == 4 && stage == 1 && fault_kinds[k].fsc == TW_FSC_ADDRESS_SIZE)
      continue; // short descriptors reach no further
    char name[64];
    snprintf(name, sizeof name, "%s, stage %u: %s", format_names[format], stage, fault_kinds[k].name);
    put(list, sum_codes(c->fault[format][stage - 1], fault_kinds[k].fsc, fault_kinds[k].codes), name);
  }
}

/// A code of any format at one stage.
static uint64_t code(const tw_random_counts *c, unsigned stage, unsigned fsc) {
  uint64_t sum = 0;
  for (unsigned f = 0; f < TW_RANDOM_FORMATS; f++)
    sum += c->fault[f][stage - 1][fsc];
  return sum;
}

static void list_faults(const tw_random_counts *c, tw_list *list) {
  for (unsigned format = 0; format < TW_RANDOM_FORMATS; format++)
    list_faults_of(c, format, 1, list);
  list_faults_of(c, 0, 2, list);
  list_faults_of(c, 3, 2, list);
  list_faults_of(c, 4, 2, list);
  put(list, c->fault[4][0][TW_FSC_DOMAIN + 1], "domain faults, level 1");
  put(list, c->fault[4][0][TW_FSC_DOMAIN + 2], "domain faults, level 2");
  put(list, code(c, 1, TW_FSC_NO_ATOMICS), "stage 1: unsupported updates");
  put(list, code(c, 2, TW_FSC_NO_ATOMICS), "stage 2: unsupported updates");
  put(list, code(c, 1, 0x2b), "stage 1: translation faults, level -1");
  put(list, code(c, 1, 0x13), "stage 1: external aborts, level -1");
  put(list, code(c, 1, 0x29), "stage 1: address size faults, level -1");
  put(list, code(c, 2, 0x2b), "stage 2: translation faults, level -1");
  put(list, c->s1ptw[0], "AArch64: stage 2 faults of stage 1 tables");
  put(list, c->s1ptw[1], "AArch32: stage 2 faults of stage 1 tables");
}

// ---- the rest ----

static void list_answers(const tw_random_counts *c, tw_list *list) {
  static const char *const found[] = {"answers without a look-up", "L1 hits",       "L2 hits", "walks",
                                      "TLBIs completed",           "merged answers"};
  static const char *const kinds[] = {"reads", "writes", "fetches"};
  static const char *const ats[] = {"accesses", "ATs of both stages", "ATs of stage 1"};
  static const char *const contexts[] = {
      "answers in EL1&0", "answers in EL1&0 with stage 2", "answers in EL2", "answers in EL2&0",
      "short answers",    "short answers with stage 2",    "LPAE answers",   "LPAE answers with stage 2"};
  put_each(list, c->found, found, 6);
  put_each(list, c->kind, kinds, 3);
  put_each(list, c->at, ats, 3);
  put_each(list, c->answers, contexts, 8);
  put(list, c->par_long, "ATs with the long PAR");
  put(list, c->nonfault, "non-faulting accesses");
  put(list, c->off, "translations with stage 1 off");
}

static void list_walks(const tw_random_counts *c, tw_list *list) {
  static const char *const levels[] = {"reads at level -1", "reads at level 0", "reads at level 1", "reads at level 2",
                                       "reads at level 3"};
  static const struct {
    uint8_t size;
    const char *name;
  } sizes[] = {{12, "4K pages"},    {14, "16K pages"},    {16, "64K answers"},  {20, "1M answers"}, {21, "2M answers"},
               {24, "16M answers"}, {25, "32M answers"},  {29, "512M answers"}, {30, "1G answers"}, {34, "16G answers"},
               {36, "64G answers"}, {39, "512G answers"}, {42, "4T answers"}};
  put_each(list, c->reads, levels, TW_LEVELS);
  put(list, c->stage2_reads, "stage 2 reads");
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    put(list, c->size[sizes[i].size], sizes[i].name);
  put(list, c->swaps[0], "updates of stage 1");
  put(list, c->swaps[1], "updates of stage 2");
  put(list, c->lost[0], "races at stage 1");
  put(list, c->lost[1], "races at stage 2");
  put(list, c->swap_aborts, "aborted compare-and-swaps");
  put(list, c->swap_refusals, "refused compare-and-swaps");
}

static void list_overlap(const tw_random_counts *c, tw_list *list) {
  static const char *const preloads[] = {"preloads for reads", "preloads for writes", "preloads of instructions"};
  uint64_t barriers = 0;
  for (unsigned op = 0; op < TW_RANDOM_OPS; op++)
    barriers += (op & 15) == TW_TLBI_DSB ? c->op[op] : 0;
  put_each(list, c->prfm, preloads, 3);
  put(list, c->overlap.both_ports, "acceptances at both ports in one cycle");
  put(list, c->overlap.hits_under_miss, "misses with a hit under them");
  put(list, c->overlap.misses_overtaken, "misses answered before an older one");
  put(list, c->overlap.walks_at_once, "walks beside others");
  put(list, c->stalls[0], "cycles that a data request waited at its port");
  put(list, c->stalls[1], "cycles that a fetch waited at its port");
  put(list, c->held[0], "responses held back");
  put(list, c->held[1], "memory accesses held back");
  put(list, barriers, "barriers");
  put(list, c->outside, "TLBIs and barriers from outside");
  put(list, c->prefetches, "prefetches");
  put(list, c->prefetch_hits, "prefetches of what the L2 TLB holds");
  put(list, c->prefetch_walks, "walks of prefetches");
  put(list, c->prefetch_fills, "walks of prefetches that filled the L2 TLB");
  put(list, c->plays, "plays");
  put(list, c->played, "requests of plays");
}

/// Of tables in the L2 there is something only where the build has them there.
static void list_features(const tw_random_counts *c, tw_list *list) {
  put(list, c->coalescing, "scenarios that coalesce");
  put(list, c->coalesced, "walks that found four pages in one");
  if (!c->in_l2)
    return;
  put(list, c->table_hits, "look-ups of tables that hit the L2 TLB");
  put(list, c->table_passed_over, "acts before an older walk's look-up that waits for a TLBI");
}

static void list_rest(const tw_random_counts *c, tw_list *list) {
  put(list, c->compared.memory_reads, "memory accesses");
  put(list, c->compared.cycles, "cycles");
  put(list, c->compared.counters, "counters");
  put(list, c->writes, "descriptor writes");
  put(list, c->refused, "offers to a port that holds one");
  put(list, c->contexts, "contexts");
  put(list, c->switches, "context switches");
}

static void list_all(const tw_random_counts *c, tw_list *list) {
  list->count = 0;
  list_answers(c, list);
  list_faults(c, list);
  list_walks(c, list);
  list_overlap(c, list);
  list_features(c, list);
  list_rest(c, list);
}

bool tw_random_missing(const tw_random_counts *counts, char name[64]) {
  tw_list list;
  list_all(counts, &list);
  for (unsigned op = 0; op < TW_RANDOM_OPS; op++)
    if (!counts->op[op]) {
      snprintf(name, 64, "TLBI operation 0x%02x", op);
      return true;
    }
  for (size_t i = 0; i < list.count; i++)
    if (!list.item[i].count) {
      snprintf(name, 64, "%s", list.item[i].name);
      return true;
    }
  return false;
}

void tw_random_print(const tw_random_counts *counts, FILE *out) {
  tw_list list;
  list_all(counts, &list);
  unsigned ops = 0;
  for (unsigned op = 0; op < TW_RANDOM_OPS; op++)
    ops += counts->op[op] != 0;
  fprintf(out, "compared in %" PRIu64 " scenarios:\n", counts->scenarios);
  for (size_t i = 0; i < list.count; i++)
    fprintf(out, "  %12" PRIu64 "  %s\n", list.item[i].count, list.item[i].name);
  fprintf(out, "  %12u  TLBI operations of %d\n", ops, TW_RANDOM_OPS);
}
