// Traces: every format gives the same stream, several inputs become one, and a failed import leaves nothing.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "traces_case.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static void check_round_trip(const char *raw, const char *folder) {
  char *once = in_folder(folder, "once.twt"), *twice = in_folder(folder, "twice.twt");
  import_one(raw, once);
  import_one(once, twice);
  stream expected = read_stream(raw, TW_TRACE_PA), found = read_stream(once, TW_TRACE_PA),
         again = read_stream(twice, TW_TRACE_PA);
  cr_assert_eq(expected.status, 0, "%s", expected.error.text);
  cr_assert_eq(found.status, 0, "%s", found.error.text);
  cr_assert(found.count == expected.count && begins(&expected, &found), "%s: streams differ", raw);
  cr_assert(again.count == expected.count && begins(&expected, &again), "%s: streams differ", raw);
  free(expected.items);
  free(found.items);
  free(again.items);
  free(once);
  free(twice);
}

Test(traces, raw_and_container_give_the_same_stream, .timeout = 300) {
  static const struct {
    const char *magic;
    size_t records;
  } own[] = {{"H1TRACE1", 0}, {"H1TRACE1", 1}, {"H1TRACE1", 3000}, {"H1TRACE1", 190000}, {"H1TRAC32", 20000}};
  static const char *const shared[] = {
      "k61-4k-on/vmalloc_4m",      "k61-4k-full/lin_kmalloc_64k", "k61-4k-on-tlbi/vmallocfree_cycle",
      "k612-16k-on/lin_pages_4m",  "k61-a32-lpae/vmalloc_64k",    "k61-a32-armmp/lin_kmalloc_64k",
      "k61-4k-full/vmap_alias_4m", "k61-4k-full/crc32",           "k61-4k-on/memcpy"};
  char *folder = new_folder();
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
    char *raw = make_raw(folder, own[i].magic, own[i].records, 77 + i);
    check_round_trip(raw, folder);
    free(raw);
  }
  for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
    char raw[4096];
    snprintf(raw, sizeof raw, "%s/captures/%s.h1t.zst", shared_dir(), shared[i]);
    if (access(raw, F_OK) == 0)
      check_round_trip(raw, folder);
  }
  remove_folder(folder);
}

// The first chunk without what version 2 added to it, in a file of version 1.
static void make_section_old(uint8_t **data, size_t *bytes) {
  uint32_t head[5];
  memcpy(head, *data + 16, sizeof head);
  uint8_t *raw = malloc(head[2]), *out = malloc(*bytes + ZSTD_compressBound(head[2]));
  cr_assert_eq(ZSTD_decompress(raw, head[2], *data + 36, head[3]), head[2]);
  const uint8_t *rest = *data + 36 + head[3];
  size_t rest_bytes = *bytes - (size_t)(rest - *data);
  for (size_t i = 48; i + 32 <= head[2]; i += 32)
    if (memcmp(raw + i, "dacr", 5) == 0)
      memcpy(raw + i, "currentel", 10);
  head[2] -= 40;
  memcpy(out, *data, 16);
  out[8] = 1;
  const uint32_t check = tools_crc32(out, 12);
  memcpy(out + 12, &check, 4);
  head[3] = (uint32_t)ZSTD_compress(out + 36, ZSTD_compressBound(head[2]), raw, head[2], 1);
  head[4] = tools_crc32(head, 16);
  memcpy(out + 16, head, sizeof head);
  memcpy(out + 36 + head[3], rest, rest_bytes);
  *bytes = 36 + head[3] + rest_bytes;
  free(*data);
  free(raw);
  *data = out;
}

// The version of a container is the least that says all of it: that of AArch64 captures stays 1.
Test(traces, the_version_is_the_least_that_suffices) {
  static const struct {
    const char *magic;
    uint8_t version;
  } cases[] = {{"H1TRACE1", 1}, {"H1TRAC32", 2}};
  char *folder = new_folder();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char *raw = make_raw(folder, cases[i].magic, 100, 3), *path = in_folder(folder, "version.twt");
    import_one(raw, path);
    size_t bytes;
    uint8_t *data = read_file(path, &bytes);
    cr_expect_eq(data[8], cases[i].version, "%s", cases[i].magic);
    free(data);
    free(raw);
    free(path);
  }
  remove_folder(folder);
}

static tw_registers first_registers(const char *path) {
  tw_error error;
  tw_trace *trace = tw_trace_open(path, 0, &error);
  cr_assert_not_null(trace, "%s", error.text);
  tw_registers registers = *tw_trace_registers(trace);
  tw_trace_close(trace);
  return registers;
}

Test(traces, containers_of_version_1_open) {
  static const char *const names[] = {"k61-4k-full", "k61-4k-on", "k612-16k-on"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char path[4096];
    snprintf(path, sizeof path, TW_SOURCE_DIR "/traces/captures/%s.twt", names[i]);
    stream found = read_stream(path, TW_TRACE_PA);
    cr_expect_eq(found.status, 0, "%s", found.error.text);
    cr_expect_eq(first_registers(path).regime, TW_REGIME_EL10);
    free(found.items);
  }
}

// A section of version 1 names CONTEXTIDR and DACR (as "currentel") and has no more.
Test(traces, aarch32_sections_of_version_1_are_completed) {
  char *folder = new_folder(), *path = in_folder(folder, "one.twt");
  char *raw = make_raw(folder, "H1TRAC32", 0, 3);
  import_one(raw, path);
  const tw_registers expected = first_registers(path);
  size_t bytes;
  uint8_t *data = read_file(path, &bytes);
  make_section_old(&data, &bytes);
  write_file(path, data, bytes);
  const tw_registers found = first_registers(path);
  cr_expect_eq(found.regime, TW_REGIME_PL10);
  cr_expect_eq(found.contextidr, expected.contextidr);
  cr_expect_eq(found.dacr, expected.dacr);
  cr_expect_eq(found.tcr, expected.tcr);
  cr_expect_neq(found.dacr, 0);
  free(data);
  free(raw);
  free(path);
  remove_folder(folder);
}

// A raw and a container input, one section each and the image stored once.
Test(traces, several_inputs_become_one) {
  char *folder = new_folder();
  char *raw = make_raw(folder, "H1TRACE1", 2000, 3), *one = in_folder(folder, "one.twt"),
       *two = in_folder(folder, "two.twt");
  import_one(raw, one);
  const char *inputs[] = {raw, one};
  tw_error error;
  tw_import_result result;
  cr_assert_eq(tw_trace_import(inputs, 2, two, &result, &error), 0, "%s", error.text);
  cr_assert_eq(result.sections, 4);
  stream single = read_stream(raw, TW_TRACE_PA), both = read_stream(two, TW_TRACE_PA);
  cr_assert_eq(both.count, 2 * single.count);
  for (size_t i = 0; i < both.count; i++)
    cr_assert(same_item(&both.items[i], &single.items[i % single.count]), "item %zu", i);
  free(single.items);
  free(both.items);
  free(raw);
  free(one);
  free(two);
  remove_folder(folder);
}

// -- writing --

static size_t files_in(const char *folder) {
  char command[256];
  snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
  FILE *pipe = popen(command, "r");
  size_t count = 0;
  cr_assert_eq(fscanf(pipe, "%zu", &count), 1);
  pclose(pipe);
  return count;
}

Test(traces, failed_imports_leave_nothing) {
  char *folder = new_folder(), *out = in_folder(folder, "out");
  cr_assert_eq(mkdir(out, 0755), 0);
  char *raw = make_raw(folder, "H1TRACE1", 4000, 5), *output = in_folder(out, "a.twt");
  char *missing = in_folder(folder, "missing.h1t"), *nowhere = in_folder(folder, "nowhere/a.twt");
  const char *good_and_missing[] = {raw, missing};
  tw_error error;
  cr_assert_eq(tw_trace_import(good_and_missing, 2, output, NULL, &error), -1);
  cr_assert_not_null(strstr(error.text, "missing.h1t"));
  cr_assert_eq(tw_trace_import(good_and_missing, 1, nowhere, NULL, &error), -1);
  cr_assert_not_null(strstr(error.text, "nowhere/a.twt"));
  // The disk is full: as good as a limit on the size of files.
  struct rlimit old, small;
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 2000;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  int status = tw_trace_import(good_and_missing, 1, output, NULL, &error);
  setrlimit(RLIMIT_FSIZE, &old);
  cr_assert_eq(status, -1);
  cr_assert_not_null(strstr(error.text, "a.twt: can't be written"), "%s", error.text);
  cr_assert_eq(files_in(out), 0);
  free(raw);
  free(output);
  free(missing);
  free(nowhere);
  free(out);
  remove_folder(folder);
}
