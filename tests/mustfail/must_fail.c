// Must-fail: the lockstep has to see each deliberate fault of rtl/FAULTS.md, soon and as a difference of the right
// kind, and must see nothing when none is switched on.
//   must_fail [--fault N]
#include <inttypes.h>
#include <random_lockstep.h>
#include <random_world.h>
#include <stdlib.h>
#include <string.h>

enum {
  TW_SCENARIO_CYCLES = 40000,
  TW_CYCLES_MOST = 4000000, ///< a fault must be seen before
  TW_CYCLES_RIGHT = 4000000 ///< compared with no fault switched on
};

#define KIND(kind) (1U << TW_DIFFERENT_##kind)

enum { // what is told by sets of kinds
  LATER = KIND(CYCLE) | KIND(MEMORY),
  ELSEWHERE = KIND(FOUND) | KIND(CYCLE) | KIND(MEMORY) | KIND(FAULT) | KIND(ANSWER), ///< a wrong hit or none
  REFUSED = KIND(FAULT),
  REFUSED_OR_READ = KIND(FAULT) | KIND(MEMORY), ///< one side goes on with the walk
  /// A hit refuses a write that should walk: its answer comes at once, so it may be the order of answers that differs.
  REFUSED_BY_A_HIT = REFUSED_OR_READ | KIND(CYCLE),
  OTHER = KIND(ANSWER) | KIND(MEMORY) | KIND(FAULT),
};

enum { // where it is met soon
  EL1 = TW_KIND_EL10 | TW_KIND_EL20,
  STAGE2 = TW_KIND_EL10_STAGE2,
  ANY_STAGE2 = TW_KIND_EL10_STAGE2 | TW_KIND_SHORT_STAGE2 | TW_KIND_LPAE_STAGE2,
  SHORT = TW_KIND_SHORT,
  ANY = TW_KIND_ANY,
};

/// What a fault may be seen as first: a set, because what a wrong entry or a wrong hit does first depends on what else
/// goes on. FAULTS.md names the kind that this program prints.
typedef struct tw_expected {
  const char *what;
  unsigned differences; ///< set of KIND
  unsigned contexts;    ///< set of tw_random_kind that scenarios draw from
} tw_expected;

/// By number; numbers between those from 100 on (prefetches, tables in the L2, coalescing) and the others are free.
static const tw_expected expected[] = {
    {"none", 0, ANY},
    {"a full L1 replaces the entry used last", ELSEWHERE, EL1},
    {"a full L2 set replaces the way after the least recently used", ELSEWHERE, EL1},
    {"the L2 answers a cycle late", LATER, EL1},
    {"a step of the walk takes a cycle more", LATER, EL1},
    {"the L1 matches any ASID", ELSEWHERE, EL1},
    {"the L2 matches any ASID", ELSEWHERE, EL1},
    {"TLBI VA and VAA leave the walk caches alone", ELSEWHERE, EL1},
    {"entries of 64K and 32M cover twice their bytes", ELSEWHERE, EL1},
    {"AP[2] and AP[1] swapped", REFUSED_OR_READ, EL1},
    {"PAN ignored", REFUSED, EL1},
    {"WXN ignored", REFUSED, EL1},
    {"PXN and UXN swapped", REFUSED, EL1},
    {"APTable ignored", REFUSED_OR_READ, EL1},
    {"access flag not checked", REFUSED_OR_READ, ANY},
    {"every entry is global", ELSEWHERE, EL1},
    {"TLBI of the last level drops the walk caches too", ELSEWHERE, EL1},
    {"a TLBI compares the entry's size, not the mapping's", ELSEWHERE, EL1},
    {"a fault of a descriptor reports the level above", REFUSED, ANY},
    {"output addresses of any size pass", REFUSED_OR_READ, ANY},
    {"EPD ignored", REFUSED_OR_READ, EL1},
    {"DTLB_STEP without the last read of a walk that faults", KIND(COUNTER), EL1},
    {"the top byte is never ignored", REFUSED_OR_READ | KIND(CYCLE) | KIND(FOUND), EL1},
    {"the shallowest walk cache that hits is used", KIND(MEMORY), EL1},
    {"of two stages that want to enter, the one that entered last goes first", ELSEWHERE, EL1},
    {"Device memory reports the descriptor's SH", KIND(ANSWER), EL1},
    {"a stage 2 leaf is always readable", REFUSED_OR_READ, STAGE2},
    {"HCR.PTW ignored", REFUSED_OR_READ, STAGE2},
    {"HCR.FWB ignored", OTHER, STAGE2},
    {"LPA2: OA[51:50] dropped", OTHER, EL1 | STAGE2},
    {"concatenated tables of stage 2: the index is a bit short", REFUSED_OR_READ, ANY_STAGE2},
    {"a domain's manager is treated as a client", REFUSED, SHORT},
    {"SCTLR.AFE ignored", REFUSED, SHORT},
    {"XN of a large page taken from the small page's place", REFUSED, SHORT},
    {"PA[39:32] of a supersection dropped", OTHER, SHORT},
    {"HA without HD does not set the Access flag", REFUSED_OR_READ, EL1},
    {"DBM ignored at stage 2", REFUSED_BY_A_HIT, STAGE2},
    {"EPAN ignored", REFUSED, EL1},
    {"inner and outer cacheability swapped", OTHER, SHORT},
    {"TTBCR.N: one bit less decides between TTBR0 and TTBR1", REFUSED_OR_READ | KIND(ANSWER), SHORT},
    {"a VMID of 16 bits is taken as 8", ELSEWHERE, STAGE2},
    {"HCR.DC ignored for the attributes", OTHER, ANY_STAGE2},
    {"combined shareability takes stage 1's only", OTHER, ANY_STAGE2},
    {"stage 2 XN 01 and 11 swapped", REFUSED, STAGE2},
    {"pages have domain 0, not their table's", REFUSED, SHORT},
    {"the IPA cache matches any VMID", ELSEWHERE, STAGE2},
    {"IPAS2 leaves the IPA cache alone", ELSEWHERE, STAGE2},
    {"VMALLS12 leaves the IPA cache alone", ELSEWHERE, STAGE2},
    {"a range TLBI is a granule short", ELSEWHERE, EL1},
    {"TTL ignored", ELSEWHERE, EL1},
    {"the L2 matches any world", ELSEWHERE, EL1 | STAGE2},
    {"L1s and walk caches do not see that the VMID has changed", ELSEWHERE, STAGE2},
    {"a compare-and-swap that failed is taken as done", ELSEWHERE, EL1},
    {"a compare-and-swap expects the descriptor's bytes in the wrong order", OTHER, EL1},
    {"a write uses a clean entry", ELSEWHERE, EL1},
    {"a combined entry has stage 1's size", ELSEWHERE, STAGE2},
    {"S1PTW lost", REFUSED, ANY_STAGE2},
    {"HPFAR tells the VA", KIND(FAULT) | KIND(ANSWER), ANY_STAGE2},
    {"a request that bypasses the TLBs fills them", ELSEWHERE | KIND(COUNTER), STAGE2},
    {"a look-up of the IPA cache takes a cycle more", LATER, STAGE2},
    {"an AArch32 TLBI's ASID is taken from bits [63:48]", ELSEWHERE, SHORT},
    {"merging compares a bit less", ELSEWHERE, EL1},
    {"a merged one has bits [15:12] of the other's address", OTHER, EL1},
    {"a stale walk fills the TLBs", ELSEWHERE, EL1},
    {"a stale walk fills a walk cache", ELSEWHERE, EL1},
    {"a DSB waits for nothing", LATER, EL1},
    {"a TLBI waits for nothing", LATER, EL1},
    {"the youngest is looked up first", ELSEWHERE, EL1},
    {"the youngest walk acts first", ELSEWHERE, EL1},
    {"the youngest begins its walk first", ELSEWHERE, EL1},
    {"a merged one is not asked for its permission", REFUSED, EL1},
    {"the last entry of the queue is not used", ELSEWHERE, EL1},
    {"a walk begins a cycle late", LATER, EL1},
    {"a stage is not held while its L1 is filled", ELSEWHERE, EL1},
    {"a merged miss counts as a refill", KIND(COUNTER), EL1},
    {"misses of both ports merge", ELSEWHERE, EL1},
    {"one that was merged with a fault walks without a look-up", ELSEWHERE, EL1},
    {"memory's credit ignored", LATER, EL1},
    {"the miss channel's credit ignored", LATER, EL1},
    {"a merged write uses a clean translation", ELSEWHERE, EL1},
    {"a mapping that is filled again takes another way", ELSEWHERE, EL1},
    [90] = {"FIFO counts hits", ELSEWHERE, EL1},
    [91] = {"PLRU does not see hits", ELSEWHERE, EL1},
    [92] = {"the shift register of random replacement steps at every fill", ELSEWHERE, EL1},
    [93] = {"NRU never clears its bits", ELSEWHERE, STAGE2},
    [94] = {"a TLBI leaves the sets of the L2's large array that the first has not", ELSEWHERE, EL1},
    [96] = {"a fill leaves what it overlaps in an L1 with sets", ELSEWHERE, EL1},
    [97] = {"a fill of large pages leaves what it overlaps in the L1's first array", ELSEWHERE, EL1},
    [100] = {"a prefetch fills the L1 too", ELSEWHERE, EL1},
    {"a prefetch sets the Access flag", ELSEWHERE, EL1},
    {"the stride takes the page before", ELSEWHERE, EL1},
    {"a table is looked up in the L2 by the set of the level above", ELSEWHERE, EL1},
    {"a TLBI leaves the tables of the L2 alone", ELSEWHERE, EL1},
    {"a probe is made in the cycle in which a table is filled", ELSEWHERE, EL1},
    {"a table is looked up while a TLBI goes through the L2", LATER, EL1},
    {"pages are coalesced that are not contiguous", OTHER | ELSEWHERE, EL1},
    {"coalescing does not compare permissions", OTHER | ELSEWHERE, EL1},
    {"coalescing does not compare Access flags", OTHER | ELSEWHERE, EL1},
    {"a coalesced mapping has the span of a page", ELSEWHERE, EL1},
    {"coalescing compares the bits left to software", OTHER | ELSEWHERE, EL1},
    {"coalescing ignores SCTLR.EE", OTHER | ELSEWHERE, EL1},
    {"clean pages are coalesced", OTHER | ELSEWHERE, EL1},
};
enum { TW_FAULTS_KNOWN = sizeof expected / sizeof *expected };

/// The RTL build with a fault: those from 90 on are in structures that tiny has not.
static const char *variant_of(unsigned fault) { return fault >= 90 ? "tiny-arrays-faulty" : "tiny-faulty"; }

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
  const tw_random_options options = {.variant = variant_of(fault), .fault = fault, .kinds = expected[fault].contexts};
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
  bool right = !failed && (fault ? (e->differences >> found.kind & 1) != 0 : found.kind == TW_SAME);
  printf("%s fault %2u  %-8s after %9" PRIu64 " cycles, seed %3" PRIu64 "  %s", right ? "ok  " : "FAIL", fault,
         kind_name(found.kind), found.cycles, found.seed, e->what);
  if (!right) {
    printf("; expected ");
    if (fault)
      print_kinds(e->differences);
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
  if (last >= TW_FAULTS_KNOWN || !expected[first].what || argc == 2 || argc > 3) {
    fprintf(stderr, "must_fail [--fault N], N from 0 to %d\n", TW_FAULTS_KNOWN - 1);
    return 2;
  }
  unsigned passed = 0, failed = 0;
  for (unsigned fault = first; fault <= last; fault++) {
    if (!expected[fault].what)
      continue; // no such number
    if (try_fault(fault))
      passed++;
    else
      failed++;
  }
  printf("%u passed, %u failed\n", passed, failed);
  return failed != 0;
}
