// The study's tables: a block for each capture and size of buffer, a line for each pattern and mapping, under 140
// columns. What a cell is called and what it holds stand beside each other.
#include "study.h"

#include <string.h>

static const tw_study_row *next_size(const tw_study_capture *capture, const tw_study_row *row) {
  const tw_study_row *end = capture->rows + capture->count;
  const tw_study_row *next = row;
  while (next < end && next->bytes == row->bytes)
    ++next;
  return next;
}

// Levels of the tables that any walk of this capture read: bit level + 1.
static unsigned levels_read(const tw_study_capture *capture) {
  unsigned levels = 0;
  for (size_t i = 0; i < capture->count; ++i)
    for (unsigned l = 0; l < 5; ++l)
      if (capture->rows[i].buffer.reads[l])
        levels |= 1U << l;
  return levels;
}

static unsigned level_columns(unsigned levels) { return 5U * (unsigned)__builtin_popcount(levels) + 4U; }

// -- the head of a block --

// "linear map 32 x 2M+C; vmalloc 16384 x 4K; ..." once for each buffer.
static void print_buffers(const tw_study_row *first, const tw_study_row *end, FILE *out) {
  const char *between = " buffers: ";
  for (const tw_study_row *row = first; row < end; ++row) {
    bool seen = false;
    for (const tw_study_row *before = first; before < row; ++before)
      seen = seen || strcmp(before->kind, row->kind) == 0;
    if (seen)
      continue;
    fprintf(out, "%s%s %s", between, row->mapping, row->mapped[0] ? row->mapped : "(mapping unknown)");
    between = "; ";
  }
  fputc('\n', out);
}

static void print_head(unsigned levels, FILE *out) {
  fprintf(out, "%-5s %-12s %7s %6s %6s %6s %-*s %-17s %6s %14s   %s\n", "", "", "", "L1 hit", "L2 hit", "",
          (int)level_columns(levels), "  reads a walk", " walk cycles", "cycles", "over linear", "others in the phase");
  fprintf(out, "%-5s %-12s %7s %6s %6s %6s", "", "mapping", "access", "%", "%", "walks");
  for (unsigned l = 0; l < 5; ++l)
    if (levels >> l & 1)
      fprintf(out, "   L%d", (int)l - 1);
  fprintf(out, "  all %5s %3s %3s %3s %6s %6s %7s   %6s %5s %4s\n", "mean", "p50", "p95", "p99", "an acc", "cycles",
          "%", "access", "walks", "cy%");
}

// -- a line --

static void print_walks(const tw_study_row *row, unsigned levels, FILE *out) {
  const tw_study_part *b = &row->buffer;
  fprintf(out, " %6llu", (unsigned long long)b->walks);
  if (b->walks == 0) {
    for (unsigned i = 0; i < level_columns(levels) / 5; ++i)
      fprintf(out, " %4s", "-");
    fprintf(out, " %4s %5s %3s %3s %3s", "-", "-", "-", "-", "-");
    return;
  }
  for (unsigned l = 0; l < 5; ++l)
    if (levels >> l & 1)
      fprintf(out, " %4.2f", tw_study_reads(b, (int)l - 1));
  const tw_histogram *h = &row->walk_latency;
  fprintf(out, " %4.2f %5.1f %3llu %3llu %3llu", tw_study_all_reads(b), tw_histogram_mean(h),
          (unsigned long long)tw_histogram_percentile(h, 50), (unsigned long long)tw_histogram_percentile(h, 95),
          (unsigned long long)tw_histogram_percentile(h, 99));
}

// A difference that rounds to 0 is printed without a sign.
static void print_signed(double value, int width, int digits, FILE *out) {
  char cell[32];
  snprintf(cell, sizeof cell, "%+.*f", digits, value);
  fprintf(out, " %*s", width, strspn(cell, "+-0.") == strlen(cell) ? "0" : cell);
}

static void print_penalty(tw_penalty penalty, FILE *out) {
  if (!penalty.known) {
    fprintf(out, " %6s %7s", "-", "-");
    return;
  }
  print_signed(penalty.cycles, 6, 2, out);
  print_signed(penalty.percent, 7, 1, out);
}

static void print_row(const tw_study_capture *capture, const tw_study_row *row, bool first, unsigned levels,
                      FILE *out) {
  const tw_study_part *b = &row->buffer;
  fprintf(out, "%-5s %-12s %7llu %6.2f", first ? row->pattern : "", row->mapping, (unsigned long long)b->accesses,
          100.0 * tw_study_l1_rate(b));
  if (b->l2 + b->walks)
    fprintf(out, " %6.2f", 100.0 * tw_study_l2_rate(b));
  else
    fprintf(out, " %6s", "-");
  print_walks(row, levels, out);
  fprintf(out, " %6.2f", tw_study_cycles(b));
  print_penalty(tw_study_penalty(capture, row), out);
  fprintf(out, "   %6llu %5llu %4.0f\n", (unsigned long long)row->other.accesses, (unsigned long long)row->other.walks,
          100.0 * tw_study_other_share(row));
}

static void print_capture(const tw_study_capture *capture, FILE *out) {
  unsigned levels = levels_read(capture);
  fprintf(out, "\n%s   (%s on %s, %zu phases, %llu accesses)\n", capture->title, capture->name, capture->core->name,
          capture->phases, (unsigned long long)capture->result.accesses);
  const tw_study_row *end = capture->rows + capture->count;
  for (const tw_study_row *block = capture->rows; block < end; block = next_size(capture, block)) {
    const tw_study_row *next = next_size(capture, block);
    char bytes[24];
    tw_study_bytes_name(block->bytes, bytes);
    fprintf(out, "\n%s", bytes);
    print_buffers(block, next, out);
    print_head(levels, out);
    for (const tw_study_row *row = block; row < next; ++row) {
      bool first = row == block || strcmp(row->pattern, row[-1].pattern) != 0;
      print_row(capture, row, first, levels, out);
    }
  }
  if (capture->outside.accesses)
    fprintf(out, "Not in any row: %llu accesses between phases or in phases without a buffer, %llu walks\n",
            (unsigned long long)capture->outside.accesses, (unsigned long long)capture->outside.walks);
}

// -- the head of the whole --

static void print_core(const tw_core *core, FILE *out) {
  const tw_mmu_config *mmu = &core->mmu;
  const tw_memory_config *memory = &core->memory;
  fprintf(out, "%s: L1 data TLB %u entries, L2 TLB %u (%u ways), %u cycle%s for an L1 hit, %u more for an L2 hit\n",
          core->title, mmu->l1d.entries, mmu->l2.sets * mmu->l2.ways, mmu->l2.ways, mmu->l1_latency,
          mmu->l1_latency == 1 ? "" : "s", mmu->l2_latency);
  fputs("Descriptor reads:", out);
  for (uint32_t i = 0; i < memory->caches; ++i)
    fprintf(out, " %u KiB cache %u cycles,", memory->cache[i].size_kib, memory->cache[i].latency);
  fprintf(out, " memory %u cycles\n", memory->dram_latency);
}

static void print_cores(const tw_study *study, FILE *out) {
  bool traffic = false;
  for (size_t i = 0; i < study->core_count; ++i) {
    print_core(&study->cores[i], out);
    traffic = traffic || study->cores[i].memory.data_traffic;
  }
  if (traffic)
    fputs("The accesses themselves fill the same caches. Which of these figures are assumed, a core's file says.\n",
          out);
}

static const char *const legend[] = {
    "Each phase begins cold: TLBs, walk caches and the memory's caches are empty, and only the phase itself warms "
    "them.",
    "A row counts the data accesses to the phase's buffer; all other accesses of the phase (fetches, stack, the "
    "kernel's",
    "own) are replayed with them and stand at the right: accesses, walks, share of the phase's translation cycles.",
    "L2 hit: of the L1 misses. Cycles: from a request's acceptance to its answer; walk cycles: from the L2's miss on.",
    "Over linear: against the row of the linear map (of 32-bit kernels: lowmem) of the same pattern and size."};

int tw_study_print_tables(const tw_study *study, FILE *out) {
  fputs("tablewalk study: linear map against vmalloc\n\n", out);
  print_cores(study, out);
  for (size_t i = 0; i < sizeof legend / sizeof *legend; ++i)
    fprintf(out, "%s\n", legend[i]);
  for (size_t i = 0; i < study->count; ++i)
    print_capture(&study->captures[i], out);
  return ferror(out) ? -1 : 0;
}

// What the captures hold that was not played as it stands.
static void print_taken(const tw_study *study, FILE *out) {
  uint64_t widened = 0, io = 0;
  for (size_t i = 0; i < study->count; ++i) {
    widened += study->captures[i].result.tlbi_widened;
    io += study->captures[i].result.pa_io;
  }
  if (widened)
    fprintf(out, "%llu TLBIs stand in the captures without an operand: each emptied everything.\n",
            (unsigned long long)widened);
  if (io)
    fprintf(out, "%llu accesses went to devices: of these the page offset alone could be compared.\n",
            (unsigned long long)io);
}

int tw_study_print_compared(const tw_study *study, FILE *out) {
  const tw_compared *c = &study->compared;
  uint64_t accesses = 0, cycles = 0, physical = 0;
  for (size_t i = 0; i < study->count; ++i) {
    accesses += study->captures[i].result.accesses;
    cycles += study->captures[i].result.cycles;
    physical += study->captures[i].result.pa_compared;
  }
  if (study->kind == TW_ENGINE_LOCKSTEP)
    cycles = c->cycles; // the emptying of the TLBs between phases included
  fprintf(out, "\nReplayed %llu accesses, %llu cycles, in %.1f s (%.1f M cycles a second).\n",
          (unsigned long long)accesses, (unsigned long long)cycles, study->seconds,
          study->seconds > 0 ? (double)cycles / study->seconds / 1e6 : 0.0);
  fprintf(out, "Physical addresses compared with those that the machine used: %llu, all equal.\n",
          (unsigned long long)physical);
  print_taken(study, out);
  if (study->kind != TW_ENGINE_LOCKSTEP)
    fputs("The model alone answered (--model-only): nothing was compared with the RTL.\n", out);
  else
    fprintf(out,
            "Model and RTL in lockstep: %llu accesses, %llu cycles, %llu walks, %llu memory reads, %llu TLBIs and "
            "%llu counters\ncompared, nothing differed.\n",
            (unsigned long long)c->accesses, (unsigned long long)c->cycles, (unsigned long long)c->walks,
            (unsigned long long)c->memory_reads, (unsigned long long)c->maintenance, (unsigned long long)c->counters);
  return ferror(out) ? -1 : 0;
}
