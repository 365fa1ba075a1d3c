// Arm SPE records as `perf script -D` (perf report -D) dumps them: blocks of packets, a line each.
//
//   . ... ARM SPE data: size 135944 bytes
//   .  00000012:  49 00                                           LD
//   .  00000014:  b2 d0 40 d8 70 00 00 ff 00                      VA 0xff000070d840d0
//   .  0000001d:  9a 01 00                                        LAT 1 XLAT
//   .  00000023:  71 a5 1f b3 20 14 00 00 00                      TS 86447955877
//
// A record's packets come in any order; END or TS ends it. A VA has 56 bits, of which bit 55 selects the half: a tag's
// place. The rest of the dump is passed over. A record of which some is missing is no access: the block begins or ends
// in it, perf could not read a packet of it, or lines of it were left out, so that its offsets do not follow one
// another.
#include "sample.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSET_DIGITS = 8, LATENCY_BITS = 16 };

/// What has been read of the record under way.
typedef struct record {
  bool loads, stores, has_va, has_latency, tlb_access, tlb_refill;
  uint64_t va, pa, latency; ///< pa 0: not known
} record;

typedef struct spe {
  tw_decoder decoder;
  bool inside;     ///< a block
  bool is_whole;   ///< of the record under way no packet is missing
  uint64_t offset; ///< of the packet that comes next
  uint64_t blocks;
  record record;
  tw_lines lines;
} spe;

// ---- records ----

static uint64_t address_of(uint64_t payload) {
  const uint64_t tag = UINT64_C(0xff) << 56;
  return payload >> 55 & 1 ? payload | tag : payload & ~tag;
}

static void measure(tw_measured *measured, const record *r) {
  tw_measured_sample(measured, r->va);
  if (r->has_latency)
    tw_measured_latency(measured, r->va, r->latency);
  if (r->tlb_access)
    tw_measured_tlb(measured, "TLB-ACCESS", sizeof "TLB-ACCESS" - 1);
  if (r->tlb_refill)
    tw_measured_tlb(measured, "TLB-REFILL", sizeof "TLB-REFILL" - 1);
}

/// The record is whole. -1 and `error`: its addresses contradict each other.
static int end_record(spe *s, tw_foreign_access **at, tw_error *error) {
  const record r = s->record;
  const tw_foreign_sample sample = {r.va, r.pa, r.stores ? TW_ACCESS_WRITE : TW_ACCESS_READ};
  bool is_access = s->is_whole && r.has_va && (r.loads || r.stores);
  s->record = (record){0};
  s->is_whole = true;
  if (!is_access)
    return 0;
  if (tw_foreign_add_sample(&s->lines, &sample, at, error) < 0)
    return -1;
  measure(s->decoder.measured, &r);
  return 0;
}

/// Packets of the record under way are missing.
static void lose_packets(spe *s) {
  s->record = (record){0};
  s->is_whole = false;
}

// ---- packets: the words behind their bytes ----

static int take_address(const spe *s, tw_text packet, uint64_t *address, tw_error *error) {
  tw_text rest = packet, word;
  tw_text_word(&rest, &word); // VA, PA
  if (!tw_text_word(&rest, &word) || !tw_text_hex(word, address))
    return tw_lines_wrong(&s->lines, packet, "a hexadecimal address", error);
  return 0;
}

/// "LAT 13 TOT", "LAT 1 XLAT".
static int take_latency(spe *s, tw_text packet, tw_error *error) {
  tw_text rest = packet, word;
  uint64_t cycles;
  tw_text_word(&rest, &word);
  if (!tw_text_word(&rest, &word) || !tw_text_decimal(word, &cycles) || cycles >> LATENCY_BITS)
    return tw_lines_wrong(&s->lines, packet, "a latency of 0 to 65535 cycles", error);
  if (!tw_text_word(&rest, &word) || !tw_text_is(word, "XLAT"))
    return 0;
  s->record.has_latency = true;
  s->record.latency = cycles;
  return 0;
}

static void take_events(spe *s, tw_text packet) {
  tw_text word;
  while (tw_text_word(&packet, &word)) {
    s->record.tlb_access |= tw_text_is(word, "TLB-ACCESS");
    s->record.tlb_refill |= tw_text_is(word, "TLB-REFILL");
  }
}

static int take_packet(spe *s, tw_text packet, tw_foreign_access **at, tw_error *error) {
  tw_text rest = packet, name;
  record *r = &s->record;
  tw_text_word(&rest, &name);
  if (tw_text_is(name, "LD")) {
    r->loads = true;
  } else if (tw_text_is(name, "ST")) {
    r->stores = true;
  } else if (tw_text_is(name, "EV")) {
    take_events(s, packet);
  } else if (tw_text_is(name, "LAT")) {
    return take_latency(s, packet, error);
  } else if (tw_text_is(name, "PA")) {
    return take_address(s, packet, &r->pa, error);
  } else if (tw_text_is(name, "VA")) {
    if (take_address(s, packet, &r->va, error) < 0)
      return -1;
    r->va = address_of(r->va);
    r->has_va = true;
  } else if (tw_text_is(name, "END") || tw_text_is(name, "TS")) {
    return end_record(s, at, error);
  } else if (tw_text_is(packet, "Bad packet!")) {
    lose_packets(s);
  }
  return 0;
}

// ---- lines ----

/// ".  00000012:  49 00      LD": its place, how many bytes it has, and what follows them. False: no packet.
static bool packet_of(tw_text line, tw_text *packet, uint64_t *offset, uint64_t *bytes) {
  tw_text rest = line, word;
  uint64_t number;
  if (!tw_text_word(&rest, &word) || !tw_text_is(word, ".") || !tw_text_word(&rest, &word) ||
      word.length <= OFFSET_DIGITS || word.at[word.length - 1] != ':' ||
      !tw_text_hex((tw_text){word.at, word.length - 1}, offset))
    return false;
  *bytes = 0;
  while (tw_text_word(&rest, &word) && word.length == 2 && tw_text_hex(word, &number))
    (*bytes)++;
  *packet = (tw_text){word.at, (size_t)(line.at + line.length - word.at)};
  return *bytes && word.length;
}

/// A line of a block.
static int take_block_line(spe *s, tw_text line, tw_foreign_access **at, tw_error *error) {
  tw_text packet;
  uint64_t offset, bytes;
  if (!packet_of(line, &packet, &offset, &bytes))
    return tw_lines_wrong(&s->lines, line, "a packet: its offset, its bytes and what they are", error);
  if (offset != s->offset)
    lose_packets(s);
  s->offset = offset + bytes;
  return take_packet(s, packet, at, error);
}

/// A block's lines begin with a dot and two blanks; anything else ends it.
static bool is_block_line(tw_text line) { return line.length > 3 && memcmp(line.at, ".  ", 3) == 0; }

static void begin_block(spe *s) {
  s->record = (record){0};
  s->inside = s->is_whole = true;
  s->offset = 0;
  s->blocks++;
}

/// One line. 1: there was one; 0: none is left; -1 and `error`.
static int take_line(spe *s, tw_foreign_access **at, tw_error *error) {
  tw_text line;
  int status = tw_lines_next(&s->lines, &line, error);
  if (status < 0)
    return -1;
  if (status == 0) {
    const tw_text end = {"the end of the file", sizeof "the end of the file" - 1};
    return s->blocks ? 0 : tw_lines_wrong(&s->lines, end, "a block of `ARM SPE data` (perf script -D)", error);
  }
  if (tw_text_find(line, ". ... ARM SPE data:").length) {
    begin_block(s);
    return 1;
  }
  s->inside = s->inside && is_block_line(line);
  return s->inside && take_block_line(s, line, at, error) < 0 ? -1 : 1;
}

static int spe_next(tw_decoder *decoder, tw_foreign_access *accesses, size_t *count, tw_error *error) {
  spe *s = (spe *)decoder;
  tw_foreign_access *at = accesses;
  int status = 1;
  while (status > 0 && at < accesses + TW_FOREIGN_MAX - 2)
    status = take_line(s, &at, error);
  *count = (size_t)(at - accesses);
  return status < 0 ? -1 : 0;
}

static void spe_destroy(tw_decoder *decoder) {
  free(decoder->measured);
  free(decoder);
}

tw_decoder *tw_spe_create(tw_input *input) {
  spe *s = calloc(1, sizeof *s);
  tw_measured *measured = calloc(1, sizeof *measured);
  if (!s || !measured) {
    free(s);
    free(measured);
    return NULL;
  }
  s->decoder = (tw_decoder){.next = spe_next, .destroy = spe_destroy, .measured = measured};
  tw_lines_start(&s->lines, input);
  return &s->decoder;
}
