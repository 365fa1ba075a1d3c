// Traces of other tools: what their records mean, the tables that are made for them, and what is wrong with a file.
#include "foreign_case.h"
#include "traces_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traces/foreign.h>
#include <zip.h>
#include <zlib.h>

// ---- files ----

static void put(uint8_t *at, uint64_t value) { memcpy(at, &value, 8); }

typedef struct champsim_file {
  uint8_t bytes[64 * 64];
  size_t count;
} champsim_file;

static uint8_t *instruction(champsim_file *file, uint64_t ip) {
  uint8_t *record = file->bytes + 64 * file->count++;
  memset(record, 0, 64);
  put(record, ip);
  return record;
}

// ---- ChampSim ----

static void small_program(champsim_file *file) {
  file->count = 0;
  put(instruction(file, 0x401000) + 32, 0x7fff12345678); // loads
  instruction(file, 0x401004);
  uint8_t *both = instruction(file, 0x40103c);
  put(both + 16, 0x602000); // stores
  put(both + 24, 0xffff800012345678);
  put(both + 40, 0x602ff8);
  instruction(file, 0x401040); // another line
}

static const one_access small_accesses[] = {
    {0x401000, TW_ACCESS_FETCH, 2, 1}, {0x7fff12345678, TW_ACCESS_READ, 3, 0},      {0x602ff8, TW_ACCESS_READ, 3, 2},
    {0x602000, TW_ACCESS_WRITE, 3, 0}, {0xffff800012345678, TW_ACCESS_WRITE, 3, 0}, {0x401040, TW_ACCESS_FETCH, 2, 1},
};
enum { SMALL_ACCESSES = sizeof small_accesses / sizeof *small_accesses };

Test(foreign, champsim_records) {
  champsim_file file;
  small_program(&file);
  opened o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, NULL);
  expect_accesses(&o, small_accesses, SMALL_ACCESSES);
  finish(&o);
  // The other struct has four places for stores.
  uint8_t record[96] = {0};
  put(record, 0x1000);
  put(record + 48, 0x2000); // the last of them
  put(record + 56, 0x3000); // the first load
  opened c = open_bytes(record, sizeof record, TW_FOREIGN_CLOUDSUITE, NULL);
  expect_accesses(
      &c,
      (one_access[]){{0x1000, TW_ACCESS_FETCH, 2, 1}, {0x3000, TW_ACCESS_READ, 3, 0}, {0x2000, TW_ACCESS_WRITE, 3, 0}},
      3);
  finish(&c);
}

Test(foreign, pages_of_every_size_and_placement) {
  static const unsigned sizes[] = {12, 14, 16, 21, 25, 29, 30};
  champsim_file file;
  small_program(&file);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (unsigned placement = 0; placement < 2; placement++) {
      tw_mapping_policy policy = tw_mapping_policy_usual();
      policy.page_log2 = sizes[i];
      policy.placement = (tw_placement)placement;
      policy.frames_bytes = 5ULL << 30; // no power of two: the permutation has to pass numbers on
      opened o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, &policy);
      expect_accesses(&o, small_accesses, SMALL_ACCESSES);
      finish(&o);
    }
}

Test(foreign, compressed_files) {
  champsim_file file;
  small_program(&file);
  char *folder = new_folder(), *path = in_folder(folder, "trace.gz");
  gzFile gz = gzopen(path, "wb");
  gzwrite(gz, file.bytes, 64);
  gzclose(gz);
  gz = gzopen(path, "ab"); // a second member
  gzwrite(gz, file.bytes + 64, (unsigned)(64 * (file.count - 1)));
  gzclose(gz);
  size_t bytes;
  uint8_t *data = read_file(path, &bytes);
  opened o = open_bytes(data, bytes, TW_FOREIGN_CHAMPSIM, NULL);
  expect_accesses(&o, small_accesses, SMALL_ACCESSES);
  finish(&o);
  o = open_bytes(data, bytes - 3, TW_FOREIGN_CHAMPSIM, NULL);
  expect_damage(&o, SMALL_ACCESSES - 6, "expected more of a gzip member");
  finish(&o);
  free(data);
  free(path);
  remove_folder(folder);
}

Test(foreign, compressions_that_are_refused_by_name) {
  static const struct {
    const char *bytes, *name;
  } files[] = {{"\x04\x22\x4d\x18rest of a frame", "found lz4, expected a plain file"},
               {"\x02\x21\x4c\x18rest of a frame", "found lz4 (its old format), expected"},
               {"\xff\x06\x00\x00sNaPpY and more", "found snappy, expected"},
               {"BZh91AY&SY and more", "found bzip2, expected"},
               {"7z\xbc\xaf\x27\x1c and more", "found 7z, expected"},
               {"PERFILE2 and more", "found perf.data (perf script reads it), expected"}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    uint8_t data[16];
    memcpy(data, files[i].bytes, sizeof data);
    opened o = open_bytes(data, sizeof data, TW_FOREIGN_DYNAMORIO, NULL);
    cr_expect(!o.trace && strstr(o.error.text, files[i].name), "%s", o.error.text);
    finish(&o);
  }
}

Test(foreign, champsim_damage) {
  champsim_file file;
  small_program(&file);
  opened o = open_bytes(file.bytes, 64 * file.count - 1, TW_FOREIGN_CHAMPSIM, NULL);
  expect_damage(&o, SMALL_ACCESSES - 1, "record 3, byte 192: found 63 bytes, expected a record of 64");
  finish(&o);
  file.bytes[64 + 8] = 7;
  o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, NULL);
  expect_damage(&o, 2, "record 1, byte 64: found is_branch 7 and branch_taken 0, expected 0 or 1");
  finish(&o);
  file.bytes[64 + 8] = 0;
  put(file.bytes + 64, 0);
  o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, NULL);
  expect_damage(&o, 2, "record 1, byte 64: found zeros alone, expected an instruction");
  finish(&o);
  put(file.bytes + 64, 0x401004);
  put(file.bytes + 128 + 24, 0x0100000000000000);
  o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, NULL);
  expect_damage(&o, 4, "access 4: found address 0x100000000000000, expected one of 48 bits");
  finish(&o);
  // No less where an address that is one has the same 48 bits and is mapped.
  put(file.bytes + 128 + 24, 0x0100000000602000);
  o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, NULL);
  expect_damage(&o, 4, "access 4: found address 0x100000000602000, expected one of 48 bits");
  finish(&o);
}

Test(foreign, policies_that_are_none) {
  tw_mapping_policy policy = tw_mapping_policy_usual();
  policy.page_log2 = 13;
  opened o = open_bytes("", 0, TW_FOREIGN_CHAMPSIM, &policy);
  cr_expect(!o.trace && strstr(o.error.text, "page_log2 is 13"), "%s", o.error.text);
  finish(&o);
  policy = tw_mapping_policy_usual();
  policy.frames_bytes = 4096;
  champsim_file file;
  small_program(&file);
  o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, &policy);
  expect_damage(&o, 1, "access 1: the trace touches more than 1 pages of 4 KiB");
  finish(&o);
}

// ---- lackey ----

Test(foreign, lackey_lines) {
  static const char text[] = "==17== Lackey, an example Valgrind tool\n"
                             "==17== \n"
                             "I  0401ab70,3\n"
                             " S 1fff000708,8\n"
                             "I  0401ab73,5\n"
                             " L 1fff000710,16\n"
                             "I  0401ab80,4\r\n"
                             " M 1fff000708,4\n"
                             "--17-- a note\n"
                             "**17** what the program says\n"
                             "SB 0401ab80\n"
                             "==00:00:00:00.602 17== with --time-stamp=yes\n"
                             " L 1FFF000FFF,2";
  opened o = open_bytes(text, sizeof text - 1, TW_FOREIGN_LACKEY, NULL);
  expect_accesses(&o,
                  (one_access[]){{0x401ab70, TW_ACCESS_FETCH, 1, 1},
                                 {0x1fff000708, TW_ACCESS_WRITE, 3, 0},
                                 {0x1fff000710, TW_ACCESS_READ, 4, 1},
                                 {0x401ab80, TW_ACCESS_FETCH, 2, 1},
                                 {0x1fff000708, TW_ACCESS_READ, 2, 0},
                                 {0x1fff000708, TW_ACCESS_WRITE, 2, 0},
                                 {0x1fff000fff, TW_ACCESS_READ, 1, 0}},
                  7);
  finish(&o);
}

Test(foreign, lackey_damage) {
  static const char *const lines[] = {
      "I 0401ab70,3\n",          " X 0401ab70,3\n",     " L ,3\n",          " L 0401ab70\n",   " L 0401ab70,\n",
      " L 0401ab70,0\n",         " L 0401ab70,99999\n", " L 0401ab70,3x\n", " L 0401ag70,3\n", "hello\n",
      " L 12345678123456781,4\n"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    char text[128];
    int length = snprintf(text, sizeof text, "I  0401ab70,3\n%s", lines[i]);
    opened o = open_bytes(text, (size_t)length, TW_FOREIGN_LACKEY, NULL);
    expect_damage(&o, 1, "line 2: found \"");
    finish(&o);
  }
  size_t bytes = 1 << 17;
  char *text = malloc(bytes);
  memset(text, ' ', bytes);
  opened o = open_bytes(text, bytes, TW_FOREIGN_LACKEY, NULL);
  expect_damage(&o, 0, "line 1: found more than 65536 characters");
  finish(&o);
  free(text);
}

// ---- DynamoRIO ----

typedef struct memtrace {
  uint8_t bytes[12 * 64];
  size_t count;
} memtrace;

static void put_record(memtrace *m, unsigned type, unsigned size, uint64_t address) {
  uint8_t *at = m->bytes + 12 * m->count++;
  at[0] = (uint8_t)type;
  at[1] = (uint8_t)(type >> 8);
  at[2] = (uint8_t)size;
  at[3] = (uint8_t)(size >> 8);
  put(at + 4, address);
}

static void small_memtrace(memtrace *m) {
  m->count = 0;
  put_record(m, 25, 0, 7);               // header, version 7
  put_record(m, 28, 18, 4096);           // page size
  put_record(m, 22, 0, 4711);            // thread
  put_record(m, 28, 15, 0x7654321abc);   // physical address ...
  put_record(m, 28, 17, 0x7f0000001abc); // ... of the virtual one
  put_record(m, 47, 4, 0xd503201f);      // encoding
  put_record(m, 10, 4, 0x401000);        // instruction
  put_record(m, 0, 8, 0x7f0000001010);   // read
  put_record(m, 49, 4, 0x401004);        // untaken jump
  put_record(m, 29, 4, 0x401008);        // instruction that is not fetched
  put_record(m, 1, 16, 0x7f0000002000);  // write
  put_record(m, 28, 15, 0x11111000);     // the page moves
  put_record(m, 28, 17, 0x7f0000001000);
  put_record(m, 36, 64, 0x7f0000001040); // preload
  put_record(m, 16, 4, 0x401040);        // return
  put_record(m, 17, 2, 0x0404);          // a bundle of two
  put_record(m, 26, 0, 0);               // footer
}

static const one_access small_memtrace_accesses[] = {
    {0x401000, TW_ACCESS_FETCH, 2, 1},       {0x7f0000001010, TW_ACCESS_READ, 3, 0},
    {0x7f0000002000, TW_ACCESS_WRITE, 4, 2}, {0x7f0000001040, TW_ACCESS_READ, 6, 0},
    {0x401040, TW_ACCESS_FETCH, 2, 1},
};

Test(foreign, dynamorio_records) {
  memtrace m;
  small_memtrace(&m);
  opened o = open_bytes(m.bytes, 12 * m.count, TW_FOREIGN_DYNAMORIO, NULL);
  expect_accesses(&o, small_memtrace_accesses, 5);
  finish(&o);
  // The markers' pages lie where these say, and the one that moves is broken before it is made anew.
  o = open_bytes(m.bytes, 12 * m.count, TW_FOREIGN_DYNAMORIO, NULL);
  tw_batch batch;
  uint64_t pas[2] = {0};
  unsigned seen = 0, tlbis = 0;
  tw_event before = {0};
  while (tw_trace_next(o.trace, &batch, &o.error) > 0) {
    for (size_t i = 0; i < batch.count; i++)
      if (batch.va[i] >> 12 == 0x7f0000001)
        pas[seen++] = batch.pa[i];
    if (batch.event.kind == TW_EVENT_TLBI) {
      cr_expect(before.kind == TW_EVENT_DESCRIPTOR && before.value == 0);
      cr_expect(batch.event.has_operand && batch.event.value == 0x7f0000001);
      tlbis++;
    }
    before = batch.event;
  }
  cr_expect(pas[0] == 0x7654321010 && pas[1] == 0x11111040 && tlbis == 1, "%#" PRIx64 " %#" PRIx64, pas[0], pas[1]);
  finish(&o);
}

/// clients/drcachesim/reader/reader.cpp: an instruction without bytes is the PC of what follows (-L0_filter).
Test(foreign, dynamorio_filtered_records) {
  memtrace m = {.count = 0};
  put_record(&m, 25, 0, 4);               // header
  put_record(&m, 28, 9, 0x41);            // file type
  put_record(&m, 10, 0, 0x401000);        // PC of the read
  put_record(&m, 0, 4, 0x7f0000001010);   // read
  put_record(&m, 29, 0, 0x401008);        // PC, not fetched
  put_record(&m, 1, 4, 0x7f0000001014);   // write
  put_record(&m, 10, 4, 0x401040);        // an instruction
  put_record(&m, 28, 16, 0x7f0000002000); // no physical address is known
  put_record(&m, 28, 17, 0x7f0000002000); // of no physical address
  put_record(&m, 18, 64, 0x7f0000002000); // flush
  put_record(&m, 63, 8, 0x7f0000002000);  // what is not known
  put_record(&m, 6, 64, 0x7f0000002000);  // preload
  opened o = open_bytes(m.bytes, 12 * m.count, TW_FOREIGN_DYNAMORIO, NULL);
  expect_accesses(&o,
                  (one_access[]){{0x7f0000001010, TW_ACCESS_READ, 2, 0},
                                 {0x7f0000001014, TW_ACCESS_WRITE, 2, 0},
                                 {0x401040, TW_ACCESS_FETCH, 2, 1},
                                 {0x7f0000002000, TW_ACCESS_READ, 6, 0}},
                  4);
  finish(&o);
}

/// A thread that did nothing is right beside others, but not alone.
Test(foreign, dynamorio_threads_without_accesses) {
  memtrace m, empty = {.count = 0};
  small_memtrace(&m);
  put_record(&empty, 25, 0, 7);
  put_record(&empty, 22, 0, 4712);
  put_record(&empty, 26, 0, 0);
  opened some = open_bytes(m.bytes, 12 * m.count, TW_FOREIGN_DYNAMORIO, NULL);
  opened none = open_bytes(empty.bytes, 12 * empty.count, TW_FOREIGN_DYNAMORIO, NULL);
  expect_accesses(&none, NULL, 0);
  const tw_mapping_policy policy = tw_mapping_policy_usual();
  const char *const inputs[] = {some.path, none.path};
  char *output = in_folder(some.folder, "out.twt");
  tw_foreign_source source = {.inputs = inputs, .count = 2, .format = TW_FOREIGN_DYNAMORIO, .policy = &policy};
  tw_import_result result;
  tw_error error;
  cr_expect(tw_trace_import_foreign(&source, output, &result, &error) == 0 && result.accesses == 5, "%s", error.text);
  source.inputs = inputs + 1;
  source.count = 1;
  cr_expect(tw_trace_import_foreign(&source, output, &result, &error) == -1);
  cr_expect(strstr(error.text, "found no access in it, expected some"), "%s", error.text);
  free(output);
  finish(&none);
  finish(&some);
}

Test(foreign, members_of_an_archive_are_one_stream) {
  memtrace m;
  small_memtrace(&m);
  char *folder = new_folder(), *path = in_folder(folder, "trace.zip");
  zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
  zip_file_add(zip, "chunk.0000", zip_source_buffer(zip, m.bytes, 100, 0), 0);
  zip_file_add(zip, "chunk.0001", zip_source_buffer(zip, m.bytes + 100, 12 * m.count - 100, 0), 0);
  cr_assert(zip_close(zip) == 0);
  tw_mapping_policy policy = tw_mapping_policy_usual();
  opened o = {.folder = folder, .path = path};
  o.trace = tw_trace_open_foreign(path, TW_FOREIGN_DYNAMORIO, &policy, TW_TRACE_PA | TW_TRACE_GAPS, &o.error);
  expect_accesses(&o, small_memtrace_accesses, 5);
  finish(&o);
}

Test(foreign, dynamorio_damage) {
  memtrace m;
  small_memtrace(&m);
  opened o = open_bytes(m.bytes, 12 * m.count - 5, TW_FOREIGN_DYNAMORIO, NULL);
  expect_damage(&o, 5, "record 16, byte 192: found 7 bytes, expected a record of 12");
  finish(&o);
  o = open_bytes(m.bytes + 12, 12, TW_FOREIGN_DYNAMORIO, NULL);
  expect_damage(&o, 0, "record 0, byte 0: found type 28, expected the header's, 25");
  finish(&o);
  o = open_bytes("", 0, TW_FOREIGN_DYNAMORIO, NULL);
  expect_damage(&o, 0, "found the end of the file, expected a header");
  finish(&o);
  // A 32-bit machine's records have 8 bytes: the header's, then those of the version's marker.
  o = open_bytes("\x19\0\0\0\4\0\0\0\x1c\0\x0c\0\4\0\0\0\x1c\0\x09\0\1\0\0\0", 24, TW_FOREIGN_DYNAMORIO, NULL);
  expect_damage(&o, 0, "record 0, byte 0: found version 0xc001c00000004, expected one of 32 bits");
  finish(&o);
  put_record(&m, 500, 0, 0);
  o = open_bytes(m.bytes, 12 * m.count, TW_FOREIGN_DYNAMORIO, NULL);
  expect_damage(&o, 5, "record 17, byte 204: found type 500, expected one below 64");
  finish(&o);
  tw_mapping_policy policy = tw_mapping_policy_usual();
  policy.page_log2 = 21;
  o = open_bytes(m.bytes, 12 * m.count, TW_FOREIGN_DYNAMORIO, &policy);
  expect_damage(&o, 0, "expected both to agree in the page's 21 bits");
  finish(&o);
  o = open_bytes("PK\3\4 and no more of it", 20, TW_FOREIGN_DYNAMORIO, NULL);
  cr_expect(!o.trace && strstr(o.error.text, "expected a zip archive"), "%s", o.error.text);
  finish(&o);
}

Test(foreign, pages_named_beside_a_trace) {
  static const char text[] =
      "# pages\naddress_mapping_group {\n  page_size: 2097152\n"
      "  address_mapping { virtual_address: 0x7fff12200000 physical_address: 0x40200000000 }\n}\n";
  char *folder = new_folder(), *path = in_folder(folder, "v2p.textproto");
  champsim_file file;
  small_program(&file);
  tw_mapping_policy policy = tw_mapping_policy_usual();
  policy.v2p = path;
  write_file(path, text, sizeof text - 1);
  for (unsigned page_log2 = 12; page_log2 <= 21; page_log2 += 9) {
    policy.page_log2 = page_log2;
    opened o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, &policy);
    tw_batch batch;
    uint64_t pa = 0;
    cr_assert(o.trace, "%s", o.error.text);
    while (tw_trace_next(o.trace, &batch, &o.error) > 0)
      for (size_t i = 0; i < batch.count; i++)
        pa = batch.va[i] == 0x7fff12345678 ? batch.pa[i] : pa;
    cr_expect(pa == 0x40200145678, "%#" PRIx64, pa);
    finish(&o);
  }
  static const char *const wrong[][2] = {{"page_size 12", "line 1: found \"12\", expected a colon"},
                                         {"\nvirtual_address: x", "line 2: found \"x\", expected a number"},
                                         {"virtual_address: 1", "expected both addresses of a mapping"},
                                         {"page_size: 4096", "expected a power of two from the policy's 2097152"},
                                         {"page_size: 6291456", "found pages of 6291456 bytes, expected a power of"},
                                         {"page_size: 18446744073709551616", "line 1: found \"18446744073709551616\""},
                                         {"page_size: 9223372036854775808", "expected a power of two"}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char body[160];
    snprintf(body, sizeof body, "%s%s", wrong[i][0], i >= 3 ? " virtual_address: 0 physical_address: 0" : "");
    write_file(path, body, strlen(body));
    opened o = open_bytes("", 0, TW_FOREIGN_CHAMPSIM, &policy);
    cr_expect(!o.trace && strstr(o.error.text, wrong[i][1]), "%s", o.error.text);
    finish(&o);
  }
  free(path);
  remove_folder(folder);
}

Test(foreign, regions_by_a_layout) {
  champsim_file file;
  small_program(&file);
  tw_linux_layout layout;
  tw_error error;
  const tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_ARM64);
  cr_assert(tw_linux_layout_make(&config, &layout, &error) == 0, "%s", error.text);
  for (unsigned with = 0; with < 2; with++) {
    tw_mapping_policy policy = tw_mapping_policy_usual();
    policy.layout = with ? &layout : NULL;
    opened o = open_bytes(file.bytes, 64 * file.count, TW_FOREIGN_CHAMPSIM, &policy);
    tw_batch batch;
    size_t count;
    cr_assert(o.trace && tw_trace_next(o.trace, &batch, &o.error) == 1, "%s", o.error.text);
    const tw_region *regions = tw_trace_regions(o.trace, &count);
    unsigned linear = 0, parts = 0;
    for (size_t i = 0; i < count; i++) {
      linear += strcmp(regions[i].name, "linear") == 0 && regions[i].first == 0xffff000000000000;
      parts += strcmp(regions[i].name, "user text") == 0 || strcmp(regions[i].name, "kernel text") == 0;
    }
    cr_expect(linear == with && parts == 0);
    // All addresses have a name in the end.
    cr_expect(strcmp(regions[count - 2].name, "user") == 0 && regions[count - 2].last == 0x0000ffffffffffff);
    cr_expect(strcmp(regions[count - 1].name, "kernel") == 0 && regions[count - 1].first == 0xffff000000000000);
    finish(&o);
  }
}
