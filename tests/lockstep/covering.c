// The covering set of RTL builds (harness/platform/covering.cmake) by its rule. No RTL is needed.
//   covering
//
// Options have the values below. A policy counts in a build in which its structure has a choice: a group of at least
// two entries. Demanded:
//
//   option with option        each pair of values
//   policy                    each policy in each structure
//   policy with own form      each policy of an L1 with each form that has a choice; of the L2 likewise with its ways
//   option in CI              each value of each option in one of the builds that CI runs
//
// Counted, and not to fall below what the set has: policy with other options, policy with policy.
//
// Then the check itself: with any one build left out, and with any policy of a structure made lru everywhere, something
// demanded must be missing.
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

// ---- builds ----

typedef struct tw_build_l1 {
  unsigned entries, ways, policy, large, large_policy;
} tw_build_l1;

typedef struct tw_build_l2 {
  unsigned sets, ways, policy, large_sets, large_ways, large_policy;
} tw_build_l2;

/// Parameters in the order in which covering.cmake gives them.
typedef struct tw_geometry {
  tw_build_l1 l1i, l1d;
  tw_build_l2 l2;
  unsigned walk_cache[4], in_l2, walk_cache_policy, ipa, ipa_policy, misses, walks;
} tw_geometry;

typedef struct tw_build {
  const char *name;
  tw_geometry geometry;
} tw_build;

// `builds`, `in_ci` (how many of the first ones CI runs).
#include "covering_builds.h"

enum { BUILDS = sizeof builds / sizeof *builds };

// ---- columns ----

enum { OPTIONS = 11, POLICIES = 8, COLUMNS = OPTIONS + POLICIES, VALUES = 5, NO_CHOICE = VALUES };

typedef struct tw_column {
  const char *name;
  unsigned values;
  unsigned form; ///< of a policy: the column of its structure's form
  unsigned with; ///< and the values of that column with which it has a choice, a bit each
} tw_column;

enum { L1I, L1D, L1I_LARGE, L1D_LARGE, L2_SETS, L2_WAYS, L2_LARGE, WALK_CACHES, IPA, MISSES, WALKS };

static const tw_column columns[COLUMNS] = {
    {"L1I form", 3, 0, 0},
    {"L1D form", 3, 0, 0},
    {"L1I large array", 2, 0, 0},
    {"L1D large array", 2, 0, 0},
    {"L2 sets", 3, 0, 0},
    {"L2 ways", 3, 0, 0},
    {"L2 large array", 2, 0, 0},
    {"walk caches", 4, 0, 0},
    {"IPA cache", 3, 0, 0},
    {"misses", 3, 0, 0},
    {"walks", 3, 0, 0},
    {"L1I policy", VALUES, L1I, 1 << 0 | 1 << 2},
    {"L1D policy", VALUES, L1D, 1 << 0 | 1 << 2},
    {"L1I large policy", VALUES, L1I_LARGE, 1 << 1},
    {"L1D large policy", VALUES, L1D_LARGE, 1 << 1},
    {"L2 policy", VALUES, L2_WAYS, 1 << 1 | 1 << 2},
    {"L2 large policy", VALUES, L2_LARGE, 1 << 1},
    {"walk caches' policy", VALUES, WALK_CACHES, 1 << 1 | 1 << 2},
    {"IPA cache's policy", VALUES, IPA, 1 << 2},
};

static bool power_of_two(unsigned n) { return (n & (n - 1)) == 0; }

/// 0 fully associative, 1 one way, 2 several ways and sets that are no power of two; VALUES: none of these.
static unsigned form_of(const tw_build_l1 *l1) {
  if (l1->ways <= 1)
    return l1->ways;
  return power_of_two(l1->entries / l1->ways) ? VALUES : 2;
}

/// 0 one, 1 a power of two, 2 another number.
static unsigned number_of(unsigned n) { return n == 1 ? 0 : power_of_two(n) ? 1 : 2; }

/// 0 one, 1 some, 2 the most there can be.
static unsigned amount_of(unsigned n) { return n == 1 ? 0 : n < 16 ? 1 : 2; }

/// 0 none, 1 for some levels, 2 for all, 3 in the L2.
static unsigned walk_caches_of(const tw_geometry *g) {
  unsigned levels = 0;
  for (unsigned i = 0; i < 4; i++)
    levels += g->walk_cache[i] > 0;
  if (g->in_l2)
    return levels ? VALUES : 3;
  return levels == 0 ? 0 : levels < 4 ? 1 : 2;
}

static unsigned widest(const tw_geometry *g) {
  unsigned most = 0;
  for (unsigned i = 0; i < 4; i++)
    most = g->walk_cache[i] > most ? g->walk_cache[i] : most;
  return most;
}

static unsigned policy_of(unsigned policy, unsigned group) { return group > 1 ? policy : NO_CHOICE; }

/// A build's value in each column.
static void values_of(const tw_geometry *g, unsigned value[COLUMNS]) {
  const unsigned all[COLUMNS] = {
      form_of(&g->l1i),
      form_of(&g->l1d),
      g->l1i.large > 0,
      g->l1d.large > 0,
      number_of(g->l2.sets),
      number_of(g->l2.ways),
      g->l2.large_sets > 0,
      walk_caches_of(g),
      g->ipa < 2 ? g->ipa : 2,
      amount_of(g->misses),
      amount_of(g->walks),
      policy_of(g->l1i.policy, g->l1i.ways ? g->l1i.ways : g->l1i.entries),
      policy_of(g->l1d.policy, g->l1d.ways ? g->l1d.ways : g->l1d.entries),
      policy_of(g->l1i.large_policy, g->l1i.large),
      policy_of(g->l1d.large_policy, g->l1d.large),
      policy_of(g->l2.policy, g->l2.ways),
      policy_of(g->l2.large_policy, g->l2.large_sets ? g->l2.large_ways : 0),
      policy_of(g->walk_cache_policy, widest(g)),
      policy_of(g->ipa_policy, g->ipa),
  };
  memcpy(value, all, sizeof all);
}

// ---- counting ----

/// Values that builds have: [build][column]. `left_out`: a build that does not count.
typedef struct tw_set {
  unsigned value[BUILDS][COLUMNS];
  size_t left_out;
} tw_set;

typedef struct tw_count {
  unsigned covered, possible;
} tw_count;

/// A pair of values that can stand together: a policy needs a form with which there is a choice.
static bool possible(unsigned a, unsigned b, unsigned value) {
  return b < OPTIONS || columns[b].form != a || columns[b].with >> value & 1;
}

static bool has_pair(const tw_set *set, unsigned a, unsigned b, unsigned va, unsigned vb) {
  for (size_t i = 0; i < BUILDS; i++)
    if (i != set->left_out && set->value[i][a] == va && set->value[i][b] == vb)
      return true;
  return false;
}

/// Pairs of values of the columns a < b.
static tw_count count_pairs(const tw_set *set, unsigned a, unsigned b) {
  tw_count count = {0, 0};
  for (unsigned va = 0; va < columns[a].values; va++) {
    if (!possible(a, b, va))
      continue;
    for (unsigned vb = 0; vb < columns[b].values; vb++) {
      count.possible++;
      count.covered += has_pair(set, a, b, va, vb);
    }
  }
  return count;
}

/// Values of one column in the first `builds_looked_at`.
static tw_count count_values(const tw_set *set, unsigned column, size_t builds_looked_at) {
  tw_count count = {0, columns[column].values};
  for (unsigned v = 0; v < columns[column].values; v++) {
    bool there = false;
    for (size_t i = 0; i < builds_looked_at && !there; i++)
      there = i != set->left_out && set->value[i][column] == v;
    count.covered += there;
  }
  return count;
}

// ---- classes ----

enum { OPTION_OPTION, POLICY_ALONE, POLICY_FORM, OPTION_CI, POLICY_OPTION, POLICY_POLICY, CLASSES };

static const struct {
  const char *name;
  unsigned least; ///< what must be covered; 0: all
} classes[CLASSES] = {{"option with option", 0},         {"policy", 0},
                      {"policy with its own form", 0},   {"option in CI", 0},
                      {"policy with other option", 696}, {"policy with policy", 143}};

static unsigned class_of(unsigned a, unsigned b) {
  if (b < OPTIONS)
    return OPTION_OPTION;
  if (a >= OPTIONS)
    return POLICY_POLICY;
  return columns[b].form == a && (a == L1I || a == L1D || a == L2_WAYS) ? POLICY_FORM : POLICY_OPTION;
}

static void add(tw_count *to, tw_count count) {
  to->covered += count.covered;
  to->possible += count.possible;
}

static void count_classes(const tw_set *set, tw_count count[CLASSES]) {
  memset(count, 0, CLASSES * sizeof *count);
  for (unsigned a = 0; a < COLUMNS; a++) {
    add(&count[a < OPTIONS ? OPTION_CI : POLICY_ALONE], count_values(set, a, a < OPTIONS ? in_ci : BUILDS));
    for (unsigned b = a + 1; b < COLUMNS; b++)
      add(&count[class_of(a, b)], count_pairs(set, a, b));
  }
}

static bool enough(const tw_count count[CLASSES], unsigned class) {
  return count[class].covered >= (classes[class].least ? classes[class].least : count[class].possible);
}

static bool all_demanded(const tw_set *set) {
  tw_count count[CLASSES];
  count_classes(set, count);
  for (unsigned class = 0; class < POLICY_OPTION; class ++)
    if (!enough(count, class))
      return false;
  return true;
}

// ---- the table ----

static void print_missing(const tw_set *set, unsigned a, unsigned b) {
  for (unsigned va = 0; va < columns[a].values; va++)
    for (unsigned vb = 0; vb < columns[b].values; vb++)
      if (possible(a, b, va) && !has_pair(set, a, b, va, vb))
        printf("missing: %s %u with %s %u\n", columns[a].name, va, columns[b].name, vb);
}

/// A column's pairs with all options and with all policies.
static void print_column(const tw_set *set, unsigned column) {
  tw_count options = {0, 0}, policies = {0, 0};
  for (unsigned other = 0; other < COLUMNS; other++)
    if (other != column)
      add(other < OPTIONS ? &options : &policies,
          other < column ? count_pairs(set, other, column) : count_pairs(set, column, other));
  tw_count values = count_values(set, column, BUILDS);
  printf("%-20s %u/%u   %5u/%-5u  %5u/%-5u\n", columns[column].name, values.covered, values.possible, options.covered,
         options.possible, policies.covered, policies.possible);
}

static void print_table(const tw_set *set, const tw_count count[CLASSES]) {
  printf("%zu builds, %u of them in CI\n\n", (size_t)BUILDS, in_ci);
  printf("%-20s %s  %s\n", "", "values  with options", "with policies");
  for (unsigned column = 0; column < COLUMNS; column++)
    print_column(set, column);
  printf("\npairs covered / possible\n");
  for (unsigned class = 0; class < CLASSES; class ++)
    printf("%-26s %5u/%-5u %s\n", classes[class].name, count[class].covered, count[class].possible,
           class < POLICY_OPTION ? "all demanded" : "");
}

// ---- checks ----

typedef struct tw_tally {
  unsigned passed, failed;
} tw_tally;

static void check(tw_tally *tally, bool right, const char *what, const char *name) {
  right ? tally->passed++ : tally->failed++;
  if (!right)
    printf("FAIL %s: %s\n", what, name);
}

static void check_values(tw_tally *tally, const tw_set *set) {
  for (size_t i = 0; i < BUILDS; i++)
    for (unsigned c = 0; c < COLUMNS; c++)
      check(tally, set->value[i][c] < columns[c].values || (c >= OPTIONS && set->value[i][c] == NO_CHOICE),
            builds[i].name, columns[c].name);
}

static void check_set(tw_tally *tally, const tw_set *set) {
  tw_count count[CLASSES];
  count_classes(set, count);
  print_table(set, count);
  for (unsigned class = 0; class < CLASSES; class ++)
    check(tally, enough(count, class), "too few", classes[class].name);
  for (unsigned a = 0; a < COLUMNS; a++)
    for (unsigned b = a + 1; b < COLUMNS; b++)
      if (class_of(a, b) < POLICY_OPTION)
        print_missing(set, a, b);
}

/// The check fires: on one build less, and on a policy that no build has.
static void check_the_check(tw_tally *tally, const tw_set *set) {
  for (size_t i = 0; i < BUILDS; i++) {
    tw_set less = *set;
    less.left_out = i;
    check(tally, !all_demanded(&less), "is not missed", builds[i].name);
  }
  for (unsigned c = OPTIONS; c < COLUMNS; c++) {
    tw_set poorer = *set;
    for (size_t i = 0; i < BUILDS; i++)
      if (poorer.value[i][c] == VALUES - 1)
        poorer.value[i][c] = 0;
    check(tally, !all_demanded(&poorer), "nru is not missed", columns[c].name);
  }
}

int main(void) {
  tw_tally tally = {0, 0};
  tw_set set = {.left_out = BUILDS};
  for (size_t i = 0; i < BUILDS; i++)
    values_of(&builds[i].geometry, set.value[i]);
  check_values(&tally, &set);
  check_set(&tally, &set);
  check_the_check(&tally, &set);
  printf("%u passed, %u failed\n", tally.passed, tally.failed);
  return tally.failed != 0;
}
