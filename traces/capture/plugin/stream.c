// Each stream stands alone: it holds what its CPU did, and of the other CPUs what reaches its MMU: descriptor writes,
// and the TLBIs that are broadcast.
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_DATA, TYPE_FETCH, TYPE_MARK, TYPE_TLBI, TYPE_MSR, TYPE_DESCRIPTOR, TYPE_SYS, TYPE_OPERAND };
enum { BUFFER_BYTES = 1 << 20, GAP_MAX = 0xffff };

struct streams {
  const char *folder;
  unsigned cpus;
  bool aarch64;
  uint64_t ram_base, records;
  FILE *files[CPUS_MAX];
};

streams *streams_create(const char *folder, unsigned cpus, bool aarch64, uint64_t ram_base) {
  streams *s = calloc(1, sizeof *s);
  if (s)
    *s = (streams){.folder = folder, .cpus = cpus, .aarch64 = aarch64, .ram_base = ram_base};
  return s;
}

// What was not written is lost: there is no capture then.
static void close_stream(FILE *file) {
  bool failed = ferror(file);
  if (fclose(file) == 0 && !failed)
    return;
  perror("capture plugin: a stream");
  exit(1);
}

void streams_close(streams *s) {
  for (unsigned cpu = 0; cpu < s->cpus; cpu++) {
    if (s->files[cpu])
      close_stream(s->files[cpu]);
    s->files[cpu] = NULL;
  }
}

void streams_destroy(streams *s) {
  if (s)
    streams_close(s);
  free(s);
}

bool streams_are_open(const streams *s) { return s->files[0] != NULL; }

uint64_t streams_records(const streams *s) { return s->records; }

// One CPU: KIND.h1t. Several: KIND.cpuN.h1t.
static FILE *open_stream(const streams *s, const char *kind, unsigned cpu) {
  char path[4096];
  if (s->cpus == 1)
    snprintf(path, sizeof path, "%s/%s.h1t", s->folder, kind);
  else
    snprintf(path, sizeof path, "%s/%s.cpu%u.h1t", s->folder, kind, cpu);
  FILE *file = fopen(path, "ab");
  if (!file) {
    perror(path);
    return NULL;
  }
  setvbuf(file, NULL, _IOFBF, BUFFER_BYTES);
  if (fseek(file, 0, SEEK_END) == 0 && ftell(file) == 0) {
    fwrite(s->aarch64 ? "H1TRACE1" : "H1TRAC32", 8, 1, file);
    fwrite(&s->ram_base, 8, 1, file);
  }
  return file;
}

bool streams_open(streams *s, const char *kind) {
  streams_close(s);
  for (unsigned cpu = 0; cpu < s->cpus; cpu++)
    if (!(s->files[cpu] = open_stream(s, kind, cpu)))
      return false;
  return true;
}

static void put(streams *s, unsigned cpu, unsigned type, uint64_t w0, uint64_t w1) {
  uint64_t record[2] = {w0 | (uint64_t)type << 52, w1};
  if (!s->files[cpu])
    return;
  fwrite(record, sizeof record, 1, s->files[cpu]);
  s->records++;
}

static uint64_t low48(uint64_t value) { return value & 0xffffffffffffULL; }

static uint64_t gap_field(uint64_t gap) { return (gap < GAP_MAX ? gap : GAP_MAX) << 48; }

static uint64_t address_field(const streams *s, uint64_t va) {
  if (!s->aarch64)
    return (uint32_t)va;
  return low48(va) | (va >> 48 & 15) << 58 | (va >> 55 & 1) << 56;
}

void streams_access(streams *s, unsigned cpu, const record_access *a, uint64_t gap) {
  uint64_t w0 = address_field(s, a->va) | (uint64_t)a->size_log2 << 48 | (uint64_t)a->store << 51 |
                (uint64_t)a->io << 57 | (uint64_t)a->user << 62;
  put(s, cpu, a->fetch ? TYPE_FETCH : TYPE_DATA, w0, low48(a->pa) | gap_field(gap));
}

static unsigned type_of(const instruction *i) {
  return i->kind == INSTRUCTION_TLBI ? TYPE_TLBI : i->kind == INSTRUCTION_REGISTER ? TYPE_MSR : TYPE_SYS;
}

static void put_instruction(streams *s, unsigned cpu, const instruction *i, uint64_t operand, uint64_t gap) {
  put(s, cpu, type_of(i), 0, i->word | gap_field(gap));
  bool zero_register = s->aarch64 && i->rt == 31;
  if (!zero_register)
    put(s, cpu, TYPE_OPERAND, i->rt, operand);
}

void streams_instruction(streams *s, unsigned cpu, const instruction *i, uint64_t operand, uint64_t gap) {
  put_instruction(s, cpu, i, operand, gap);
  for (unsigned other = 0; i->broadcast && other < s->cpus; other++)
    if (other != cpu)
      put_instruction(s, other, i, operand, 0);
}

void streams_mark(streams *s, unsigned cpu, unsigned mark) { put(s, cpu, TYPE_MARK, 0, mark); }

void streams_descriptor(streams *s, uint64_t pa, uint64_t value, unsigned bytes) {
  uint64_t size = s->aarch64 ? 0 : (uint64_t)(bytes == 4 ? 2 : 3) << 48;
  for (unsigned cpu = 0; cpu < s->cpus; cpu++)
    put(s, cpu, TYPE_DESCRIPTOR, low48(pa) | size, value);
}
