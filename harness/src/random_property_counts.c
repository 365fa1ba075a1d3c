// What the property test has seen.
#include "random_property.h"

#include <inttypes.h>
#include <tablewalk/mmu.h>

enum { TW_LINES = 19 };

typedef struct tw_line {
  uint64_t count;
  const char *name;
} tw_line;

static void list_lines(const tw_property_counts *c, tw_line lines[TW_LINES]) {
  const tw_line all[TW_LINES] = {
      {c->requests, "requests"},
      {c->found[TW_FOUND_NONE], "answers without a look-up"},
      {c->found[TW_FOUND_L1], "L1 hits"},
      {c->found[TW_FOUND_L2], "L2 hits"},
      {c->found[TW_FOUND_WALK], "walks"},
      {c->found[TW_FOUND_MERGED], "merged answers"},
      {c->overlapped, "requests that may overlap"},
      {c->faults, "faults"},
      {c->stage2_faults, "faults of stage 2"},
      {c->s1ptw, "stage 2 faults of stage 1 tables"},
      {c->updates, "updates of descriptors"},
      {c->leaf_changes, "changes of mappings"},
      {c->table_changes, "changes of tables"},
      {c->stage2_changes, "changes of stage 2"},
      {c->made, "new mappings"},
      {c->register_changes, "changes of registers with a TLBI"},
      {c->switches, "context switches"},
      {c->fours, "answers by four pages in one"},
      {c->words, "descriptors compared"},
  };
  for (unsigned i = 0; i < TW_LINES; i++)
    lines[i] = all[i];
}

void tw_property_print(const tw_property_counts *counts, FILE *out) {
  tw_line lines[TW_LINES];
  list_lines(counts, lines);
  fprintf(out, "in %" PRIu64 " scenarios:\n", counts->scenarios);
  for (unsigned i = 0; i < TW_LINES; i++)
    fprintf(out, "  %12" PRIu64 "  %s\n", lines[i].count, lines[i].name);
  fprintf(out, "  TLBIs by operation:");
  for (unsigned op = 0; op < 128; op++)
    if (counts->op[op])
      fprintf(out, " %02x: %" PRIu64, op, counts->op[op]);
  fprintf(out, "\n");
}

/// An operation in its forms: EL1 with both operands, EL2, and as a range.
static bool seen(const tw_property_counts *counts, unsigned what) {
  const uint64_t *op = counts->op;
  bool stage2 = what == TW_TLBI_VMALLS12 || what >= TW_TLBI_IPAS2;
  if (!op[what] || !op[what | TW_TLBI_AARCH32] || (!stage2 && !op[what | TW_TLBI_EL2]))
    return false;
  return what < TW_TLBI_VA || op[what | TW_TLBI_RANGE];
}

const char *tw_property_missing(const tw_property_counts *counts) {
  static const char *const names[] = {"ALL", "VMALL", "VMALLS12", "ASID",  "VA",
                                      "VAA", "VAL",   "VAAL",     "IPAS2", "IPAS2L"};
  tw_line lines[TW_LINES];
  list_lines(counts, lines);
  for (unsigned i = 0; i < TW_LINES; i++)
    if (!lines[i].count)
      return lines[i].name;
  for (unsigned what = 0; what < TW_TLBI_DSB; what++) // a barrier drops nothing
    if (!seen(counts, what))
      return names[what];
  return NULL;
}
