// The guest machine as the plugin sees it: its memory, mapped by QEMU from a file, and the translation registers that
// each CPU wrote last.
#ifndef CAPTURE_GUEST_H
#define CAPTURE_GUEST_H

#include <stdbool.h>
#include <stdint.h>

enum { CPUS_MAX = 8 };

/// The guest's memory: `bytes` at physical address `base` lie at `host` in this process.
typedef struct guest_ram {
  const uint8_t *host;
  uint64_t base, bytes;
} guest_ram;

/// Find where QEMU mapped `path`. False: not mapped yet.
bool guest_ram_find(guest_ram *ram, const char *path, uint64_t base);

/// Physical address to host address; NULL unless all of [pa, pa + bytes) is RAM.
static inline const uint8_t *guest_ram_at(const guest_ram *ram, uint64_t pa, uint64_t bytes) {
  bool inside = pa >= ram->base && bytes <= ram->bytes && pa - ram->base <= ram->bytes - bytes;
  return inside ? ram->host + (pa - ram->base) : (const uint8_t *)0;
}

/// What a CPU last wrote to its translation registers. AArch32: tcr is TTBCR, mair is NMRR:PRRR (MAIR1:MAIR0).
typedef struct guest_registers {
  uint64_t sctlr, tcr, mair, ttbr0, ttbr1, contextidr, dacr;
} guest_registers;

#endif
