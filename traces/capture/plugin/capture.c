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

enum { LINE_LOG2 = 6, ZERO_LOG2 = 6, COUNTED_FROM = 1 << 20 };

// What a CPU runs.
typedef struct running {
  uint64_t counted;  // instructions before this block, from COUNTED_FROM on
  unsigned length;   // instructions of this block
  uint64_t recorded; // instructions up to the last record
  uint64_t line;     // of the last fetch
  uint64_t moved;    // the block runs at the address it was translated for plus this
} running;

typedef struct capture {
  machine machine;
  phases *phases;
  char *folder;
  unsigned current; // the CPU that runs
  running cpu[CPUS_MAX];
} capture;

// QEMU's callbacks for CPUs and blocks have no argument of the plugin's own: a process has one capture. Nor do they say
// which CPU runs: where one thread runs all, it is told which of them translated the block.
static capture *the; // NOLINT: see above

static void find_current(void) { the->current = machine_current(&the->machine); }

// Up to instruction `index` of the block that runs. An exception in the middle of a block does not take back the rest.
static uint64_t take_gap(unsigned index) {
  running *r = &the->cpu[the->current];
  uint64_t now = r->counted + index, since = now > r->recorded ? now - r->recorded : 0;
  r->recorded = now > r->recorded ? now : r->recorded;
  return since;
}

static void switch_recording(void *context, bool recording) {
  capture *c = context;
  (void)recording;
  for (unsigned cpu = 0; cpu < c->machine.cpus; cpu++) {
    c->cpu[cpu].recorded = c->cpu[cpu].counted;
    c->cpu[cpu].length = 0;
    c->cpu[cpu].line = ~0ULL;
  }
}

// -- instructions that are more than an access --

typedef struct special {
  instruction i;
  unsigned index, length; // its number in its block, and how many the block has
  uint64_t va;
} special;

// Counting goes on behind the mark, in the middle of its block.
static void on_mark(const special *s) {
  running *r = &the->cpu[the->current];
  phases_mark(the->phases, the->current, s->i.mark);
  r->counted = r->recorded - s->index;
  r->length = s->length;
}

static void on_instruction(const special *s) {
  streams *to = phases_streams(the->phases);
  if (to)
    streams_instruction(to, the->current, &s->i, machine_operand(&the->machine, &s->i), take_gap(s->index));
}

// New tables are told before the register points to them.
static void on_register(const special *s) {
  live *tables = phases_tables(the->phases);
  machine_write(&the->machine, the->current, s->i.field, machine_operand(&the->machine, &s->i));
  if (tables && (s->i.field == FIELD_TTBR0 || s->i.field == FIELD_TTBR1))
    live_switch(tables, the->current, &the->machine.registers[the->current]);
  on_instruction(s);
}

// DC ZVA: a store of a whole line. One that will fault is no access: it is run again.
static void on_zero(const special *s) {
  uint64_t va = machine_operand(&the->machine, &s->i) >> ZERO_LOG2 << ZERO_LOG2;
  translation found;
  if (!phases_recording(the->phases) || !machine_translate(&the->machine, the->current, va, &found) || !found.writable)
    return;
  const record_access access = {.va = va,
                                .pa = found.pa,
                                .size_log2 = ZERO_LOG2,
                                .store = true,
                                .user = !machine_is_kernel(&the->machine, s->va)};
  streams_access(phases_streams(the->phases), the->current, &access, take_gap(s->index));
}

static void on_special(unsigned translated_by, void *data) {
  const special *s = data;
  (void)translated_by;
  if (!machine_runs(&the->machine, &s->i))
    return;
  find_current();
  switch (s->i.kind) {
  case INSTRUCTION_MARK:
    on_mark(s);
    break;
  case INSTRUCTION_REGISTER:
    on_register(s);
    break;
  case INSTRUCTION_ZERO:
    on_zero(s);
    break;
  case INSTRUCTION_TLBI:
    on_instruction(s);
    break;
  case INSTRUCTION_SYS:
    if (phases_recording(the->phases))
      on_instruction(s);
    break;
  default:
    break;
  }
}

// -- fetches and accesses --

typedef struct block {
  uint64_t va;
  unsigned length;
} block;

// Code is translated once for each physical page, and may run at another address than the one it was translated for.
static void on_block(unsigned translated_by, void *data) {
  const block *b = data;
  (void)translated_by;
  if (!phases_recording(the->phases))
    return;
  find_current();
  running *r = &the->cpu[the->current];
  r->moved = machine_register(&the->machine, the->machine.pc) - b->va;
  r->counted += r->length;
  r->length = b->length;
}

typedef struct fetch_line {
  uint64_t va, pa;
  unsigned index;
} fetch_line;

static void on_fetch(unsigned translated_by, void *data) {
  const fetch_line *line = data;
  (void)translated_by;
  if (!phases_recording(the->phases))
    return;
  running *r = &the->cpu[the->current];
  uint64_t va = line->va + r->moved;
  if (va >> LINE_LOG2 == r->line)
    return;
  r->line = va >> LINE_LOG2;
  const record_access access = {
      .va = va, .pa = line->pa, .size_log2 = 2, .fetch = true, .user = !machine_is_kernel(&the->machine, va)};
  streams_access(phases_streams(the->phases), the->current, &access, take_gap(line->index));
}

// An access's instruction, as the argument of its callback: its number in the block, and whether it is EL0's.
static void *pack_place(unsigned index, bool user) {
  return (void *)((uintptr_t)index << 1 | user); // NOLINT(performance-no-int-to-ptr): QEMU hands it back as it is
}

static void on_data(unsigned translated_by, qemu_plugin_meminfo_t info, uint64_t va, void *place) {
  streams *to = phases_streams(the->phases);
  const struct qemu_plugin_hwaddr *address = to ? qemu_plugin_get_hwaddr(info, va) : NULL;
  (void)translated_by;
  if (!address)
    return;
  const record_access access = {.va = va,
                                .pa = qemu_plugin_hwaddr_phys_addr(address),
                                .size_log2 = (uint8_t)qemu_plugin_mem_size_shift(info),
                                .store = qemu_plugin_mem_is_store(info),
                                .io = qemu_plugin_hwaddr_is_io(address),
                                .user = (uintptr_t)place & 1};
  if (phases_recording(the->phases))
    streams_access(to, the->current, &access, take_gap((unsigned)((uintptr_t)place >> 1)));
  live *tables = phases_tables(the->phases);
  if (access.store && !access.io && live_has(tables, access.pa))
    live_store(tables, access.pa, 1U << access.size_log2);
}

// -- translation of code: what callbacks are given lives as long as QEMU does, which may keep the code as long --

static bool find_ram(void) {
  machine *m = &the->machine;
  return m->ram.host || (guest_ram_find(&m->ram, m->ram_path, m->ram.base) && phases_memory_found(the->phases));
}

static void instrument_fetch(struct qemu_plugin_insn *insn, uint64_t va, unsigned index) {
  const guest_ram *ram = &the->machine.ram;
  const uint8_t *host = qemu_plugin_insn_haddr(insn);
  bool in_ram = host && host >= ram->host && host < ram->host + ram->bytes;
  if (!in_ram)
    return;
  fetch_line *line = g_new(fetch_line, 1);
  *line = (fetch_line){.va = va, .pa = ram->base + (uint64_t)(host - ram->host), .index = index};
  qemu_plugin_register_vcpu_insn_exec_cb(insn, on_fetch, QEMU_PLUGIN_CB_NO_REGS, line);
}

static void instrument(struct qemu_plugin_insn *insn, unsigned index, unsigned length) {
  uint64_t va = qemu_plugin_insn_vaddr(insn);
  uint32_t word = 0;
  size_t bytes = qemu_plugin_insn_data(insn, &word, sizeof word);
  const instruction i = instruction_decode(word, (unsigned)bytes, the->machine.aarch64);
  if (i.kind != INSTRUCTION_OTHER) {
    special *s = g_new(special, 1);
    *s = (special){.i = i, .index = index, .length = length, .va = va};
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_special, QEMU_PLUGIN_CB_R_REGS, s);
  }
  bool user = !machine_is_kernel(&the->machine, va) || i.unprivileged;
  qemu_plugin_register_vcpu_mem_cb(insn, on_data, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, pack_place(index, user));
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *translated) {
  (void)id;
  if (!find_ram())
    return;
  uint64_t line = ~0ULL;
  block *b = g_new(block, 1);
  *b = (block){.va = qemu_plugin_tb_vaddr(translated), .length = (unsigned)qemu_plugin_tb_n_insns(translated)};
  qemu_plugin_register_vcpu_tb_exec_cb(translated, on_block, QEMU_PLUGIN_CB_R_REGS, b);
  for (unsigned n = 0; n < b->length; n++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(translated, n);
    uint64_t va = qemu_plugin_insn_vaddr(insn);
    if (va >> LINE_LOG2 != line)
      instrument_fetch(insn, va, n + 1);
    line = va >> LINE_LOG2;
    instrument(insn, n + 1, b->length);
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
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    the->cpu[cpu] = (running){.counted = COUNTED_FROM, .recorded = COUNTED_FROM};
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
