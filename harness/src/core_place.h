// Where a parameter stands in a core's YAML file.
#ifndef HARNESS_CORE_PLACE_H
#define HARNESS_CORE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tw_place {
  size_t line;    ///< from 1
  char value[64]; ///< of a single value: its text, cut to fit
} tw_place;

/// The parameter `path`, as "l2.sets" or "memory.caches[1].ways" (the first entry of a list is 0). False: it is not
/// there, and the line is that of the deepest part that is.
bool tw_core_place(const char *text, size_t bytes, const char *path, tw_place *place);

/// Line of the first error of YAML's syntax and, in `problem`, what it is; 0: there is none.
size_t tw_core_syntax_line(const char *text, size_t bytes, char *problem, size_t problem_size);

#endif
