// The machine that is captured: its memory and its CPUs. Of the CPU whose callback runs QEMU gives the registers; of
// the others they are known by following the writes to them.
#ifndef CAPTURE_MACHINE_H
#define CAPTURE_MACHINE_H

#include "format.h"
#include "instruction.h"
#include "qemu_api.h"

enum { GENERAL_REGISTERS = 32, REGIME_REGISTERS = 8 };

typedef struct machine {
  char *ram_path;
  guest_ram ram;
  bool aarch64;
  unsigned cpus;
  guest_registers registers[CPUS_MAX]; // as they were written
  GByteArray *bytes;                   // of the register that is read
  uint64_t thread_of[CPUS_MAX];        // the kernel's per-CPU register (TPIDR_EL1, TPIDRPRW), which tells CPUs apart
  struct qemu_plugin_register *general[GENERAL_REGISTERS], *pc, *cpsr, *thread, *regime[REGIME_REGISTERS];
} machine;

/// Find the registers' handles: in a CPU's first callback.
void machine_find_registers(machine *m);

/// Of the CPU whose callback runs: general register `number`, any register.
uint64_t machine_general(machine *m, unsigned number);
uint64_t machine_register(machine *m, struct qemu_plugin_register *handle);
/// The operand of an instruction that is about to run.
uint64_t machine_operand(machine *m, const instruction *i);
/// AArch32: does it run as the A32 instruction of the kernel that it was decoded as?
bool machine_runs(machine *m, const instruction *i);
/// `cpu` writes `value` to a translation register.
void machine_write(machine *m, unsigned cpu, register_field field, uint64_t value);
/// The CPU whose callback runs is `cpu`: know it again, and its registers.
void machine_introduce(machine *m, unsigned cpu);
/// The CPU whose callback runs. With several of them, one that was not introduced counts as the first.
unsigned machine_current(machine *m);
/// Hold what `cpu`, whose callback runs, was seen to write against what its registers hold. A difference ends QEMU.
void machine_check_registers(machine *m, unsigned cpu);

/// Of the kernel's half. AArch32: the modules and all above them.
bool machine_is_kernel(const machine *m, uint64_t va);
bool machine_translate(const machine *m, unsigned cpu, uint64_t va, translation *found);
/// Bytes at a virtual address. False: not all of it is mapped.
bool machine_read(const machine *m, unsigned cpu, uint64_t va, void *to, size_t bytes);
/// A string, cut to what `to` holds or at what is not mapped.
void machine_read_string(const machine *m, unsigned cpu, uint64_t va, char *to, size_t room);

#endif
