// The comparison of one case of recorded answers with an engine's.
#ifndef HARNESS_AT_CHECK_H
#define HARNESS_AT_CHECK_H

#include "progress.h"
#include "vectors.h"

#include <harness/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TW_AT_PRINTED_MAX = 5 };

typedef struct tw_at_totals {
  uint64_t passed, failed;
} tw_at_totals;

typedef struct tw_at_context {
  tw_engine *engine; ///< of the case's machine
  const char *path;
  bool print; ///< print the first failures of the file
  tw_progress *progress;
} tw_at_context;

/// Answer and compare. -1 with `error`: the engine failed.
int tw_at_check_case(const tw_at_context *context, const tw_vector_case *c, tw_at_totals *totals, tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
