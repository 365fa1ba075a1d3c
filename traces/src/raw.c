// Raw captures of the capture kit: 16-byte records {w0, w1} after "H1TRACE1" or "H1TRAC32". Layout: README.md.
//
// Records that are not accesses become events. One record can be two events (a mark that ends a phase and begins the
// next), and two records one event (an instruction and its operand), so events go through a short queue.
#define _POSIX_C_SOURCE 200809L
#include "reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORDS = 4096, QUEUE = 4, RECORD_BYTES = 16, NO_PHASE = 0xffff, SNAPSHOT_MARK = 0xc000, GAP_MAX = 0xffff };

enum { BUFFERS_ALLOCATED = 2, AFTER_PATTERNS = 3 }; // snapshots

enum {
  RECORD_DATA,
  RECORD_FETCH,
  RECORD_MARK,
  RECORD_TLBI,
  RECORD_MSR,
  RECORD_DESCRIPTOR,
  RECORD_SYS,
  RECORD_OPERAND,
};

typedef struct record {
  uint64_t w0, w1;
} record;

typedef struct raw {
  tw_reader reader;
  tw_input *input;
  record records[RECORDS];
  size_t used, held;
  uint64_t number; // of the record that is taken next
  tw_event queue[QUEUE];
  size_t queued;
  uint32_t phase;
  uint32_t gap; // instructions of the records since the last access that were not accesses
  uint64_t accesses;
  tw_columns columns;
  tw_error late; // damage found ahead of its turn
  bool failed;   // `late` stands after the records held
  bool stopped;  // `late` was told, or is told next
} raw;

static unsigned record_type(record r) { return r.w0 >> 52 & 0xf; }

static uint64_t low48(uint64_t value) { return value & 0xffffffffffffULL; }

static int cut_record(raw *raw, int bytes) {
  uint64_t number = raw->number + raw->held - raw->used;
  raw->failed = true;
  return tw_fail(&raw->late, "%s: record %llu, byte %llu: found %d bytes, expected a record of 16",
                 tw_input_path(raw->input), (unsigned long long)number,
                 (unsigned long long)(16 + number * RECORD_BYTES), bytes);
}

// Read more records. Damage after the last whole one is kept for its turn.
static void refill(raw *raw) {
  raw->used = raw->held = 0;
  int64_t got = tw_input_read(raw->input, raw->records, sizeof raw->records, &raw->late);
  raw->failed = got < 0;
  if (got < 0)
    return;
  raw->held = (size_t)got / RECORD_BYTES;
  if (got % RECORD_BYTES)
    cut_record(raw, (int)(got % RECORD_BYTES));
}

// The next record without taking it: 1, 0 at the end, -1 with `error`.
static int peek(raw *raw, record *r, tw_error *error) {
  if (raw->used == raw->held && !raw->failed)
    refill(raw);
  if (raw->used < raw->held) {
    *r = raw->records[raw->used];
    return 1;
  }
  if (raw->failed && error)
    *error = raw->late;
  return raw->failed ? -1 : 0;
}

static void take(raw *raw) {
  raw->used++;
  raw->number++;
}

__attribute__((format(printf, 3, 4))) static int record_error(const raw *raw, tw_error *error, const char *format,
                                                              ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return tw_fail(error, "%s: record %llu, byte %llu: %s", tw_input_path(raw->input), (unsigned long long)raw->number,
                 (unsigned long long)(16 + raw->number * RECORD_BYTES), text);
}

// -- snapshots --

// Path of a file beside the capture. The first of `name`.zst and `name` that exists, else the former.
static void beside(const raw *raw, const char *name, char *path, size_t size) {
  const char *own = tw_input_path(raw->input);
  const char *slash = strrchr(own, '/');
  int folder = slash ? (int)(slash - own + 1) : 0;
  snprintf(path, size, "%.*s%s", folder, own, name);
  if (access(path, F_OK) != 0)
    snprintf(path, size, "%.*s%s.zst", folder, own, name);
}

static bool has_short_descriptors(const tw_section *section) {
  return section->architecture == TW_ARCH_AARCH32 && !(section->registers.tcr >> 31 & 1); // TTBCR.EAE
}

static bool find_snapshot(const raw *raw, unsigned snapshot, char *path, size_t size) {
  char name[32];
  snprintf(name, sizeof name, "snap%u.bin", snapshot);
  beside(raw, name, path, size);
  return access(path, F_OK) == 0;
}

static int read_snapshot(raw *raw, const char *path, tw_error *error) {
  tw_section *section = &raw->reader.section;
  tw_architecture architecture = section->architecture;
  tw_section_clear(section);
  section->architecture = architecture;
  return tw_snapshot_read(path, section, error);
}

// A kernel with short descriptors fills a process's first-level table when the process faults, which no record tells.
// The tables after the patterns are those before them and what was filled in meanwhile.
static int load_section(raw *raw, unsigned snapshot, tw_error *error) {
  tw_section *section = &raw->reader.section;
  char path[4096];
  if (!find_snapshot(raw, snapshot, path, sizeof path))
    return record_error(raw, error, "found the mark of snapshot %u, expected snap%u.bin.zst beside the capture",
                        snapshot, snapshot);
  if (read_snapshot(raw, path, error) < 0)
    return -1;
  bool filled_later = snapshot == BUFFERS_ALLOCATED && has_short_descriptors(section);
  if (filled_later && find_snapshot(raw, AFTER_PATTERNS, path, sizeof path) && read_snapshot(raw, path, error) < 0)
    return -1;
  beside(raw, "console.log", path, sizeof path);
  if (tw_console_read(path, section, error) < 0)
    return -1;
  return tw_regions_make(section) < 0 ? tw_fail(error, "%s: out of memory", path) : 0;
}

// -- events --

static void queue_event(raw *raw, tw_event event) { raw->queue[raw->queued++] = event; }

static void add_gap(raw *raw, record r) {
  uint32_t sum = raw->gap + (uint32_t)(r.w1 >> 48);
  raw->gap = sum < GAP_MAX ? sum : GAP_MAX;
}

static void end_phase(raw *raw) {
  if (raw->phase != NO_PHASE)
    queue_event(raw, (tw_event){.kind = TW_EVENT_PHASE_END, .word = raw->phase});
  raw->phase = NO_PHASE;
}

static int on_mark(raw *raw, record r, tw_error *error) {
  uint32_t id = r.w1 & 0xffff;
  end_phase(raw);
  if (id >= SNAPSHOT_MARK && id != NO_PHASE && load_section(raw, id - SNAPSHOT_MARK, error) < 0)
    return -1;
  take(raw);
  raw->gap = 0; // what ran before belongs to no access
  if (id == NO_PHASE)
    return 0;
  if (id >= SNAPSHOT_MARK) {
    queue_event(raw, (tw_event){.kind = TW_EVENT_SECTION});
    return 0;
  }
  raw->phase = id;
  queue_event(raw, (tw_event){.kind = TW_EVENT_PHASE_BEGIN, .word = id});
  return 0;
}

// Join the operand's record, if one follows. AArch64's register 31 is xzr: 0, recorded or not.
static void join_operand(raw *raw, tw_event *event) {
  bool aarch64 = raw->reader.section.architecture == TW_ARCH_AARCH64;
  uint32_t rt = aarch64 ? event->word & 0x1f : event->word >> 12 & 0xf;
  event->has_operand = aarch64 && rt == 31;
  record next;
  // Damage, or an operand of another register, is told when its own turn comes.
  if (peek(raw, &next, NULL) <= 0 || record_type(next) != RECORD_OPERAND || (next.w0 & 0x1f) != rt)
    return;
  take(raw);
  event->has_operand = true;
  event->value = next.w1;
}

static int on_instruction(raw *raw, record r, tw_event_kind kind) {
  take(raw);
  tw_event event = {.kind = (uint8_t)kind, .word = (uint32_t)r.w1};
  add_gap(raw, r);
  join_operand(raw, &event);
  queue_event(raw, event);
  return 0;
}

// AArch64 writes 8 bytes. AArch32 writes what the record's size says, or if it says none a descriptor of its format.
static tw_event descriptor_write(const raw *raw, record r) {
  unsigned size = r.w0 >> 48 & 7;
  bool narrow = has_short_descriptors(&raw->reader.section);
  if (raw->reader.section.architecture == TW_ARCH_AARCH32 && (size == 2 || size == 3))
    narrow = size == 2;
  return (tw_event){
      .kind = TW_EVENT_DESCRIPTOR, .bytes = narrow ? 4 : 8, .pa = low48(r.w0), .value = narrow ? (uint32_t)r.w1 : r.w1};
}

// `r` is the record that was peeked; it is taken when all is well with it.
static int on_event(raw *raw, record r, tw_error *error) {
  switch (record_type(r)) {
  case RECORD_MARK:
    return on_mark(raw, r, error);
  case RECORD_TLBI:
    return on_instruction(raw, r, TW_EVENT_TLBI);
  case RECORD_MSR:
    return on_instruction(raw, r, TW_EVENT_REGISTER);
  case RECORD_SYS:
    return on_instruction(raw, r, TW_EVENT_SYS);
  case RECORD_DESCRIPTOR:
    take(raw);
    queue_event(raw, descriptor_write(raw, r));
    return 0;
  case RECORD_OPERAND:
    return record_error(raw, error,
                        "found an operand (of register %u), expected the instruction it belongs to before it",
                        (unsigned)(r.w0 & 0x1f));
  default:
    return record_error(raw, error, "found type %u, expected 0 to 7", record_type(r));
  }
}

// -- accesses --

static uint64_t record_va(const raw *raw, record r) {
  if (raw->reader.section.architecture == TW_ARCH_AARCH32)
    return (uint32_t)r.w0;
  uint64_t high = r.w0 >> 56 & 1 ? 0xfff0ULL << 48 : 0;
  return high | (r.w0 >> 58 & 0xf) << 48 | low48(r.w0);
}

static uint8_t record_info(record r) {
  unsigned kind = record_type(r) == RECORD_FETCH ? TW_ACCESS_FETCH : r.w0 >> 51 & 1 ? TW_ACCESS_WRITE : TW_ACCESS_READ;
  unsigned size = r.w0 >> 48 & 7;
  return (uint8_t)(kind | size << 2 | (r.w0 >> 57 & 1 ? TW_INFO_IO : 0) | (r.w0 >> 62 & 1 ? TW_INFO_EL0 : 0));
}

static void add_access(raw *raw, record r, size_t at) {
  add_gap(raw, r);
  raw->columns.va[at] = record_va(raw, r);
  raw->columns.pa[at] = low48(r.w1);
  raw->columns.info[at] = record_info(r);
  raw->columns.gap[at] = (uint16_t)raw->gap;
  raw->gap = 0;
}

static tw_event take_event(raw *raw) {
  tw_event event = raw->queue[0];
  raw->queued--;
  memmove(raw->queue, raw->queue + 1, raw->queued * sizeof event);
  return event;
}

// Collect accesses until there is an event, the batch is full, or nothing is left. 1: go on later, 0: the end.
static int collect(raw *raw, size_t *count, tw_error *error) {
  while (raw->queued == 0 && *count < TW_BATCH_MAX) {
    record r;
    int got = peek(raw, &r, error);
    if (got < 0)
      return -1;
    if (got == 0) {
      end_phase(raw);
      return raw->queued > 0;
    }
    if (record_type(r) <= RECORD_FETCH) {
      take(raw);
      add_access(raw, r, (*count)++);
    } else if (on_event(raw, r, error) < 0) {
      return -1;
    }
  }
  return 1;
}

static int raw_next(tw_reader *reader, tw_batch *batch, tw_error *error) {
  raw *raw = (struct raw *)reader;
  if (raw->stopped) {
    if (error)
      *error = raw->late;
    return -1;
  }
  size_t count = 0;
  tw_error found;
  int status = collect(raw, &count, &found);
  if (status < 0) { // what came before it is given first
    raw->late = found;
    raw->stopped = true;
    if (count == 0)
      return raw_next(reader, batch, error);
  }
  if (status == 0 && count == 0)
    return 0;
  *batch = (tw_batch){.count = count,
                      .va = raw->columns.va,
                      .info = raw->columns.info,
                      .gap = raw->columns.gap,
                      .pa = raw->columns.pa,
                      .first = raw->accesses};
  if (raw->queued && !raw->stopped)
    batch->event = take_event(raw);
  raw->accesses += count;
  return 1;
}

// -- opening --

static void raw_close(tw_reader *reader) {
  raw *raw = (struct raw *)reader;
  tw_section_clear(&reader->section);
  tw_columns_destroy(&raw->columns);
  tw_input_close(raw->input);
  free(raw);
}

// The first record must be a snapshot's mark: without it nothing that follows can be translated.
static int open_first_section(raw *raw, tw_error *error) {
  uint64_t ram_base;
  int64_t got = tw_input_read(raw->input, &ram_base, sizeof ram_base, error);
  if (got < 0)
    return -1;
  if (got < (int64_t)sizeof ram_base)
    return tw_fail(error, "%s: byte 8: found %d bytes, expected the RAM base", tw_input_path(raw->input), (int)got);
  record r;
  int status = peek(raw, &r, error);
  if (status < 0)
    return -1;
  if (status == 0)
    return record_error(raw, error, "found the end of the file, expected a snapshot's mark");
  if (record_type(r) != RECORD_MARK || (r.w1 & 0xffff) < SNAPSHOT_MARK || (r.w1 & 0xffff) == NO_PHASE)
    return record_error(raw, error, "found type %u, value 0x%x, expected a snapshot's mark", record_type(r),
                        (unsigned)(r.w1 & 0xffff));
  return on_mark(raw, r, error);
}

tw_reader *tw_raw_open(tw_input *input, const uint8_t magic[8], tw_error *error) {
  raw *raw = calloc(1, sizeof *raw);
  if (!raw || tw_columns_create(&raw->columns) < 0) {
    tw_fail(error, "%s: out of memory", tw_input_path(input));
    tw_input_close(input);
    free(raw);
    return NULL;
  }
  bool aarch32 = memcmp(magic, "H1TRAC32", 8) == 0;
  raw->reader.next = raw_next;
  raw->reader.close = raw_close;
  raw->reader.format = aarch32 ? "raw capture (H1TRAC32)" : "raw capture (H1TRACE1)";
  raw->reader.section.architecture = aarch32 ? TW_ARCH_AARCH32 : TW_ARCH_AARCH64;
  raw->input = input;
  raw->phase = NO_PHASE;
  if (open_first_section(raw, error) < 0) {
    raw_close(&raw->reader);
    return NULL;
  }
  return &raw->reader;
}
