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

// The file's header is right in its check, its version is not that of the reader.
Test(traces, other_versions_are_refused) {
  static const uint8_t versions[] = {0, 1, 2, 4, 255};
  char *folder = new_folder();
  char *raw = make_raw(folder, "H1TRACE1", 100, 3), *path = in_folder(folder, "version.twt");
  import_one(raw, path);
  size_t bytes;
  uint8_t *data = read_file(path, &bytes);
  cr_assert_eq(data[8], 3);
  for (size_t i = 0; i < sizeof versions; i++) {
    data[8] = versions[i];
    const uint32_t check = tools_crc32(data, 12);
    memcpy(data + 12, &check, 4);
    write_file(path, data, bytes);
    stream found = read_stream(path, 0);
    char expected[64];
    snprintf(expected, sizeof expected, "version.twt: byte 8: found version %u, expected 3", versions[i]);
    cr_expect_eq(found.status, -1);
    cr_expect_not_null(strstr(found.error.text, expected), "%s", found.error.text);
    free(found.items);
  }
  free(data);
  free(raw);
  free(path);
  remove_folder(folder);
}

// One class of loads that jump about in 2^bits places, `step` bytes apart, so that numbers of any width are stored;
// then strides, so that differences are.
static char *make_loads(const char *folder, unsigned bits, unsigned step_log2, size_t count) {
  records *records = calloc(1, sizeof *records);
  uint64_t state = 5 + bits;
  write_snapshot(folder, 2, 5, 0);
  add_record(records, 2ULL << 52, 0xc002);
  for (size_t i = 0; i < count; i++) {
    uint64_t place = (i < count / 2 ? next_random(&state) : i * 3) & ((1ULL << bits) - 1);
    uint64_t va = 0x123456780000 + (place << step_log2);
    add_record(records, va | 3ULL << 48 | 1ULL << 56, (va & 0xffffffff) | 1ULL << 48);
  }
  char *path = in_folder(folder, "loads.h1t");
  write_raw(path, "H1TRACE1", records);
  free(records);
  return path;
}

Test(traces, addresses_of_any_width_survive, .timeout = 300) {
  static const size_t counts[] = {1, 2, 9, 255, 2047, 2049, 5000, 70000};
  char *folder = new_folder();
  for (unsigned bits = 0; bits <= 32; bits++) {
    char *raw = make_loads(folder, bits, bits % 3, counts[bits % (sizeof counts / sizeof counts[0])]);
    check_round_trip(raw, folder);
    free(raw);
  }
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
