// What a capture will be asked: one pass over it makes a row for each phase that has a buffer, and the census of the
// table image says how each buffer is mapped.
#include "study.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <traces/census.h>

enum { ROWS_MAX = 4096 };

// -- names --

static bool is_size(const char *text) {
  size_t digits = strspn(text, "0123456789");
  return digits > 0 && text[digits] && strchr("kmg", text[digits]) && text[digits + 1] == '\0';
}

void tw_study_mapping_name(const char *kind, char name[32]) {
  snprintf(name, 32, "%s", kind);
  char *last = strrchr(name, '_');
  if (last && last != name && is_size(last + 1))
    *last = '\0';
}

static void file_name(const char *path, char *name, size_t room) {
  const char *slash = strrchr(path, '/');
  snprintf(name, room, "%s", slash ? slash + 1 : path);
  char *dot = strchr(name, '.');
  if (dot && dot != name)
    *dot = '\0';
}

// "k61-a32-anything"
static void title_of_aarch32(tw_study_capture *capture) {
  const char *format = capture->lpae ? "LPAE" : "short descriptors";
  char major = 0, minor[8] = "";
  int end = 0;
  int got = sscanf(capture->name, "k%c%7[0-9]-a32-%n", &major, minor, &end);
  if (got == 2 && end && isdigit((unsigned char)major))
    snprintf(capture->title, sizeof capture->title, "Linux %c.%s, 32-bit, %s", major, minor, format);
  else
    snprintf(capture->title, sizeof capture->title, "%s, 32-bit, %s", capture->name, format);
}

void tw_study_title(tw_study_capture *capture) {
  if (capture->architecture == TW_ARCH_AARCH32) {
    title_of_aarch32(capture);
    return;
  }
  char major = 0, minor[8] = "", rodata[8] = "";
  unsigned page = 0;
  int end = 0;
  char pages[24] = "";
  if (capture->granule_log2)
    snprintf(pages, sizeof pages, ", %uK pages", 1U << (capture->granule_log2 - 10));
  int got = sscanf(capture->name, "k%c%7[0-9]-%uk-%7[a-z]%n", &major, minor, &page, rodata, &end);
  bool known = got == 4 && isdigit((unsigned char)major) && capture->name[end] == '\0';
  if (known)
    snprintf(capture->title, sizeof capture->title, "Linux %c.%s%s, rodata=%s", major, minor, pages, rodata);
  else
    snprintf(capture->title, sizeof capture->title, "%s%s", capture->name, pages);
}

// TCR_EL1.TG1: 1 16K, 2 4K, 3 64K; the kernel's half. AArch32: TTBCR.EAE.
static void read_geometry(tw_study_capture *capture, const tw_trace *trace) {
  static const unsigned granule[4] = {12, 14, 12, 16};
  uint64_t tcr = tw_trace_registers(trace)->tcr;
  capture->architecture = tw_trace_architecture(trace);
  if (capture->architecture == TW_ARCH_AARCH32) {
    capture->granule_log2 = 12;
    capture->va_bits = 32;
    capture->lpae = tcr >> 31 & 1;
    return;
  }
  capture->granule_log2 = granule[(tcr >> 30) & 3];
  capture->va_bits = 64 - (unsigned)((tcr >> 16) & 63);
}

// -- rows --

static const tw_phase *find_phase(const tw_trace *trace, uint32_t id) {
  size_t count;
  const tw_phase *phases = tw_trace_phases(trace, &count);
  for (size_t i = 0; i < count; ++i)
    if (phases[i].id == id)
      return &phases[i];
  return NULL;
}

static bool in_linear_map(const tw_trace *trace, uint64_t va) {
  size_t count;
  const tw_region *regions = tw_trace_regions(trace, &count);
  for (size_t i = 0; i < count; ++i)
    if ((strcmp(regions[i].name, "linear") == 0 || strcmp(regions[i].name, "lowmem") == 0) && va >= regions[i].first &&
        va <= regions[i].last)
      return true;
  return false;
}

// "16384 x 4K", or "14 x 2M + 592 x 4K".
static void describe_census(const tw_census_row *census, char *text, size_t room) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < census->sizes && used < room; ++i) {
    int wrote = snprintf(text + used, room - used, "%s%llu x %s", i ? " + " : "",
                         (unsigned long long)census->size[i].count, census->size[i].name);
    used += wrote > 0 ? (size_t)wrote : 0;
  }
}

static int read_mapped(const tw_trace *trace, tw_study_row *row, tw_error *error) {
  tw_region region = {.name = "buffer", .first = row->va, .last = row->va + row->bytes - 1};
  snprintf(region.name, sizeof region.name, "buffer %.24s", row->kind);
  tw_image image = tw_trace_image(trace);
  tw_census_row *census = NULL;
  size_t count = 0;
  if (tw_census_count(&image, &region, 1, &census, &count, error))
    return -1;
  if (count > 0 && census[0].sizes > 0)
    describe_census(&census[0], row->mapped, sizeof row->mapped);
  free(census);
  return 0;
}

static const tw_study_row *same_buffer(const tw_study_capture *capture, const tw_phase *phase) {
  for (size_t i = 0; i < capture->count; ++i)
    if (strcmp(capture->rows[i].kind, phase->kind) == 0)
      return &capture->rows[i];
  return NULL;
}

static bool has_row(const tw_study_capture *capture, const tw_phase *phase) {
  for (size_t i = 0; i < capture->count; ++i)
    if (strcmp(capture->rows[i].kind, phase->kind) == 0 && strcmp(capture->rows[i].pattern, phase->pattern) == 0)
      return true;
  return false;
}

static int add_row(tw_study_capture *capture, const tw_trace *trace, const tw_phase *phase, tw_error *error) {
  if (capture->count == ROWS_MAX)
    return tw_fail(error, "%s: more than %d phases with a buffer", capture->path, ROWS_MAX);
  const size_t size = sizeof *capture->rows;
  tw_study_row *rows = realloc(capture->rows, (capture->count + 1) * size);
  if (!rows)
    return tw_fail(error, "%s: out of memory", capture->path);
  capture->rows = rows;
  tw_study_row *row = &rows[capture->count];
  memset(row, 0, size);
  snprintf(row->kind, sizeof row->kind, "%s", phase->kind);
  snprintf(row->pattern, sizeof row->pattern, "%s", phase->pattern);
  row->va = phase->va;
  row->bytes = phase->bytes;
  row->linear = in_linear_map(trace, phase->va);
  if (row->linear)
    snprintf(row->mapping, sizeof row->mapping, "%s",
             capture->architecture == TW_ARCH_AARCH32 ? "lowmem" : "linear map");
  else
    tw_study_mapping_name(phase->kind, row->mapping);
  const tw_study_row *same = same_buffer(capture, phase);
  if (same)
    snprintf(row->mapped, sizeof row->mapped, "%s", same->mapped);
  else if (read_mapped(trace, row, error))
    return -1;
  ++capture->count;
  return 0;
}

static int see_phase(tw_study_capture *capture, const tw_trace *trace, uint32_t id, tw_error *error) {
  const tw_phase *phase = find_phase(trace, id);
  ++capture->phases;
  if (!phase || phase->bytes == 0 || has_row(capture, phase))
    return 0;
  return add_row(capture, trace, phase, error);
}

// -- order --

static int pattern_rank(const char *pattern) {
  static const char *const order[] = {"seq", "page", "rand", "seqw", "chase"};
  for (int i = 0; i < 5; ++i)
    if (strcmp(pattern, order[i]) == 0)
      return i;
  return 5;
}

static int mapping_rank(const tw_study_row *row) {
  static const char *const order[] = {"vmalloc", "vmap_alias", "vmalloc_huge"};
  if (row->linear)
    return 0;
  for (int i = 0; i < 3; ++i)
    if (strcmp(row->mapping, order[i]) == 0)
      return i + 1;
  return 4;
}

static int by_table(const void *left, const void *right) {
  const tw_study_row *a = left, *b = right;
  if (a->bytes != b->bytes)
    return a->bytes < b->bytes ? -1 : 1;
  int difference = pattern_rank(a->pattern) - pattern_rank(b->pattern);
  if (difference == 0)
    difference = strcmp(a->pattern, b->pattern);
  if (difference == 0)
    difference = mapping_rank(a) - mapping_rank(b);
  return difference ? difference : strcmp(a->kind, b->kind);
}

// -- one pass --

static int see_batch(tw_study_capture *capture, const tw_trace *trace, const tw_batch *batch, tw_error *error) {
  capture->accesses += batch->count;
  if (batch->event.kind == TW_EVENT_SECTION && capture->granule_log2 == 0)
    read_geometry(capture, trace);
  if (tw_trace_architecture(trace) != capture->architecture)
    return tw_fail(error, "%s: found sections of AArch64 and of AArch32, expected one architecture", capture->path);
  if (batch->event.kind == TW_EVENT_PHASE_BEGIN)
    return see_phase(capture, trace, batch->event.word, error);
  return 0;
}

int tw_study_plan(tw_study_capture *capture, const char *path, tw_error *error) {
  memset(capture, 0, sizeof *capture);
  snprintf(capture->path, sizeof capture->path, "%s", path);
  file_name(path, capture->name, sizeof capture->name);
  tw_trace *trace = tw_trace_open(path, 0, error);
  if (!trace)
    return -1;
  tw_batch batch;
  int got = 0;
  while ((got = tw_trace_next(trace, &batch, error)) > 0) {
    if (see_batch(capture, trace, &batch, error)) {
      got = -1;
      break;
    }
  }
  tw_trace_close(trace);
  if (got < 0)
    return -1;
  if (capture->count == 0)
    return tw_fail(error, "%s: found no phase with a buffer, expected one at least", path);
  qsort(capture->rows, capture->count, sizeof *capture->rows, by_table);
  tw_study_title(capture);
  return 0;
}

int tw_study_add(tw_study *study, const tw_study_capture *planned, const tw_core *core) {
  tw_study_capture *captures = realloc(study->captures, (study->count + 1) * sizeof *captures);
  if (!captures)
    return -1;
  study->captures = captures;
  tw_study_row *rows = calloc(planned->count + 1, sizeof *rows);
  if (!rows)
    return -1;
  memcpy(rows, planned->rows, planned->count * sizeof *rows);
  tw_study_capture *added = &captures[study->count++];
  *added = *planned;
  added->rows = rows;
  added->core = core;
  added->issue = study->issue;
  return 0;
}

void tw_study_free(tw_study *study) {
  for (size_t i = 0; i < study->count; ++i)
    free(study->captures[i].rows);
  free(study->captures);
  *study = (tw_study){0};
}
