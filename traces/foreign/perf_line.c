// The columns in which `perf script` prints a sample (tools/perf/builtin-script.c: perf_sample__fprintf_start,
// process_event). Each may be missing, and nothing says which were printed:
//
//   [VM:n ] [VCPU:n ] [comm ] [pid/tid ] [[cpu] ] [misc] [time: ] [period ] [event: ] [flags ]
//   ADDR[ symbol][ (dso)] [DATA_SRC |OP LOAD|LVL L1 hit|SNP None|TLB L1 hit|LCK No|BLK  N/A] [weight] [ins_lat]
//   [cgroup] [ IP symbol (dso)] [branches] [PHYS_ADDR] [size] [size]
//
// With data_src, the address is the word before it, or, where the address has a symbol, the first word behind the
// event's colon. Without, its column tells it from an IP: ADDR and IP are 16 wide, and a blank stands before IP alone.
#define _GNU_SOURCE // memrchr
#include "perf_line.h"

#include <string.h>

enum { ADDRESS_WIDTH = 16, LATENCY_DIGITS = 5 };

static tw_text between(const char *from, const char *to) { return (tw_text){from, (size_t)(to - from)}; }
static const char *end_of(tw_text text) { return text.at + text.length; }

// ---- before the address ----

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

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "122.463754" and "VM" end in a colon too, and behind the address "insn" and "ilen".
static bool is_name(tw_text event) {
  bool digits = event.length > 0;
  for (size_t i = 0; i < event.length; i++)
    digits = digits && (is_digit(event.at[i]) || event.at[i] == '.');
  return event.length > 0 && !digits && !tw_text_is(event, "VM");
}

// ---- where words stand ----

/// How a word stands behind a colon and a blank, or at the start of the line. perf's addresses are 16 wide; an IP has
/// one blank more. A text may have lost its alignment.
typedef enum column { COLUMN_UNKNOWN, COLUMN_ADDRESS, COLUMN_OTHER } column;

static column column_of(tw_text fields, tw_text word, bool has_colon) {
  size_t from = (size_t)(word.at - fields.at) - has_colon, to = from + word.length;
  if (from == 0)
    return COLUMN_UNKNOWN;
  return to == ADDRESS_WIDTH ? COLUMN_ADDRESS : COLUMN_OTHER;
}

// ---- behind the address ----

static bool is_page_size(tw_text word) {
  if (tw_text_is(word, "N/A"))
    return true;
  for (size_t i = 0; i + 1 < word.length; i++)
    if (!is_digit(word.at[i]))
      return false;
  char unit = word.length >= 2 ? word.at[word.length - 1] : 0;
  return unit == 'K' || unit == 'M' || unit == 'G';
}

bool tw_perf_line_physical(tw_text text, uint64_t *pa) {
  tw_text word;
  *pa = 0;
  bool more = tw_text_word(&text, &word);
  if (more && !is_page_size(word)) {
    if (!tw_text_hex(word, pa))
      return false;
    more = tw_text_word(&text, &word);
  }
  // The data's page, then the code's.
  for (unsigned sizes = 0; more; sizes++) {
    if (sizes == 2 || !is_page_size(word))
      return false;
    more = tw_text_word(&text, &word);
  }
  return true;
}

/// Behind the last closing bracket, and what branches print behind theirs: "(dso)/P/-/-/0/". False: there is none, or
/// those are of a symbol alone: "f(int)".
static bool behind_dso(tw_text *text) {
  const char *bracket = memrchr(text->at, ')', text->length);
  if (!bracket || !tw_text_find(*text, " (").length)
    return false;
  *text = between(bracket + 1, end_of(*text));
  tw_text word, rest = *text;
  if (text->length && *text->at == '/' && tw_text_word(&rest, &word))
    *text = rest;
  return true;
}

/// A cycle count of the access: no memory of a machine's that is sampled lies that low.
static bool is_latency(tw_text word) {
  uint64_t number;
  return word.length <= LATENCY_DIGITS && tw_text_decimal(word, &number);
}

/// Take the last word of `text` from it.
static bool last_word(tw_text *text, tw_text *word) {
  while (text->length && end_of(*text)[-1] == ' ')
    text->length--;
  const char *end = end_of(*text);
  while (text->length && end_of(*text)[-1] != ' ')
    text->length--;
  *word = between(end_of(*text), end);
  return word->length > 0;
}

/// "symbol [PHYS_ADDR] [size] [size]": a symbol is any words, so it is read from its end.
static void parse_after_symbol(tw_text text, uint64_t *pa) {
  tw_text word;
  for (unsigned sizes = 0; last_word(&text, &word) && sizes < 2 && is_page_size(word);)
    sizes++;
  if (!tw_text_hex(word, pa))
    *pa = 0;
}

/// Of two numbers the second is an IP: a blank stands before it and its 16 columns.
static bool is_ip_behind(tw_text number, tw_text next) { return end_of(next) == end_of(number) + 1 + ADDRESS_WIDTH; }

/// "[latencies] [IP [symbol]] [PHYS_ADDR] [size] [size]". The last number is taken for PHYS_ADDR, as which it must
/// agree with the address (tw_foreign_add_sample), unless its column tells that it is an IP.
static bool parse_without_dso(tw_text rest, uint64_t *pa) {
  tw_text word, before = rest, latency = {rest.at, 0};
  uint64_t number;
  while (tw_text_word(&rest, &word) && tw_text_hex(word, &number)) {
    tw_text next = rest, following;
    bool more = tw_text_word(&next, &following) && !is_page_size(following);
    if (!is_latency(word) && more && !tw_text_hex(following, &number)) {
      parse_after_symbol(rest, pa);
      return true;
    }
    if (!is_latency(word) && !more && !(latency.length && is_ip_behind(latency, word)))
      break;
    latency = is_latency(word) ? word : (tw_text){rest.at, 0};
    before = rest;
  }
  return tw_perf_line_physical(before, pa);
}

/// What follows data_src: the words of its last part ("BLK  N/A"), of which but the first may look like a number, then
/// what perf prints after it.
static bool parse_after_source(tw_text last_part, uint64_t *pa) {
  tw_text rest = last_part, word, at;
  uint64_t number;
  if (behind_dso(&rest))
    return tw_perf_line_physical(rest, pa);
  tw_text_word(&rest, &word);
  do {
    at = rest;
    if (!tw_text_word(&rest, &word)) {
      *pa = 0;
      return true;
    }
  } while (!tw_text_hex(word, &number));
  return parse_without_dso(at, pa);
}

// ---- a sample with data_src ----

/// The part of data_src that begins with `key`, up to the next bar. perf cuts data_src off after 99 characters: what
/// follows is at least two blanks away.
static tw_text part_of(tw_text source, const char *key) {
  tw_text part = tw_text_find(source, key);
  size_t skip = strlen(key);
  if (part.length <= skip)
    return (tw_text){part.at, 0};
  part = (tw_text){part.at + skip, part.length - skip};
  const char *bar = memchr(part.at, '|', part.length);
  part = bar ? between(part.at, bar) : part;
  return between(part.at, tw_text_find(part, "  ").at);
}

/// Its number, before its words. Until perf 5.10 these began with the level, which has no bar: "5080142 L1 hit|SNP".
static bool take_number(tw_text *before, bool words_first, tw_text *number, uint64_t *value) {
  while (last_word(before, number)) {
    if (tw_text_hex(*number, value))
      return true;
    if (!words_first)
      return false;
  }
  return false;
}

/// mem_op (include/uapi/linux/perf_event.h), for lines that do not say it in words.
static tw_text op_of(uint64_t number) {
  static const char *const names[] = {"N/A", "LOAD", "STORE", "PFETCH", "EXEC"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    if (number >> i & 1)
      return (tw_text){names[i], strlen(names[i])};
  return (tw_text){"No", 2};
}

/// `before` data_src, of which `number` is the first word: 16 wide, right behind an address.
static bool take_address(tw_text before, tw_text number, tw_perf_line *s) {
  tw_text fields = after_event(before, &s->event), rest = fields, first, more, last;
  if (!tw_text_word(&rest, &first))
    return false;
  bool is_first = is_name(s->event) && column_of(fields, first, true) != COLUMN_OTHER;
  if (tw_text_word(&rest, &more) && is_first && tw_text_hex(first, &s->va))
    return true; // its symbol follows
  if (!last_word(&fields, &last) || !tw_text_hex(last, &s->va))
    return false;
  return number.at == end_of(last) + 1 || end_of(number) == end_of(last) + ADDRESS_WIDTH;
}

static bool parse_with_source(tw_text line, tw_text source, bool has_op, tw_perf_line *s) {
  tw_text before = between(line.at, source.at), number;
  uint64_t value;
  if (!take_number(&before, !has_op, &number, &value) || !take_address(before, number, s))
    return false;
  s->op = has_op ? part_of(source, "|OP ") : op_of(value);
  s->tlb = part_of(source, "|TLB ");
  const char *bar = memrchr(source.at, '|', source.length);
  return parse_after_source(between(bar + 1, end_of(source)), &s->pa);
}

// ---- a sample without ----

/// "IP symbol" or "IP symbol (dso)": a symbol without its offset may look like a number.
static bool begins_with_ip(tw_text text) {
  tw_text ip, symbol, dso;
  uint64_t number;
  if (!tw_text_word(&text, &ip) || !tw_text_hex(ip, &number) || !tw_text_word(&text, &symbol))
    return false;
  return !tw_text_hex(symbol, &number) || (tw_text_word(&text, &dso) && *dso.at == '(');
}

/// "IP symbol (dso)", also behind the address' own "symbol (dso)", then the rest. Without an IP, and where its column
/// does not tell, what was taken for the address may be one itself.
static bool parse_after_address(tw_text rest, bool is_known, uint64_t *pa) {
  if (tw_perf_line_physical(rest, pa))
    return true;
  bool has_ip = begins_with_ip(rest) || (is_known && tw_text_find(rest, "(").length);
  for (tw_text at = rest; !has_ip && (at = tw_text_find(at, ") ")).length;) {
    at = between(at.at + 1, end_of(at));
    has_ip = begins_with_ip(at);
  }
  return has_ip && behind_dso(&rest) && tw_perf_line_physical(rest, pa);
}

static bool parse_plain(tw_text line, tw_perf_line *s) {
  tw_text fields = after_event(line, &s->event), rest = fields, address;
  s->op = s->tlb = (tw_text){line.at, 0};
  if (tw_text_is(s->event, "insn") || tw_text_is(s->event, "ilen"))
    return false;
  if (!tw_text_word(&rest, &address) || !tw_text_hex(address, &s->va))
    return false;
  column where = column_of(fields, address, fields.at != line.at);
  if (where == COLUMN_ADDRESS && s->va && is_latency(address))
    return false; // weight has the same columns
  return where != COLUMN_OTHER && parse_after_address(rest, where == COLUMN_ADDRESS, &s->pa);
}

bool tw_perf_line_parse(tw_text line, tw_perf_line *s) {
  tw_text op = tw_text_find(line, "|OP "), source = op.length ? op : tw_text_find(line, "|SNP ");
  return source.length ? parse_with_source(line, source, op.length > 0, s) : parse_plain(line, s);
}
