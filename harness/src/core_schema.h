// The text of a core's YAML file to a tw_core, by libcyaml.
#ifndef HARNESS_CORE_SCHEMA_H
#define HARNESS_CORE_SCHEMA_H

#include <harness/core.h>
#include <stddef.h>

/// Read `text` into `core`, all but its `path`. `file` is named in errors. Form is checked, geometry is not.
/// 0; -1 and `error`: the form is not a core's: an unknown, missing or second key, a wrong type, no YAML at all.
int tw_core_parse(const char *file, const char *text, size_t bytes, tw_core *core, tw_error *error);

/// The sizes' names as in the files, "4K 2M", into `text`.
void tw_core_size_names(tw_sizes sizes, char *text, size_t text_size);

/// The name of a tw_replacement as in the files: "plru".
const char *tw_core_replacement_name(uint32_t replacement);

#endif
