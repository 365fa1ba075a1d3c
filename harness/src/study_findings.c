// The sentences that a capture's figures support, by rules.
//
// One pattern and size speaks for the capture: where vmalloc differs most from the linear map, in cycles an access.
// Below both NOTHING_CYCLES and NOTHING_PERCENT there is no difference to speak of. Why is read off the two rows:
// mappings of one size on both sides, or more walks, or walks that take longer, or L1 misses that the L2 TLB catches.
// Then what vmalloc_huge leaves of it, and whether the alias of the linear map's own pages costs what vmalloc does.
#include "study.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const double NOTHING_CYCLES = 0.05; // an access
static const double NOTHING_PERCENT = 1.0; // of the linear map's
static const double SAME_SHARE = 0.05;     // of the penalty: two penalties are alike
static const double MANY_MISSES = 0.01;    // of the accesses: walks that explain a cost

typedef struct text {
  char *at;
  size_t room;
} text;

__attribute__((format(printf, 2, 3))) static void say(text *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int wrote = vsnprintf(t->at, t->room, format, arguments);
  va_end(arguments);
  size_t used = wrote < 0 ? 0 : (size_t)wrote;
  if (used >= t->room)
    used = t->room ? t->room - 1 : 0;
  t->at += used;
  t->room -= used;
}

// -- words --

static const char *pattern_words(const char *pattern) {
  static const char *const words[][2] = {{"seq", "sequential reads"},
                                         {"page", "reads of one word a page"},
                                         {"rand", "random reads"},
                                         {"seqw", "sequential writes"},
                                         {"chase", "a chase of pointers"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    if (strcmp(pattern, words[i][0]) == 0)
      return words[i][1];
  return pattern;
}

static void size_words(uint64_t bytes, char name[24]) {
  tw_study_bytes_name(bytes, name);
  size_t end = strlen(name);
  if (end > 0 && strchr("KMGTPE", name[end - 1]) && end + 3 < 24)
    snprintf(name + end - 1, 24 - end + 1, " %ciB", name[end - 1]);
}

static void say_entries(text *t, const tw_study_row *row) {
  char size[24];
  uint64_t entries = tw_study_entries(row);
  tw_study_bytes_name(UINT64_C(1) << tw_study_entry_log2(row), size);
  say(t, "%llu mapping%s of %s", (unsigned long long)entries, entries == 1 ? "" : "s", size);
}

// -- which row speaks --

typedef struct pair {
  const tw_study_row *linear, *other; // NULL: the capture has no such pair
  tw_penalty penalty;
} pair;

static bool differs(tw_penalty p) { return fabs(p.cycles) >= NOTHING_CYCLES && fabs(p.percent) >= NOTHING_PERCENT; }

static const tw_study_row *linear_of(const tw_study_capture *capture, const tw_study_row *row) {
  return tw_study_find(capture, "linear map", row->pattern, row->bytes);
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

static void say_walks(text *t, const tw_study_row *row) {
  const tw_study_part *b = &row->buffer;
  say(t, "%.*f %% of the accesses walk, %.1f cycles each", tw_study_miss_rate(b) < 0.01 ? 2 : 1,
      100.0 * tw_study_miss_rate(b), tw_histogram_mean(&row->walk_latency));
}

static void say_cause(text *t, const pair *p) {
  const tw_study_part *other = &p->other->buffer, *linear = &p->linear->buffer;
  bool dearer = p->penalty.cycles > 0;
  const tw_study_row *slow = dearer ? p->other : p->linear, *fast = dearer ? p->linear : p->other;
  const char *slow_name = dearer ? p->other->mapping : "the linear map";
  const char *fast_name = dearer ? "the linear map" : p->other->mapping;
  double misses = fabs(tw_study_miss_rate(other) - tw_study_miss_rate(linear));
  if (tw_study_entry_log2(slow) == tw_study_entry_log2(fast)) {
    say(t, "although both are mapped alike (");
    say_entries(t, slow);
    say(t, "): walks take %.1f cycles against %.1f", tw_histogram_mean(&slow->walk_latency),
        tw_histogram_mean(&fast->walk_latency));
    return;
  }
  say(t, "because the buffer is ");
  say_entries(t, slow);
  say(t, " in %s, ", slow_name);
  if (misses >= MANY_MISSES) {
    if (slow->buffer.l2 + slow->buffer.walks)
      say(t, "which the L2 TLB misses %.1f %% of the time it is asked, so that ",
          100.0 * (1.0 - tw_study_l2_rate(&slow->buffer)));
    say_walks(t, slow);
  } else {
    say(t, "more than the L1 TLB holds, so that %.1f %% of the accesses need the L2 TLB",
        100.0 * (1.0 - tw_study_l1_rate(&slow->buffer)));
  }
  say(t, "; %s is ", fast_name);
  say_entries(t, fast);
  say(t, ", of which an access misses the L1 TLB %.2f %% of the time", 100.0 * (1.0 - tw_study_l1_rate(&fast->buffer)));
}

static void say_difference(text *t, const pair *p) {
  char size[24];
  size_words(p->other->bytes, size);
  say(t,
      "%s over %s cost %.1f cycles %s an access through %s than through the linear map (%.2f against %.2f, %+.0f %%), ",
      pattern_words(p->other->pattern), size, fabs(p->penalty.cycles), p->penalty.cycles > 0 ? "more" : "less",
      p->other->mapping, tw_study_cycles(&p->other->buffer), tw_study_cycles(&p->linear->buffer), p->penalty.percent);
  say_cause(t, p);
  say(t, ".");
}

static void say_nothing(text *t, const pair *p) {
  say(t, "%s costs nothing over the linear map in any pattern or size, ", p->other->mapping);
  if (tw_study_entry_log2(p->other) == tw_study_entry_log2(p->linear)) {
    char size[24];
    tw_study_bytes_name(UINT64_C(1) << tw_study_entry_log2(p->linear), size);
    say(t, "because the linear map is made of %s mappings too", size);
  } else {
    say(t, "although the mappings differ (");
    say_entries(t, p->other);
    say(t, " against ");
    say_entries(t, p->linear);
    say(t, "): the TLBs hold both");
  }
  say(t, " (largest difference: %.2f cycles an access, %.1f %%).", fabs(p->penalty.cycles), fabs(p->penalty.percent));
}

// -- what else --

// What another mapping of the same size and pattern leaves of vmalloc's penalty.
static void say_huge(text *t, const tw_study_capture *capture, const pair *p) {
  const tw_study_row *huge = tw_study_find(capture, "vmalloc_huge", p->other->pattern, p->other->bytes);
  if (!huge || p->penalty.cycles <= 0)
    return;
  tw_penalty left = tw_study_penalty(capture, huge);
  double removed = 1.0 - left.cycles / p->penalty.cycles;
  if (removed < SAME_SHARE)
    say(t, " vmalloc_huge takes nothing of it away (%.2f cycles an access, ", tw_study_cycles(&huge->buffer));
  else if (left.cycles < NOTHING_CYCLES)
    say(t, " vmalloc_huge takes all of it away (%.2f cycles an access, ", tw_study_cycles(&huge->buffer));
  else
    say(t, " vmalloc_huge takes %.1f %% of it away (%.2f cycles an access, ", 100.0 * removed,
        tw_study_cycles(&huge->buffer));
  say_entries(t, huge);
  say(t, ").");
}

static void say_alias(text *t, const tw_study_capture *capture, const pair *p) {
  const tw_study_row *alias = tw_study_find(capture, "vmap_alias", p->other->pattern, p->other->bytes);
  if (!alias)
    return;
  tw_penalty penalty = tw_study_penalty(capture, alias);
  if (fabs(penalty.cycles - p->penalty.cycles) <= SAME_SHARE * fabs(p->penalty.cycles))
    say(t,
        " The linear map's own pages, mapped again by vmap, cost the same as vmalloc (%.2f): it is the mapping, not "
        "the "
        "memory.",
        tw_study_cycles(&alias->buffer));
  else
    say(t, " The linear map's own pages, mapped again by vmap, cost %.2f.", tw_study_cycles(&alias->buffer));
}

// Where vmalloc costs nothing, vmalloc_huge may still be cheaper than the linear map.
static void say_huge_gain(text *t, const tw_study_capture *capture) {
  pair p = largest(capture, "vmalloc_huge");
  if (!p.other || !differs(p.penalty) || p.penalty.cycles > 0)
    return;
  char size[24];
  size_words(p.other->bytes, size);
  say(t, " vmalloc_huge is cheaper than the linear map there: %s over %s cost %.2f cycles an access against %.2f, ",
      pattern_words(p.other->pattern), size, tw_study_cycles(&p.other->buffer), tw_study_cycles(&p.linear->buffer));
  say_entries(t, p.other);
  say(t, " against ");
  say_entries(t, p.linear);
  say(t, ".");
}

void tw_study_finding(const tw_study_capture *capture, char *out, size_t room) {
  text t = {out, room};
  pair p = largest(capture, "vmalloc");
  say(&t, "%s: ", capture->title);
  if (!p.other) {
    say(&t, "no vmalloc buffer that the linear map has a partner of (same pattern, same size), so nothing to compare.");
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
  return ferror(out) ? -1 : 0;
}
