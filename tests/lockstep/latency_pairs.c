// "Not yet there in cycle N - 1, there in cycle N": every latency and limit of rtl/README.md, on the C model and on the
// RTL, N being worked out by hand from the chapter (latency_table.c).
//   latency_pairs
// Then the check itself: each row with N - 1 and with N + 1 in place of N must be refused.
#include "latency_bench.h"

#include <stdio.h>
#include <string.h>

typedef struct tw_tally {
  unsigned passed, failed;
} tw_tally;

static const char *const sides[] = {"model", "RTL"};

static void check_row(tw_tally *tally, const tw_latency_row *row) {
  for (unsigned rtl = 0; rtl < 2; rtl++) {
    const char *wrong = tw_latency_run(row, rtl, row->n);
    wrong ? tally->failed++ : tally->passed++;
    if (wrong)
      printf("FAIL %s, %s, N = %u (%s): %s\n", row->latency, row->formula, row->n, sides[rtl], wrong);
  }
}

static void check_the_check(tw_tally *tally, const tw_latency_row *row) {
  for (unsigned rtl = 0; rtl < 2; rtl++)
    for (unsigned n = row->n - 1; n <= row->n + 1; n += 2) {
      bool refused = tw_latency_run(row, rtl, n) != NULL;
      refused ? tally->passed++ : tally->failed++;
      if (!refused)
        printf("FAIL %s, %s, N = %u (%s): %u is not refused\n", row->latency, row->formula, row->n, sides[rtl], n);
    }
}

/// The rows of one latency stand together and have two values of N or of what is offered.
static unsigned print_latency(const tw_latency_row *rows, size_t count) {
  unsigned same = 1;
  while (same < count && !strcmp(rows[same].latency, rows->latency))
    same++;
  printf("%-28s", rows->latency);
  for (unsigned i = 0; i < same; i++)
    if (i == 0 || strcmp(rows[i].formula, rows[i - 1].formula) != 0)
      printf("%s %s: %u", i ? ";" : "", rows[i].formula, rows[i].n);
    else
      printf(", %u", rows[i].n);
  printf("\n");
  return same;
}

int main(void) {
  tw_tally tally = {0, 0};
  size_t count, latencies = 0;
  const tw_latency_row *rows = tw_latency_rows(&count);
  printf("%-28s how N is worked out: N, ...\n", "latency or limit");
  for (size_t i = 0; i < count; latencies++) {
    unsigned same = print_latency(&rows[i], count - i);
    same > 1 ? tally.passed++ : tally.failed++;
    if (same < 2)
      printf("FAIL %s: one row\n", rows[i].latency);
    i += same;
  }
  for (size_t i = 0; i < count; i++)
    check_row(&tally, &rows[i]);
  for (size_t i = 0; i < count; i++)
    check_the_check(&tally, &rows[i]);
  printf("%zu latencies and limits, %zu pairs, on both sides\n", latencies, count);
  printf("%u passed, %u failed\n", tally.passed, tally.failed);
  return tally.failed != 0;
}
