// arm, 3G/1G: arch/arm/include/asm/{memory,pgtable,fixmap}.h and arch/arm/mm/mmu.c.
//
// Sources: Documentation/arch/arm/memory.rst and boot logs of either era.
#include "layout.h"

#include <inttypes.h>

static const uint64_t PAGE_OFFSET = 0xc0000000, VMALLOC_OFFSET = 8 << 20, MODULES_VADDR = 0xbf000000;

/// Since 4.4 vmalloc ends 8 MiB higher.
static uint64_t vmalloc_end(const tw_linux_layout_config *config) {
  return tw_linux_layout_since(config, 4, 4) ? 0xff800000 : 0xff000000;
}

static int check(const tw_linux_layout_config *config, tw_error *error) {
  uint64_t room = vmalloc_end(config) - VMALLOC_OFFSET - PAGE_OFFSET - 32 * TW_MIB; // mmu.c: early_vmalloc()
  if (config->va_bits != 32)
    return tw_fail(error, "layout: va_bits is %u, expected 32 on arm", config->va_bits);
  if (config->kasan)
    return tw_fail(error, "layout: kasan on arm, expected it on arm64 alone");
  if (config->linux_major < 3)
    return tw_fail(error, "layout: Linux %u.%u, expected 3.0 or later", config->linux_major, config->linux_minor);
  if (config->vmalloc_bytes % TW_MIB || config->vmalloc_bytes < 16 * TW_MIB || config->vmalloc_bytes > room)
    return tw_fail(error,
                   "layout: vmalloc_bytes is %#" PRIx64 ", expected a multiple of 1 MiB from 16 MiB to %#" PRIx64,
                   config->vmalloc_bytes, room);
  return 0;
}

/// Fixed places above vmalloc.
static void add_top(tw_linux_layout *layout, const tw_linux_layout_config *config) {
  tw_linux_layout_add(layout, "vectors", 0xffff0000, 0xffff2000);
  bool has_tree = tw_linux_layout_since(config, 5, 11);
  if (has_tree) // and 512 KiB to guard it
    tw_linux_layout_add(layout, "device tree", 0xff800000, 0xffc00000);
  if (tw_linux_layout_since(config, 3, 18))
    tw_linux_layout_add(layout, "fixmap", has_tree ? 0xffc80000 : 0xffc00000, 0xfff00000);
  else
    tw_linux_layout_add(layout, "fixmap", 0xfff00000, 0xfffe0000);
}

int tw_linux_layout_arm(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error) {
  if (check(config, error) < 0)
    return -1;
  uint64_t end = vmalloc_end(config);
  // Low memory ends at RAM's end or below the room that vmalloc and the hole before it take: the rest is high memory.
  uint64_t lowmem = end - config->vmalloc_bytes - VMALLOC_OFFSET - PAGE_OFFSET;
  bool high = config->ram_bytes > lowmem;
  if (!high)
    lowmem = config->ram_bytes;
  layout->era = tw_linux_layout_since(config, 4, 4) ? "arm, Linux 4.4 and later" : "arm, Linux 3.0 to 4.3";
  layout->linear_va = PAGE_OFFSET;
  layout->linear_bytes = lowmem;
  layout->user_bits = 32;
  layout->image_va = PAGE_OFFSET + 32 * TW_KIB + config->kaslr; // TEXT_OFFSET
  uint64_t high_memory = PAGE_OFFSET + lowmem, vmalloc = (high_memory + VMALLOC_OFFSET) & -VMALLOC_OFFSET;
  uint64_t modules_end = high ? PAGE_OFFSET - 2 * TW_MIB : PAGE_OFFSET;
  tw_linux_layout_add_image(layout, "kernel", &config->kernel, layout->image_va);
  tw_linux_layout_add(layout, "PCI I/O", 0xfee00000, 0xff000000);
  add_top(layout, config);
  tw_linux_layout_add(layout, "lowmem", PAGE_OFFSET, high_memory);
  tw_linux_layout_add(layout, "vmalloc", vmalloc, end);
  tw_linux_layout_add(layout, "pkmap", modules_end, PAGE_OFFSET);
  tw_linux_layout_add(layout, "modules", MODULES_VADDR, modules_end);
  // TASK_SIZE leaves 16 MiB below PAGE_OFFSET; ELF_ET_DYN_BASE is 4 MiB.
  tw_linux_layout_add_program(layout, config, 4 * TW_MIB, MODULES_VADDR);
  return 0;
}
