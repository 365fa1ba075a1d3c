// A sample of a memory access, as perf's text tells it, as accesses of a foreign trace.
#ifndef TRACES_SRC_SAMPLE_H
#define TRACES_SRC_SAMPLE_H

#include "foreign.h"
#include "lines.h"

#include <inttypes.h>

typedef struct tw_foreign_sample {
  uint64_t va, pa; ///< pa 0: not known
  unsigned kind;   ///< tw_access_kind
} tw_foreign_sample;

/// Its mapping, if it is known, and its access. Each sample is an instruction; of those between two nothing is said.
/// Sizes are not told: 8 bytes are assumed. -1 and `error`: the two addresses differ in their lower 12 bits, so that
/// one of them is none.
static inline int tw_foreign_add_sample(const tw_lines *lines, const tw_foreign_sample *s, tw_foreign_access **at,
                                        tw_error *error) {
  enum { ASSUMED_BYTES = 8, PAGE_BITS = 12 };
  uint32_t gap = 1;
  if (s->pa && (s->va ^ s->pa) << (64 - PAGE_BITS))
    return tw_fail(error,
                   "%s: line %" PRIu64 ": found PA %#" PRIx64 " of VA %#" PRIx64 ", expected both to agree in %d bits",
                   tw_input_path(lines->input), lines->number, s->pa, s->va, PAGE_BITS);
  if (s->pa)
    *(*at)++ = (tw_foreign_access){.va = s->va, .kind = TW_FOREIGN_MAPPING, .pa = s->pa};
  *at = tw_foreign_put(*at, s->va, s->kind, ASSUMED_BYTES, &gap);
  return 0;
}

#endif
