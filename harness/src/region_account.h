// The answers of a replay counted by the region of their address, as the trace names it: of overlapping regions the
// first that holds it.
#ifndef HARNESS_REGION_ACCOUNT_H
#define HARNESS_REGION_ACCOUNT_H

#include "table.h"

#include <harness/replay.h>
#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_region_count {
  char name[32]; ///< "(none)": addresses in no region
  uint64_t accesses, faults;
  uint64_t l1, l2, walks; ///< where the answer was found
  uint64_t reads;         ///< descriptors that the walks read, at both stages
  uint64_t cycles;        ///< from each access's acceptance to its response
} tw_region_count;

typedef struct tw_region_account tw_region_account;

/// NULL: out of memory.
tw_region_account *tw_region_account_create(void);
void tw_region_account_destroy(tw_region_account *account);
/// From here on these regions hold. 0; -1 and `error`: out of memory.
int tw_region_account_section(tw_region_account *account, const tw_region *regions, size_t count, tw_error *error);
void tw_region_account_answers(tw_region_account *account, const tw_answers *answers);
/// Regions with accesses, in the order of their first section; those of one name in several sections are one.
const tw_region_count *tw_region_account_counts(const tw_region_account *account, size_t *count);
/// Add the counts of `part`. 0; -1: out of memory.
int tw_region_account_add(tw_region_account *account, const tw_region_account *part);

extern const char tw_regions_headings[];
/// A row a region; `trace` stands in the first column.
void tw_regions_rows(tw_table *table, const char *trace, const tw_region_account *account);
json_t *tw_regions_json(const tw_region_account *account);

#ifdef __cplusplus
}
#endif
#endif
