// The plugin: what QEMU's CPUs do between the marks of marker.h, as raw captures.
//
//   -plugin libcapture.so,ram=FILE,base=ADDRESS,out=FOLDER
//
// FILE backs the guest's memory, which begins at the physical address ADDRESS. FOLDER gets KIND.h1t for each kind of
// phase (KIND.cpuN.h1t with several CPUs), snapN.bin, and console.log with the names of the phases. One thread runs all
// CPUs (-accel tcg,thread=single), so nothing here is locked.
#include "phases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION_USED;

enum { LINE_LOG2 = 6, ZERO_LOG2 = 6 };

// What inline operations reach, for each CPU.
typedef struct counters {
  uint64_t instructions, recording;
} counters;

typedef struct fetching {
  uint64_t recorded; // instructions at the last record
  uint64_t line;     // of the last fetch
  uint64_t moved;    // what runs now is at the address it was translated for plus this
} fetching;

typedef struct capture {
  machine machine;
  phases *phases;
  char *folder;
  struct qemu_plugin_scoreboard *score;
  qemu_plugin_u64 instructions, recording;
  fetching cpu[CPUS_MAX];
} capture;

// QEMU's callbacks for CPUs and blocks have no argument of the plugin's own: a process has one capture.
static capture *the; // NOLINT: see above

static counters *counters_of(unsigned cpu) { return qemu_plugin_scoreboard_find(the->score, cpu); }

static uint64_t take_gap(unsigned cpu) {
  uint64_t now = counters_of(cpu)->instructions, since = now - the->cpu[cpu].recorded;
  the->cpu[cpu].recorded = now;
  return since;
}

static void switch_recording(void *context, bool recording) {
  capture *c = context;
  for (unsigned cpu = 0; cpu < c->machine.cpus; cpu++) {
    counters_of(cpu)->recording = recording;
    c->cpu[cpu] = (fetching){.recorded = counters_of(cpu)->instructions, .line = ~0ULL};
  }
}

// -- instructions that are more than an access --

typedef struct special {
  instruction i;
  uint64_t va;
} special;

static void on_instruction(unsigned cpu, const instruction *i) {
  streams *to = phases_streams(the->phases);
  if (to)
    streams_instruction(to, cpu, i, machine_operand(&the->machine, i), take_gap(cpu));
}

// New tables are told before the register points to them.
static void on_register(unsigned cpu, const instruction *i) {
  live *tables = phases_tables(the->phases);
  machine_write(&the->machine, cpu, i->field, machine_operand(&the->machine, i));
  if (tables && (i->field == FIELD_TTBR0 || i->field == FIELD_TTBR1))
    live_switch(tables, cpu, &the->machine.registers[cpu]);
  on_instruction(cpu, i);
}

// DC ZVA: a store of a whole line. One that will fault is no access: it is run again.
static void on_zero(unsigned cpu, const special *s) {
  uint64_t va = machine_operand(&the->machine, &s->i) >> ZERO_LOG2 << ZERO_LOG2;
  translation found;
  if (!phases_recording(the->phases) || !machine_translate(&the->machine, cpu, va, &found) || !found.writable)
    return;
  const record_access access = {.va = va,
                                .pa = found.pa,
                                .size_log2 = ZERO_LOG2,
                                .store = true,
                                .user = !machine_is_kernel(&the->machine, s->va)};
  streams_access(phases_streams(the->phases), cpu, &access, take_gap(cpu));
}

static void on_special(unsigned cpu, void *data) {
  const special *s = data;
  if (!machine_runs(&the->machine, &s->i))
    return;
  switch (s->i.kind) {
  case INSTRUCTION_MARK:
    phases_mark(the->phases, cpu, s->i.mark);
    break;
  case INSTRUCTION_REGISTER:
    on_register(cpu, &s->i);
    break;
  case INSTRUCTION_ZERO:
    on_zero(cpu, s);
    break;
  case INSTRUCTION_TLBI:
    on_instruction(cpu, &s->i);
    break;
  case INSTRUCTION_SYS:
    if (phases_recording(the->phases))
      on_instruction(cpu, &s->i);
    break;
  default:
    break;
  }
}

// -- fetches and accesses --

typedef struct fetch_line {
  uint64_t va, pa;
} fetch_line;

// Code is translated once for each physical page, and may run at another address than the one it was translated for.
static void on_block(unsigned cpu, void *data) {
  the->cpu[cpu].moved = machine_register(&the->machine, the->machine.pc) - *(const uint64_t *)data;
}

static void on_fetch(unsigned cpu, void *data) {
  const fetch_line *line = data;
  fetching *state = &the->cpu[cpu];
  uint64_t va = line->va + state->moved;
  if (va >> LINE_LOG2 == state->line)
    return;
  state->line = va >> LINE_LOG2;
  const record_access access = {
      .va = va, .pa = line->pa, .size_log2 = 2, .fetch = true, .user = !machine_is_kernel(&the->machine, va)};
  streams_access(phases_streams(the->phases), cpu, &access, take_gap(cpu));
}

enum { AS_KERNEL, AS_USER }; // what an access is translated as

static void on_data(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t va, void *data) {
  streams *to = phases_streams(the->phases);
  const struct qemu_plugin_hwaddr *address = to ? qemu_plugin_get_hwaddr(info, va) : NULL;
  if (!address)
    return;
  const record_access access = {.va = va,
                                .pa = qemu_plugin_hwaddr_phys_addr(address),
                                .size_log2 = (uint8_t)qemu_plugin_mem_size_shift(info),
                                .store = qemu_plugin_mem_is_store(info),
                                .io = qemu_plugin_hwaddr_is_io(address),
                                .user = (uintptr_t)data == AS_USER};
  if (phases_recording(the->phases))
    streams_access(to, cpu, &access, take_gap(cpu));
  live *tables = phases_tables(the->phases);
  if (access.store && !access.io && live_has(tables, access.pa))
    live_store(tables, access.pa, 1U << access.size_log2);
}

// -- translation of code --

static bool find_ram(void) {
  machine *m = &the->machine;
  return m->ram.host || (guest_ram_find(&m->ram, m->ram_path, m->ram.base) && phases_memory_found(the->phases));
}

static void instrument_fetch(struct qemu_plugin_insn *insn, uint64_t va) {
  const guest_ram *ram = &the->machine.ram;
  const uint8_t *host = qemu_plugin_insn_haddr(insn);
  bool in_ram = host && host >= ram->host && host < ram->host + ram->bytes;
  if (!in_ram)
    return;
  fetch_line *line = g_new(fetch_line, 1);
  *line = (fetch_line){.va = va, .pa = ram->base + (uint64_t)(host - ram->host)};
  qemu_plugin_register_vcpu_insn_exec_cond_cb(insn, on_fetch, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_COND_NE,
                                              the->recording, 0, line);
}

static void instrument(struct qemu_plugin_insn *insn, bool new_line) {
  uint64_t va = qemu_plugin_insn_vaddr(insn);
  uint32_t word = 0;
  size_t bytes = qemu_plugin_insn_data(insn, &word, sizeof word);
  const instruction i = instruction_decode(word, (unsigned)bytes, the->machine.aarch64);
  if (new_line)
    instrument_fetch(insn, va);
  if (i.kind != INSTRUCTION_OTHER) {
    special *s = g_new(special, 1);
    *s = (special){.i = i, .va = va};
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_special, QEMU_PLUGIN_CB_R_REGS, s);
  }
  uintptr_t as = !machine_is_kernel(&the->machine, va) || i.unprivileged ? AS_USER : AS_KERNEL;
  qemu_plugin_register_vcpu_mem_cb(insn, on_data, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, (void *)as);
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
  machine_find_registers(&the->machine);
}

static void at_end(qemu_plugin_id_t id, void *data) {
  (void)id, (void)data;
  phases_sum_up(the->phases);
  phases_destroy(the->phases);
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
  unsigned cpus = info->system_emulation ? (unsigned)info->system.smp_vcpus : 0;
  if (!ram || !base || !folder || cpus == 0 || cpus > CPUS_MAX) {
    fprintf(stderr, "capture plugin: found %u CPUs, expected 1 to %d and ram=FILE,base=ADDRESS,out=FOLDER\n", cpus,
            CPUS_MAX);
    return false;
  }
  the = g_new0(capture, 1);
  the->machine = (machine){.ram_path = g_strdup(ram),
                           .ram = {.base = strtoull(base, NULL, 0)},
                           .aarch64 = strcmp(info->target_name, "aarch64") == 0,
                           .cpus = cpus};
  the->folder = g_strdup(folder);
  the->score = qemu_plugin_scoreboard_new(sizeof(counters));
  the->instructions = (qemu_plugin_u64){the->score, offsetof(counters, instructions)};
  the->recording = (qemu_plugin_u64){the->score, offsetof(counters, recording)};
  the->phases = phases_create(&the->machine, the->folder, switch_recording, the);
  return the->phases != NULL;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  if (!set_up(info, argc, argv))
    return -1;
  qemu_plugin_register_vcpu_init_cb(id, on_cpu);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, at_end, NULL);
  return 0;
}
