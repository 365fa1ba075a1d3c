// Fuzz target: the pages beside a trace (v2p.textproto). The first byte is the page's size (bits 2:0), the rest the
// file; the trace is a fixed one of ChampSim's, whose addresses lie in pages of both halves.
#include "fuzz_read.h"

#include <string.h>

enum { RECORDS = 8, RECORD_BYTES = 64, LOADS_AT = 32 };

static void write_trace(void) {
  static const uint64_t addresses[RECORDS] = {
      0x1000, 0x2000, 0x200000, 0x7fff12345678, 0x1008, 0xffff800012345678, 0xffffffffffffffff, 0x40000000};
  uint8_t records[RECORDS * RECORD_BYTES] = {0};
  for (unsigned i = 0; i < RECORDS; i++)
    memcpy(records + i * RECORD_BYTES + LOADS_AT, &addresses[i], sizeof addresses[i]);
  fuzz_write("trace", records, sizeof records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  static const unsigned pages[] = {12, 12, 14, 16, 21, 25, 29, 30};
  char path[FUZZ_PATH];
  if (bytes == 0)
    return 0;
  write_trace();
  fuzz_write("v2p.textproto", data + 1, bytes - 1);
  fuzz_path("v2p.textproto", path);
  const tw_mapping_policy policy = {.page_log2 = pages[data[0] & 7], .frames_bytes = UINT64_C(1) << 40, .v2p = path};
  fuzz_read_foreign("trace", TW_FOREIGN_CHAMPSIM, &policy);
  return 0;
}
