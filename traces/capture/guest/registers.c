// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The page of registers that snapshots begin with. Its order is the capture format's (traces/README.md): four words of
// magic, then these.
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#ifdef CONFIG_ARM64
#include <asm/sysreg.h>
#else
#include <asm/cp15.h>
#include <asm/cputype.h>
#endif
#include <asm/fixmap.h>
#include <asm/memory.h>

#include "kit.h"
#include "marker.h"

enum { MAGIC_WORDS = 4, WORDS = 30 };

/* What the capture knows better (SCTLR to CONTEXTIDR, AArch32's DACR) is left 0. */
struct kernel_words {
  u64 seq, sctlr, tcr, mair, ttbr0, ttbr1, contextidr, vbar, currentel, mmfr0, mmfr1, mmfr2, pfr0, ctr, midr,
      page_offset, vmalloc_start, vmalloc_end, modules_vaddr, modules_end, vmemmap_start, fixaddr_top, kimage_voff,
      memstart, page_shift, va_bits, sp, mpidr, mmfr3, vmalloc_fn_va;
};

#ifdef CONFIG_ARM64
static void read_machine(struct kernel_words *w) {
  w->vbar = read_sysreg(vbar_el1);
  w->currentel = read_sysreg(CurrentEL);
  w->mmfr0 = read_sysreg(id_aa64mmfr0_el1);
  w->mmfr1 = read_sysreg(id_aa64mmfr1_el1);
  w->mmfr2 = read_sysreg(id_aa64mmfr2_el1);
  w->mmfr3 = read_sysreg_s(sys_reg(3, 0, 0, 7, 3));
  w->pfr0 = read_sysreg(id_aa64pfr0_el1);
  w->ctr = read_sysreg(ctr_el0);
  w->midr = read_sysreg(midr_el1);
  w->mpidr = read_sysreg(mpidr_el1);
  w->kimage_voff = kimage_voffset;
  w->memstart = memstart_addr;
  w->va_bits = VA_BITS;
  w->vmemmap_start = VMEMMAP_START;
}
#else
static void read_machine(struct kernel_words *w) {
  w->mmfr0 = read_cpuid_ext(CPUID_EXT_MMFR0);
  w->mmfr1 = read_cpuid_ext(CPUID_EXT_MMFR1);
  w->mmfr2 = read_cpuid_ext(CPUID_EXT_MMFR2);
  w->mmfr3 = read_cpuid_ext(CPUID_EXT_MMFR3);
  w->ctr = read_cpuid_cachetype();
  w->midr = read_cpuid_id();
  w->mpidr = read_cpuid_mpidr();
  w->memstart = PHYS_OFFSET;
  w->va_bits = 32;
  w->vmemmap_start = (unsigned long)high_memory; /* where lowmem ends */
}
#endif

static void read_kernel(struct kernel_words *w) {
  w->page_offset = PAGE_OFFSET;
  w->vmalloc_start = VMALLOC_START;
  w->vmalloc_end = VMALLOC_END;
  w->modules_vaddr = MODULES_VADDR;
  w->modules_end = MODULES_END;
  w->fixaddr_top = FIXADDR_TOP;
  w->page_shift = PAGE_SHIFT;
  w->sp = (unsigned long)__builtin_frame_address(0);
  w->vmalloc_fn_va = (unsigned long)&vfree;
}

// The capture sees the lower words of LPAE's TTBRs, and both where they are written.
#ifdef CONFIG_ARM_LPAE
static void rewrite_ttbrs(void) {
  u64 ttbr;

  asm volatile("mrrc p15, 0, %Q0, %R0, c2\n\tmcrr p15, 0, %Q0, %R0, c2" : "=r"(ttbr));
  asm volatile("mrrc p15, 1, %Q0, %R0, c2\n\tmcrr p15, 1, %Q0, %R0, c2" : "=r"(ttbr));
}
#else
static void rewrite_ttbrs(void) {}
#endif

// Each CPU for itself, since its registers can only be read while it runs. Interrupts are off here.
static void introduce(void *nothing) {
  capture_cpu(smp_processor_id());
  rewrite_ttbrs();
}

void kit_tell_registers(void) {
  u64 *page = kzalloc(PAGE_SIZE, GFP_KERNEL);
  struct kernel_words *words;

  BUILD_BUG_ON(sizeof(*words) != WORDS * sizeof(u64));
  if (!page)
    return;
  on_each_cpu(introduce, NULL, 1);
  words = (struct kernel_words *)(page + MAGIC_WORDS);
  read_machine(words);
  read_kernel(words);
  capture_kernel(page);
  kfree(page);
}
