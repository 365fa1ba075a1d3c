// Maps of Linux's virtual address space: what all machines share.
#include "layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const tw_linux_layout_image usual_kernel = {
    .text = 18ULL << 20, .rodata = 12ULL << 20, .data = 3ULL << 20, .bss = 1ULL << 20};
static const tw_linux_layout_image usual_program = {
    .text = 1ULL << 20, .rodata = 256ULL << 10, .data = 64ULL << 10, .bss = 64ULL << 10};

tw_linux_layout_config tw_linux_layout_usual(tw_linux_layout_machine machine) {
  tw_linux_layout_config config = {.machine = machine,
                                   .linux_major = 6,
                                   .linux_minor = 12,
                                   .page_log2 = 12,
                                   .va_bits = 48,
                                   .ram_first = TW_GIB,
                                   .ram_bytes = 4 * TW_GIB,
                                   .vmalloc_bytes = 240 * TW_MIB,
                                   .kernel = usual_kernel,
                                   .program = usual_program,
                                   .heap_bytes = 64 * TW_MIB,
                                   .mmap_bytes = TW_GIB,
                                   .stack_bytes = 8 * TW_MIB};
  if (machine == TW_LINUX_ARM) {
    config.va_bits = 32;
    config.ram_bytes = TW_GIB;
    config.mmap_bytes = 256 * TW_MIB;
  }
  if (machine == TW_LINUX_X86_64)
    config.ram_first = 0;
  return config;
}

void tw_linux_layout_add(tw_linux_layout *layout, const char *name, uint64_t first, uint64_t end) {
  if (first == end || layout->count == TW_LINUX_REGIONS_MAX)
    return;
  tw_region *region = &layout->region[layout->count++];
  *region = (tw_region){.first = first, .last = end - 1};
  snprintf(region->name, sizeof region->name, "%s", name);
}

uint64_t tw_linux_layout_add_image(tw_linux_layout *layout, const char *prefix, const tw_linux_layout_image *image,
                                   uint64_t first) {
  static const char *const names[] = {"text", "rodata", "init", "data", "bss"};
  const uint64_t bytes[] = {image->head + image->text, image->rodata, image->init, image->data,
                            image->bss + image->tables};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    char name[32];
    snprintf(name, sizeof name, "%.16s %s", prefix, names[i]);
    tw_linux_layout_add(layout, name, first, first + bytes[i]);
    first += bytes[i];
  }
  return first;
}

void tw_linux_layout_add_program(tw_linux_layout *layout, const tw_linux_layout_config *config, uint64_t text,
                                 uint64_t top) {
  uint64_t heap = tw_linux_layout_add_image(layout, "user", &config->program, text);
  uint64_t stack = top - config->stack_bytes;
  // Below the stack the kernel leaves room for it to grow: mmap_base() keeps 128 MiB at least.
  uint64_t mmap_end = top - (config->stack_bytes > 128 * TW_MIB ? config->stack_bytes : 128 * TW_MIB);
  tw_linux_layout_add(layout, "user heap", heap, heap + config->heap_bytes);
  tw_linux_layout_add(layout, "user mmap", mmap_end - config->mmap_bytes, mmap_end);
  tw_linux_layout_add(layout, "user stack", stack, top);
  tw_linux_layout_add(layout, "user", 0, top);
}

static int check_multiple(const char *name, uint64_t value, uint64_t of, tw_error *error) {
  if (value % of == 0)
    return 0;
  return tw_fail(error, "layout: %s is %#" PRIx64 ", expected a multiple of %#" PRIx64, name, value, of);
}

static int check_bytes(const tw_linux_layout_config *config, tw_error *error) {
  const tw_linux_layout_image *kernel = &config->kernel, *program = &config->program;
  uint64_t page = (uint64_t)1 << config->page_log2;
  const struct {
    const char *name;
    uint64_t value, of;
  } rows[] = {{"ram_first", config->ram_first, 2 * TW_MIB},
              {"ram_bytes", config->ram_bytes, 2 * TW_MIB},
              {"kaslr", config->kaslr, 2 * TW_MIB},
              {"kernel.text", kernel->text, page},
              {"kernel.head", kernel->head, page},
              {"kernel.rodata", kernel->rodata, page},
              {"kernel.init", kernel->init, page},
              {"kernel.data", kernel->data, page},
              {"kernel.bss", kernel->bss, page},
              {"kernel.tables", kernel->tables, page},
              {"program.text", program->text, page},
              {"program.rodata", program->rodata, page},
              {"program.data", program->data, page},
              {"program.bss", program->bss, page},
              {"heap_bytes", config->heap_bytes, page},
              {"mmap_bytes", config->mmap_bytes, page},
              {"stack_bytes", config->stack_bytes, page}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (check_multiple(rows[i].name, rows[i].value, rows[i].of, error) < 0)
      return -1;
  if (config->ram_bytes == 0)
    return tw_fail(error, "layout: ram_bytes is 0, expected 2 MiB or more");
  return 0;
}

static int check_page(const tw_linux_layout_config *config, tw_error *error) {
  unsigned log2 = config->page_log2;
  if (config->machine == TW_LINUX_ARM64 ? log2 == 12 || log2 == 14 || log2 == 16 : log2 == 12)
    return 0;
  return tw_fail(error, "layout: page_log2 is %u, expected %s", log2,
                 config->machine == TW_LINUX_ARM64 ? "12, 14 or 16" : "12");
}

int tw_linux_layout_make(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error) {
  *layout = (tw_linux_layout){.linear_pa = config->ram_first, .linear_bytes = config->ram_bytes};
  if (check_page(config, error) < 0 || check_bytes(config, error) < 0)
    return -1;
  switch (config->machine) {
  case TW_LINUX_ARM64:
    return tw_linux_layout_arm64(config, layout, error);
  case TW_LINUX_ARM:
    return tw_linux_layout_arm(config, layout, error);
  case TW_LINUX_X86_64:
    return tw_linux_layout_x86_64(config, layout, error);
  }
  return tw_fail(error, "layout: machine is %d, expected one of tw_linux_layout_machine", (int)config->machine);
}

const tw_region *tw_linux_layout_find(const tw_linux_layout *layout, uint64_t va) {
  for (size_t i = 0; i < layout->count; i++)
    if (va >= layout->region[i].first && va <= layout->region[i].last)
      return &layout->region[i];
  return NULL;
}

const tw_region *tw_linux_layout_named(const tw_linux_layout *layout, const char *name) {
  for (size_t i = 0; i < layout->count; i++)
    if (strcmp(layout->region[i].name, name) == 0)
      return &layout->region[i];
  return NULL;
}
