// The study's tables: a block for each capture and size of buffer, a line for each pattern and mapping, under 126
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

static void print_head(FILE *out) {
  fprintf(out, "%-5s %-12s %7s %6s %6s %6s %5s %-17s %-22s %-15s %s\n", "", "", "", "L1 hit", "L2 hit", "", "reads",
          "   walk cycles", "  one after the other", "   overlapped", "    others");
  fprintf(out, "%-5s %-12s %7s %6s %6s %6s %5s %5s %3s %3s %3s %6s %6s %8s %7s %7s %8s %3s\n", "", "mapping", "access",
          "%", "%", "walks", "each", "mean", "p50", "p95", "p99", "an acc", "over", "linear %", "an acc", "over",
          "access", "cy%");
}

// -- a line --

static void print_walks(const tw_study_row *row, FILE *out) {
  const tw_study_part *b = &row->buffer;
  fprintf(out, " %6llu", (unsigned long long)b->walks);
  if (b->walks == 0) {
    fprintf(out, " %5s %5s %3s %3s %3s", "-", "-", "-", "-", "-");
    return;
  }
  const tw_histogram *h = &row->walk_latency;
  fprintf(out, " %5.2f %5.1f %3llu %3llu %3llu", tw_study_all_reads(b), tw_histogram_mean(h),
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
    fprintf(out, " %6s %8s", "-", "-");
    return;
  }
  print_signed(penalty.cycles, 6, 2, out);
  print_signed(penalty.percent, 8, 1, out);
}

static void print_overlapped(const tw_study_capture *capture, const tw_study_row *row, FILE *out) {
  double cycles = tw_study_overlapped_cycles(row);
  tw_penalty penalty = tw_study_overlapped_penalty(capture, row);
  if (cycles > 0)
    fprintf(out, " %7.2f", cycles);
  else
    fprintf(out, " %7s", "-");
  if (penalty.known)
    print_signed(penalty.cycles, 7, 2, out);
  else
    fprintf(out, " %7s", "-");
}

static void print_row(const tw_study_capture *capture, const tw_study_row *row, bool first, FILE *out) {
  const tw_study_part *b = &row->buffer;
  fprintf(out, "%-5s %-12s %7llu %6.2f", first ? row->pattern : "", row->mapping, (unsigned long long)b->accesses,
          100.0 * tw_study_l1_rate(b));
  if (b->l2 + b->walks)
    fprintf(out, " %6.2f", 100.0 * tw_study_l2_rate(b));
  else
    fprintf(out, " %6s", "-");
  print_walks(row, out);
  fprintf(out, " %6.2f", tw_study_cycles(b));
  print_penalty(tw_study_penalty(capture, row), out);
  print_overlapped(capture, row, out);
  fprintf(out, " %8llu %3.0f\n", (unsigned long long)row->other.accesses, 100.0 * tw_study_other_share(row));
}

static void print_capture(const tw_study_capture *capture, FILE *out) {
  fprintf(out, "\n%s   (%s on %s, %zu phases, %llu accesses)\n", capture->title, capture->name, capture->core->name,
          capture->phases, (unsigned long long)capture->result.accesses);
  const tw_study_row *end = capture->rows + capture->count;
  for (const tw_study_row *block = capture->rows; block < end; block = next_size(capture, block)) {
    const tw_study_row *next = next_size(capture, block);
    char bytes[24];
    tw_study_bytes_name(block->bytes, bytes);
    fprintf(out, "\n%s", bytes);
    print_buffers(block, next, out);
    print_head(out);
    for (const tw_study_row *row = block; row < next; ++row) {
      bool first = row == block || strcmp(row->pattern, row[-1].pattern) != 0;
      print_row(capture, row, first, out);
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
  char large[48] = "";
  if (mmu->l2.large.sets)
    snprintf(large, sizeof large, " and %u for large pages", mmu->l2.large.sets * mmu->l2.large.ways);
  fprintf(out, "%s: L1 data TLB %u entries, L2 TLB %u (%u ways)%s, %u cycle%s for an L1 hit, %u more for an L2 hit\n",
          core->title, mmu->l1d.entries, mmu->l2.sets * mmu->l2.ways, mmu->l2.ways, large, mmu->l1_latency,
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
    "A row counts the data accesses to the phase's buffer; all others of the phase (fetches, stack, the kernel's own)",
    "are replayed with them and stand at the right: accesses, share of the phase's translation cycles.",
    "L2 hit: of the L1 misses. Walk cycles: from the L2's miss on.",
    "One after the other: each access is offered in the cycle of the answer before; cycles from its acceptance to its "
    "answer.",
    "Over: against the row of the linear map (of 32-bit kernels: lowmem) of the same pattern and size."};

static void print_legend(const tw_study *study, FILE *out) {
  for (size_t i = 0; i < sizeof legend / sizeof *legend; ++i)
    fprintf(out, "%s\n", legend[i]);
  fprintf(out, "Overlapped: up to %u accesses under way at once", study->issue.window);
  if (study->issue.rate)
    fprintf(out, ", the instructions between them at %g a cycle", study->issue.rate / 1000.0);
  fputs(": the cycles of the whole\nphase, its other accesses included, an access to the buffer. The reads of a chase "
        "wait for each other.\n",
        out);
}

int tw_study_print_tables(const tw_study *study, FILE *out) {
  fputs("tablewalk study: linear map against vmalloc\n\n", out);
  print_cores(study, out);
  print_legend(study, out);
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
    const tw_replay_result *r = &study->captures[i].result, *overlapped = &study->captures[i].overlapped;
    accesses += r->accesses + overlapped->accesses;
    cycles += r->cycles + overlapped->cycles;
    physical += r->pa_compared + overlapped->pa_compared;
  }
  if (study->kind == TW_ENGINE_LOCKSTEP)
    cycles = c->cycles; // the emptying of the TLBs between phases included
  fprintf(out, "\nReplayed %llu accesses, half of them overlapped, %llu cycles, in %.1f s (%.1f M cycles a second).\n",
          (unsigned long long)accesses, (unsigned long long)cycles, study->seconds,
          study->seconds > 0 ? (double)cycles / study->seconds / 1e6 : 0.0);
  fprintf(out, "Physical addresses compared with those that the machine used: %llu, all equal.\n",
          (unsigned long long)physical);
  print_taken(study, out);
  if (study->kind != TW_ENGINE_LOCKSTEP)
    fputs("The model alone answered (--model-only): nothing was compared with the RTL.\n", out);
  else
    fprintf(out,
            "Model and RTL in lockstep, both ways: %llu accesses, %llu cycles, %llu walks, %llu memory reads, %llu "
            "TLBIs and "
            "%llu counters\ncompared, nothing differed.\n",
            (unsigned long long)c->accesses, (unsigned long long)c->cycles, (unsigned long long)c->walks,
            (unsigned long long)c->memory_reads, (unsigned long long)c->maintenance, (unsigned long long)c->counters);
  return ferror(out) ? -1 : 0;
}
