// Must-fail: the lockstep has to see each deliberate fault of rtl/FAULTS.md, soon and as a difference of the right
// kind, and must see nothing when none is switched on.
//   must_fail [--fault N]
#include <inttypes.h>
#include <random_lockstep.h>
#include <stdlib.h>
#include <string.h>

enum {
  TW_SCENARIO_CYCLES = 40000,
  TW_CYCLES_MOST = 4000000, ///< a fault must be seen before
  TW_CYCLES_RIGHT = 4000000 ///< compared with no fault switched on
};

#define KIND(kind) (1U << TW_DIFFERENT_##kind)

/// What a fault may be seen as first: a set, because what a wrong entry or a wrong hit does first depends on what else
/// goes on. `seen` is the kind that FAULTS.md names.
typedef struct tw_expected {
  const char *what;
  unsigned kinds;
} tw_expected;

/// By number.
static const tw_expected expected[] = {
    {"none", 0},
    {"a full L1 replaces the entry used last", KIND(FOUND) | KIND(CYCLE)},
    {"a full L2 set replaces the way after the least recently used", KIND(FOUND) | KIND(CYCLE)},
    {"the L2 answers a cycle late", KIND(CYCLE) | KIND(MEMORY)},
    {"a step of the walk takes a cycle more", KIND(CYCLE) | KIND(MEMORY)},
    {"the L1 matches any ASID", KIND(FOUND) | KIND(CYCLE) | KIND(FAULT)},
    {"the L2 matches any ASID", KIND(FOUND) | KIND(CYCLE) | KIND(FAULT)},
    {"TLBI VA and VAA leave the walk caches alone", KIND(MEMORY)},
    {"entries of 64K and 32M cover twice their bytes", KIND(FOUND) | KIND(ANSWER) | KIND(FAULT)},
    {"AP[2] and AP[1] swapped", KIND(FAULT)},
    {"PAN ignored", KIND(FAULT)},
    {"WXN ignored", KIND(FAULT)},
    {"PXN and UXN swapped", KIND(FAULT)},
    {"APTable ignored", KIND(FAULT)},
    {"access flag not checked", KIND(FAULT)},
    {"every entry is global", KIND(FOUND) | KIND(FAULT)},
    {"TLBI of the last level drops the walk caches too", KIND(MEMORY)},
    {"a TLBI compares the entry's size, not the mapping's", KIND(FOUND) | KIND(FAULT)},
    {"a fault of a descriptor reports the level above", KIND(FAULT)},
    {"output addresses of any size pass", KIND(FAULT) | KIND(MEMORY)},
    {"EPD ignored", KIND(FAULT) | KIND(MEMORY)},
    {"DTLB_STEP without the last read of a walk that faults", KIND(COUNTER)},
    {"the top byte is never ignored", KIND(FAULT)},
    {"the shallowest walk cache that hits is used", KIND(MEMORY)},
    {"fetches before data", KIND(CYCLE) | KIND(ANSWER)},
    {"Device memory reports the descriptor's SH", KIND(ANSWER)},
};
enum { TW_FAULTS_KNOWN = sizeof expected / sizeof *expected };

static const char *kind_name(tw_difference kind) {
  static const char *const names[] = {"none", "cycle", "answer", "fault", "found", "memory", "counter"};
  return names[kind];
}

static void print_kinds(unsigned kinds) {
  const char *separator = "";
  for (unsigned kind = TW_DIFFERENT_CYCLE; kind <= TW_DIFFERENT_COUNTER; kind++) {
    if (!(kinds >> kind & 1))
      continue;
    printf("%s%s", separator, kind_name((tw_difference)kind));
    separator = ", ";
  }
}

/// How the search for one fault ended.
typedef struct tw_search {
  tw_difference kind;
  uint64_t cycles, seed;
  tw_error error;
} tw_search;

/// Random scenarios until a difference or `most` cycles. 0; -1: something else went wrong.
static int search(unsigned fault, uint64_t most, tw_search *found) {
  const tw_random_options options = {.variant = "tiny-faulty", .fault = fault};
  tw_random_counts counts = {0};
  *found = (tw_search){.kind = TW_SAME};
  for (found->seed = 1; counts.compared.cycles < most; found->seed++) {
    int failed = tw_random_lockstep(&options, found->seed, TW_SCENARIO_CYCLES, &counts, &found->kind, &found->error);
    found->cycles = counts.compared.cycles;
    if (failed)
      return found->kind == TW_SAME ? -1 : 0;
  }
  return 0;
}

/// One fault, one line. True when it went as it must.
static bool try_fault(unsigned fault) {
  const tw_expected *e = &expected[fault];
  tw_search found;
  int failed = search(fault, fault ? TW_CYCLES_MOST : TW_CYCLES_RIGHT, &found);
  bool right = !failed && (fault ? (e->kinds >> found.kind & 1) != 0 : found.kind == TW_SAME);
  printf("%s fault %2u  %-8s after %9" PRIu64 " cycles, seed %3" PRIu64 "  %s", right ? "ok  " : "FAIL", fault,
         kind_name(found.kind), found.cycles, found.seed, e->what);
  if (!right) {
    printf("; expected ");
    if (fault)
      print_kinds(e->kinds);
    else
      printf("none");
    printf("; %s", found.error.text);
  }
  printf("\n");
  fflush(stdout);
  return right;
}

int main(int argc, char **argv) {
  unsigned first = 0, last = TW_FAULTS_KNOWN - 1;
  if (argc == 3 && !strcmp(argv[1], "--fault"))
    first = last = (unsigned)strtoul(argv[2], NULL, 0);
  if (last >= TW_FAULTS_KNOWN || argc == 2 || argc > 3) {
    fprintf(stderr, "must_fail [--fault N], N from 0 to %d\n", TW_FAULTS_KNOWN - 1);
    return 2;
  }
  unsigned passed = 0, failed = 0;
  for (unsigned fault = first; fault <= last; fault++) {
    if (try_fault(fault))
      passed++;
    else
      failed++;
  }
  printf("%u passed, %u failed\n", passed, failed);
  return failed != 0;
}
