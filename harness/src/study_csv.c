// The study as CSV: a line a row of the tables, rates as parts of 1, empty cells where there is no figure.
#include "study.h"

static const char *const columns =
    "capture,title,core,bytes,pattern,mapping,buffer,mapped,accesses,l1_hit_rate,l2_hit_rate,walks,reads_l_minus_1,"
    "reads_l0,"
    "reads_l1,reads_l2,reads_l3,reads_a_walk,walk_cycles_mean,walk_cycles_p50,walk_cycles_p95,walk_cycles_p99,"
    "cycles_an_access,over_linear_cycles,over_linear_percent,faults,others_accesses,others_walks,others_cycles,"
    "others_share,overlapped_cycles_an_access,overlapped_over_linear_cycles,overlapped_over_linear_percent\n";

// Quoted; a quote inside is doubled.
static void text(const char *value, FILE *out) {
  fputc('"', out);
  for (; *value; ++value) {
    if (*value == '"')
      fputc('"', out);
    fputc(*value, out);
  }
  fputs("\",", out);
}

static void walks(const tw_study_row *row, FILE *out) {
  const tw_study_part *b = &row->buffer;
  fprintf(out, "%llu,", (unsigned long long)b->walks);
  if (b->walks == 0) {
    fputs(",,,,,,,,,,", out);
    return;
  }
  for (int level = -1; level <= 3; ++level)
    fprintf(out, "%.6g,", tw_study_reads(b, level));
  const tw_histogram *h = &row->walk_latency;
  fprintf(out, "%.6g,%.6g,%llu,%llu,%llu,", tw_study_all_reads(b), tw_histogram_mean(h),
          (unsigned long long)tw_histogram_percentile(h, 50), (unsigned long long)tw_histogram_percentile(h, 95),
          (unsigned long long)tw_histogram_percentile(h, 99));
}

static void overlapped(const tw_study_capture *capture, const tw_study_row *row, FILE *out) {
  double cycles = tw_study_overlapped_cycles(row);
  tw_penalty penalty = tw_study_overlapped_penalty(capture, row);
  if (cycles > 0)
    fprintf(out, "%.6g", cycles);
  if (penalty.known)
    fprintf(out, ",%.6g,%.6g\n", penalty.cycles, penalty.percent);
  else
    fputs(",,\n", out);
}

static void line(const tw_study_capture *capture, const tw_study_row *row, FILE *out) {
  const tw_study_part *b = &row->buffer;
  text(capture->name, out);
  text(capture->title, out);
  text(capture->core ? capture->core->name : "", out);
  fprintf(out, "%llu,", (unsigned long long)row->bytes);
  text(row->pattern, out);
  text(row->mapping, out);
  text(row->kind, out);
  text(row->mapped, out);
  fprintf(out, "%llu,%.6g,", (unsigned long long)b->accesses, tw_study_l1_rate(b));
  if (b->l2 + b->walks)
    fprintf(out, "%.6g", tw_study_l2_rate(b));
  fputc(',', out);
  walks(row, out);
  fprintf(out, "%.6g,", tw_study_cycles(b));
  tw_penalty penalty = tw_study_penalty(capture, row);
  if (penalty.known)
    fprintf(out, "%.6g,%.6g,", penalty.cycles, penalty.percent);
  else
    fputs(",,", out);
  fprintf(out, "%llu,%llu,%llu,%llu,%.6g,", (unsigned long long)b->faults, (unsigned long long)row->other.accesses,
          (unsigned long long)row->other.walks, (unsigned long long)row->other.cycles, tw_study_other_share(row));
  overlapped(capture, row, out);
}

int tw_study_write_csv(const tw_study *study, FILE *out) {
  fputs(columns, out);
  for (size_t i = 0; i < study->count; ++i)
    for (size_t r = 0; r < study->captures[i].count; ++r)
      line(&study->captures[i], &study->captures[i].rows[r], out);
  return ferror(out) ? -1 : 0;
}
