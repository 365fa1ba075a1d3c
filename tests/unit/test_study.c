// The study's arithmetic: percentiles, what is counted in a row, penalties, and which sentence the figures choose.
#include "study.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

// -- histogram --

Test(histogram, percentiles_are_exact_by_nearest_rank) {
  tw_histogram *h = calloc(1, sizeof *h);
  cr_assert_eq(tw_histogram_percentile(h, 50), 0);
  for (uint64_t value = 1; value <= 100; ++value)
    tw_histogram_add(h, value);
  cr_expect_eq(tw_histogram_percentile(h, 1), 1);
  cr_expect_eq(tw_histogram_percentile(h, 50), 50);
  cr_expect_eq(tw_histogram_percentile(h, 95), 95);
  cr_expect_eq(tw_histogram_percentile(h, 99.5), 100);
  cr_expect_eq(tw_histogram_percentile(h, 100), 100);
  cr_expect_float_eq(tw_histogram_mean(h), 50.5, 1e-9);
  free(h);
}

Test(histogram, large_values_are_at_most_a_sixteenth_too_high) {
  for (uint64_t value = TW_HISTOGRAM_EXACT - 1; value < UINT64_C(1) << 62; value = value * 3 + 1) {
    tw_histogram *h = calloc(1, sizeof *h);
    tw_histogram_add(h, value);
    tw_histogram_add(h, UINT64_MAX);
    uint64_t found = tw_histogram_percentile(h, 50);
    cr_expect(found >= value && found - value <= value / 16, "%llu for %llu", (unsigned long long)found,
              (unsigned long long)value);
    cr_expect_eq(tw_histogram_percentile(h, 100), UINT64_MAX);
    free(h);
  }
}

// -- counting --

static tw_study_row make_row(const char *mapping, const char *kind, uint64_t va, bool linear) {
  tw_study_row row = {.va = va, .bytes = 4 << 20, .linear = linear};
  snprintf(row.mapping, sizeof row.mapping, "%s", mapping);
  snprintf(row.kind, sizeof row.kind, "%s", kind);
  snprintf(row.pattern, sizeof row.pattern, "rand");
  return row;
}

enum { VA = 0x10000000, END = VA + (4 << 20) };

static void count_one(tw_study_capture *capture, const tw_phase *phase, tw_request request, tw_response response) {
  const tw_answers answers = {.phase = phase, .count = 1, .requests = &request, .responses = &response};
  tw_study_count(capture, &answers);
}

Test(study, a_row_counts_the_data_accesses_to_its_buffer) {
  tw_study_row *row = malloc(sizeof *row);
  *row = make_row("vmalloc", "vmalloc_4m", VA, false);
  tw_study_capture capture = {.rows = row, .count = 1};
  const tw_phase phase = {.kind = "vmalloc_4m", .pattern = "rand", .va = VA, .bytes = 4 << 20};
  const tw_phase stranger = {.kind = "natural_ls", .pattern = "-"};
  const tw_response hit = {.accepted = 10, .cycle = 11, .found = TW_FOUND_L1};
  const tw_response walk = {.accepted = 10,
                            .cycle = 40,
                            .found = TW_FOUND_WALK,
                            .walk_cycles = 20,
                            .size_log2 = 12,
                            .reads = {0, 0, 0, 1, 1}};
  count_one(&capture, &phase, (tw_request){.va = VA}, hit);
  count_one(&capture, &phase, (tw_request){.va = END - 1, .kind = TW_ACCESS_WRITE}, walk);
  count_one(&capture, &phase, (tw_request){.va = END}, hit);
  count_one(&capture, &phase, (tw_request){.va = VA - 1}, walk);
  count_one(&capture, &phase, (tw_request){.va = VA, .kind = TW_ACCESS_FETCH}, hit);
  count_one(&capture, &stranger, (tw_request){.va = VA}, hit);
  count_one(&capture, NULL, (tw_request){.va = VA}, hit);
  cr_expect_eq(row->buffer.accesses, 2);
  cr_expect_eq(row->buffer.walks, 1);
  cr_expect_eq(row->buffer.cycles, 31);
  cr_expect_eq(row->walk_latency.sum, 20);
  cr_expect_eq(row->other.accesses, 3);
  cr_expect_eq(row->other.walks, 1);
  cr_expect_eq(capture.outside.accesses, 2);
  cr_expect_float_eq(tw_study_all_reads(&row->buffer), 2.0, 1e-9);
  cr_expect_eq(tw_study_entry_log2(row), 12);
  cr_expect_eq(tw_study_entries(row), 1024);
  free(row);
}

// A phase's cycles are all of its accesses'; its row's accesses are the buffer's.
Test(study, overlapping_accesses_are_counted_by_the_phase) {
  tw_study_row *rows = calloc(3, sizeof *rows);
  rows[0] = make_row("linear map", "lin_pages_4m", END, true);
  rows[1] = make_row("vmalloc", "vmalloc_4m", VA, false);
  rows[2] = make_row("vmalloc", "vmalloc_4m", VA, false);
  snprintf(rows[2].pattern, sizeof rows[2].pattern, "chase");
  tw_study_capture capture = {.rows = rows, .count = 3};
  const tw_phase phase = {.kind = "vmalloc_4m", .pattern = "rand", .va = VA, .bytes = 4 << 20};
  const tw_phase linear = {.kind = "lin_pages_4m", .pattern = "rand", .va = END, .bytes = 4 << 20};
  const tw_phase chase = {.kind = "vmalloc_4m", .pattern = "chase", .va = VA, .bytes = 4 << 20};
  const tw_request requests[] = {{.va = VA}, {.va = END}, {.va = VA + 8}, {.va = VA, .kind = TW_ACCESS_FETCH}};
  tw_answers answers = {.phase = &phase, .count = 4, .requests = requests, .cycles = 30};
  tw_study_count_overlapped(&capture, &answers);
  tw_study_count_overlapped(&capture, &answers);
  cr_expect_eq(rows[1].overlapped.accesses, 4);
  cr_expect_eq(rows[1].overlapped.cycles, 60);
  cr_expect_float_eq(tw_study_overlapped_cycles(&rows[1]), 15.0, 1e-9);
  cr_expect_not(tw_study_overlapped_penalty(&capture, &rows[1]).known);
  answers.phase = &linear;
  answers.cycles = 10;
  tw_study_count_overlapped(&capture, &answers);
  tw_penalty penalty = tw_study_overlapped_penalty(&capture, &rows[1]);
  cr_expect(penalty.known);
  cr_expect_float_eq(penalty.cycles, 5.0, 1e-9);
  cr_expect_float_eq(penalty.percent, 50.0, 1e-9);
  cr_expect_not(tw_study_penalty(&capture, &rows[1]).known);
  answers.phase = &chase;
  tw_study_count_overlapped(&capture, &answers);
  cr_expect_float_eq(tw_study_overlapped_cycles(&rows[2]), 0.0, 1e-9);
  answers.phase = NULL;
  tw_study_count_overlapped(&capture, &answers);
  free(rows);
}

// -- names --

Test(study, names_come_from_kinds_and_files) {
  static const char *const mappings[][2] = {{"vmalloc_4m", "vmalloc"},
                                            {"vmalloc_huge_64m", "vmalloc_huge"},
                                            {"module_data_64k", "module_data"},
                                            {"vmalloc", "vmalloc"},
                                            {"odd_4x", "odd_4x"}};
  for (size_t i = 0; i < sizeof mappings / sizeof *mappings; ++i) {
    char name[32];
    tw_study_mapping_name(mappings[i][0], name);
    cr_expect_str_eq(name, mappings[i][1]);
  }
  static const char *const titles[][2] = {{"k61-4k-full", "Linux 6.1, 4K pages, rodata=full"},
                                          {"k612-16k-on", "Linux 6.12, 4K pages, rodata=on"},
                                          {"k61-4k-on-tlbi", "k61-4k-on-tlbi, 4K pages"},
                                          {"mine", "mine, 4K pages"}};
  for (size_t i = 0; i < sizeof titles / sizeof *titles; ++i) {
    tw_study_capture capture = {.granule_log2 = 12};
    snprintf(capture.name, sizeof capture.name, "%s", titles[i][0]);
    tw_study_title(&capture);
    cr_expect_str_eq(capture.title, titles[i][1]);
  }
}

Test(study, titles_of_32_bit_kernels_say_the_format) {
  static const struct {
    const char *name, *title;
    bool lpae;
  } cases[] = {{"k61-a32-armmp", "Linux 6.1, 32-bit, short descriptors", false},
               {"k61-a32-lpae", "Linux 6.1, 32-bit, LPAE", true},
               {"mine", "mine, 32-bit, LPAE", true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    tw_study_capture capture = {.architecture = TW_ARCH_AARCH32, .granule_log2 = 12, .lpae = cases[i].lpae};
    snprintf(capture.name, sizeof capture.name, "%s", cases[i].name);
    tw_study_title(&capture);
    cr_expect_str_eq(capture.title, cases[i].title);
  }
}

// -- sentences --

static void fill(tw_study_row *row, uint64_t walks, uint64_t cycles, unsigned size_log2) {
  row->buffer = (tw_study_part){.accesses = 1000, .l1 = 1000 - walks, .walks = walks, .cycles = cycles};
  row->walk_sizes[size_log2] = walks;
  for (uint64_t i = 0; i < walks; ++i)
    tw_histogram_add(&row->walk_latency, 20);
}

typedef struct finding_case {
  const char *what;
  uint64_t vmalloc_walks, vmalloc_cycles;
  unsigned linear_log2;
  uint64_t huge_cycles;
  const char *says[5];
  const char *says_not;
} finding_case;

static const char both_ends[] =
    "Overlapped, up to 16 under way at once, random reads over 4 MiB cost 7.00 cycles an access through vmalloc and "
    "2.00 through the linear map: 5.00 more, where one after the other they cost 20.00 more (21.00 against 1.00).";

Test(study, the_figures_choose_the_sentences) {
  static const finding_case cases[] = {
      {"a penalty",
       900,
       21000,
       25,
       1005,
       {"random reads over 4 MiB cost 20.0 cycles more", "1 mapping of 32M", "takes all of it away",
        "1024 mappings of 4K", both_ends},
       "nothing"},
      {"half of it stays", 900, 21000, 25, 11000, {"takes 50.0 % of it away"}, "nothing"},
      {"nothing, alike", 10, 1002, 12, 1000, {"costs nothing", "made of 4K mappings too"}, "takes"},
      {"nothing, unlike", 10, 1002, 25, 1000, {"costs nothing", "the TLBs hold both"}, "takes"},
      {"vmalloc is cheaper", 10, 500, 12, 1000, {"cycles less an access", "although both are mapped alike"}, "takes"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    const finding_case *c = &cases[i];
    tw_study_row *rows = calloc(3, sizeof *rows);
    rows[0] = make_row("linear map", "lin_pages_4m", VA, true);
    rows[1] = make_row("vmalloc", "vmalloc_4m", VA, false);
    rows[2] = make_row("vmalloc_huge", "vmalloc_huge_4m", VA, false);
    fill(&rows[0], 10, 1000, c->linear_log2);
    fill(&rows[1], c->vmalloc_walks, c->vmalloc_cycles, 12);
    fill(&rows[2], 2, c->huge_cycles, 21);
    tw_study_capture capture = {.rows = rows, .count = 3, .title = "A kernel", .issue.window = 16};
    rows[0].overlapped = (tw_study_overlapped){.accesses = 1000, .cycles = 2000};
    rows[1].overlapped = (tw_study_overlapped){.accesses = 1000, .cycles = 7000};
    char words[2048];
    tw_study_finding(&capture, words, sizeof words);
    for (size_t s = 0; s < 5 && c->says[s]; ++s)
      cr_expect(strstr(words, c->says[s]) != NULL, "%s: '%s' not in: %s", c->what, c->says[s], words);
    cr_expect(strstr(words, c->says_not) == NULL, "%s: '%s' in: %s", c->what, c->says_not, words);
    free(rows);
  }
}

// One capture of each format on one core; the walks of LPAE are `lpae_cycles` an access dearer.
static void say_formats(uint64_t lpae_cycles, char *words, size_t room) {
  tw_study study = {.captures = calloc(2, sizeof *study.captures), .count = 2, .core_count = 1};
  snprintf(study.cores[0].title, sizeof study.cores[0].title, "A core");
  for (size_t i = 0; i < 2; ++i) {
    tw_study_row *rows = calloc(2, sizeof *rows);
    rows[0] = make_row("lowmem", "lin_pages_4m", VA, true);
    rows[1] = make_row("vmalloc", "vmalloc_4m", VA, false);
    fill(&rows[0], 10, 1000, i ? 21 : 20);
    fill(&rows[1], 900, 21000 + (i ? 1000 * lpae_cycles : 0), 12);
    study.captures[i] = (tw_study_capture){
        .rows = rows, .count = 2, .core = &study.cores[0], .architecture = TW_ARCH_AARCH32, .lpae = i == 1};
  }
  tw_study_formats(&study, &study.cores[0], words, room);
  tw_core stranger = {.name = "other"};
  char none[64] = "x";
  tw_study_formats(&study, &stranger, none, sizeof none);
  cr_expect_str_eq(none, "");
  tw_study_free(&study);
}

Test(study, the_formats_of_aarch32_are_held_against_each_other) {
  char words[2048];
  say_formats(5, words, sizeof words);
  static const char *const says[] = {
      "on A core: random reads over 4 MiB",
      "21.00 cycles an access with short descriptors and 26.00 with LPAE, 5.00 more",
      "90.0 % and 90.0 % of the accesses walk", "descriptors are 4 KiB and 8 KiB",
      "Through lowmem they cost 1.00 and 1.00, by 4 mappings of 1M and 2 mappings of 2M"};
  for (size_t i = 0; i < sizeof says / sizeof *says; ++i)
    cr_expect(strstr(words, says[i]) != NULL, "'%s' not in: %s", says[i], words);
  say_formats(0, words, sizeof words);
  cr_expect(strstr(words, "which is the same") != NULL, "%s", words);
}

Test(study, without_a_partner_nothing_is_compared) {
  tw_study_row *row = malloc(sizeof *row);
  *row = make_row("vmalloc", "vmalloc_4m", VA, false);
  tw_study_capture capture = {.rows = row, .count = 1, .title = "A kernel"};
  char words[2048];
  tw_study_finding(&capture, words, sizeof words);
  cr_expect(strstr(words, "nothing to compare") != NULL, "%s", words);
  cr_expect_not(tw_study_penalty(&capture, row).known);
  free(row);
}

// -- a committed capture --

Test(study, a_plan_knows_the_buffers_of_a_capture) {
  tw_study study = {.captures = calloc(1, sizeof *study.captures), .count = 1};
  tw_error error = {""};
  cr_assert(tw_study_plan(study.captures, TW_SOURCE_DIR "/traces/captures/k61-4k-on.twt", &error) == 0, "%s",
            error.text);
  const tw_study_capture *capture = study.captures;
  cr_expect_eq(capture->count, 40);
  cr_expect_eq(capture->phases, 40);
  const tw_study_row *linear = tw_study_find(capture, NULL, "rand", 64 << 20);
  const tw_study_row *vmalloc = tw_study_find(capture, "vmalloc", "rand", 64 << 20);
  cr_assert(linear && vmalloc);
  cr_expect_str_eq(linear->mapped, "32 x 2M+C");
  cr_expect_str_eq(vmalloc->mapped, "16384 x 4K");
  tw_study_free(&study);
}

Test(study, a_plan_knows_lowmem) {
  static const struct {
    const char *name, *mapped;
    bool lpae;
  } cases[] = {{"k61-a32-armmp", "64 x 1M", false}, {"k61-a32-lpae", "32 x 2M", true}};
  for (size_t i = 0; i < 2; ++i) {
    char path[1024];
    tw_error error = {""};
    snprintf(path, sizeof path, TW_SOURCE_DIR "/traces/captures/%s.twt", cases[i].name);
    tw_study study = {.captures = calloc(1, sizeof *study.captures), .count = 1};
    cr_assert(tw_study_plan(study.captures, path, &error) == 0, "%s", error.text);
    const tw_study_capture *capture = study.captures;
    const tw_study_row *lowmem = tw_study_find(capture, NULL, "chase", 64 << 20);
    const tw_study_row *vmalloc = tw_study_find(capture, "vmalloc", "chase", 64 << 20);
    cr_expect_eq(capture->count, 20);
    cr_expect_eq(capture->lpae, cases[i].lpae);
    cr_assert(lowmem && vmalloc);
    cr_expect_str_eq(lowmem->mapping, "lowmem");
    cr_expect_str_eq(lowmem->mapped, cases[i].mapped);
    cr_expect_str_eq(vmalloc->mapped, "16384 x 4K");
    tw_study_free(&study);
  }
}
