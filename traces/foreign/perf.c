// What `perf script` prints of samples of memory accesses (perf mem, Arm SPE), a line a sample (perf_line.c). A sample
// with a call chain has a line more for each caller, which begins with a tab, and what follows IP behind them:
//
//   comm pid time: period event: ADDR DATA_SRC |OP LOAD|... weight
//   \tIP symbol (dso)
//   [PHYS_ADDR] [size] [size]
#include "perf_line.h"
#include "sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct perf {
  tw_decoder decoder;
  uint64_t copies; ///< samples of groups that are passed over
  uint64_t taken;
  bool has_pending, in_chain;
  tw_foreign_sample pending; ///< its call chain may follow, and its PA behind that; va 0: it is no access
  tw_lines lines;
} perf;

// ---- samples ----

static bool holds(tw_text text, const char *words) { return tw_text_find(text, words).length > 0; }

/// perf makes several samples of one SPE record, in groups by what happened, and one of all of them, `memory`.
static bool is_copy(tw_text event) {
  static const char *const groups[] = {"l1d-miss",   "l1d-access", "llc-miss",    "llc-access",    "tlb-miss",
                                       "tlb-access", "branch",     "branch-miss", "remote-access", "instructions"};
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (tw_text_is(event, groups[i]))
      return true;
  return false;
}

static tw_access_kind kind_of(const tw_perf_line *s) {
  if (!s->op.length)
    return holds(s->event, "store") ? TW_ACCESS_WRITE : TW_ACCESS_READ;
  if (holds(s->op, "STORE"))
    return TW_ACCESS_WRITE;
  return holds(s->op, "EXEC") ? TW_ACCESS_FETCH : TW_ACCESS_READ;
}

/// Events that load as well as store: the kind of one without data_src can't be told.
static bool is_kind_known(const tw_perf_line *s) {
  static const char *const mixed[] = {"memory", "arm_spe", "ibs_op"};
  for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++)
    if (s->event.length >= strlen(mixed[i]) && memcmp(s->event.at, mixed[i], strlen(mixed[i])) == 0)
      return s->op.length > 0;
  return true;
}

/// A page fault is one of an access, of which the kernel fills no data_src.
static bool is_access(const tw_perf_line *s) {
  return s->va && (!s->op.length || holds(s->op, "LOAD") || holds(s->op, "STORE") || holds(s->op, "PFETCH") ||
                   holds(s->op, "EXEC") || holds(s->event, "fault"));
}

static int add(perf *p, const tw_foreign_sample *s, tw_foreign_access **at, tw_error *error) {
  if (tw_foreign_add_sample(&p->lines, s, at, error) < 0)
    return -1;
  p->taken++;
  return 0;
}

/// Of the sample before all has been said.
static int end_pending(perf *p, tw_foreign_access **at, tw_error *error) {
  bool is_due = p->has_pending && p->pending.va;
  p->has_pending = p->in_chain = false;
  return is_due ? add(p, &p->pending, at, error) : 0;
}

/// Its PA is known, or may stand behind a call chain.
static int take_access(perf *p, const tw_perf_line *s, tw_foreign_access **at, tw_error *error) {
  const tw_foreign_sample taken = {s->va, s->pa, kind_of(s)};
  tw_measured_sample(p->decoder.measured, s->va);
  if (!tw_text_is(s->op, "N/A"))
    tw_measured_tlb(p->decoder.measured, s->tlb.at, s->tlb.length);
  if (s->pa)
    return add(p, &taken, at, error);
  p->pending = taken;
  return 0;
}

static int take_sample(perf *p, tw_text line, tw_foreign_access **at, tw_error *error) {
  tw_perf_line s = {0};
  if (!tw_perf_line_parse(line, &s))
    return tw_lines_wrong(&p->lines, line, "what `perf script -F event,addr,data_src,phys_addr` prints", error);
  if (!is_kind_known(&s))
    return tw_lines_wrong(&p->lines, line, "data_src with this event (perf script -F +addr,+data_src)", error);
  p->has_pending = true;
  p->pending = (tw_foreign_sample){0};
  if (is_copy(s.event)) {
    p->copies++;
    return 0;
  }
  return is_access(&s) ? take_access(p, &s, at, error) : 0;
}

/// The end of the file. Groups alone are many samples of one access: which to take can't be told.
static int finish(perf *p, tw_foreign_access **at, tw_error *error) {
  if (end_pending(p, at, error) < 0)
    return -1;
  if (p->copies == 0 || p->taken)
    return 0;
  return tw_fail(error,
                 "%s: line %" PRIu64 ": found %" PRIu64
                 " samples of SPE's groups and none of `memory`, expected what `perf script --itrace=M` prints",
                 tw_input_path(p->lines.input), p->lines.number, p->copies);
}

/// Headers, blank lines between samples, records that are no samples (--show-mmap-events and others).
static bool is_passed_over(tw_text line) {
  tw_text rest = line, word;
  return !tw_text_word(&rest, &word) || (line.at == word.at && tw_text_is(word, "#")) || holds(line, "PERF_RECORD_");
}

/// A caller, or what ends a call chain. False: it is neither.
static bool take_chain(perf *p, tw_text line) {
  if (p->has_pending && line.length && line.at[0] == '\t') {
    p->in_chain = true;
    return true;
  }
  uint64_t pa;
  if (!p->in_chain || is_passed_over(line) || !tw_perf_line_physical(line, &pa))
    return false;
  p->in_chain = false;
  p->pending.pa = pa;
  return true;
}

/// One line. 1: there was one; 0: none is left; -1 and `error`.
static int take_line(perf *p, tw_foreign_access **at, tw_error *error) {
  tw_text line;
  int status = tw_lines_next(&p->lines, &line, error);
  if (status <= 0)
    return status < 0 ? -1 : finish(p, at, error);
  if (take_chain(p, line))
    return p->in_chain || end_pending(p, at, error) == 0 ? 1 : -1;
  if (end_pending(p, at, error) < 0)
    return -1;
  return is_passed_over(line) || take_sample(p, line, at, error) == 0 ? 1 : -1;
}

static int perf_next(tw_decoder *decoder, tw_foreign_access *accesses, size_t *count, tw_error *error) {
  perf *p = (perf *)decoder;
  tw_foreign_access *at = accesses;
  int status = 1;
  while (status > 0 && at < accesses + TW_FOREIGN_MAX - 2)
    status = take_line(p, &at, error);
  *count = (size_t)(at - accesses);
  return status < 0 ? -1 : 0;
}

static void perf_destroy(tw_decoder *decoder) {
  free(decoder->measured);
  free(decoder);
}

tw_decoder *tw_perf_create(tw_input *input) {
  perf *p = calloc(1, sizeof *p);
  tw_measured *measured = calloc(1, sizeof *measured);
  if (!p || !measured) {
    free(p);
    free(measured);
    return NULL;
  }
  p->decoder = (tw_decoder){.next = perf_next, .destroy = perf_destroy, .measured = measured};
  tw_lines_start(&p->lines, input);
  return &p->decoder;
}
