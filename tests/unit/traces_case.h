// What the tests of traces share: folders and files, streams that don't know how they were cut into batches, and a
// made-up capture with every kind of record.
#ifndef TESTS_UNIT_TRACES_CASE_H
#define TESTS_UNIT_TRACES_CASE_H

#include <stddef.h>
#include <stdint.h>
#include <traces/trace.h>

/// The folder beside the checkout that has captures/; it may not be there.
const char *shared_dir(void);
/// xorshift64.
uint64_t next_random(uint64_t *state);
/// CRC-32 (IEEE 802.3), written anew: the tests share nothing with what they test.
uint32_t tools_crc32(const void *data, size_t bytes);

// The paths and folders are the caller's to free.
char *in_folder(const char *folder, const char *name);
char *new_folder(void);
void remove_folder(char *folder);
void write_file(const char *path, const void *data, size_t bytes);
uint8_t *read_file(const char *path, size_t *bytes);

typedef struct item {
  tw_event event; // kind 0: an access
  uint64_t va, pa;
  uint16_t gap;
  uint8_t info;
  uint64_t section; // for a section: a hash of all that it has
} item;

typedef struct stream {
  item *items; // the caller frees them
  size_t count, room;
  int status; // of the last call; -2: ended by damage
  tw_error error;
} stream;

stream read_stream(const char *path, unsigned flags);
bool same_item(const item *a, const item *b);
/// True when `part` is `whole`, or its beginning.
bool begins(const stream *whole, const stream *part);

typedef struct records {
  uint64_t words[2 * 200000 + 2];
  size_t count; // of words
} records;

void add_record(records *records, uint64_t w0, uint64_t w1);
/// Two table pages and random registers as snapN.bin; TTBCR (TCR_EL1) is `tcr` unless that is 0.
void write_snapshot(const char *folder, unsigned number, uint64_t seed, uint64_t tcr);
void write_raw(const char *path, const char *magic, const records *records);
/// `count` random records and two snapshots; returns the capture's path.
char *make_raw(const char *folder, const char *magic, size_t count, uint64_t seed);
void import_one(const char *input, const char *output);

#endif
