// One line of error text: what file, what place in it, what was found and what was expected.
#ifndef TRACES_ERROR_H
#define TRACES_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_error {
  char text[512];
} tw_error;

/// Write the text, printf-style. Returns -1, so that `return tw_fail(error, ...)` reads well. `error` may be NULL.
__attribute__((format(printf, 2, 3))) int tw_fail(tw_error *error, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
