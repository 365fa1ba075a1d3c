#include "phases.h"

#include "../guest/marker.h"
#include "snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 64, OFF = 0xffff, SNAPSHOT_MARK = 0xc000 };

struct phases {
  machine *machine;
  const char *folder;
  phases_switch tell;
  void *context;
  streams *streams;
  live *tables;
  FILE *names;
  bool recording;
  unsigned count, snapshots;
  char kind[NAME_BYTES];       // whose files are open
  uint8_t page[SNAPSHOT_PAGE]; // from the kernel, or zeros
};

static void tell_descriptor(void *context, uint64_t pa, uint64_t value, unsigned bytes) {
  streams_descriptor(((phases *)context)->streams, pa, value, bytes);
}

phases *phases_create(machine *m, const char *folder, phases_switch tell, void *context) {
  phases *p = g_new0(phases, 1);
  *p = (phases){.machine = m, .folder = folder, .tell = tell, .context = context};
  char *path = g_strdup_printf("%s/console.log", folder);
  p->names = fopen(path, "w");
  p->streams = streams_create(folder, m->cpus, m->aarch64, m->ram.base);
  if (!p->names)
    perror(path);
  g_free(path);
  if (p->names && p->streams)
    return p;
  phases_destroy(p);
  return NULL;
}

void phases_destroy(phases *p) {
  if (!p)
    return;
  streams_destroy(p->streams);
  live_destroy(p->tables);
  if (p->names)
    fclose(p->names);
  g_free(p);
}

bool phases_memory_found(phases *p) {
  p->tables = live_create(&p->machine->ram, p->machine->aarch64, tell_descriptor, p);
  return p->tables != NULL;
}

bool phases_recording(const phases *p) { return p->recording; }

streams *phases_streams(const phases *p) { return streams_are_open(p->streams) ? p->streams : NULL; }

live *phases_tables(const phases *p) { return streams_are_open(p->streams) ? p->tables : NULL; }

void phases_sum_up(const phases *p) {
  fprintf(stderr, "capture plugin: %u phases, %" PRIu64 " records, %u snapshots\n", p->count,
          streams_records(p->streams), p->snapshots);
}

// -- beginning and end --

static void mark_all(phases *p, unsigned mark) {
  for (unsigned cpu = 0; cpu < p->machine->cpus; cpu++)
    streams_mark(p->streams, cpu, mark);
}

// A section of every stream begins: snapshots, of each CPU its own.
static void begin_section(phases *p) {
  const machine *m = p->machine;
  live_begin(p->tables, m->registers, m->cpus);
  for (unsigned cpu = 0; cpu < m->cpus; cpu++) {
    unsigned number = SNAPSHOT_FIRST + p->snapshots++;
    if (!snapshot_write(p->folder, number, p->page, &m->registers[cpu], m->aarch64, p->tables))
      exit(1);
    streams_mark(p->streams, cpu, SNAPSHOT_MARK | number);
  }
}

// "KIND PATTERN", made fit for a file's name.
static void split_name(const char *name, char kind[NAME_BYTES], char pattern[NAME_BYTES]) {
  int words = sscanf(name, "%31s %15s", kind, pattern);
  if (words < 1)
    snprintf(kind, NAME_BYTES, "unnamed");
  if (words < 2)
    snprintf(pattern, NAME_BYTES, "all");
  for (char *c = kind; *c; c++)
    if (!g_ascii_isalnum(*c) && *c != '_' && *c != '-')
      *c = '_';
}

static void open_kind(phases *p, unsigned cpu, const char *kind) {
  if (strcmp(kind, p->kind) == 0)
    return;
  machine_check_registers(p->machine, cpu);
  if (!streams_open(p->streams, kind))
    exit(1);
  snprintf(p->kind, sizeof p->kind, "%s", kind);
  begin_section(p);
}

static void end_phase(phases *p) {
  if (!p->recording)
    return;
  p->recording = false;
  p->tell(p->context, false);
  mark_all(p, OFF);
}

static void begin_phase(phases *p, unsigned cpu) {
  char name[NAME_BYTES], kind[NAME_BYTES], pattern[NAME_BYTES];
  machine_read_string(p->machine, cpu, machine_general(p->machine, 0), name, sizeof name);
  split_name(name, kind, pattern);
  end_phase(p);
  open_kind(p, cpu, kind);
  p->count++;
  fprintf(p->names, "H1-PHASE %u %s %s va=0x%" PRIx64 " len=0x%" PRIx64 " cpu=%u\n", p->count, kind, pattern,
          machine_general(p->machine, 1), machine_general(p->machine, 2), cpu);
  fflush(p->names);
  mark_all(p, p->count);
  p->recording = true;
  p->tell(p->context, true);
}

static void close_kind(phases *p) {
  end_phase(p);
  streams_close(p->streams);
  p->kind[0] = '\0';
}

static void take_page(phases *p, unsigned cpu) {
  uint64_t va = machine_general(p->machine, 0);
  if (machine_read(p->machine, cpu, va, p->page, sizeof p->page))
    return;
  const guest_registers *r = &p->machine->registers[cpu];
  fprintf(stderr,
          "capture plugin: found nothing mapped at 0x%" PRIx64 " (TCR 0x%" PRIx64 ", TTBR0 0x%" PRIx64
          ", TTBR1 0x%" PRIx64 "), expected the kernel's page of registers\n",
          va, r->tcr, r->ttbr0, r->ttbr1);
  exit(1);
}

void phases_mark(phases *p, unsigned cpu, unsigned mark) {
  switch (mark) {
  case CAPTURE_MARK_BEGIN:
    begin_phase(p, cpu);
    break;
  case CAPTURE_MARK_END:
    end_phase(p);
    break;
  case CAPTURE_MARK_CLOSE:
    close_kind(p);
    break;
  case CAPTURE_MARK_CPU:
    machine_introduce(p->machine, (unsigned)machine_general(p->machine, 0));
    break;
  case CAPTURE_MARK_KERNEL:
    take_page(p, cpu);
    break;
  default:
    break;
  }
}
