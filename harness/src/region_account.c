// A section's regions are cut into stretches that do not overlap, each with the count of its first region: an address
// is found by bisection, and mostly in the stretch of the one before.
#include "region_account.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// From `first` to the next stretch's first address.
typedef struct stretch {
  uint64_t first;
  size_t count; ///< index
} stretch;

struct tw_region_account {
  tw_region_count *counts;
  size_t used, room;
  stretch *stretches; ///< the first begins at 0
  size_t stretch_count, last;
};

tw_region_account *tw_region_account_create(void) { return calloc(1, sizeof(tw_region_account)); }

void tw_region_account_destroy(tw_region_account *account) {
  if (!account)
    return;
  free(account->counts);
  free(account->stretches);
  free(account);
}

// ---- names ----

/// The count of that name, a new one if need be: its index. -1: out of memory.
static int64_t count_of(tw_region_account *account, const char *name) {
  for (size_t i = 0; i < account->used; i++)
    if (strcmp(account->counts[i].name, name) == 0)
      return (int64_t)i;
  if (account->used == account->room) {
    size_t room = account->room ? 2 * account->room : 16;
    tw_region_count *larger = realloc(account->counts, room * sizeof *larger);
    if (!larger)
      return -1;
    account->counts = larger;
    account->room = room;
  }
  tw_region_count *count = &account->counts[account->used];
  *count = (tw_region_count){.accesses = 0};
  snprintf(count->name, sizeof count->name, "%s", name);
  return (int64_t)account->used++;
}

// ---- stretches ----

static int by_address(const void *a, const void *b) {
  uint64_t x = ((const stretch *)a)->first, y = ((const stretch *)b)->first;
  return x < y ? -1 : x > y;
}

/// Where a region begins or has ended, ascending, from 0 on.
static size_t cut(stretch *stretches, const tw_region *regions, size_t count) {
  size_t used = 1, kept = 1;
  stretches[0] = (stretch){.first = 0};
  for (size_t i = 0; i < count; i++) {
    stretches[used++].first = regions[i].first;
    if (regions[i].last != UINT64_MAX)
      stretches[used++].first = regions[i].last + 1;
  }
  qsort(stretches, used, sizeof *stretches, by_address);
  for (size_t i = 1; i < used; i++)
    if (stretches[i].first != stretches[kept - 1].first)
      stretches[kept++] = stretches[i];
  return kept;
}

static const char *name_of(const tw_region *regions, size_t count, uint64_t va) {
  for (size_t i = 0; i < count; i++)
    if (va >= regions[i].first && va <= regions[i].last)
      return regions[i].name;
  return "(none)";
}

int tw_region_account_section(tw_region_account *account, const tw_region *regions, size_t count, tw_error *error) {
  stretch *stretches = calloc(2 * count + 1, sizeof *stretches);
  if (!stretches)
    return tw_fail(error, "out of memory");
  free(account->stretches);
  account->stretches = stretches;
  account->stretch_count = cut(stretches, regions, count);
  account->last = 0;
  for (size_t i = 0; i < account->stretch_count; i++) {
    int64_t index = count_of(account, name_of(regions, count, stretches[i].first));
    if (index < 0)
      return tw_fail(error, "out of memory");
    stretches[i].count = (size_t)index;
  }
  return 0;
}

static bool is_in(const tw_region_account *account, size_t i, uint64_t va) {
  return account->stretches[i].first <= va && (i + 1 == account->stretch_count || va < account->stretches[i + 1].first);
}

static size_t find(const tw_region_account *account, uint64_t va) {
  size_t low = 0, high = account->stretch_count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (account->stretches[middle].first <= va)
      low = middle;
    else
      high = middle;
  }
  return low;
}

// ---- answers ----

static void count_answer(tw_region_count *count, const tw_response *response) {
  count->accesses++;
  count->faults += response->fault;
  count->l1 += response->found == TW_FOUND_L1;
  count->l2 += response->found == TW_FOUND_L2;
  count->cycles += response->cycle - response->accepted;
  if (response->found != TW_FOUND_WALK)
    return;
  count->walks++;
  count->reads += response->stage2_reads;
  for (size_t level = 0; level < sizeof response->reads; level++)
    count->reads += response->reads[level];
}

void tw_region_account_answers(tw_region_account *account, const tw_answers *answers) {
  for (size_t i = 0; i < answers->count; i++) {
    uint64_t va = answers->requests[i].va;
    if (!is_in(account, account->last, va))
      account->last = find(account, va);
    count_answer(&account->counts[account->stretches[account->last].count], &answers->responses[i]);
  }
}

const tw_region_count *tw_region_account_counts(const tw_region_account *account, size_t *count) {
  *count = account->used;
  return account->counts;
}

int tw_region_account_add(tw_region_account *account, const tw_region_account *part) {
  for (size_t i = 0; i < part->used; i++) {
    const tw_region_count *more = &part->counts[i];
    int64_t index = count_of(account, more->name);
    if (index < 0)
      return -1;
    tw_region_count *sum = &account->counts[index];
    sum->accesses += more->accesses;
    sum->faults += more->faults;
    sum->l1 += more->l1;
    sum->l2 += more->l2;
    sum->walks += more->walks;
    sum->reads += more->reads;
    sum->cycles += more->cycles;
  }
  return 0;
}

// ---- report ----

const char tw_regions_headings[] = "<trace\t<region\taccesses\tshare %\tfaults\tL1 hit %\tL2 hit "
                                   "%\twalks\treads/walk\tcycles\tcycles/access\tof cycles %";

static double ratio(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 0; }

static tw_region_count total_of(const tw_region_account *account) {
  tw_region_count total = {.accesses = 0};
  for (size_t i = 0; i < account->used; i++) {
    total.accesses += account->counts[i].accesses;
    total.cycles += account->counts[i].cycles;
  }
  return total;
}

void tw_regions_rows(tw_table *table, const char *trace, const tw_region_account *account) {
  const tw_region_count total = total_of(account);
  for (size_t i = 0; i < account->used; i++) {
    const tw_region_count *n = &account->counts[i];
    if (n->accesses)
      tw_table_row(
          table, "%s\t%s\t%" PRIu64 "\t%.3f\t%" PRIu64 "\t%.3f\t%.3f\t%" PRIu64 "\t%.3f\t%" PRIu64 "\t%.3f\t%.3f",
          trace, n->name, n->accesses, 100 * ratio(n->accesses, total.accesses), n->faults,
          100 * ratio(n->l1, n->accesses), 100 * ratio(n->l2, n->l2 + n->walks), n->walks, ratio(n->reads, n->walks),
          n->cycles, ratio(n->cycles, n->accesses), 100 * ratio(n->cycles, total.cycles));
  }
}

json_t *tw_regions_json(const tw_region_account *account) {
  json_t *regions = json_array();
  for (size_t i = 0; i < account->used; i++) {
    const tw_region_count *n = &account->counts[i];
    if (n->accesses)
      json_array_append_new(regions,
                            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "region", n->name, "accesses",
                                      (json_int_t)n->accesses, "faults", (json_int_t)n->faults, "l1_hits",
                                      (json_int_t)n->l1, "l2_hits", (json_int_t)n->l2, "walks", (json_int_t)n->walks,
                                      "reads", (json_int_t)n->reads, "cycles", (json_int_t)n->cycles));
  }
  return regions;
}
