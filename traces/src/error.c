// Error texts.
#include <stdarg.h>
#include <stdio.h>
#include <traces/error.h>

int tw_fail(tw_error *error, const char *format, ...) {
  if (error) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
  }
  return -1;
}
