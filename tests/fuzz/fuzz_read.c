// Captures read from end to end.
#define _POSIX_C_SOURCE 200809L
#include "fuzz_read.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traces/trace.h>
#include <unistd.h>

enum { NAMES = 8, NAME = 32 };

// The process's folder and what is in it. A fuzz target has no place for them but here.
static char folder[64];
static char names[NAMES][NAME];
fuzz_counts fuzz_counted;

void fuzz_path(const char *name, char path[FUZZ_PATH]) { snprintf(path, FUZZ_PATH, "%s/%s", folder, name); }

static void must(bool right, const char *what) {
  if (right)
    return;
  fprintf(stderr, "fuzz: %s\n", what);
  abort();
}

static void remove_all(void) {
  char path[FUZZ_PATH];
  for (unsigned i = 0; i < NAMES && names[i][0]; i++) {
    fuzz_path(names[i], path);
    unlink(path);
  }
  rmdir(folder);
}

static void make_folder(void) {
  if (folder[0])
    return;
  const char *parent = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
  snprintf(folder, sizeof folder, "%s/tablewalk_fuzz.XXXXXX", parent);
  must(mkdtemp(folder) != NULL, "no folder can be made");
  atexit(remove_all);
}

static void remember(const char *name) {
  unsigned i = 0;
  while (i < NAMES && names[i][0] && strcmp(names[i], name) != 0)
    i++;
  must(i < NAMES, "too many files");
  snprintf(names[i], NAME, "%s", name);
}

void fuzz_write(const char *name, const void *data, size_t bytes) {
  char path[FUZZ_PATH];
  make_folder();
  remember(name);
  fuzz_path(name, path);
  FILE *file = fopen(path, "wb");
  must(file != NULL, "a file can't be written");
  bool written = fwrite(data, 1, bytes, file) == bytes;
  must(!fclose(file) && written, "a file can't be written");
}

/// What one reading gave.
typedef struct reading {
  uint64_t accesses, events, sum;
  bool damaged;
} reading;

static void take_section(reading *r, const tw_trace *trace) {
  size_t count;
  const tw_table_page *tables = tw_trace_tables(trace, &count);
  for (size_t i = 0; i < count; i++)
    for (uint64_t at = 0; at < tables[i].bytes; at++)
      r->sum += tables[i].data[at];
  const tw_region *regions = tw_trace_regions(trace, &count);
  for (size_t i = 0; i < count; i++)
    r->sum += strnlen(regions[i].name, sizeof regions[i].name) + regions[i].first;
  const tw_phase *phases = tw_trace_phases(trace, &count);
  for (size_t i = 0; i < count; i++)
    r->sum += strnlen(phases[i].kind, sizeof phases[i].kind) + phases[i].bytes;
}

/// `made`: its tables are made for it, so that every address is translated.
static void take_batch(reading *r, const tw_batch *batch, const tw_trace *trace, bool made) {
  must(batch->first == r->accesses, "a batch does not follow the one before");
  for (size_t i = 0; i < batch->count; i++) {
    r->sum = r->sum * 31 + batch->va[i] + batch->info[i];
    must((batch->info[i] & TW_INFO_KIND) != 3, "an access of no kind");
    must(!made || !batch->pa || !((batch->pa[i] ^ batch->va[i]) & 0xfff), "a PA that is not in its page");
  }
  r->accesses += batch->count;
  r->events += batch->event.kind != TW_EVENT_NONE;
  if (batch->event.kind == TW_EVENT_SECTION)
    take_section(r, trace);
}

/// What is read; `policy` NULL: a capture.
typedef struct source {
  char path[FUZZ_PATH];
  tw_foreign_format format;
  const tw_mapping_policy *policy;
} source;

static reading read_with(const source *from, unsigned flags) {
  reading r = {0};
  tw_error error = {""};
  tw_trace *trace = from->policy ? tw_trace_open_foreign(from->path, from->format, from->policy, flags, &error)
                                 : tw_trace_open(from->path, flags, &error);
  if (!trace) {
    must(error.text[0] != 0, "an error without a text");
    r.damaged = true;
    return r;
  }
  tw_batch batch;
  int got;
  while ((got = tw_trace_next(trace, &batch, &error)) > 0)
    take_batch(&r, &batch, trace, from->policy != NULL);
  r.damaged = got < 0 || tw_trace_damage(trace);
  must(got == 0 || error.text[0] != 0, "an error without a text");
  tw_trace_close(trace);
  return r;
}

static void read_twice(const source *from) {
  reading all = read_with(from, TW_TRACE_PA | TW_TRACE_GAPS | TW_TRACE_KEEP_GOING), plain = read_with(from, 0);
  // Damage in a column that nobody wants is not seen: the plain reading may go on where the other ends.
  must(plain.accesses >= all.accesses && plain.damaged <= all.damaged, "less is read when less is asked for");
  if (!all.damaged)
    must(plain.accesses == all.accesses && plain.events == all.events && plain.sum == all.sum, "two readings differ");
  fuzz_counted.whole += !all.damaged;
  fuzz_counted.damaged += all.damaged;
  fuzz_counted.accesses += all.accesses;
}

void fuzz_read(const char *name) {
  source from = {.policy = NULL};
  fuzz_path(name, from.path);
  read_twice(&from);
}

void fuzz_read_foreign(const char *name, tw_foreign_format format, const tw_mapping_policy *policy) {
  source from = {.format = format, .policy = policy};
  fuzz_path(name, from.path);
  read_twice(&from);
}
