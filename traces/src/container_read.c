#include "reader.h"
tw_reader *tw_container_open(tw_input *input, unsigned flags, tw_error *error) {
  (void)flags;
  tw_fail(error, "%s: containers can't be read yet", tw_input_path(input));
  tw_input_close(input);
  return NULL;
}
