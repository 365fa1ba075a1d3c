// The reader of what workloads make.
#ifndef TRACES_SRC_GENERATED_H
#define TRACES_SRC_GENERATED_H

#include "reader.h"

#include <traces/workload.h>

/// Open a workload by its name, "gen:NAME,key=value,...". NULL and `error`, which names the parameter, what was found
/// and what was expected.
tw_reader *tw_generated_open(const char *name, tw_error *error);
/// Facts of a reader that tw_generated_open gave; none of any other.
const tw_workload_fact *tw_generated_facts(const tw_reader *reader, size_t *count);

#endif
