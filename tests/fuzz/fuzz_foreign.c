// Fuzz target: a trace of another tool, of the format FUZZ_FORMAT. The first byte is the policy (bits 2:0 the page's
// size, bit 3 scattered frames), the rest the file, plain or compressed.
#include "fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  static const unsigned pages[] = {12, 12, 14, 16, 21, 25, 29, 30};
  if (bytes == 0)
    return 0;
  const tw_mapping_policy policy = {.page_log2 = pages[data[0] & 7],
                                    .placement = data[0] >> 3 & 1 ? TW_PLACE_SCATTERED : TW_PLACE_IN_ORDER,
                                    .frames_bytes = UINT64_C(1) << 40,
                                    .seed = 1};
  fuzz_write("trace", data + 1, bytes - 1);
  fuzz_read_foreign("trace", FUZZ_FORMAT, &policy);
  return 0;
}
