// The figures of a row, from its counts.
#include "study.h"

#include <string.h>

static double ratio(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 0.0; }

double tw_study_l1_rate(const tw_study_part *part) { return ratio(part->l1, part->accesses); }

double tw_study_l2_rate(const tw_study_part *part) { return ratio(part->l2, part->l2 + part->walks); }

double tw_study_miss_rate(const tw_study_part *part) { return ratio(part->walks, part->accesses); }

double tw_study_cycles(const tw_study_part *part) { return ratio(part->cycles, part->accesses); }

double tw_study_reads(const tw_study_part *part, int level) { return ratio(part->reads[level + 1], part->walks); }

double tw_study_all_reads(const tw_study_part *part) {
  uint64_t reads = 0;
  for (int i = 0; i < 5; ++i)
    reads += part->reads[i];
  return ratio(reads, part->walks);
}

double tw_study_other_share(const tw_study_row *row) {
  return ratio(row->other.cycles, row->other.cycles + row->buffer.cycles);
}

unsigned tw_study_entry_log2(const tw_study_row *row) {
  unsigned best = 0;
  for (unsigned i = 0; i < 64; ++i)
    if (row->walk_sizes[i] > row->walk_sizes[best])
      best = i;
  return best;
}

uint64_t tw_study_entries(const tw_study_row *row) {
  unsigned log2 = tw_study_entry_log2(row);
  return log2 ? ((row->va + row->bytes - 1) >> log2) - (row->va >> log2) + 1 : 0;
}

const tw_study_row *tw_study_find(const tw_study_capture *capture, const char *mapping, const char *pattern,
                                  uint64_t bytes) {
  for (size_t i = 0; i < capture->count; ++i) {
    const tw_study_row *row = &capture->rows[i];
    bool wanted = mapping ? strcmp(row->mapping, mapping) == 0 : row->linear;
    if (wanted && row->bytes == bytes && strcmp(row->pattern, pattern) == 0)
      return row;
  }
  return NULL;
}

double tw_study_overlapped_cycles(const tw_study_row *row) {
  return tw_pattern_depends(row->pattern) ? 0 : ratio(row->overlapped.cycles, row->overlapped.accesses);
}

static double dependent_cycles(const tw_study_row *row) { return tw_study_cycles(&row->buffer); }

// No access takes 0 cycles: a figure of 0 is one that there is not.
static tw_penalty penalty_of(const tw_study_capture *capture, const tw_study_row *row,
                             double (*cycles)(const tw_study_row *row)) {
  const tw_study_row *base = tw_study_find(capture, NULL, row->pattern, row->bytes);
  if (!base || base == row || cycles(base) <= 0 || cycles(row) <= 0)
    return (tw_penalty){0};
  double more = cycles(row) - cycles(base);
  return (tw_penalty){.known = true, .cycles = more, .percent = 100.0 * more / cycles(base)};
}

tw_penalty tw_study_penalty(const tw_study_capture *capture, const tw_study_row *row) {
  return penalty_of(capture, row, dependent_cycles);
}

tw_penalty tw_study_overlapped_penalty(const tw_study_capture *capture, const tw_study_row *row) {
  return penalty_of(capture, row, tw_study_overlapped_cycles);
}

void tw_study_bytes_name(uint64_t bytes, char name[24]) {
  static const char units[] = "BKMGTPE";
  size_t unit = 0;
  while (bytes >= 1024 && bytes % 1024 == 0 && units[unit + 1]) {
    bytes /= 1024;
    ++unit;
  }
  if (unit == 0)
    snprintf(name, 24, "%llu", (unsigned long long)bytes);
  else
    snprintf(name, 24, "%llu%c", (unsigned long long)bytes, units[unit]);
}
