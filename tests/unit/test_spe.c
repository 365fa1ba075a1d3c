// Arm SPE's records as perf dumps them: packets, a line each (tools/perf/util/arm-spe.c: arm_spe_dump).
#include "foreign_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// ---- dumps ----

typedef struct dump {
  char text[8192];
  size_t length, offset;
} dump;

static void put_line(dump *d, const char *line) {
  int written = snprintf(d->text + d->length, sizeof d->text - d->length, "%s\n", line);
  cr_assert(written > 0 && (size_t)written < sizeof d->text - d->length);
  d->length += (size_t)written;
}

static void begin_block(dump *d) {
  put_line(d, ".\n. ... ARM SPE data: size 0x98 bytes");
  d->offset = 0;
}

/// Each is of 9 bytes, as an address is.
static void put_packet(dump *d, const char *packet) {
  char line[400];
  snprintf(line, sizeof line, ".  %08zx:  b2 d0 40 d8 70 00 00 ff 00                      %s", d->offset, packet);
  put_line(d, line);
  d->offset += 9;
}

static opened open_dump(const dump *d) { return open_bytes(d->text, d->length, TW_FOREIGN_SPE, NULL); }

/// A block of these packets.
static void put_block(dump *d, const char *const *packets, size_t count) {
  begin_block(d);
  for (size_t i = 0; i < count; i++)
    put_packet(d, packets[i]);
}
#define PUT_BLOCK(d, ...)                                                                                              \
  put_block(d, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

// ---- records ----

Test(spe, records) {
  dump d = {.length = 0};
  put_line(&d, "0x5c8 [0x30]: PERF_RECORD_AUXTRACE");
  put_packet(&d, "VA 0x1000"); // not in a block
  PUT_BLOCK(&d, "LD GP-REG", "VA 0xff000070d840d0", "LAT 7 XLAT", "EV RETIRED TLB-ACCESS", "TS 86447955877",
            "VA 0x3c0004000fc59b90", "ST AT", "LAT 300 XLAT", "PA 0xfb24eb90 ns=1 ch=0 pat=0", "END", "B COND",
            "VA 0x1000", "END", "LD", "VA 0x2000"); // cut off
  put_line(&d, "");
  put_packet(&d, "END");
  PUT_BLOCK(&d, "VA fc59b98", "LD", "END");
  static const one_access expected[] = {{0xffff000070d840d0, TW_ACCESS_READ, 3, 1},
                                        {0x0004000fc59b90, TW_ACCESS_WRITE, 3, 1},
                                        {0xfc59b98, TW_ACCESS_READ, 3, 1}};
  opened o = open_dump(&d);
  expect_accesses(&o, expected, 3);
  const tw_measured *m = tw_trace_measured(o.trace);
  cr_expect(m->samples[0] == 2 && m->samples[1] == 1);
  cr_expect(tw_measured_count(m, 0) == 1 && tw_measured_percentile(m, 0, 50) == 300 && tw_measured_mean(m, 1) == 7);
  cr_expect(strcmp(m->tlb[0].text, "TLB-ACCESS") == 0 && m->tlb[0].count == 1 && m->tlb[1].count == 0);
  finish(&o);
  o = open_dump(&d);
  tw_batch batch;
  uint64_t pa = 0;
  while (tw_trace_next(o.trace, &batch, &o.error) > 0)
    for (size_t i = 0; i < batch.count; i++)
      pa = batch.va[i] == 0x0004000fc59b90 ? batch.pa[i] : pa;
  cr_expect(pa == 0xfb24eb90, "%#" PRIx64, pa);
  finish(&o);
}

/// What arm_spe_pkt_desc (util/arm-spe-decoder/arm-spe-pkt-decoder.c) prints of operations, 4.16 to 6.19: SVE
/// since 5.11, MTE-TAG, MEMCPY and others since 5.18, GCS, SME and SVE-SME-REG since 6.18.
Test(spe, every_operation) {
  static const char *const accesses[] = {"LD",
                                         "ST",
                                         "LD SIMD-FP",
                                         "ST AT EXCL AR",
                                         "LD GP-REG",
                                         "ST UNSPEC-REG",
                                         "LD NV-SYSREG",
                                         "ST MTE-TAG",
                                         "LD MEMCPY",
                                         "ST MEMSET",
                                         "LD EVLEN 32 PRED SG",
                                         "ST SVE-SME-REG EVLEN 4096 PRED SG",
                                         "LD GCS COMM"};
  static const char *const others[] = {
      "B COND IND",     "B COND GCS CR-BL",         "OTHER INSN-OTHER",           "INSN-OTHER",
      "COND-SELECT",    "OTHER ASE FP COND-SELECT", "SVE-OTHER EVLEN 32 FP PRED", "SME-OTHER ETS 128 FP",
      "OP-TYPE 0x3 (3)"};
  for (size_t i = 0; i < sizeof accesses / sizeof *accesses + sizeof others / sizeof *others; i++) {
    size_t count = sizeof accesses / sizeof *accesses;
    dump d = {.length = 0};
    begin_block(&d);
    put_packet(&d, "PC 0xff80001029d3f4 el1 ns=1");
    put_packet(&d, "CONTEXT 0x8b3 el1");
    put_packet(&d, "LAT 13 TOT");
    put_packet(&d, "LAT 1 "); // a counter that perf does not know
    put_packet(&d, "EV RETIRED L1D-ACCESS TLB-ACCESS TLB-REFILL LLC-REFILL L2D-MISS HITM IMPDEF:12,24");
    put_packet(&d, i < count ? accesses[i] : others[i - count]);
    put_packet(&d, "VA 0xfe00aaaac5f61008");
    put_packet(&d, "TGT 0xffffadc04120 el0 ns=1");
    put_packet(&d, "PBT 0xffffadc04120 el0 ns=1");
    put_packet(&d, "ADDR 0x8 (7)");
    put_packet(&d, "DATA-SOURCE 8");
    put_packet(&d, "PAD");
    put_packet(&d, "TS 86447955877");
    PUT_BLOCK(&d, "LD", "VA 0x1000", "END");
    opened o = open_dump(&d);
    const one_access expected[] = {{0xaaaac5f61008, i % 2 ? TW_ACCESS_WRITE : TW_ACCESS_READ, 3, 1},
                                   {0x1000, TW_ACCESS_READ, 3, 1}};
    expect_accesses(&o, i < count ? expected : expected + 1, i < count ? 2 : 1);
    finish(&o);
  }
}

Test(spe, records_of_which_packets_are_missing) {
  dump d = {.length = 0};
  // perf could not read one; the offset leaps; the beginning of the block was left out. What follows is whole.
  PUT_BLOCK(&d, "LD", "Bad packet!", "VA 0x1000", "END", "LD", "VA 0x2000", "END", "LD");
  d.offset += 9;
  put_packet(&d, "VA 0x3000");
  put_packet(&d, "TS 1");
  put_packet(&d, "LD");
  put_packet(&d, "VA 0x4000");
  put_packet(&d, "TS 2");
  begin_block(&d);
  d.offset = 0x100;
  put_packet(&d, "VA 0x5000");
  put_packet(&d, "LD");
  put_packet(&d, "END");
  opened o = open_dump(&d);
  expect_accesses(&o, (one_access[]){{0x2000, TW_ACCESS_READ, 3, 1}, {0x4000, TW_ACCESS_READ, 3, 1}}, 2);
  finish(&o);
}

static void expect_wrong(const dump *d, size_t accesses, const char *words) {
  opened o = open_dump(d);
  expect_damage(&o, accesses, words);
  finish(&o);
}

Test(spe, damage) {
  dump d = {.length = 0};
  put_line(&d, "hello");
  expect_wrong(&d, 0, "line 1: found \"the end of the file\", expected a block of `ARM SPE data` (perf script -D)");
  d = (dump){.length = 0};
  PUT_BLOCK(&d, "VA here");
  expect_wrong(&d, 0, "line 3: found \"VA here\", expected a hexadecimal address");
  d = (dump){.length = 0};
  PUT_BLOCK(&d, "LD", "VA 0x1010", "PA 0x2000 ns=1", "END");
  expect_wrong(&d, 0, "line 6: found PA 0x2000 of VA 0x1010, expected both to agree in 12 bits");
  d = (dump){.length = 0};
  PUT_BLOCK(&d, "LD", "VA 0x1010", "END", "LAT 90000 XLAT");
  expect_wrong(&d, 1, "found \"LAT 90000 XLAT\", expected a latency of 0 to 65535 cycles");
  static const char *const lines[] = {".  0000x009:  49 00      LD", ".  00000009:", ".  00000009:  49 00",
                                      ".  00000009:  LD", ".  0009:  49 00      LD"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    d = (dump){.length = 0};
    PUT_BLOCK(&d, "LD");
    put_line(&d, lines[i]);
    expect_wrong(&d, 0, "expected a packet: its offset, its bytes and what they are");
  }
}
