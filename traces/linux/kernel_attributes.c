// What Linux's protection values say (arm64: asm/pgtable-prot.h; arm: asm/pgtable-{2,3}level.h, mm/mmu.c).
#include "kernel.h"

/// Software's bits, from bit 55 of a long descriptor on: PTE_DIRTY (L_PTE_DIRTY); LPAE's L_PTE_RDONLY is bit 58.
enum { SOFTWARE_DIRTY = 1, SOFTWARE_READ_ONLY = 8 };

/// arm64's MAIR (mm/proc.S) has the types in the order of TW_MT_...; arm's L_PTE_MT_...: write-back with allocation,
/// bufferable, uncached, shared device.
static uint8_t memory_of(const tw_kernel *kernel, unsigned memory) {
  static const uint8_t arm[] = {7, 7, 1, 0, 4};
  return tw_kernel_is_arm(kernel) ? arm[memory] : (uint8_t)memory;
}

/// arm64: PTE_DIRTY was not in _PAGE_KERNEL from 5.4 (aa57157be69f) to c25c4aa3f79a, which 6.1.y and later ones have.
static bool is_dirty(const tw_kernel *kernel) {
  return tw_kernel_is_arm(kernel) || !tw_kernel_since(kernel, 5, 4) || tw_kernel_since(kernel, 6, 1);
}

tw_page_attributes tw_kernel_data(const tw_kernel *kernel, unsigned memory) {
  bool arm = tw_kernel_is_arm(kernel);
  return (tw_page_attributes){.write = true,
                              .not_global = !arm && kernel->config.kpti,
                              .dirty_by_hardware = !arm && kernel->config.hardware_dirty,
                              .memory = memory_of(kernel, memory),
                              .shareability = 3,
                              .software = is_dirty(kernel) ? SOFTWARE_DIRTY : 0};
}

tw_page_attributes tw_kernel_read_only(const tw_kernel *kernel) {
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  attributes.write = false;
  if (tw_kernel_is_arm(kernel))
    attributes.software |= SOFTWARE_READ_ONLY;
  return attributes;
}

tw_page_attributes tw_kernel_text(const tw_kernel *kernel) {
  bool off = kernel->config.rodata == TW_RODATA_OFF; // PAGE_KERNEL_EXEC
  tw_page_attributes attributes = off ? tw_kernel_data(kernel, TW_MT_NORMAL) : tw_kernel_read_only(kernel);
  attributes.execute = true;
  return attributes;
}

tw_page_attributes tw_kernel_section(tw_page_attributes attributes) {
  attributes.software &= SOFTWARE_READ_ONLY;
  return attributes;
}
