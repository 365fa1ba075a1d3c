// Fuzz target: a raw capture with its snapshots and its console log.
//
//   bytes 0-1   length of the raw capture; bytes 2-3 length of the console log (little-endian, cut at what there is)
//   byte 4      odd: the snapshot is as it stands; even: it is 240 bytes of registers and then table pages, to which
//   the
//               magic and the rest of the registers' page are added
//   from 5 on   raw capture, console log, snapshot
#include "fuzz_read.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 5, REGISTER_PAGE = 4096, REGISTERS = 240, MAGIC = 8, FIRST_WORDS = 32 };

static size_t length_at(const uint8_t *data, size_t most) {
  size_t length = data[0] | (size_t)data[1] << 8;
  return length < most ? length : most;
}

static void write_snapshots(const void *data, size_t bytes) {
  fuzz_write("snap2.bin", data, bytes);
  fuzz_write("snap3.bin", data, bytes);
}

static void write_short_snapshot(const uint8_t *data, size_t bytes) {
  size_t registers = bytes < REGISTERS ? bytes : REGISTERS, whole = MAGIC + REGISTER_PAGE + bytes - registers;
  uint8_t *snapshot = calloc(1, whole);
  if (!snapshot)
    abort();
  memcpy(snapshot, "H1PTSNAP", MAGIC);
  memcpy(snapshot + MAGIC + FIRST_WORDS, data, registers);
  memcpy(snapshot + MAGIC + REGISTER_PAGE, data + registers, bytes - registers);
  write_snapshots(snapshot, whole);
  free(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  if (bytes < HEAD)
    return 0;
  size_t left = bytes - HEAD, raw = length_at(data, left), console = length_at(data + 2, left - raw);
  const uint8_t *at = data + HEAD;
  fuzz_write("capture.h1t", at, raw);
  fuzz_write("console.log", at + raw, console);
  left -= raw + console;
  if (data[4] & 1)
    write_snapshots(at + raw + console, left);
  else
    write_short_snapshot(at + raw + console, left);
  fuzz_read("capture.h1t");
  return 0;
}
