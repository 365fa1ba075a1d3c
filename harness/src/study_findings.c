// The sentences that a capture's figures support, by rules.
//
// One pattern and size speaks for the capture: where vmalloc differs most from the linear map, in cycles an access.
// Below both NOTHING_CYCLES and NOTHING_PERCENT there is no difference to speak of. Why is read off the two rows:
// mappings of one size on both sides, or more walks, or walks that take longer, or L1 misses that the L2 TLB catches.
// Then what vmalloc_huge leaves of it, and whether the alias of the linear map's own pages costs what vmalloc does.
#include "study_words.h"

#include <math.h>
#include <string.h>

static const double NOTHING_CYCLES = 0.05; // an access
static const double NOTHING_PERCENT = 1.0; // of the linear map's
static const double SAME_SHARE = 0.05;     // of the penalty: two penalties are alike
static const double MANY_MISSES = 0.01;    // of the accesses: walks that explain a cost

// -- which row speaks --

typedef struct pair {
  const tw_study_row *linear, *other; // NULL: the capture has no such pair
  tw_penalty penalty;
} pair;

static bool differs(tw_penalty p) { return fabs(p.cycles) >= NOTHING_CYCLES && fabs(p.percent) >= NOTHING_PERCENT; }

static const tw_study_row *linear_of(const tw_study_capture *capture, const tw_study_row *row) {
  return tw_study_find(capture, NULL, row->pattern, row->bytes);
}

// Where the mapping differs most from the linear map.
static pair largest(const tw_study_capture *capture, const char *mapping) {
  pair best = {0};
  for (size_t i = 0; i < capture->count; ++i) {
    const tw_study_row *row = &capture->rows[i];
    tw_penalty penalty = tw_study_penalty(capture, row);
    if (row->linear || !penalty.known || strcmp(row->mapping, mapping) != 0)
      continue;
    if (!best.other || fabs(penalty.cycles) > fabs(best.penalty.cycles))
      best = (pair){.linear = linear_of(capture, row), .other = row, .penalty = penalty};
  }
  return best;
}

// -- why --

static void say_walks(tw_text *t, const tw_study_row *row) {
  const tw_study_part *b = &row->buffer;
  tw_say(t, "%.*f %% of the accesses walk, %.1f cycles each", tw_study_miss_rate(b) < 0.01 ? 2 : 1,
         100.0 * tw_study_miss_rate(b), tw_histogram_mean(&row->walk_latency));
}

static void say_cause(tw_text *t, const pair *p) {
  const tw_study_part *other = &p->other->buffer, *linear = &p->linear->buffer;
  bool dearer = p->penalty.cycles > 0;
  const tw_study_row *slow = dearer ? p->other : p->linear, *fast = dearer ? p->linear : p->other;
  const char *slow_name = dearer ? p->other->mapping : tw_linear_words(p->linear);
  const char *fast_name = dearer ? tw_linear_words(p->linear) : p->other->mapping;
  double misses = fabs(tw_study_miss_rate(other) - tw_study_miss_rate(linear));
  if (tw_study_entry_log2(slow) == tw_study_entry_log2(fast)) {
    tw_say(t, "although both are mapped alike (");
    tw_say_entries(t, slow);
    tw_say(t, "): walks take %.1f cycles against %.1f", tw_histogram_mean(&slow->walk_latency),
           tw_histogram_mean(&fast->walk_latency));
    return;
  }
  tw_say(t, "because the buffer is ");
  tw_say_entries(t, slow);
  tw_say(t, " in %s, ", slow_name);
  if (misses >= MANY_MISSES) {
    if (slow->buffer.l2 + slow->buffer.walks)
      tw_say(t, "which the L2 TLB misses %.1f %% of the time it is asked, so that ",
             100.0 * (1.0 - tw_study_l2_rate(&slow->buffer)));
    say_walks(t, slow);
  } else {
    tw_say(t, "more than the L1 TLB holds, so that %.1f %% of the accesses need the L2 TLB",
           100.0 * (1.0 - tw_study_l1_rate(&slow->buffer)));
  }
  tw_say(t, "; %s is ", fast_name);
  tw_say_entries(t, fast);
  tw_say(t, ", of which an access misses the L1 TLB %.2f %% of the time",
         100.0 * (1.0 - tw_study_l1_rate(&fast->buffer)));
}

static void say_difference(tw_text *t, const pair *p) {
  char size[24];
  tw_size_words(p->other->bytes, size);
  tw_say(t, "%s over %s cost %.1f cycles %s an access through %s than through %s (%.2f against %.2f, %+.0f %%), ",
         tw_pattern_words(p->other->pattern), size, fabs(p->penalty.cycles), p->penalty.cycles > 0 ? "more" : "less",
         p->other->mapping, tw_linear_words(p->linear), tw_study_cycles(&p->other->buffer),
         tw_study_cycles(&p->linear->buffer), p->penalty.percent);
  say_cause(t, p);
  tw_say(t, ".");
}

static void say_nothing(tw_text *t, const pair *p) {
  const char *linear = tw_linear_words(p->linear);
  tw_say(t, "%s costs nothing over %s in any pattern or size, ", p->other->mapping, linear);
  if (tw_study_entry_log2(p->other) == tw_study_entry_log2(p->linear)) {
    char size[24];
    tw_study_bytes_name(UINT64_C(1) << tw_study_entry_log2(p->linear), size);
    tw_say(t, "because %s is made of %s mappings too", linear, size);
  } else {
    tw_say(t, "although the mappings differ (");
    tw_say_entries(t, p->other);
    tw_say(t, " against ");
    tw_say_entries(t, p->linear);
    tw_say(t, "): the TLBs hold both");
  }
  tw_say(t, " (largest difference: %.2f cycles an access, %.1f %%).", fabs(p->penalty.cycles),
         fabs(p->penalty.percent));
}

// -- what else --

// What another mapping of the same size and pattern leaves of vmalloc's penalty.
static void say_huge(tw_text *t, const tw_study_capture *capture, const pair *p) {
  const tw_study_row *huge = tw_study_find(capture, "vmalloc_huge", p->other->pattern, p->other->bytes);
  if (!huge || p->penalty.cycles <= 0)
    return;
  tw_penalty left = tw_study_penalty(capture, huge);
  double removed = 1.0 - left.cycles / p->penalty.cycles;
  if (removed < SAME_SHARE)
    tw_say(t, " vmalloc_huge takes nothing of it away (%.2f cycles an access, ", tw_study_cycles(&huge->buffer));
  else if (left.cycles < NOTHING_CYCLES)
    tw_say(t, " vmalloc_huge takes all of it away (%.2f cycles an access, ", tw_study_cycles(&huge->buffer));
  else
    tw_say(t, " vmalloc_huge takes %.1f %% of it away (%.2f cycles an access, ", 100.0 * removed,
           tw_study_cycles(&huge->buffer));
  tw_say_entries(t, huge);
  tw_say(t, ").");
}

static void say_alias(tw_text *t, const tw_study_capture *capture, const pair *p) {
  const tw_study_row *alias = tw_study_find(capture, "vmap_alias", p->other->pattern, p->other->bytes);
  if (!alias)
    return;
  tw_penalty penalty = tw_study_penalty(capture, alias);
  if (fabs(penalty.cycles - p->penalty.cycles) <= SAME_SHARE * fabs(p->penalty.cycles))
    tw_say(t,
           " The linear map's own pages, mapped again by vmap, cost the same as vmalloc (%.2f): it is the mapping, not "
           "the "
           "memory.",
           tw_study_cycles(&alias->buffer));
  else
    tw_say(t, " The linear map's own pages, mapped again by vmap, cost %.2f.", tw_study_cycles(&alias->buffer));
}

// Where vmalloc differs most of the patterns whose accesses can overlap.
static pair largest_overlapped(const tw_study_capture *capture) {
  pair best = {0};
  for (size_t i = 0; i < capture->count; ++i) {
    const tw_study_row *row = &capture->rows[i];
    tw_penalty penalty = tw_study_overlapped_penalty(capture, row);
    if (row->linear || !penalty.known || strcmp(row->mapping, "vmalloc") != 0)
      continue;
    if (!best.other || fabs(penalty.cycles) > fabs(best.penalty.cycles))
      best = (pair){.linear = linear_of(capture, row), .other = row, .penalty = penalty};
  }
  return best;
}

// The other end: the cost that is left when accesses do not wait for each other.
static void say_overlapped(tw_text *t, const tw_study_capture *capture, const pair *p) {
  pair o = largest_overlapped(capture);
  if (!o.other)
    return;
  tw_penalty alone = tw_study_penalty(capture, o.other);
  char size[24];
  tw_size_words(o.other->bytes, size);
  if (tw_pattern_depends(p->other->pattern))
    tw_say(t, " The reads of a chase wait for each other.");
  tw_say(
      t,
      " Overlapped, up to %u under way at once, %s over %s cost %.2f cycles an access through vmalloc and %.2f through "
      "%s: %.2f %s, where one after the other they cost %.2f %s (%.2f against %.2f).",
      capture->issue.window, tw_pattern_words(o.other->pattern), size, tw_study_overlapped_cycles(o.other),
      tw_study_overlapped_cycles(o.linear), tw_linear_words(o.linear), fabs(o.penalty.cycles),
      o.penalty.cycles < 0 ? "less" : "more", fabs(alone.cycles), alone.cycles < 0 ? "less" : "more",
      tw_study_cycles(&o.other->buffer), tw_study_cycles(&o.linear->buffer));
}

// Where vmalloc costs nothing, vmalloc_huge may still be cheaper than the linear map.
static void say_huge_gain(tw_text *t, const tw_study_capture *capture) {
  pair p = largest(capture, "vmalloc_huge");
  if (!p.other || !differs(p.penalty) || p.penalty.cycles > 0)
    return;
  char size[24];
  tw_size_words(p.other->bytes, size);
  tw_say(t, " vmalloc_huge is cheaper than the linear map there: %s over %s cost %.2f cycles an access against %.2f, ",
         tw_pattern_words(p.other->pattern), size, tw_study_cycles(&p.other->buffer),
         tw_study_cycles(&p.linear->buffer));
  tw_say_entries(t, p.other);
  tw_say(t, " against ");
  tw_say_entries(t, p.linear);
  tw_say(t, ".");
}

void tw_study_finding(const tw_study_capture *capture, char *out, size_t room) {
  tw_text t = {out, room};
  pair p = largest(capture, "vmalloc");
  if (capture->core)
    tw_say(&t, "%s, on %s: ", capture->title, capture->core->title);
  else
    tw_say(&t, "%s: ", capture->title);
  if (!p.other) {
    tw_say(&t,
           "no vmalloc buffer that the linear map has a partner of (same pattern, same size), so nothing to compare.");
    return;
  }
  if (!differs(p.penalty)) {
    say_nothing(&t, &p);
    say_huge_gain(&t, capture);
    return;
  }
  say_difference(&t, &p);
  say_huge(&t, capture, &p);
  say_alias(&t, capture, &p);
  say_overlapped(&t, capture, &p);
}

// -- print --

enum { WRAP = 116 };

static void print_wrapped(const char *words, FILE *out) {
  size_t column = 0;
  while (*words) {
    size_t length = strcspn(words, " ");
    if (column && column + 1 + length > WRAP) {
      fputs("\n ", out);
      column = 1;
    }
    column += (size_t)fprintf(out, "%s%.*s", column ? " " : "", (int)length, words);
    words += length;
    words += strspn(words, " ");
  }
  fputc('\n', out);
}

int tw_study_print_findings(const tw_study *study, FILE *out) {
  fputs("\nWhat the figures say\n", out);
  for (size_t i = 0; i < study->count; ++i) {
    char words[2048];
    tw_study_finding(&study->captures[i], words, sizeof words);
    print_wrapped(words, out);
  }
  for (size_t i = 0; i < study->core_count; ++i) {
    char words[2048];
    tw_study_formats(study, &study->cores[i], words, sizeof words);
    if (words[0])
      print_wrapped(words, out);
  }
  return ferror(out) ? -1 : 0;
}
