// Workloads as traces: what they are told, what they give, and that the same name gives the same stream.
#include "pattern.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traces/workload.h>

// ---- parameters ----

Test(workloads, a_wrong_parameter_is_named_with_what_was_found_and_expected) {
  static const struct {
    const char *name, *error;
  } rows[] = {
      {"gen:none", "gen:none is no workload (see `tablewalk gen`)"},
      {"gen:", "gen: is no workload (see `tablewalk gen`)"},
      {"gen:pattern,size=4k", "gen:pattern: size is no parameter of it (see `tablewalk gen pattern`)"},
      {"gen:pattern,bytes", "gen:pattern: found \"bytes\", expected parameter=value"},
      {"gen:pattern,,count=1", "gen:pattern: found \"\", expected parameter=value"},
      {"gen:pattern,bytes=4x", "gen:pattern: bytes is 4x, expected a number from 4k to 512g"},
      {"gen:pattern,bytes=-4", "gen:pattern: bytes is -4, expected a number from 4k to 512g"},
      {"gen:pattern,bytes=", "gen:pattern: bytes is , expected a number from 4k to 512g"},
      {"gen:pattern,bytes=99999999t", "gen:pattern: bytes is 99999999t, expected a number from 4k to 512g"},
      {"gen:pattern,count=0", "gen:pattern: count is 0, expected a number from 1 to 16t"},
      {"gen:pattern,pattern=random",
       "gen:pattern: pattern is random, expected one of seq|page|rand|seqw|chase|zipf|matrix"},
      {"gen:pattern,rodata=of", "gen:pattern: rodata is of, expected one of full|on|off"},
      {"gen:pattern,linux=six", "gen:pattern: linux is six, expected a version like 6.12"},
      {"gen:pattern,linux=3.0", "gen:pattern: layout: Linux 3.0, expected 3.7 or later: the first with arm64"},
      {"gen:pattern,va_bits=47",
       "gen:pattern: layout: va_bits is 47, expected 39, 48 or, since Linux 6.9, 52 with pages of 4 KiB"},
      {"gen:pattern,region=linear,bytes=1g,ram=1g",
       "gen:pattern: no memory or no room for linear of 1048576 KiB, expected less, or more RAM"},
      {"gen:redis,page=64k", "gen:redis: page is 64k, expected 4k: the pages in question are those of that granule"},
      {"gen:pagecache,page=16k", "gen:pagecache: folio is 4k, expected a page (16k) at least"},
      {"gen:dentry,folders=2000,dentries=1000", "gen:dentry: folders is 2000, expected at most as many as dentries"},
      {"gen:capture,ticks=1@", "gen:capture: ticks is 1@, expected none, or at most 256 of PHASE@ACCESS joined by +, "
                               "phases 1 to 50"},
      {"gen:capture,page=64k", "gen:capture: machine and page are arm64 and 64k, expected arm64 with 4k or 16k"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tw_error error = {""};
    tw_trace *trace = tw_trace_open(rows[i].name, 0, &error);
    cr_expect_null(trace, "%s", rows[i].name);
    cr_expect_str_eq(error.text, rows[i].error);
    tw_trace_close(trace);
  }
}

Test(workloads, each_is_listed_with_values_that_it_takes) {
  size_t count, common;
  const tw_workload_about *about;
  cr_assert(tw_workload_common(&common) && common > 5);
  for (count = 0; (about = tw_workload_at(count)); count++) {
    cr_expect_eq(tw_workload_named(about->name), about);
    for (size_t other = 0; other < count; other++)
      cr_expect_str_neq(tw_workload_at(other)->name, about->name);
  }
  cr_expect_eq(count, 10);
  cr_expect_null(tw_workload_named("patter"));
  char usual[64];
  const tw_workload_parameter *parameters = tw_workload_common(&common);
  about = tw_workload_named("netbuf");
  for (size_t i = 0; i < common; i++) {
    tw_workload_usual(about, &parameters[i], usual);
    const char *expected = !strcmp(parameters[i].name, "machine") ? "arm"
                           : !strcmp(parameters[i].name, "ram")   ? "1g"
                                                                  : parameters[i].usual;
    cr_expect_str_eq(usual, expected);
  }
}

// ---- streams ----

typedef struct stream {
  uint64_t hash, accesses, batches, descriptors, tlbi, begins, ends, sections;
  uint64_t last_first;
} stream;

static uint64_t mixed(uint64_t hash, uint64_t value) { return (hash ^ value) * UINT64_C(0x100000001b3) ^ hash >> 29; }

/// Reads all of it; what must hold of every stream is held here.
static stream read_all(const char *name) {
  tw_error error = {""};
  tw_batch batch;
  stream s = {0};
  int got;
  tw_trace *trace = tw_trace_open(name, TW_TRACE_PA | TW_TRACE_GAPS, &error);
  cr_assert(trace, "%s", error.text);
  while ((got = tw_trace_next(trace, &batch, &error)) > 0) {
    cr_assert(batch.count <= 65536 && batch.first == s.accesses);
    cr_assert(batch.count == 0 || (batch.va && batch.pa && batch.info && batch.gap));
    cr_assert(s.batches > 0 || batch.event.kind == TW_EVENT_SECTION, "the first batch is the section");
    for (size_t i = 0; i < batch.count; i++) {
      s.hash = mixed(mixed(s.hash, batch.va[i]), batch.pa[i]);
      s.hash = mixed(s.hash, (uint64_t)batch.info[i] << 16 | batch.gap[i]);
    }
    s.hash = mixed(mixed(s.hash, batch.event.kind), batch.event.pa ^ batch.event.value);
    s.accesses += batch.count;
    s.batches++;
    s.sections += batch.event.kind == TW_EVENT_SECTION;
    s.begins += batch.event.kind == TW_EVENT_PHASE_BEGIN;
    s.ends += batch.event.kind == TW_EVENT_PHASE_END;
    s.descriptors += batch.event.kind == TW_EVENT_DESCRIPTOR;
    s.tlbi += batch.event.kind == TW_EVENT_TLBI;
  }
  cr_assert_eq(got, 0, "%s", error.text);
  cr_assert_eq(tw_trace_next(trace, &batch, &error), 0, "the end stays the end");
  cr_expect_eq(s.sections, 1);
  cr_expect_eq(s.begins, s.ends);
  tw_trace_close(trace);
  return s;
}

Test(workloads, the_same_name_gives_the_same_stream_and_another_seed_another) {
  static const char *const names[] = {"gen:pattern,count=5000,ram=512m",
                                      "gen:capture,buffers=vmalloc_64k",
                                      "gen:dentry,dentries=10k,count=500,ram=512m",
                                      "gen:redis,keys=10k,count=200,ram=512m",
                                      "gen:netbuf,warm=1k,count=50,large=vmalloc",
                                      "gen:stacks,tasks=50,count=500,ram=512m",
                                      "gen:modules,count=500,ram=512m",
                                      "gen:bpf,count=200,ram=512m",
                                      "gen:numa,bytes=16m,count=5000,ram=512m",
                                      "gen:pagecache,bytes=16m,count=100,order=rand,ram=512m"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char other[256];
    stream a = read_all(names[i]), b = read_all(names[i]);
    cr_expect(a.accesses > 0);
    cr_expect_eq(a.hash, b.hash, "%s", names[i]);
    cr_expect_eq(a.accesses, b.accesses);
    if (strstr(names[i], "capture"))
      continue; // its generator is the kernel module's
    snprintf(other, sizeof other, "%s,seed=2", names[i]);
    cr_expect_neq(read_all(other).hash, a.hash, "%s", names[i]);
  }
}

Test(workloads, as_many_accesses_as_were_asked_for) {
  static const uint64_t counts[] = {1, 2047, 2048, 2049, 100000};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    char name[128];
    snprintf(name, sizeof name, "gen:pattern,ram=512m,bytes=1m,pattern=seq,count=%" PRIu64, counts[i]);
    stream s = read_all(name);
    cr_expect_eq(s.accesses, counts[i]);
    cr_expect_eq(s.begins, 1);
  }
}

Test(workloads, a_process_accesses_at_el0_and_a_kernel_at_el1) {
  static const struct {
    const char *name;
    bool el0;
  } rows[] = {{"gen:pattern,region=user,bytes=1m,count=100,ram=512m", true},
              {"gen:redis,keys=1000,count=10,ram=512m", true},
              {"gen:pattern,region=vmalloc,bytes=1m,count=100,ram=512m", false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tw_error error = {""};
    tw_batch batch;
    uint64_t el0 = 0, all = 0;
    tw_trace *trace = tw_trace_open(rows[i].name, 0, &error);
    cr_assert(trace, "%s", error.text);
    while (tw_trace_next(trace, &batch, &error) > 0)
      for (size_t n = 0; n < batch.count; n++, all++)
        el0 += (batch.info[n] & TW_INFO_EL0) != 0;
    cr_expect(all > 0);
    cr_expect_eq(el0, rows[i].el0 ? all : 0, "%s", rows[i].name);
    tw_trace_close(trace);
  }
}

Test(workloads, a_file_s_trace_has_no_facts_and_a_name_like_one_is_a_file_s) {
  size_t count = 1;
  tw_error error = {""};
  tw_trace *trace = tw_trace_open(TW_SOURCE_DIR "/traces/captures/k61-4k-on.twt", 0, &error);
  cr_assert(trace, "%s", error.text);
  cr_expect_null(tw_trace_facts(trace, &count));
  cr_expect_eq(count, 0);
  tw_trace_close(trace);
  cr_expect(!tw_workload_is("gen.twt") && !tw_workload_is("./gen:x") && tw_workload_is("gen:x"));
  cr_expect_null(tw_trace_open("gen.twt", 0, &error));
}

// ---- patterns ----

enum { N = 4096 };

static const uint64_t *offsets_of(const tw_pattern_config *config) {
  static uint64_t offsets[N];
  tw_pattern pattern;
  cr_assert_eq(tw_pattern_start(&pattern, config), 0);
  // In pieces of odd sizes: a pattern goes on where it was.
  for (size_t at = 0, piece = 1; at < N; piece = piece % 97 + 1) {
    size_t count = piece < N - at ? piece : N - at;
    tw_pattern_offsets(&pattern, offsets + at, count);
    at += count;
  }
  tw_pattern_stop(&pattern);
  return offsets;
}

Test(patterns, seq_page_and_matrix_go_in_order_and_around) {
  tw_pattern_config config = {.kind = TW_PATTERN_SEQ, .bytes = 65536, .page_log2 = 12, .stride = 64, .seed = 1};
  const uint64_t *at = offsets_of(&config);
  for (size_t i = 0; i < N; i++)
    cr_assert_eq(at[i], i * 64 % 65536);
  config.stride = 24; // does not divide the buffer: each turn begins at its first byte
  at = offsets_of(&config);
  for (size_t i = 0; i < N; i++)
    cr_assert_eq(at[i], i % 2731 * 24);
  config.kind = TW_PATTERN_PAGE;
  at = offsets_of(&config);
  for (size_t i = 0; i < N; i++)
    cr_assert_eq(at[i], i % 16 * 4096 + i / 16 % 64 * 64);
  config.kind = TW_PATTERN_MATRIX; // 90 x 90 elements
  at = offsets_of(&config);
  for (size_t i = 0; i < N; i++)
    cr_assert_eq(at[i], (i % 90 * 90 + i / 90) * 8);
}

// First offsets of the captures' own rand and chase phases (k61-4k-full, lin_pages_4m and lin_kmalloc_64k).
Test(patterns, rand_and_chase_are_the_captures) {
  static const uint64_t rand[] = {0x334da8, 0x2e6070, 0x106130, 0x0dcc70, 0x054ae8, 0x3bfb78};
  static const uint64_t nodes[] = {0, 199, 92, 194, 85, 219, 64, 148}, lines[] = {0, 0, 1, 1, 3, 0, 3, 2};
  tw_pattern_config config = {
      .kind = TW_PATTERN_RAND, .bytes = 4 << 20, .page_log2 = 12, .seed = UINT64_C(0x9e3779b97f4a7c15)};
  const uint64_t *at = offsets_of(&config);
  for (size_t i = 0; i < sizeof rand / sizeof *rand; i++)
    cr_expect_eq(at[i], rand[i]);
  config = (tw_pattern_config){.kind = TW_PATTERN_CHASE,
                               .bytes = 65536,
                               .page_log2 = 12,
                               .nodes_most = 65536,
                               .seed = UINT64_C(0xd1b54a32d192ed03)};
  at = offsets_of(&config);
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
    cr_expect_eq(at[i], nodes[i] * 256 + lines[i] * 64);
  // One cycle through all 256.
  bool seen[256] = {false};
  for (size_t i = 0; i < 256; i++) {
    cr_expect(!seen[at[i] / 256]);
    seen[at[i] / 256] = true;
    cr_expect_eq(at[i + 256], at[i]);
  }
}

Test(patterns, rand_stays_inside_a_buffer_of_any_size) {
  tw_pattern_config config = {.kind = TW_PATTERN_RAND, .bytes = 3 * 4096, .page_log2 = 12, .seed = 1};
  const uint64_t *at = offsets_of(&config);
  uint64_t of_page[3] = {0};
  for (size_t i = 0; i < N; i++) {
    cr_assert(at[i] < config.bytes && at[i] % 8 == 0);
    of_page[at[i] / 4096]++;
  }
  for (unsigned i = 0; i < 3; i++)
    cr_expect(of_page[i] > N / 4, "found %" PRIu64 " of %d in page %u", of_page[i], N, i);
}

// By Zipf's law the page of rank k has the share k^-s / H, with H the sum of these over all pages.
Test(patterns, zipf_shares_are_the_laws) {
  enum { PAGES = 1000, DRAWS = 400000 };
  const tw_pattern_config config = {
      .kind = TW_PATTERN_ZIPF, .bytes = PAGES * 4096, .page_log2 = 12, .exponent = 0.9, .seed = 1};
  static uint64_t offsets[DRAWS], of_page[PAGES];
  tw_pattern pattern;
  cr_assert_eq(tw_pattern_start(&pattern, &config), 0);
  tw_pattern_offsets(&pattern, offsets, DRAWS);
  tw_pattern_stop(&pattern);
  for (size_t i = 0; i < DRAWS; i++)
    of_page[offsets[i] / 4096]++;
  double sum = 0, most = 0, second = 0;
  for (unsigned k = 1; k <= PAGES; k++)
    sum += pow(k, -0.9);
  for (unsigned i = 0; i < PAGES; i++) {
    double n = (double)of_page[i];
    second = n > most ? most : n > second ? n : second;
    most = n > most ? n : most;
  }
  cr_expect_float_eq(most / DRAWS, 1 / sum, 0.03 / sum);
  cr_expect_float_eq(second / DRAWS, pow(2, -0.9) / sum, 0.05 / sum);
}
