// AArch32's two formats held against each other: the same kernel, pattern and size, on one core.
//
// The pattern and size that speak are those where vmalloc costs most over lowmem in the capture of short descriptors.
// What a format costs is read off both rows: how many accesses walk, what a walk reads, how large lowmem's mappings
// are.
#include "study_words.h"

#include <math.h>
#include <string.h>

static const double SAME_CYCLES = 0.05; // an access: two formats cost the same

static const tw_study_capture *capture_of(const tw_study *study, const tw_core *core, bool lpae) {
  for (size_t i = 0; i < study->count; ++i) {
    const tw_study_capture *capture = &study->captures[i];
    if (capture->core == core && capture->architecture == TW_ARCH_AARCH32 && capture->lpae == lpae)
      return capture;
  }
  return NULL;
}

// A pattern and size that both captures have, through vmalloc and through lowmem.
typedef struct formats {
  const tw_study_row *vmalloc[2], *lowmem[2]; // short descriptors, LPAE
} formats;

static bool find_partners(const tw_study_capture *lpae, const tw_study_row *row, formats *found) {
  found->vmalloc[0] = row;
  found->vmalloc[1] = tw_study_find(lpae, row->mapping, row->pattern, row->bytes);
  found->lowmem[1] = tw_study_find(lpae, NULL, row->pattern, row->bytes);
  return found->vmalloc[1] && found->lowmem[1];
}

static bool choose(const tw_study_capture *narrow, const tw_study_capture *lpae, formats *best) {
  double most = -INFINITY;
  for (size_t i = 0; i < narrow->count; ++i) {
    const tw_study_row *row = &narrow->rows[i];
    tw_penalty penalty = tw_study_penalty(narrow, row);
    formats found = {.lowmem = {tw_study_find(narrow, NULL, row->pattern, row->bytes)}};
    if (row->linear || strcmp(row->mapping, "vmalloc") != 0 || !penalty.known || penalty.cycles <= most ||
        !find_partners(lpae, row, &found))
      continue;
    most = penalty.cycles;
    *best = found;
  }
  return best->vmalloc[0] && best->vmalloc[1] && best->lowmem[0] && best->lowmem[1];
}

// What the memory's caches must hold of the tables.
static void say_descriptor_bytes(tw_text *t, const formats *f) {
  char narrow[24], lpae[24];
  tw_size_words(tw_study_entries(f->vmalloc[0]) * 4, narrow);
  tw_size_words(tw_study_entries(f->vmalloc[1]) * 8, lpae);
  tw_say(t, "; the buffer's descriptors are %s and %s.", narrow, lpae);
}

static void say_vmalloc(tw_text *t, const formats *f) {
  const tw_study_part *narrow = &f->vmalloc[0]->buffer, *lpae = &f->vmalloc[1]->buffer;
  double more = tw_study_cycles(lpae) - tw_study_cycles(narrow);
  char size[24];
  tw_size_words(f->vmalloc[0]->bytes, size);
  tw_say(t, "%s over %s through vmalloc cost %.2f cycles an access with short descriptors and %.2f with LPAE, ",
         tw_pattern_words(f->vmalloc[0]->pattern), size, tw_study_cycles(narrow), tw_study_cycles(lpae));
  if (fabs(more) < SAME_CYCLES)
    tw_say(t, "which is the same: ");
  else
    tw_say(t, "%.2f %s: ", fabs(more), more > 0 ? "more" : "less");
  tw_say(t, "%.1f %% and %.1f %% of the accesses walk, by %.2f and %.2f descriptor reads in %.1f and %.1f cycles",
         100.0 * tw_study_miss_rate(narrow), 100.0 * tw_study_miss_rate(lpae), tw_study_all_reads(narrow),
         tw_study_all_reads(lpae), tw_histogram_mean(&f->vmalloc[0]->walk_latency),
         tw_histogram_mean(&f->vmalloc[1]->walk_latency));
  say_descriptor_bytes(t, f);
}

static void say_lowmem(tw_text *t, const formats *f) {
  tw_say(t, " Through lowmem they cost %.2f and %.2f, by ", tw_study_cycles(&f->lowmem[0]->buffer),
         tw_study_cycles(&f->lowmem[1]->buffer));
  tw_say_entries(t, f->lowmem[0]);
  tw_say(t, " and ");
  tw_say_entries(t, f->lowmem[1]);
  tw_say(t, ".");
}

void tw_study_formats(const tw_study *study, const tw_core *core, char *out, size_t room) {
  const tw_study_capture *narrow = capture_of(study, core, false), *lpae = capture_of(study, core, true);
  tw_text t = {out, room};
  formats f = {.vmalloc = {NULL}, .lowmem = {NULL}};
  out[0] = '\0';
  if (!narrow || !lpae || !choose(narrow, lpae, &f))
    return;
  tw_say(&t, "Short descriptors against LPAE, on %s: ", core->title);
  say_vmalloc(&t, &f);
  say_lowmem(&t, &f);
}
