// What the machine measured, as tables and as JSON.
#include "import_report.h"

#include "table.h"

#include <inttypes.h>
#include <stdbool.h>

static const char *const halves[2] = {"lower", "upper"};

static uint64_t samples_of(const tw_measured *m) { return m->samples[0] + m->samples[1]; }

static bool has_latencies(const tw_measured *m) { return tw_measured_count(m, 0) || tw_measured_count(m, 1); }

// ---- tables ----

static int print_latencies(const tw_measured *m, FILE *out) {
  tw_table *table = tw_table_create("<half\tsamples\ttranslations\tmean\tp50\tp90\tp99\tmax");
  for (unsigned half = 0; table && half < 2; half++)
    tw_table_row(table, "%s\t%" PRIu64 "\t%" PRIu64 "\t%.2f\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
                 halves[half], m->samples[half], tw_measured_count(m, half), tw_measured_mean(m, half),
                 tw_measured_percentile(m, half, 50), tw_measured_percentile(m, half, 90),
                 tw_measured_percentile(m, half, 99), tw_measured_percentile(m, half, 100));
  fputs("\nThe machine's own translation latencies (XLAT), in cycles, by half of the address space:\n", out);
  int status = table ? tw_table_print(table, out) : -1;
  tw_table_free(table);
  return status;
}

static int print_tlb(const tw_measured *m, FILE *out) {
  tw_table *table = tw_table_create("<TLB\tsamples\tshare %");
  for (unsigned i = 0; table && i < TW_TLB_WORDS && m->tlb[i].text[0]; i++)
    tw_table_row(table, "%s\t%" PRIu64 "\t%.2f", m->tlb[i].text, m->tlb[i].count,
                 100 * (double)m->tlb[i].count / (double)samples_of(m));
  fputs("\nWhat the machine's TLB did, in perf's words:\n", out);
  int status = table ? tw_table_print(table, out) : -1;
  tw_table_free(table);
  return status;
}

int tw_measured_print(const tw_measured *m, FILE *out) {
  if (has_latencies(m) && print_latencies(m, out) < 0)
    return -1;
  return m->tlb[0].text[0] ? print_tlb(m, out) : 0;
}

// ---- JSON ----

static json_t *half_json(const tw_measured *m, unsigned half) {
  return json_pack(
      "{s:s, s:I, s:I, s:f, s:I, s:I, s:I, s:I}", "half", halves[half], "samples", (json_int_t)m->samples[half],
      "translations", (json_int_t)tw_measured_count(m, half), "mean", tw_measured_mean(m, half), "p50",
      (json_int_t)tw_measured_percentile(m, half, 50), "p90", (json_int_t)tw_measured_percentile(m, half, 90), "p99",
      (json_int_t)tw_measured_percentile(m, half, 99), "max", (json_int_t)tw_measured_percentile(m, half, 100));
}

json_t *tw_measured_json(const tw_measured *m) {
  if (!samples_of(m))
    return json_null();
  json_t *tlb = json_array();
  for (unsigned i = 0; i < TW_TLB_WORDS && m->tlb[i].text[0]; i++)
    json_array_append_new(tlb, json_pack("{s:s, s:I}", "name", m->tlb[i].text, "samples", (json_int_t)m->tlb[i].count));
  return json_pack("{s:[o, o], s:o}", "latencies", half_json(m, 0), half_json(m, 1), "tlb", tlb);
}
