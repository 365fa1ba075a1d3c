// x86-64 with four and five levels, as Documentation/arch/x86/x86_64/mm.rst has it.
#include "layout.h"

static const struct x86_places {
  uint64_t direct, direct_end, vmalloc, vmalloc_end, vmemmap, vmemmap_end;
} places[2] = {
    {0xffff888000000000, 0xffffc88000000000, 0xffffc90000000000, 0xffffe90000000000, 0xffffea0000000000,
     0xffffeb0000000000},
    {0xff11000000000000, 0xff91000000000000, 0xffa0000000000000, 0xffd2000000000000, 0xffd4000000000000,
     0xffd6000000000000},
};

int tw_linux_layout_x86_64(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error) {
  if (config->va_bits != 48 && config->va_bits != 57)
    return tw_fail(error, "layout: va_bits is %u, expected 48 or 57 on x86-64", config->va_bits);
  if (config->kasan)
    return tw_fail(error, "layout: kasan on x86-64, expected it on arm64 alone");
  const struct x86_places *p = &places[config->va_bits == 57];
  layout->era = config->va_bits == 57 ? "x86-64, five levels" : "x86-64, four levels";
  layout->linear_va = p->direct;
  layout->user_bits = config->va_bits - 1;
  layout->image_va = 0xffffffff81000000 + config->kaslr;
  tw_linux_layout_add_image(layout, "kernel", &config->kernel, layout->image_va);
  tw_linux_layout_add(layout, "direct map", p->direct, p->direct_end);
  tw_linux_layout_add(layout, "vmalloc", p->vmalloc, p->vmalloc_end);
  tw_linux_layout_add(layout, "vmemmap", p->vmemmap, p->vmemmap_end);
  tw_linux_layout_add(layout, "kernel map", 0xffffffff80000000, 0xffffffffa0000000);
  tw_linux_layout_add(layout, "modules", 0xffffffffa0000000, 0xffffffffff000000);
  tw_linux_layout_add(layout, "fixmap", 0xffffffffff578000, 0xffffffffff600000);
  tw_linux_layout_add(layout, "vsyscall", 0xffffffffff600000, 0xffffffffff601000);
  uint64_t top = ((uint64_t)1 << layout->user_bits) - 4096; // TASK_SIZE_MAX: a guard page below the hole
  tw_linux_layout_add_program(layout, config, 0x555555554000, top);
  return 0;
}
