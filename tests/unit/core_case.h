// A core's YAML in a file of its own, for tests that read it wrong and right.
#ifndef TESTS_CORE_CASE_H
#define TESTS_CORE_CASE_H

#include <harness/core.h>

/// Before a test and after it: a folder for a.yaml.
void core_case_begin(void);
void core_case_end(void);
const char *core_case_folder(void);
const char *core_case_path(void); ///< of a.yaml
/// Load a file that holds `text`: tw_core_load's result.
int core_case_load(const char *text, tw_core *core, tw_error *error);
/// Such a file is refused by its path and `expected`, which goes on from there.
void core_case_refused(const char *text, const char *expected);

#endif
