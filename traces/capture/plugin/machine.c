#include "machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KERNEL32 = 0xbf000000, PAGE = 4096 };
enum { CPSR_MODE = 0x1f, MODE_USER = 0x10, CPSR_T = 0x20 };

// -- what QEMU calls them --

typedef struct regime_register {
  const char *name64, *name32;
  size_t offset;  // in guest_registers
  unsigned shift; // of AArch32: where its 32 bits stand in the field
} regime_register;

#define AT(field) offsetof(guest_registers, field)

static const regime_register regime[REGIME_REGISTERS] = {
    {"SCTLR", "SCTLR", AT(sctlr), 0},
    {"TCR_EL1", "TTBCR", AT(tcr), 0},
    {"MAIR_EL1", "MAIR0", AT(mair), 0},
    {"", "MAIR1", AT(mair), 32},
    {"TTBR0_EL1", "TTBR0", AT(ttbr0), 0},
    {"TTBR1_EL1", "TTBR1", AT(ttbr1), 0},
    {"CONTEXTIDR_EL1", "CONTEXTIDR_EL1", AT(contextidr), 0},
    {"", "DACR", AT(dacr), 0},
};

static const char *regime_name(const machine *m, unsigned n) {
  return m->aarch64 ? regime[n].name64 : regime[n].name32;
}

// "x7" is 7. GENERAL_REGISTERS: no general register.
static unsigned general_number(const machine *m, const char *name) {
  if (!m->aarch64 && strcmp(name, "sp") == 0)
    return 13;
  if (!m->aarch64 && strcmp(name, "lr") == 0)
    return 14;
  if (name[0] != (m->aarch64 ? 'x' : 'r') || !g_ascii_isdigit(name[1]))
    return GENERAL_REGISTERS;
  char *end;
  unsigned long number = strtoul(name + 1, &end, 10);
  return *end || number > GENERAL_REGISTERS ? GENERAL_REGISTERS : (unsigned)number;
}

static void take_handle(machine *m, const qemu_plugin_reg_descriptor *d) {
  unsigned number = general_number(m, d->name);
  if (number < GENERAL_REGISTERS)
    m->general[number] = d->handle;
  else if (strcmp(d->name, "pc") == 0)
    m->pc = d->handle;
  else if (strcmp(d->name, "cpsr") == 0)
    m->cpsr = d->handle;
  else if (strcmp(d->name, m->aarch64 ? "TPIDR_EL1" : "TPIDRPRW") == 0)
    m->thread = d->handle;
  for (unsigned n = 0; n < REGIME_REGISTERS; n++)
    if (strcmp(d->name, regime_name(m, n)) == 0)
      m->regime[n] = d->handle;
}

void machine_find_registers(machine *m) {
  GArray *registers = qemu_plugin_get_registers();
  m->bytes = m->bytes ? m->bytes : g_byte_array_new();
  for (unsigned n = 0; n < registers->len; n++)
    take_handle(m, &g_array_index(registers, qemu_plugin_reg_descriptor, n));
  g_array_free(registers, TRUE);
}

// -- reading them --

uint64_t machine_register(machine *m, struct qemu_plugin_register *handle) {
  uint64_t value = 0;
  g_byte_array_set_size(m->bytes, 0);
  int size = handle ? qemu_plugin_read_register(handle, m->bytes) : 0;
  if (size > 0)
    memcpy(&value, m->bytes->data, (size_t)size < sizeof value ? (size_t)size : sizeof value);
  return value;
}

uint64_t machine_general(machine *m, unsigned number) { return machine_register(m, m->general[number]); }

uint64_t machine_operand(machine *m, const instruction *i) {
  if (m->aarch64 && i->rt == 31)
    return 0;
  uint64_t low = machine_general(m, i->rt);
  return i->has_rt2 ? (uint32_t)low | machine_general(m, i->rt2) << 32 : low;
}

bool machine_runs(machine *m, const instruction *i) {
  if (m->aarch64 || i->kind == INSTRUCTION_MARK)
    return true;
  uint64_t cpsr = machine_register(m, m->cpsr);
  return (cpsr & CPSR_MODE) != MODE_USER && !(cpsr & CPSR_T) && instruction_condition(i->word, cpsr);
}

// -- telling CPUs apart --

unsigned machine_current(machine *m) {
  if (m->cpus == 1)
    return 0;
  uint64_t thread = machine_register(m, m->thread);
  for (unsigned cpu = 0; cpu < m->cpus; cpu++)
    if (m->thread_of[cpu] == thread)
      return cpu;
  return 0;
}

// Register `n`, where it stands in its field, and the bits of the field that it is.
static uint64_t read_regime(machine *m, unsigned n, uint64_t *mask) {
  *mask = m->aarch64 ? ~0ULL : 0xffffffffULL << regime[n].shift;
  return machine_register(m, m->regime[n]) << regime[n].shift & *mask;
}

static uint64_t *regime_field(machine *m, unsigned cpu, unsigned n) {
  return (uint64_t *)((char *)&m->registers[cpu] + regime[n].offset);
}

void machine_introduce(machine *m, unsigned cpu) {
  if (cpu >= m->cpus)
    return;
  m->thread_of[cpu] = machine_register(m, m->thread);
  for (unsigned n = 0; n < REGIME_REGISTERS; n++) {
    uint64_t mask, value = read_regime(m, n, &mask), *field = regime_field(m, cpu, n);
    if (m->regime[n])
      *field = (*field & ~mask) | value;
  }
}

void machine_check_registers(machine *m, unsigned cpu) {
  for (unsigned n = 0; n < REGIME_REGISTERS; n++) {
    uint64_t mask, found = read_regime(m, n, &mask), written = *regime_field(m, cpu, n) & mask;
    if (!m->regime[n] || found == written)
      continue;
    fprintf(stderr, "capture plugin: CPU %u: %s: found 0x%" PRIx64 ", expected 0x%" PRIx64 " as it was written\n", cpu,
            regime_name(m, n), found, written);
    exit(1);
  }
}

// -- following their writes --

void machine_write(machine *m, unsigned cpu, register_field field, uint64_t value) {
  guest_registers *r = &m->registers[cpu];
  uint64_t *const fields[] = {
      [FIELD_SCTLR] = &r->sctlr, [FIELD_TCR] = &r->tcr,     [FIELD_MAIR] = &r->mair,
      [FIELD_TTBR0] = &r->ttbr0, [FIELD_TTBR1] = &r->ttbr1, [FIELD_CONTEXTIDR] = &r->contextidr,
      [FIELD_DACR] = &r->dacr,
  };
  if (field == FIELD_MAIR_HIGH)
    r->mair = (uint32_t)r->mair | value << 32;
  else if (field == FIELD_MAIR && !m->aarch64)
    r->mair = (r->mair >> 32 << 32) | (uint32_t)value;
  else if (field != FIELD_NONE)
    *fields[field] = value;
}

// -- memory --

bool machine_is_kernel(const machine *m, uint64_t va) { return m->aarch64 ? va >> 55 & 1 : va >= KERNEL32; }

bool machine_translate(const machine *m, unsigned cpu, uint64_t va, translation *found) {
  return format_translate(&m->ram, &m->registers[cpu], m->aarch64, va, found);
}

bool machine_read(const machine *m, unsigned cpu, uint64_t va, void *to, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    translation found;
    size_t left = bytes - done, piece = PAGE - (va + done) % PAGE;
    piece = piece < left ? piece : left;
    const uint8_t *at = machine_translate(m, cpu, va + done, &found) ? guest_ram_at(&m->ram, found.pa, piece) : NULL;
    if (!at)
      return false;
    memcpy((char *)to + done, at, piece);
    done += piece;
  }
  return true;
}

void machine_read_string(const machine *m, unsigned cpu, uint64_t va, char *to, size_t room) {
  size_t length = 0;
  while (length < room - 1 && machine_read(m, cpu, va + length, &to[length], 1) && to[length])
    length++;
  to[length] = '\0';
}
