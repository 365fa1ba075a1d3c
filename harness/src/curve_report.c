// The curve in words and numbers.
#include "curve.h"

#include <inttypes.h>

static double share(uint64_t part, const tw_curve_point *point) {
  return point->accesses ? 100.0 * (double)part / (double)point->accesses : 0;
}

// "192K", "5M", "5124K": in the largest unit that leaves a whole number.
static void footprint_text(uint64_t bytes, char text[24]) {
  static const char units[] = "KMGT";
  unsigned unit = 0;
  uint64_t value = bytes >> 10;
  for (; value % 1024 == 0 && units[unit + 1]; unit++)
    value /= 1024;
  snprintf(text, 24, "%" PRIu64 "%c", value, units[unit]);
}

tw_table *tw_curve_table(const tw_curve *curve) {
  tw_table *table = tw_table_create("pages\tfootprint\tcycles an access\tL1 hit %\tL2 hit %\twalk %");
  for (size_t i = 0; table && i < curve->count; i++) {
    const tw_curve_point *p = &curve->points[i];
    char bytes[24];
    footprint_text(p->pages << curve->options.page->log2, bytes);
    tw_table_row(table, "%" PRIu64 "\t%s\t%.2f\t%.2f\t%.2f\t%.2f", p->pages, bytes, tw_curve_mean(p),
                 share(p->l1_hits, p), share(p->l2_hits, p), share(p->walks, p));
  }
  return table;
}

// -- the sentence --

static int tell_l1(const tw_curve *curve, char *text, size_t size) {
  const tw_plateau *l1 = &curve->l1;
  uint32_t entries = tw_curve_l1_entries(&curve->core, curve->options.page);
  if (!l1->found)
    return snprintf(text, size, "no plateau of L1 hits (its L1 data TLB: %" PRIu32 " entries)", entries);
  return snprintf(text, size, "%.2f cycles an access up to %" PRIu64 " page%s%s (its L1 data TLB: %" PRIu32 " entries)",
                  l1->cycles, l1->last, l1->last == 1 ? "" : "s", l1->ends ? "" : " and more", entries);
}

static int tell_l2(const tw_curve *curve, char *text, size_t size) {
  const tw_plateau *l2 = &curve->l2;
  uint32_t entries = tw_curve_l2_entries(&curve->core, curve->options.page);
  if (!l2->found)
    return snprintf(text, size, "; no plateau of L2 hits (its L2 TLB: %" PRIu32 " entries)", entries);
  return snprintf(text, size,
                  "; %.2f up to %" PRIu64 "%s (its L2 TLB: %" PRIu32
                  " entries%s), a step of %.2f (its l2_latency: %" PRIu32 ")",
                  l2->cycles, l2->last, l2->ends ? "" : " and more", entries,
                  curve->core.mmu.walk_caches_in_l2 ? ", tables among them" : "", l2->cycles - curve->l1.cycles,
                  curve->core.mmu.l2_latency);
}

static size_t within(size_t used, int more, size_t size) {
  size_t now = used + (size_t)more;
  return now < size ? now : size - 1;
}

void tw_curve_sentence(const tw_curve *curve, char *text, size_t size) {
  const tw_curve_point *last = &curve->points[curve->count - 1];
  size_t used =
      within(0, snprintf(text, size, "%s, pages of %s: ", curve->core.title, curve->options.page->name), size);
  used = within(used, tell_l1(curve, text + used, size - used), size);
  used = within(used, tell_l2(curve, text + used, size - used), size);
  snprintf(text + used, size - used, "; %.2f over %" PRIu64 ".", tw_curve_mean(last), last->pages);
}

// -- JSON and CSV --

static json_t *number(uint64_t value) { return json_integer((json_int_t)value); }

static json_t *plateau_json(const tw_plateau *plateau) {
  if (!plateau->found)
    return json_null();
  return json_pack("{s:o, s:o, s:b, s:f}", "first_pages", number(plateau->first), "last_pages", number(plateau->last),
                   "ends", (int)plateau->ends, "cycles_an_access", plateau->cycles);
}

static json_t *points_json(const tw_curve *curve) {
  json_t *points = json_array();
  for (size_t i = 0; i < curve->count; i++) {
    const tw_curve_point *p = &curve->points[i];
    json_array_append_new(points, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "pages", number(p->pages),
                                            "bytes", number(p->pages << curve->options.page->log2), "accesses",
                                            number(p->accesses), "cycles", number(p->cycles), "l1_hits",
                                            number(p->l1_hits), "l2_hits", number(p->l2_hits), "walks",
                                            number(p->walks), "cycles_an_access", tw_curve_mean(p)));
  }
  return points;
}

json_t *tw_curve_json(const tw_curve *curve) {
  char sentence[512];
  tw_curve_sentence(curve, sentence, sizeof sentence);
  const tw_core *core = &curve->core;
  json_t *step = curve->l2.found ? json_real(curve->l2.cycles - curve->l1.cycles) : json_null();
  return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:{s:i, s:o, s:i}, s:s}", "core", core->name, "title",
                   core->title, "page", curve->options.page->name, "seed", number(curve->options.seed), "points",
                   points_json(curve), "l1_plateau", plateau_json(&curve->l1), "l2_plateau", plateau_json(&curve->l2),
                   "l2_step", step, "file", "l1d_entries", (int)tw_curve_l1_entries(core, curve->options.page),
                   "l2_entries", number(tw_curve_l2_entries(core, curve->options.page)), "l2_latency",
                   (int)core->mmu.l2_latency, "sentence", sentence);
}

const char tw_curve_csv_headings[] =
    "<core\tpage_bytes\tpages\tbytes\taccesses\tcycles\tcycles_an_access\tl1_hit_percent\tl2_hit_percent\twalk_percent";

void tw_curve_csv_rows(const tw_curve *curve, tw_table *table) {
  for (size_t i = 0; i < curve->count; i++) {
    const tw_curve_point *p = &curve->points[i];
    unsigned log2 = curve->options.page->log2;
    tw_table_row(table, "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%.6g\t%.6g\t%.6g\t%.6g",
                 curve->core.name, UINT64_C(1) << log2, p->pages, p->pages << log2, p->accesses, p->cycles,
                 tw_curve_mean(p), share(p->l1_hits, p), share(p->l2_hits, p), share(p->walks, p));
  }
}
