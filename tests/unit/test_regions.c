// Answers counted by region, by themselves and against the counters of the whole replay.
#include <region_account.h>

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static tw_error error;

/// Accesses in a row, each answered `cycles` after it was accepted.
static void answer(tw_region_account *account, uint64_t va, tw_found found, unsigned cycles) {
  const tw_request request = {.va = va};
  const tw_response response = {
      .accepted = 100, .cycle = 100 + cycles, .found = (uint8_t)found, .reads = {0, 1, 1, 1, 1}, .stage2_reads = 2};
  const tw_answers answers = {.count = 1, .requests = &request, .responses = &response};
  tw_region_account_answers(account, &answers);
}

static const tw_region_count *named(const tw_region_account *account, const char *name) {
  static const tw_region_count none = {.name = ""};
  size_t count;
  const tw_region_count *counts = tw_region_account_counts(account, &count);
  for (size_t i = 0; i < count; i++)
    if (strcmp(counts[i].name, name) == 0)
      return &counts[i];
  return &none;
}

Test(regions, the_first_that_holds_the_address) {
  // A region inside another, one that ends where all addresses end, one that begins right behind another.
  static const tw_region regions[] = {{"buffer", 0x5000, 0x5fff},
                                      {"linear", 0x4000, 0x7fff},
                                      {"modules", 0x8000, 0x8fff},
                                      {"top", 0xfffffffffffff000, UINT64_MAX}};
  static const struct {
    uint64_t va;
    const char *name;
  } cases[] = {{0, "(none)"},       {0x3fff, "(none)"}, {0x4000, "linear"},  {0x4fff, "linear"},
               {0x5000, "buffer"},  {0x5fff, "buffer"}, {0x6000, "linear"},  {0x7fff, "linear"},
               {0x8000, "modules"}, {0x9000, "(none)"}, {UINT64_MAX, "top"}, {0xffffffffffffefff, "(none)"}};
  tw_region_account *account = tw_region_account_create();
  cr_assert(tw_region_account_section(account, regions, 4, &error) == 0);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint64_t before = named(account, cases[i].name)->accesses;
    answer(account, cases[i].va, TW_FOUND_L1, 1);
    cr_expect(named(account, cases[i].name)->accesses == before + 1, "%#" PRIx64, cases[i].va);
  }
  tw_region_account_destroy(account);
}

Test(regions, counts_go_on_through_sections) {
  static const tw_region one[] = {{"linear", 0x4000, 0x7fff}},
                         two[] = {{"vmalloc", 0x4000, 0x4fff}, {"linear", 0, 0xfff}};
  tw_region_account *account = tw_region_account_create(), *sum = tw_region_account_create();
  cr_assert(tw_region_account_section(account, one, 1, &error) == 0);
  answer(account, 0x4000, TW_FOUND_WALK, 50);
  answer(account, 0x4008, TW_FOUND_L1, 1);
  cr_assert(tw_region_account_section(account, two, 2, &error) == 0);
  answer(account, 0x4000, TW_FOUND_L2, 4);
  answer(account, 0x10, TW_FOUND_L1, 1);
  const tw_region_count *linear = named(account, "linear");
  cr_expect(linear->accesses == 3 && linear->l1 == 2 && linear->walks == 1 && linear->reads == 6 &&
            linear->cycles == 52);
  cr_expect(named(account, "vmalloc")->l2 == 1 && named(account, "vmalloc")->cycles == 4);
  cr_assert(tw_region_account_add(sum, account) == 0 && tw_region_account_add(sum, account) == 0);
  cr_expect(named(sum, "linear")->reads == 12 && named(sum, "vmalloc")->accesses == 2);
  json_t *json = tw_regions_json(sum);
  cr_expect(json_array_size(json) == 2, "%zu", json_array_size(json)); // no row without accesses
  json_decref(json);
  tw_region_account_destroy(account);
  tw_region_account_destroy(sum);
}

Test(regions, no_regions_at_all) {
  tw_region_account *account = tw_region_account_create();
  cr_assert(tw_region_account_section(account, NULL, 0, &error) == 0);
  answer(account, 0x1234, TW_FOUND_L1, 1);
  cr_expect(named(account, "(none)")->accesses == 1);
  tw_region_account_destroy(account);
}
