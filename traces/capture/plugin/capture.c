// The plugin: what QEMU's CPUs do between the marks of marker.h, as raw captures.
//
//   -plugin libcapture.so,ram=FILE,base=ADDRESS,out=FOLDER
//
// FILE backs the guest's memory, which begins at the physical address ADDRESS. FOLDER gets KIND.h1t for each kind of
// phase (KIND.cpuN.h1t with several CPUs), snapN.bin and console.log with the names of the phases. One thread runs all
// CPUs (-accel tcg,thread=single), so nothing here is locked.
#include "../guest/marker.h"
#include "qemu_api.h"
#include "snapshot.h"
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION_USED;

enum { LINE_LOG2 = 6, GENERAL_REGISTERS = 32, NAME_BYTES = 64 };
enum { KERNEL32 = 0xbf000000 }; // AArch32: the modules, and above them all of the kernel

// What inline operations reach, for each CPU.
typedef struct counters {
  uint64_t instructions, recording;
} counters;

typedef struct cpu_state {
  guest_registers registers;
  uint64_t recorded; // instructions at the last record
  uint64_t line;     // of the last fetch
  uint64_t moved;    // what runs now is at its translated address plus this
} cpu_state;

typedef struct capture {
  char *ram_path, *folder;
  guest_ram ram;
  bool aarch64;
  unsigned cpus, phases, snapshots;
  live *tables;
  streams *streams;
  struct qemu_plugin_scoreboard *score;
  qemu_plugin_u64 instructions, recording;
  struct qemu_plugin_register *general[GENERAL_REGISTERS], *pc;
  cpu_state cpu[CPUS_MAX];
  uint8_t page[SNAPSHOT_PAGE]; // from the kernel, or zeros
  char kind[NAME_BYTES];       // whose files are open
  FILE *names;
} capture;

// A QEMU callback has no argument of the plugin's own where it matters; there is one capture to a process.
static capture *the; // NOLINT: see above

// -- registers and memory --

static uint64_t read_register(struct qemu_plugin_register *handle) {
  static GByteArray *bytes; // NOLINT: reused, for speed
  uint64_t value = 0;
  if (!bytes)
    bytes = g_byte_array_new();
  g_byte_array_set_size(bytes, 0);
  int size = handle ? qemu_plugin_read_register(handle, bytes) : 0;
  if (size > 0)
    memcpy(&value, bytes->data, (size_t)size < sizeof value ? (size_t)size : sizeof value);
  return value;
}

static bool is_kernel(uint64_t va) { return the->aarch64 ? va >> 55 & 1 : va >= KERNEL32; }

static bool translate(unsigned cpu, uint64_t va, translation *found) {
  return format_translate(&the->ram, &the->cpu[cpu].registers, the->aarch64, va, found);
}

// Bytes at a virtual address, page by page. False: not all of it is mapped.
static bool read_virtual(unsigned cpu, uint64_t va, void *to, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    translation found;
    size_t piece = 4096 - (va + done) % 4096;
    if (piece > bytes - done)
      piece = bytes - done;
    const uint8_t *at = translate(cpu, va + done, &found) ? guest_ram_at(&the->ram, found.pa, piece) : NULL;
    if (!at)
      return false;
    memcpy((char *)to + done, at, piece);
    done += piece;
  }
  return true;
}

static void read_name(unsigned cpu, uint64_t va, char name[NAME_BYTES]) {
  size_t length = 0;
  while (length < NAME_BYTES - 1 && read_virtual(cpu, va + length, &name[length], 1) && name[length])
    length++;
  name[length] = '\0';
}

// -- records --

static uint64_t gap(unsigned cpu) {
  const counters *c = qemu_plugin_scoreboard_find(the->score, cpu);
  uint64_t since = c->instructions - the->cpu[cpu].recorded;
  the->cpu[cpu].recorded = c->instructions;
  return since;
}

static void tell_descriptor(void *context, uint64_t pa, uint64_t value, unsigned bytes) {
  streams_descriptor(((capture *)context)->streams, pa, value, bytes);
}

static void set_recording(bool on) {
  for (unsigned cpu = 0; cpu < the->cpus; cpu++) {
    counters *c = qemu_plugin_scoreboard_find(the->score, cpu);
    c->recording = on;
    the->cpu[cpu].line = ~0ULL;
    the->cpu[cpu].recorded = c->instructions;
  }
}

static bool is_recording(unsigned cpu) {
  return ((const counters *)qemu_plugin_scoreboard_find(the->score, cpu))->recording;
}

static void mark_all(unsigned mark) {
  for (unsigned cpu = 0; cpu < the->cpus; cpu++)
    streams_mark(the->streams, cpu, mark);
}

// -- phases --

// A section of every stream begins: snapshots, of each CPU its own.
static void begin_section(void) {
  guest_registers registers[CPUS_MAX];
  for (unsigned cpu = 0; cpu < the->cpus; cpu++)
    registers[cpu] = the->cpu[cpu].registers;
  live_begin(the->tables, registers, the->cpus);
  for (unsigned cpu = 0; cpu < the->cpus; cpu++) {
    unsigned number = SNAPSHOT_FIRST + the->snapshots++;
    snapshot_write(the->folder, number, the->page, &registers[cpu], the->aarch64, the->tables);
    streams_mark(the->streams, cpu, 0xc000 | number);
  }
}

// "KIND PATTERN", made fit for a file's name.
static void split_name(const char *name, char *kind, char *pattern) {
  kind[0] = pattern[0] = '\0';
  sscanf(name, "%31s %15s", kind, pattern);
  if (!kind[0])
    strcpy(kind, "unnamed");
  if (!pattern[0])
    strcpy(pattern, "all");
  for (char *c = kind; *c; c++)
    if (!g_ascii_isalnum(*c) && *c != '_' && *c != '-')
      *c = '_';
}

static void begin_phase(unsigned cpu, const char *name, uint64_t buffer, uint64_t bytes) {
  char kind[NAME_BYTES], pattern[NAME_BYTES];
  split_name(name, kind, pattern);
  if (strcmp(kind, the->kind) != 0) {
    if (!streams_open(the->streams, kind))
      exit(1);
    snprintf(the->kind, sizeof the->kind, "%s", kind);
    begin_section();
  }
  unsigned id = ++the->phases;
  fprintf(the->names, "H1-PHASE %u %s %s va=0x%" PRIx64 " len=0x%" PRIx64 " cpu=%u\n", id, kind, pattern, buffer, bytes,
          cpu);
  fflush(the->names);
  mark_all(id);
  set_recording(true);
}

static void end_phase(unsigned cpu) {
  if (!is_recording(cpu))
    return;
  set_recording(false);
  mark_all(0xffff);
}

static void on_mark(unsigned cpu, unsigned mark) {
  uint64_t first = read_register(the->general[0]);
  char name[NAME_BYTES];
  switch (mark) {
  case CAPTURE_MARK_BEGIN:
    end_phase(cpu);
    read_name(cpu, first, name);
    begin_phase(cpu, name, read_register(the->general[1]), read_register(the->general[2]));
    break;
  case CAPTURE_MARK_END:
    end_phase(cpu);
    break;
  case CAPTURE_MARK_CLOSE:
    end_phase(cpu);
    streams_close(the->streams);
    the->kind[0] = '\0';
    break;
  case CAPTURE_MARK_KERNEL:
    if (!read_virtual(cpu, first, the->page, sizeof the->page))
      fprintf(stderr, "capture plugin: found no page at 0x%" PRIx64 ", expected the kernel's registers\n", first);
    break;
  default:
    break;
  }
}

// -- instructions that are more than an access --

static uint64_t operand_of(const instruction *i) {
  if (the->aarch64 && i->rt == 31)
    return 0;
  uint64_t low = read_register(the->general[i->rt]);
  return i->has_rt2 ? (uint32_t)low | read_register(the->general[i->rt2]) << 32 : low;
}

static void put_field(guest_registers *r, register_field field, uint64_t value) {
  uint64_t *const fields[] = {[FIELD_SCTLR] = &r->sctlr, [FIELD_TCR] = &r->tcr,     [FIELD_MAIR] = &r->mair,
                              [FIELD_TTBR0] = &r->ttbr0, [FIELD_TTBR1] = &r->ttbr1, [FIELD_CONTEXTIDR] = &r->contextidr,
                              [FIELD_DACR] = &r->dacr};
  if (field == FIELD_MAIR_HIGH)
    r->mair = (uint32_t)r->mair | value << 32;
  else if (field == FIELD_MAIR && !the->aarch64)
    r->mair = (r->mair >> 32 << 32) | (uint32_t)value;
  else if (field != FIELD_NONE)
    *fields[field] = value;
}

static void on_register(unsigned cpu, const instruction *i, uint64_t value) {
  put_field(&the->cpu[cpu].registers, i->field, value);
  if (!streams_are_open(the->streams))
    return;
  if (i->field == FIELD_TTBR0 || i->field == FIELD_TTBR1)
    live_switch(the->tables, cpu, &the->cpu[cpu].registers); // new tables are told before the register points to them
  streams_instruction(the->streams, cpu, i, value, gap(cpu));
}

// DC ZVA: a store of a whole line. One that will fault is no access: it is run again.
static void on_zero(unsigned cpu, const instruction *i, uint64_t pc) {
  enum { ZERO_LOG2 = 6 };
  uint64_t va = operand_of(i) >> ZERO_LOG2 << ZERO_LOG2;
  translation found;
  if (!is_recording(cpu) || !translate(cpu, va, &found) || !found.writable)
    return;
  const record_access access = {
      .va = va, .pa = found.pa, .size_log2 = ZERO_LOG2, .store = true, .user = !is_kernel(pc)};
  streams_access(the->streams, cpu, &access, gap(cpu));
}

typedef struct special {
  instruction i;
  uint64_t va;
} special;

static void on_special(unsigned cpu, void *data) {
  const special *s = data;
  switch (s->i.kind) {
  case INSTRUCTION_MARK:
    on_mark(cpu, s->i.mark);
    break;
  case INSTRUCTION_REGISTER:
    on_register(cpu, &s->i, operand_of(&s->i));
    break;
  case INSTRUCTION_ZERO:
    on_zero(cpu, &s->i, s->va);
    break;
  case INSTRUCTION_TLBI:
    if (streams_are_open(the->streams))
      streams_instruction(the->streams, cpu, &s->i, operand_of(&s->i), gap(cpu));
    break;
  case INSTRUCTION_SYS:
    if (is_recording(cpu))
      streams_instruction(the->streams, cpu, &s->i, operand_of(&s->i), gap(cpu));
    break;
  default:
    break;
  }
}

// -- fetches and accesses --

typedef struct fetch_line {
  uint64_t va, pa;
} fetch_line;

// Code is translated once for each physical page, and may run at another address than where it was translated.
static void on_block(unsigned cpu, void *data) {
  the->cpu[cpu].moved = read_register(the->pc) - *(const uint64_t *)data;
}

static void on_fetch(unsigned cpu, void *data) {
  const fetch_line *line = data;
  cpu_state *state = &the->cpu[cpu];
  uint64_t va = line->va + state->moved;
  if (va >> LINE_LOG2 == state->line)
    return;
  state->line = va >> LINE_LOG2;
  const record_access access = {.va = va, .pa = line->pa, .size_log2 = 2, .fetch = true, .user = !is_kernel(va)};
  streams_access(the->streams, cpu, &access, gap(cpu));
}

enum { DATA_KERNEL, DATA_USER }; // what the access is translated as

static void on_data(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va, void *data) {
  bool recording = is_recording(cpu);
  if (!recording && !streams_are_open(the->streams))
    return;
  const struct qemu_plugin_hwaddr *address = qemu_plugin_get_hwaddr(info, va);
  if (!address)
    return;
  const record_access access = {.va = va,
                                .pa = qemu_plugin_hwaddr_phys_addr(address),
                                .size_log2 = (uint8_t)qemu_plugin_mem_size_shift(info),
                                .store = qemu_plugin_mem_is_store(info),
                                .io = qemu_plugin_hwaddr_is_io(address),
                                .user = (uintptr_t)data == DATA_USER};
  if (recording)
    streams_access(the->streams, cpu, &access, gap(cpu));
  if (access.store && !access.io && live_has(the->tables, access.pa))
    live_store(the->tables, access.pa, 1U << access.size_log2);
}

// -- translation of code --

static bool find_ram(void) {
  if (the->ram.host)
    return true;
  if (!guest_ram_find(&the->ram, the->ram_path, the->ram.base))
    return false;
  the->tables = live_create(&the->ram, the->aarch64, tell_descriptor, the);
  return the->tables != NULL;
}

static void instrument_fetch(struct qemu_plugin_insn *insn, uint64_t va) {
  const uint8_t *host = qemu_plugin_insn_haddr(insn);
  bool in_ram = host && host >= the->ram.host && host < the->ram.host + the->ram.bytes;
  if (!in_ram)
    return;
  fetch_line *line = g_new(fetch_line, 1);
  *line = (fetch_line){.va = va, .pa = the->ram.base + (uint64_t)(host - the->ram.host)};
  qemu_plugin_register_vcpu_insn_exec_cond_cb(insn, on_fetch, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_COND_NE,
                                              the->recording, 0, line);
}

static void instrument(struct qemu_plugin_insn *insn, bool new_line) {
  uint64_t va = qemu_plugin_insn_vaddr(insn);
  uint32_t word = 0;
  size_t bytes = qemu_plugin_insn_data(insn, &word, sizeof word);
  const instruction i = instruction_decode(word, (unsigned)bytes, the->aarch64, is_kernel(va));
  if (new_line)
    instrument_fetch(insn, va);
  if (i.kind != INSTRUCTION_OTHER) {
    special *s = g_new(special, 1);
    *s = (special){.i = i, .va = va};
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_special, QEMU_PLUGIN_CB_R_REGS, s);
  }
  uintptr_t user = !is_kernel(va) || i.unprivileged ? DATA_USER : DATA_KERNEL;
  qemu_plugin_register_vcpu_mem_cb(insn, on_data, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, (void *)user);
  qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64, the->instructions, 1);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  if (!find_ram())
    return;
  uint64_t *start = g_new(uint64_t, 1), line = ~0ULL;
  *start = qemu_plugin_tb_vaddr(block);
  qemu_plugin_register_vcpu_tb_exec_cond_cb(block, on_block, QEMU_PLUGIN_CB_R_REGS, QEMU_PLUGIN_COND_NE, the->recording,
                                            0, start);
  for (size_t n = 0; n < qemu_plugin_tb_n_insns(block); n++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, n);
    uint64_t of = qemu_plugin_insn_vaddr(insn) >> LINE_LOG2;
    instrument(insn, of != line);
    line = of;
  }
}

// -- beginning and end --

static void on_cpu(qemu_plugin_id_t id, unsigned cpu) {
  (void)id, (void)cpu;
  GArray *registers = qemu_plugin_get_registers();
  for (unsigned n = 0; n < registers->len; n++) {
    const qemu_plugin_reg_descriptor *d = &g_array_index(registers, qemu_plugin_reg_descriptor, n);
    char letter = the->aarch64 ? 'x' : 'r';
    char *end;
    unsigned long number = d->name[0] == letter ? strtoul(d->name + 1, &end, 10) : GENERAL_REGISTERS;
    if (d->name[0] == letter && end != d->name + 1 && !*end && number < GENERAL_REGISTERS)
      the->general[number] = d->handle;
    else if (strcmp(d->name, "sp") == 0 && !the->aarch64)
      the->general[13] = d->handle;
    else if (strcmp(d->name, "lr") == 0)
      the->general[14] = d->handle;
    else if (strcmp(d->name, "pc") == 0)
      the->pc = d->handle;
  }
  g_array_free(registers, TRUE);
}

static void at_end(qemu_plugin_id_t id, void *data) {
  (void)id, (void)data;
  fprintf(stderr, "capture plugin: %u phases, %" PRIu64 " records, %u snapshots\n", the->phases,
          streams_records(the->streams), the->snapshots);
  streams_destroy(the->streams);
  live_destroy(the->tables);
  fclose(the->names);
}

static const char *argument(int count, char **arguments, const char *name) {
  size_t length = strlen(name);
  for (int i = 0; i < count; i++)
    if (strncmp(arguments[i], name, length) == 0 && arguments[i][length] == '=')
      return arguments[i] + length + 1;
  return NULL;
}

static bool set_up(const qemu_info_t *info, int count, char **arguments) {
  const char *ram = argument(count, arguments, "ram"), *base = argument(count, arguments, "base");
  const char *folder = argument(count, arguments, "out");
  unsigned cpus = (unsigned)info->system.smp_vcpus;
  if (!info->system_emulation || !ram || !base || !folder || cpus > CPUS_MAX) {
    fprintf(stderr,
            "capture plugin: expected ram=FILE, base=ADDRESS and out=FOLDER, a whole machine and at most %d CPUs\n",
            CPUS_MAX);
    return false;
  }
  the = g_new0(capture, 1);
  the->ram_path = g_strdup(ram);
  the->folder = g_strdup(folder);
  the->ram.base = strtoull(base, NULL, 0);
  the->aarch64 = strcmp(info->target_name, "aarch64") == 0;
  the->cpus = cpus;
  the->streams = streams_create(the->folder, cpus, the->aarch64, the->ram.base);
  the->score = qemu_plugin_scoreboard_new(sizeof(counters));
  the->instructions = (qemu_plugin_u64){the->score, offsetof(counters, instructions)};
  the->recording = (qemu_plugin_u64){the->score, offsetof(counters, recording)};
  char *path = g_strdup_printf("%s/console.log", folder);
  the->names = fopen(path, "w");
  if (!the->names)
    perror(path);
  g_free(path);
  return the->streams && the->names;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  if (!set_up(info, argc, argv))
    return -1;
  qemu_plugin_register_vcpu_init_cb(id, on_cpu);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, at_end, NULL);
  return 0;
}
