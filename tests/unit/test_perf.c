// Samples of memory accesses: perf script's lines, and what the machine measured.
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

/// One line each: the forms in which perf prints a sample, by the fields that it was asked for. process_event and
/// perf_sample__fprintf_start (tools/perf/builtin-script.c) print the columns, data_src__fprintf the number and
/// perf_script__meminfo_scnprintf (util/mem-events.c) the words of data_src; those of 6.1 are what it printed of
/// samples made by hand.
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
    {"page-faults: 55f17bca85c0 44e96a5c0 4K", 0x55f17bca85c0, 0x44e96a5c0, TW_ACCESS_READ},
    {"55f17bca95c0", 0x55f17bca95c0, 0, TW_ACCESS_READ},
    // perf 6.1 by default: data's and code's page, a name of three words with a colon, ins_lat, a cgroup (-F +cgroup).
    {"    Web: Con 7 f  3605 [001]   122.463761:         25         cpu/mem-stores/P:     7fad7c474ec8         5080144 "
     "|OP "
     "STORE|LVL L1 hit|SNP N/A|TLB N/A|LCK N/A|BLK  N/A                 47              48 /a 559fe6f84631 [unknown] "
     "([unknown])       3fec82ec8 1024M 4K",
     0x7fad7c474ec8, 0x3fec82ec8, TW_ACCESS_WRITE},
    // data_src__fprintf's buffer of 100 characters ends in LCK.
    {"              cc  3606 [001]   122.463769:          1 cpu/mem-loads,ldlat=30/P: ffff9a274e96a308     ca64c840042 "
     "|OP "
     "LOAD|LVL Remote core, same node L3 hit|SNP HitM or Peer|TLB N/A or L2 hit|LCK             1168 ffffffffb5bd2fd0 "
     "[unknown] ([unknown])               0 4K N/A",
     0xffff9a274e96a308, 0, TW_ACCESS_READ},
    // -F +misc,+flags and -F +brstack (perf_sample__fprintf_brstack, since 6.? with the branch's type)
    {":3603  3603 [020] U       122.463754:          1 cpu/mem-loads,ldlat=30/P:                             "
     "7fad7c474018   "
     "     2a100142 |OP LOAD|LVL L1 hit|SNP None|TLB L1 hit|LCK Yes|BLK  N/A              47     7fad7c47425d "
     "[unknown] "
     "([unknown]) 0x401000([unknown])/0x401100([unknown])/P/-/-/0/  "
     "0x401000([unknown])/0x401100([unknown])/P/-/-/12/COND/-        3fec82018 4K 4K",
     0x7fad7c474018, 0x3fec82018, TW_ACCESS_READ},
    // What begins with a number, or looks like one: -F pid,tid,time,addr,data_src,weight,ip,phys_addr; -F
    // comm,addr,...; -F time,period,addr,...; -F tid,...; a guest's (-F +machine_pid,+vcpu)
    {" 3604/3605    122.463761:     7fad7c474ec8         5080144 |OP STORE|LVL L1 hit|SNP N/A|TLB N/A|LCK N/A|BLK  N/A "
     "    "
     "            47     559fe6f84631       3fec82ec8",
     0x7fad7c474ec8, 0x3fec82ec8, TW_ACCESS_WRITE},
    {"              cc ffff9a274e96a308 " SOURCE("LOAD"), 0xffff9a274e96a308, 0, TW_ACCESS_READ},
    {"  122.463754:          1     7fad7c474018 " SOURCE("LOAD"), 0x7fad7c474018, 0, TW_ACCESS_READ},
    {"   3603     7fad7c474018 " SOURCE("LOAD") "              47", 0x7fad7c474018, 0, TW_ACCESS_READ},
    {"VM:  123 VCPU:001     7fad7c474018 " SOURCE("LOAD") " 47 48", 0x7fad7c474018, 0, TW_ACCESS_READ},
    {"VM:  123     7fad7c474018 " SOURCE("LOAD") " 47 48 3", 0x7fad7c474018, 0, TW_ACCESS_READ},
    // Without dso (-F -dso), without data_src's neighbour (-F +flags)
    {"cc 3603 12.4: 1 mem-loads:     7fad7c474018        2a100142 |OP LOAD|LVL L1 hit|LCK Yes|BLK  N/A              47 "
     "    "
     "7fad7c47425d operator new(int, a) const+0x3       3fec82018 4K 4K",
     0x7fad7c474018, 0x3fec82018, TW_ACCESS_READ},
    {"    7fad7c474018 " SOURCE("LOAD") "              47     7fad7c47425d 4K 4K", 0x7fad7c474018, 0, TW_ACCESS_READ},
    {"mem-loads: 7fad7c474018 " SOURCE("LOAD") " 7fad7c47425d sym+0x10", 0x7fad7c474018, 0, TW_ACCESS_READ},
    // Until 5.10 data_src had no bars before SNP and said LOAD and STORE by its number alone.
    {"a.out 20214 [002] 27.9: 1 cpu/mem-loads,ldlat=30/P: ffff9ae5 10668100842 L3 or L3 hit|SNP None|TLB L1 or L2 "
     "hit|LCK No 47 ffffffff81 f ([kernel.kallsyms])",
     0xffff9ae5, 0, TW_ACCESS_READ},
    {"cpu/mem-stores/P: 7f0 5080184 Remote Cache (1 hop) hit|SNP N/A|TLB N/A|LCK N/A 0", 0x7f0, 0, TW_ACCESS_WRITE},
    // perf 6.1 of page faults, which have no kind: -F +addr,+phys_addr; with data_src; without IP.
    {"            true 26641 36152.685590:          1 page-faults:     7f41f9001b70 _start+0x0 "
     "(/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)     7f41f9001b70 _start+0x0 "
     "(/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)       3fec82b70",
     0x7f41f9001b70, 0x3fec82b70, TW_ACCESS_READ},
    {"            true 26641 36152.685559: page-faults:     7ffcf7089a89 [unknown] ([stack])      1e05080021 |OP "
     "N/A|LVL "
     "N/A or N/A|SNP N/A|TLB N/A|LCK N/A|BLK  N/A               0",
     0x7ffcf7089a89, 0, TW_ACCESS_READ},
    {"    55c5428fa1e0 foo(int, char) (/usr/bin/true)", 0x55c5428fa1e0, 0, TW_ACCESS_READ},
    {"dTLB-load-misses:     7f41f9001b70     7f41f9001b70 foo(int)+0x0 (/usr/bin/x)       3fec82b70 4K", 0x7f41f9001b70,
     0x3fec82b70, TW_ACCESS_READ},
    {"page-faults: 7f41f9001b70 foo(int, a) (/bin/x) 7f41f9001b70 foo(int)+0x0 (/bin/x)", 0x7f41f9001b70, 0,
     TW_ACCESS_READ},
    // perf 6.1 of SPE: --itrace=M -F +addr,+data_src,+phys_addr (arm_spe__synth_mem_sample)
    {"              dd  2227 [001]          1                             memory:     aaaac5f61008        90000144 |OP "
     "STORE|LVL L1 hit|SNP N/A|TLB Walker miss|LCK No|BLK  N/A              13 ff80001029d3f4 [unknown] ([unknown])    "
     "   "
     "880001008",
     0xaaaac5f61008, 0x880001008, TW_ACCESS_WRITE},
    // Since 6.19 the operation has more words, and data_src 15 digits.
    {"memory:     aaaac5f61008 444000288100144 |OP STORE SIMD|LVL L1 hit|SNP None|TLB Walker hit|LCK No|BLK  N/A|AFF "
     "PRED SG "
     "      880001008",
     0xaaaac5f61008, 0x880001008, TW_ACCESS_WRITE},
    // A hybrid machine's: tools/perf/Documentation/perf-script.txt
    {"chromium-browse   46572 [002] 544966.882384:      10000 \tcpu_core/MEM_UOPS_RETIRED.LOAD_LATENCY/: 7ffdf1391b0c  "
     "   "
     "10268100142 |OP LOAD|LVL L1 hit|SNP None|TLB L1 or L2 hit|LCK No|BLK    N/A    5   7    0   7fad7c47425d "
     "[unknown] "
     "(/usr/lib64/libglib-2.0.so.0.8000.3)",
     0x7ffdf1391b0c, 0, TW_ACCESS_READ},
    // The call chain of sample__fprintf_callchain (-g), then what stands behind IP, or a blank line.
    {":3603  3603 [020]   122.463754:          1 cpu/mem-loads,ldlat=30/P:     7fad7c474018        2a100142 |OP "
     "LOAD|LVL L1 "
     "hit|SNP None|TLB L1 hit|LCK Yes|BLK  N/A              47\n\tffffffff81000001 [unknown] ([unknown])\n\t          "
     "401000 [unknown] ([unknown])\n       3fec82018 4K 4K",
     0x7fad7c474018, 0x3fec82018, TW_ACCESS_READ},
    {"    7fab07ac2110\n\tffffffff8175336a\n\t    7feff9af2ad7\n", 0x7fab07ac2110, 0, TW_ACCESS_READ},
    // perf_event__fprintf (--show-mmap-events, --show-task-events), and the last line's newline missing
    {"            true 26641 36152.685216: PERF_RECORD_MMAP2 26641/26641: [0x7ffcf706a000(0x21000) @ 0x7ffffffde000 "
     "00:00 0 "
     "0]: rw-p [stack]\ncc 36 1.2: PERF_RECORD_COMM exec: cc:36/36\nmem-loads: 7f0 " SOURCE("LOAD"),
     0x7f0, 0, TW_ACCESS_READ},
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
  // data_src__fprintf's buffer ends in it.
  o = open_text(
      "memory: 1000 ca64c840042 |OP LOAD|LVL Remote core, same node L3 hit|TLB N/A or L2 h             1168 0",
      TW_FOREIGN_PERF);
  expect_accesses(&o, (one_access[]){{0x1000, TW_ACCESS_READ, 3, 1}}, 1);
  cr_expect_str_eq(tw_trace_measured(o.trace)->tlb[0].text, "N/A or L2 h");
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
      "  3603 1                  7fad7c474018 |OP LOAD|LVL L1 hit", // data_src without addr: its number is 16 wide
      "memory: 1000 " SOURCE("LOAD") " 47 3 zz", "memory: 10001000100010001 " SOURCE("LOAD"),
      "page-faults: 1000 2000 3000", "page-faults: 1000 4K 2000", "\x1b[31mred",
      // perf 6.1 -F event,ip, and by default of page faults and of SPE: no ADDR, and IP a column further right
      "page-faults:  ffffffff81b73c18",
      "page-faults:      7f41f9001b70 _start+0x0 (/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)",
      "  dd  2227 [001]          1                             memory:  ffff80001029d3f4 [unknown] ([unknown])",
      "  122.463754:          1     7fad7c474018", // -F time,period,addr: which is which can't be told
      "page-faults: 1000 4K 4K 4K", "page-faults:     7fad7c474018 ) ) )",
      "mem-loads: 1000 |OP LOAD|LVL L1 hit",                                           // no number
      "mem-loads: 1000 L1 hit|SNP None|TLB L1 hit",                                    // nor here
      "mem-loads:     7fad7c474018 " SOURCE("LOAD") " 47 7fad f (/x) insn: 48 8b 07",  // -F +insn
      "mem-loads:     7fad7c474018 " SOURCE("LOAD") " 47 7fad f (/x) ABI:2    AX:0x0", // -F +iregs
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
  // An IP is no physical address (-F event,addr,data_src,ip).
  opened o = open_text("memory: 1010 " SOURCE("LOAD") " 7fad7c47425d\n", TW_FOREIGN_PERF);
  expect_damage(&o, 0, "line 1: found PA 0x7fad7c47425d of VA 0x1010, expected both to agree in 12 bits");
  finish(&o);
  // A caller of no sample.
  o = open_text("memory: 1010 " SOURCE("LOAD") "\n\n\t7f0 a_caller (/x)\n", TW_FOREIGN_PERF);
  expect_damage(&o, 1, "line 3: found \"?7f0 a_caller (/x)\", expected what `perf script");
  finish(&o);
  // Nor may what ends a call chain contradict its sample.
  o = open_text("memory: 1010 " SOURCE("LOAD") " 47\n\t7fad7c47425d f (/x)\n 2020 4K\n", TW_FOREIGN_PERF);
  expect_damage(&o, 0, "line 3: found PA 0x2020 of VA 0x1010, expected both to agree in 12 bits");
  finish(&o);
  // SPE's samples without data_src (-F +addr alone): loads or stores.
  o = open_text("memory: ffff000070d840d0 ffff80001029d3f4 f (/x)\n", TW_FOREIGN_PERF);
  expect_damage(&o, 0, "expected data_src with this event (perf script -F +addr,+data_src)");
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
