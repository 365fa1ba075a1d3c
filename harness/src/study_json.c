// The study as JSON: the core, what was compared, and each capture with its rows and sentences.
#include "study.h"

#include <jansson.h>

static const char *const level_names[5] = {"L-1", "L0", "L1", "L2", "L3"};

static json_t *whole(uint64_t value) { return json_integer((json_int_t)value); }

static json_t *part_object(const tw_study_part *part) {
  return json_pack("{so so so so so so so}", "accesses", whole(part->accesses), "l1_hits", whole(part->l1), "l2_hits",
                   whole(part->l2), "walks", whole(part->walks), "faults", whole(part->faults), "cycles",
                   whole(part->cycles), "walk_cycles", whole(part->walk_cycles));
}

static json_t *reads_object(const tw_study_part *part) {
  json_t *reads = json_object();
  for (int level = -1; level <= 3; ++level)
    json_object_set_new(reads, level_names[level + 1], json_real(tw_study_reads(part, level)));
  json_object_set_new(reads, "all", json_real(tw_study_all_reads(part)));
  return reads;
}

static json_t *latency_object(const tw_histogram *h) {
  if (h->count == 0)
    return json_null();
  return json_pack("{so so so so so}", "mean", json_real(tw_histogram_mean(h)), "p50",
                   whole(tw_histogram_percentile(h, 50)), "p95", whole(tw_histogram_percentile(h, 95)), "p99",
                   whole(tw_histogram_percentile(h, 99)), "max", whole(h->max));
}

static json_t *penalty_object(tw_penalty penalty) {
  if (!penalty.known)
    return json_null();
  return json_pack("{so so}", "cycles_an_access", json_real(penalty.cycles), "percent", json_real(penalty.percent));
}

static json_t *overlapped_object(const tw_study_capture *capture, const tw_study_row *row) {
  double cycles = tw_study_overlapped_cycles(row);
  if (cycles <= 0)
    return json_null();
  return json_pack("{so so so so}", "accesses", whole(row->overlapped.accesses), "phase_cycles",
                   whole(row->overlapped.cycles), "cycles_an_access", json_real(cycles), "over_linear",
                   penalty_object(tw_study_overlapped_penalty(capture, row)));
}

static json_t *row_object(const tw_study_capture *capture, const tw_study_row *row) {
  json_t *object = json_pack("{ss ss ss sb so ss}", "buffer", row->kind, "mapping", row->mapping, "pattern",
                             row->pattern, "linear", row->linear, "bytes", whole(row->bytes), "mapped", row->mapped);
  const tw_study_part *b = &row->buffer;
  json_object_set_new(object, "counts", part_object(b));
  json_object_set_new(object, "l1_hit_rate", json_real(tw_study_l1_rate(b)));
  json_object_set_new(object, "l2_hit_rate", b->l2 + b->walks ? json_real(tw_study_l2_rate(b)) : json_null());
  json_object_set_new(object, "reads_a_walk", b->walks ? reads_object(b) : json_null());
  json_object_set_new(object, "walk_latency", latency_object(&row->walk_latency));
  json_object_set_new(object, "cycles_an_access", json_real(tw_study_cycles(b)));
  json_object_set_new(object, "over_linear", penalty_object(tw_study_penalty(capture, row)));
  json_object_set_new(object, "overlapped", overlapped_object(capture, row));
  json_object_set_new(object, "others", part_object(&row->other));
  return object;
}

static json_t *core_object(const tw_core *core) {
  return core ? json_pack("{ss ss}", "name", core->name, "title", core->title) : json_null();
}

static json_t *capture_object(const tw_study_capture *capture) {
  json_t *rows = json_array();
  for (size_t i = 0; i < capture->count; ++i)
    json_array_append_new(rows, row_object(capture, &capture->rows[i]));
  char words[2048];
  tw_study_finding(capture, words, sizeof words);
  const tw_replay_result *r = &capture->result;
  return json_pack("{ss ss ss so so so so so so so so so so so ss}", "name", capture->name, "title", capture->title,
                   "architecture", capture->architecture == TW_ARCH_AARCH32 ? "AArch32" : "AArch64", "core",
                   core_object(capture->core), "page_bytes", whole(UINT64_C(1) << capture->granule_log2), "va_bits",
                   whole(capture->va_bits), "phases", whole(capture->phases), "accesses", whole(r->accesses), "cycles",
                   whole(r->cycles), "overlapped_cycles", whole(capture->overlapped.cycles), "pa_compared",
                   whole(r->pa_compared + capture->overlapped.pa_compared), "pa_differed", whole(r->pa_differed),
                   "outside_phases", part_object(&capture->outside), "rows", rows, "finding", words);
}

static json_t *issue_object(const tw_study *study) {
  const tw_issue *issue = &study->issue;
  return json_pack("{so so ss}", "window", whole(issue->window), "instructions_a_cycle",
                   issue->rate ? json_real(issue->rate / 1000.0) : json_null(), "dependent_pattern", "chase");
}

static json_t *compared_object(const tw_study *study) {
  const tw_compared *c = &study->compared;
  if (study->kind != TW_ENGINE_LOCKSTEP)
    return json_null();
  return json_pack("{so so so so so so so}", "accesses", whole(c->accesses), "cycles", whole(c->cycles), "walks",
                   whole(c->walks), "memory_reads", whole(c->memory_reads), "maintenance", whole(c->maintenance),
                   "counters", whole(c->counters), "differences", whole(0));
}

int tw_study_write_json(const tw_study *study, FILE *out) {
  json_t *captures = json_array();
  for (size_t i = 0; i < study->count; ++i)
    json_array_append_new(captures, capture_object(&study->captures[i]));
  json_t *formats = json_array();
  for (size_t i = 0; i < study->core_count; ++i) {
    char words[2048];
    tw_study_formats(study, &study->cores[i], words, sizeof words);
    if (words[0])
      json_array_append_new(formats, json_pack("{ss ss}", "core", study->cores[i].name, "finding", words));
  }
  json_t *root =
      json_pack("{ss ss ss so so so so}", "command", "study", "engine",
                study->kind == TW_ENGINE_LOCKSTEP ? "model and RTL in lockstep" : "model alone", "phase_start",
                "cold: TLBs, walk caches and memory caches empty", "overlapped", issue_object(study), "compared",
                compared_object(study), "captures", captures, "aarch32_formats", formats);
  // Six digits carry every figure; more would be noise of the division.
  int wrote = root ? json_dumpf(root, out, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) : -1;
  json_decref(root);
  return wrote || fputc('\n', out) == EOF || ferror(out) ? -1 : 0;
}
