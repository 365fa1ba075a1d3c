// What `perf script` prints of samples of memory accesses (perf mem, Arm SPE), a line a sample:
//
//   [comm pid [cpu] time: period] event: ADDR DATA_SRC |OP LOAD|LVL L1 hit|SNP None|TLB L1 or L2 hit|... [weight]
//       [ip sym (dso)] [PHYS_ADDR] [page size]
//   event: ADDR [PHYS_ADDR] [page size]                                                  when there is no data_src
//
// perf does not say which fields it printed. The address stands after the last colon before data_src, the physical one
// behind the dso's bracket, or, without ip, right behind the address and its data_src.
#define _GNU_SOURCE // memrchr
#include "sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct perf {
  tw_decoder decoder;
  uint64_t copies; ///< samples of groups that are passed over
  uint64_t taken;
  tw_lines lines;
} perf;

/// A line as it was read.
typedef struct sample {
  tw_text event; ///< empty: the line has none
  tw_text op;    ///< of data_src; empty: the line has none
  tw_text tlb;
  uint64_t va, pa; ///< pa 0: not known
} sample;

// ---- one line ----

/// The part of data_src that begins with `key`, up to the next bar.
static tw_text part_of(tw_text source, const char *key) {
  tw_text part = tw_text_find(source, key);
  size_t skip = strlen(key);
  if (part.length <= skip)
    return (tw_text){part.at, 0};
  part = (tw_text){part.at + skip, part.length - skip};
  const char *bar = memchr(part.at, '|', part.length);
  if (bar)
    part.length = (size_t)(bar - part.at);
  return part;
}

/// Cut `line` behind the last colon that a blank follows: what stands before it ends in the event's name.
static tw_text after_event(tw_text line, tw_text *event) {
  *event = (tw_text){line.at, 0};
  for (size_t i = line.length; i-- > 1;) {
    if (line.at[i] != ' ' || line.at[i - 1] != ':')
      continue;
    size_t from = i - 1;
    while (from > 0 && line.at[from - 1] != ' ')
      from--;
    *event = (tw_text){line.at + from, i - 1 - from};
    return (tw_text){line.at + i, line.length - i};
  }
  return line;
}

/// Behind the last closing bracket; false: there is none.
static bool behind_dso(tw_text *text) {
  const char *bracket = memrchr(text->at, ')', text->length);
  if (!bracket)
    return false;
  *text = (tw_text){bracket + 1, text->length - (size_t)(bracket + 1 - text->at)};
  return true;
}

static bool is_page_size(tw_text word) {
  char unit = word.length >= 2 ? word.at[word.length - 1] : 0;
  return (unit == 'K' || unit == 'M' || unit == 'G') && word.at[0] >= '0' && word.at[0] <= '9';
}

/// "[PHYS_ADDR] [page size]" and nothing more.
static bool parse_physical(tw_text rest, uint64_t *pa) {
  tw_text word;
  *pa = 0;
  bool more = tw_text_word(&rest, &word);
  if (more && !is_page_size(word)) {
    if (!tw_text_hex(word, pa))
      return false;
    more = tw_text_word(&rest, &word);
  }
  return !more || ((is_page_size(word) || tw_text_is(word, "N/A")) && !tw_text_word(&rest, &word));
}

/// What follows data_src: its last part's own words ("BLK  N/A"), of which but the first may look like a number, then
/// what perf prints after it.
static bool parse_after_source(tw_text last_part, uint64_t *pa) {
  tw_text rest = last_part, word, at;
  uint64_t number;
  if (behind_dso(&rest))
    return parse_physical(rest, pa);
  tw_text_word(&rest, &word);
  do {
    at = rest;
    if (!tw_text_word(&rest, &word)) {
      *pa = 0;
      return true;
    }
  } while (!tw_text_hex(word, &number));
  return parse_physical(at, pa);
}

static bool parse_with_source(tw_text line, tw_text source, sample *s) {
  const tw_text before = {line.at, (size_t)(source.at - line.at)};
  tw_text fields = after_event(before, &s->event), address, word, raw;
  uint64_t number;
  if (!tw_text_word(&fields, &address) || !tw_text_hex(address, &s->va))
    return false;
  raw.length = 0;
  while (tw_text_word(&fields, &word)) // the symbol of the address may stand between
    raw = word;
  if (!raw.length || !tw_text_hex(raw, &number))
    return false;
  s->op = part_of(source, "|OP ");
  s->tlb = part_of(source, "|TLB ");
  const char *bar = memrchr(source.at, '|', source.length);
  return parse_after_source((tw_text){bar + 1, source.length - (size_t)(bar + 1 - source.at)}, &s->pa);
}

static bool parse_plain(tw_text line, sample *s) {
  tw_text fields = after_event(line, &s->event), address;
  s->op = s->tlb = (tw_text){line.at, 0};
  return tw_text_word(&fields, &address) && tw_text_hex(address, &s->va) && parse_physical(fields, &s->pa);
}

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

/// Without data_src the event's name tells a store.
static unsigned kind_of(const sample *s) {
  if (!s->op.length)
    return holds(s->event, "store") ? TW_ACCESS_WRITE : TW_ACCESS_READ;
  if (holds(s->op, "STORE"))
    return TW_ACCESS_WRITE;
  return holds(s->op, "EXEC") ? TW_ACCESS_FETCH : TW_ACCESS_READ;
}

static bool is_access(const sample *s) {
  return s->va && (!s->op.length || holds(s->op, "LOAD") || holds(s->op, "STORE") || holds(s->op, "PFETCH") ||
                   holds(s->op, "EXEC"));
}

static int take_sample(perf *p, tw_text line, tw_foreign_access **at, tw_error *error) {
  sample s = {0};
  tw_text source = tw_text_find(line, "|OP ");
  if (!(source.length ? parse_with_source(line, source, &s) : parse_plain(line, &s)))
    return tw_lines_wrong(&p->lines, line, "what `perf script -F event,addr,data_src,phys_addr` prints", error);
  if (is_copy(s.event)) {
    p->copies++;
    return 0;
  }
  if (!is_access(&s))
    return 0;
  const tw_foreign_sample taken = {s.va, s.pa, kind_of(&s)};
  if (tw_foreign_add_sample(&p->lines, &taken, at, error) < 0)
    return -1;
  tw_measured_sample(p->decoder.measured, s.va);
  tw_measured_tlb(p->decoder.measured, s.tlb.at, s.tlb.length);
  p->taken++;
  return 0;
}

/// The end of the file. Groups alone are many samples of one access: which to take can't be told.
static int finish(const perf *p, tw_error *error) {
  if (p->copies == 0 || p->taken)
    return 0;
  return tw_fail(error,
                 "%s: line %" PRIu64 ": found %" PRIu64
                 " samples of SPE's groups and none of `memory`, expected what `perf script --itrace=M` prints",
                 tw_input_path(p->lines.input), p->lines.number, p->copies);
}

/// One line. 1: there was one; 0: none is left; -1 and `error`.
static int take_line(perf *p, tw_foreign_access **at, tw_error *error) {
  tw_text line, rest, word;
  int status = tw_lines_next(&p->lines, &line, error);
  if (status <= 0)
    return status < 0 ? -1 : finish(p, error);
  rest = line;
  // Headers, and blank lines between samples.
  if (line.length == 0 || line.at[0] == '#' || !tw_text_word(&rest, &word))
    return 1;
  return take_sample(p, line, at, error) < 0 ? -1 : 1;
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
