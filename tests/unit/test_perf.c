// Samples of memory accesses: perf script's lines, Arm SPE's dump, and what the machine measured.
#include "foreign_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE(op) "10668100842 |OP " op "|LVL L3 or L3 hit|SNP None|TLB L1 or L2 hit|LCK No|BLK  N/A"

static opened open_text(const char *text, tw_foreign_format format) {
  return open_bytes(text, strlen(text), format, NULL);
}

/// The physical address of the first access to `va`.
static uint64_t pa_of(opened *o, uint64_t va) {
  tw_batch batch;
  uint64_t pa = 0;
  cr_assert(o->trace, "%s", o->error.text);
  while (tw_trace_next(o->trace, &batch, &o->error) > 0)
    for (size_t i = 0; i < batch.count; i++)
      if (batch.va[i] == va && !pa)
        pa = batch.pa[i];
  return pa;
}

// ---- perf ----

/// One line each: the forms in which perf prints a sample, by the fields that it was asked for.
static const struct {
  const char *line;
  uint64_t va, pa; ///< pa 0: by the policy
  unsigned kind;
} forms[] = {
    {" cc 3603 [020] 12.463754: 1 cpu/mem-loads,ldlat=30/P: 7fad7c474018 " SOURCE("LOAD") " 47 7fad7c47425d f+0x1 (/x)",
     0x7fad7c474018, 0, TW_ACCESS_READ},
    {"a b 36/37 12.463754: mem-loads:uP: 7fad7c474018 sym (/x) " SOURCE("LOAD") " 47 0 3 40 f (/x (deleted)) 3fec82018",
     0x7fad7c474018, 0x3fec82018, TW_ACCESS_READ},
    {"mem-stores: 7fad7c474018 " SOURCE("STORE") " 3fec82018 2M", 0x7fad7c474018, 0x3fec82018, TW_ACCESS_WRITE},
    {"mem-stores: 7fad7c474018 5080144 |OP STORE|LVL L1 hit|SNP N/A|TLB N/A|LCK N/A", 0x7fad7c474018, 0,
     TW_ACCESS_WRITE},
    {"memory: 7fad7c474018 " SOURCE("EXEC") "|AFF N/A 4K\r", 0x7fad7c474018, 0, TW_ACCESS_FETCH},
    {"  ffff9a274e96a308 " SOURCE("PFETCH") " 0 N/A", 0xffff9a274e96a308, 0, TW_ACCESS_READ},
    {"dTLB-store-misses: 55f17bca95c0", 0x55f17bca95c0, 0, TW_ACCESS_WRITE},
    {"page-faults: 55f17bca95c0 44e96a5c0 4K", 0x55f17bca95c0, 0x44e96a5c0, TW_ACCESS_READ},
    {"55f17bca95c0", 0x55f17bca95c0, 0, TW_ACCESS_READ},
};

Test(perf, every_form_of_a_sample) {
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    char text[512];
    snprintf(text, sizeof text, "# a header\n\n%s\n \t\n", forms[i].line);
    opened o = open_text(text, TW_FOREIGN_PERF);
    expect_accesses(&o, (one_access[]){{forms[i].va, forms[i].kind, 3, 1}}, 1);
    finish(&o);
    o = open_text(text, TW_FOREIGN_PERF);
    uint64_t pa = pa_of(&o, forms[i].va);
    cr_expect(pa == (forms[i].pa ? forms[i].pa : 0x100000000 | (forms[i].va & 0xfff)), "form %zu: %#" PRIx64, i, pa);
    finish(&o);
  }
}

Test(perf, samples_that_are_no_accesses_or_copies_of_others) {
  static const char text[] = "l1d-access: 1000 " SOURCE(
      "LOAD") "\n"
              "tlb-access: 1000 " SOURCE(
                  "LOAD") "\n"
                          "memory: 1000 " SOURCE("LOAD") "\n"
                                                         "memory: 0 " SOURCE("LOAD") "\n"
                                                                                     "memory: 2000 " SOURCE(
                                                                                         "N/A") "\n"
                                                                                                "branch: 3000 " SOURCE(
                                                                                                    "LOAD") "\n";
  opened o = open_text(text, TW_FOREIGN_PERF);
  expect_accesses(&o, (one_access[]){{0x1000, TW_ACCESS_READ, 3, 1}}, 1);
  const tw_measured *m = tw_trace_measured(o.trace);
  cr_expect(m->samples[0] == 1 && m->samples[1] == 0 && m->tlb[0].count == 1);
  cr_expect_str_eq(m->tlb[0].text, "L1 or L2 hit");
  finish(&o);
  o = open_text("tlb-miss: 1000 " SOURCE("LOAD") "\ntlb-access: 1000 " SOURCE("LOAD"), TW_FOREIGN_PERF);
  expect_damage(&o, 0, "line 2: found 2 samples of SPE's groups and none of `memory`, expected what `perf script");
  finish(&o);
}

Test(perf, damaged_lines) {
  static const char *const lines[] = {
      "hello",
      "cc 3603 12.463754: page-faults: ffffffff8175336a elf_load+0x28a ([kernel.kallsyms])", // ip, but no addr
      "memory: " SOURCE("LOAD"),                                                             // no address
      "memory: 1000 2000 zz |OP LOAD|TLB hit",                                               // no data_src
      "memory: 1000 " SOURCE("LOAD") " 47 7fad7c47425d sym+0x10",                            // no dso
      "memory: 1000 " SOURCE("LOAD") " 47 3 1000",
      "memory: 10001000100010001 " SOURCE("LOAD"),
      "page-faults: 1000 2000 3000",
      "page-faults: 1000 4K 2000",
      "\x1b[31mred",
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    char text[512];
    snprintf(text, sizeof text, "page-faults: 1000\n%s\n", lines[i]);
    opened o = open_text(text, TW_FOREIGN_PERF);
    expect_damage(&o, 1, "line 2: found \"");
    cr_expect(strstr(o.error.text, "expected what `perf script -F event,addr,data_src,phys_addr` prints") &&
                  !strchr(o.error.text, 0x1b),
              "%zu: %s", i, o.error.text);
    finish(&o);
  }
  // A weight is no physical address.
  opened o = open_text("memory: 1010 " SOURCE("LOAD") " 47\n", TW_FOREIGN_PERF);
  expect_damage(&o, 0, "line 1: found PA 0x47 of VA 0x1010, expected both to agree in 12 bits");
  finish(&o);
}

// ---- SPE ----

#define PACKET(text) ".  00000014:  b2 d0 40 d8 70 00 00 ff 00                      " text "\n"
#define BLOCK ".\n. ... ARM SPE data: size 0x98 bytes\n"

Test(perf, spe_records) {
  static const char text[] = "0x5c8 [0x30]: PERF_RECORD_AUXTRACE\n" PACKET("VA 0x1000") // not in a block
      BLOCK PACKET("PC 0xff80001029d3f4 el1 ns=1") PACKET("LAT 13 TOT") PACKET("LD GP-REG")
          PACKET("VA 0xff000070d840d0") PACKET("LAT 7 XLAT") PACKET("EV RETIRED TLB-ACCESS") PACKET("TS 86447955877")
              PACKET("EV TLB-REFILL TLB-ACCESS") PACKET("LAT 90000 XXX") PACKET("END");
  opened o = open_text(text, TW_FOREIGN_SPE);
  expect_damage(&o, 1, "found \"LAT 90000 XXX\", expected a latency of 0 to 65535 cycles");
  finish(&o);
  static const char right[] = BLOCK PACKET("LD GP-REG") PACKET("VA 0xff000070d840d0") PACKET("LAT 7 XLAT")
      PACKET("EV RETIRED TLB-ACCESS") PACKET("TS 86447955877") PACKET("VA 0x3c0004000fc59b90") PACKET("ST AT")
          PACKET("LAT 300 XLAT") PACKET("PA 0xfb24eb90 ns=1 ch=0 pat=0") PACKET("END") PACKET("B COND")
              PACKET("VA 0x1000") PACKET("END") PACKET("LD") PACKET("VA 0x2000") // cut off
      "\n" PACKET("END") BLOCK PACKET("VA fc59b98") PACKET("LD") PACKET("END");
  o = open_text(right, TW_FOREIGN_SPE);
  expect_accesses(&o,
                  (one_access[]){{0xffff000070d840d0, TW_ACCESS_READ, 3, 1},
                                 {0x0004000fc59b90, TW_ACCESS_WRITE, 3, 1},
                                 {0xfc59b98, TW_ACCESS_READ, 3, 1}},
                  3);
  const tw_measured *m = tw_trace_measured(o.trace);
  cr_expect(m->samples[0] == 2 && m->samples[1] == 1);
  cr_expect(tw_measured_count(m, 0) == 1 && tw_measured_percentile(m, 0, 50) == 300 && tw_measured_mean(m, 1) == 7);
  cr_expect(strcmp(m->tlb[0].text, "TLB-ACCESS") == 0 && m->tlb[0].count == 1 && m->tlb[1].count == 0);
  finish(&o);
  o = open_text(right, TW_FOREIGN_SPE);
  cr_expect(pa_of(&o, 0x0004000fc59b90) == 0xfb24eb90);
  finish(&o);
}

Test(perf, spe_damage) {
  opened o = open_text("hello\n", TW_FOREIGN_SPE);
  expect_damage(&o, 0, "line 1: found \"the end of the file\", expected a block of `ARM SPE data` (perf script -D)");
  finish(&o);
  o = open_text(BLOCK PACKET("VA here"), TW_FOREIGN_SPE);
  expect_damage(&o, 0, "line 3: found \"VA here\", expected a hexadecimal address");
  finish(&o);
  o = open_text(BLOCK PACKET("LD") PACKET("VA 0x1010") PACKET("PA 0x2000 ns=1") PACKET("END"), TW_FOREIGN_SPE);
  expect_damage(&o, 0, "line 6: found PA 0x2000 of VA 0x1010, expected both to agree in 12 bits");
  finish(&o);
}

// ---- what was measured ----

Test(perf, measured_figures) {
  tw_measured *m = calloc(1, sizeof *m), *sum = calloc(1, sizeof *sum);
  cr_expect(tw_measured_count(m, 0) == 0 && tw_measured_mean(m, 0) == 0 && tw_measured_percentile(m, 0, 99) == 0);
  for (unsigned cycles = 1; cycles <= 100; cycles++)
    tw_measured_latency(m, 0x1000, cycles);
  tw_measured_latency(m, UINT64_MAX, 1000000);
  cr_expect(tw_measured_mean(m, 0) == 50.5 && tw_measured_percentile(m, 0, 50) == 50);
  cr_expect(tw_measured_percentile(m, 0, 99) == 99 && tw_measured_percentile(m, 0, 100) == 100);
  cr_expect(tw_measured_percentile(m, 1, 50) == TW_LATENCY_MOST);
  // More names than there is room for; and one longer than it.
  for (unsigned i = 0; i < 40; i++) {
    char name[64];
    int length = snprintf(name, sizeof name, "%u and what is cut off of a name like this", i % 20);
    tw_measured_tlb(m, name, (size_t)length);
  }
  cr_expect(m->tlb[0].count == 2 && strlen(m->tlb[0].text) == 31);
  cr_expect(strcmp(m->tlb[TW_TLB_WORDS - 1].text, "others") == 0 && m->tlb[TW_TLB_WORDS - 1].count == 10);
  tw_measured_add(sum, m);
  tw_measured_add(sum, m);
  cr_expect(sum->tlb[3].count == 4 && sum->tlb[TW_TLB_WORDS - 1].count == 20 && tw_measured_count(sum, 0) == 200);
  free(m);
  free(sum);
}
