// A kernel from its configuration, and what a trace of it begins with.
#include "kernel.h"
#include "layout.h"
#include "slab.h"

#include <inttypes.h>
#include <stdlib.h>

tw_kernel_config tw_kernel_config_usual(tw_linux_layout_machine machine) {
  return (tw_kernel_config){.layout = tw_linux_layout_usual(machine),
                            .rodata = TW_RODATA_FULL,
                            .cpus = 1,
                            .seed = 1,
                            .hardware_dirty = machine == TW_LINUX_ARM64,
                            .cma_bytes = machine == TW_LINUX_ARM ? 16U << 20 : 0};
}

/// arm64 has KFENCE since 5.12; arm's, which splits sections, is not known here.
static int check_kfence(const tw_kernel_config *config, tw_error *error) {
  if (!config->kfence && !config->kfence_later)
    return 0;
  if (config->layout.machine == TW_LINUX_ARM)
    return tw_fail(error, "kernel: kfence on arm, expected none");
  if (tw_linux_layout_since(&config->layout, 5, 12))
    return 0;
  return tw_fail(error, "kernel: kfence with Linux %u.%u, expected 5.12 or later", config->layout.linux_major,
                 config->layout.linux_minor);
}

static int check(const tw_kernel_config *config, tw_error *error) {
  if (config->layout.machine == TW_LINUX_X86_64)
    return tw_fail(error, "kernel: machine is x86-64, expected arm64 or arm: only its layout is known");
  if (config->rodata > TW_RODATA_OFF)
    return tw_fail(error, "kernel: rodata is %u, expected 0 to 2", (unsigned)config->rodata);
  if (config->bbm > 2)
    return tw_fail(error, "kernel: bbm is %u, expected 0 to 2", config->bbm);
  if (config->cpus < 1 || config->cpus > 512)
    return tw_fail(error, "kernel: cpus is %u, expected 1 to 512", config->cpus);
  if (!(config->fragmented >= 0 && config->fragmented < 1))
    return tw_fail(error, "kernel: fragmented is %g, expected at least 0 and less than 1", config->fragmented);
  return check_kfence(config, error);
}

// ---- what the tables ask for ----

/// The first tables lie in the image: arm64's at the end of rodata (swapper_pg_dir and its neighbours), arm's before
/// the head.
static uint64_t take_root(tw_kernel *kernel) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t end = kernel->image_pa + image->head + image->text + image->rodata;
  kernel->roots++;
  if (tw_kernel_is_arm(kernel))
    return kernel->image_pa - (kernel->config.lpae ? 0x5000 : 0x4000);
  return end - tw_kernel_page(kernel) * kernel->roots;
}

static uint64_t take_table(void *context, unsigned bytes) {
  tw_kernel *kernel = context;
  if (kernel->roots < (tw_kernel_is_arm(kernel) ? 1 : 2))
    return take_root(kernel);
  if (kernel->booted)
    return tw_kernel_take(kernel, 0, false);
  uint64_t page = tw_kernel_page(kernel), size = bytes < page ? page : bytes;
  return tw_boot_take(&kernel->boot, size, size);
}

static void give_table(void *context, uint64_t pa, unsigned bytes) {
  tw_kernel *kernel = context;
  (void)bytes;
  tw_kernel_give(kernel, pa, 0);
}

static void descriptor_written(void *context, uint64_t pa, uint64_t value, unsigned bytes) {
  const tw_kernel *kernel = context;
  if (!kernel->told || !kernel->sink.event)
    return;
  tw_event event = {.kind = TW_EVENT_DESCRIPTOR, .bytes = (uint8_t)bytes, .pa = pa, .value = value};
  kernel->sink.event(kernel->sink.context, &event);
}

static void must_invalidate(void *context, uint64_t va, uint64_t bytes, bool table) {
  if (table)
    tw_kernel_flush_table(context, va);
  else
    tw_kernel_flush(context, va, bytes);
}

static tw_table_format format_of(const tw_kernel_config *config) {
  if (config->layout.machine == TW_LINUX_ARM64)
    return TW_TABLES_VMSA64;
  return config->lpae ? TW_TABLES_LPAE : TW_TABLES_SHORT;
}

static int make_tables(tw_kernel *kernel, tw_error *error) {
  const tw_linux_layout_config *layout = &kernel->config.layout;
  tw_page_tables_config config = {
      .format = format_of(&kernel->config),
      .page_log2 = layout->page_log2,
      .va_bits = tw_kernel_va_bits(kernel),
      .wide = layout->va_bits == 52 && !layout->narrow,
      .bbm = kernel->config.bbm,
      .port = {take_table, give_table, descriptor_written, must_invalidate, kernel},
  };
  kernel->tables = tw_page_tables_create(&config, error);
  return kernel->tables ? 0 : -1;
}

// ---- creation ----

/// Blocks go up to MAX_ORDER (CONFIG_ARCH_FORCE_MAX_ORDER): 4 MiB; 32 MiB with pages of 16K, 512 MiB with 64K.
static unsigned orders_of(unsigned page_log2) { return page_log2 == 12 ? 11 : page_log2 == 14 ? 12 : 14; }

static int make_areas(tw_kernel *kernel) {
  static const char *const names[] = {"vmalloc", "modules"};
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  kernel->areas = tw_areas_create();
  if (!kernel->areas)
    return -1;
  for (size_t i = 0; i < 2; i++) {
    const tw_region *region = tw_linux_layout_named(&kernel->layout, names[i]);
    if (tw_areas_add(kernel->areas, region->first, region->last - region->first + 1) < 0)
      return -1;
  }
  uint64_t head = tw_kernel_maps_head(kernel) ? 0 : image->head;
  uint64_t rest = tw_kernel_image_bytes(kernel) - image->head;
  return tw_areas_reserve(kernel->areas, kernel->layout.image_va + head, image->head - head + rest);
}

static int map_machine(tw_kernel *kernel, tw_error *error) {
  bool arm = tw_kernel_is_arm(kernel);
  if ((arm ? tw_kernel_place_arm : tw_kernel_place_arm64)(kernel, error) < 0 || make_tables(kernel, error) < 0)
    return -1;
  return (arm ? tw_kernel_boot_arm : tw_kernel_boot_arm64)(kernel, error);
}

static int boot(tw_kernel *kernel, tw_error *error) {
  kernel->boot.free[0] = (tw_boot_range){kernel->layout.linear_pa, kernel->layout.linear_bytes};
  kernel->boot.count = 1;
  if (map_machine(kernel, error) < 0)
    return -1;
  kernel->slabs = tw_slabs_create(kernel);
  if (tw_kernel_make_zones(kernel) < 0 || make_areas(kernel) < 0 || !kernel->slabs)
    return tw_fail(error, "kernel: out of memory");
  return 0;
}

tw_kernel *tw_kernel_create(const tw_kernel_config *config, const tw_kernel_sink *sink, tw_error *error) {
  tw_linux_layout layout;
  if (check(config, error) < 0 || tw_linux_layout_make(&config->layout, &layout, error) < 0)
    return NULL;
  tw_kernel *kernel = calloc(1, sizeof *kernel);
  if (!kernel) {
    tw_fail(error, "kernel: out of memory");
    return NULL;
  }
  kernel->config = *config;
  kernel->layout = layout;
  kernel->page_log2 = config->layout.page_log2;
  kernel->orders = orders_of(kernel->page_log2);
  if (sink)
    kernel->sink = *sink;
  if (boot(kernel, error) == 0)
    return kernel;
  tw_kernel_destroy(kernel);
  return NULL;
}

void tw_kernel_destroy(tw_kernel *kernel) {
  if (!kernel)
    return;
  tw_slabs_destroy(kernel->slabs);
  tw_areas_destroy(kernel->areas);
  tw_areas_destroy(kernel->user_areas);
  tw_page_tables_destroy(kernel->tables);
  for (size_t i = 0; i < kernel->zones; i++)
    tw_buddy_destroy(kernel->zone[i].buddy);
  tw_number_map_free(&kernel->mappings);
  tw_number_map_free(&kernel->pkmap_of);
  free(kernel);
}

void tw_kernel_boot_done(tw_kernel *kernel) { kernel->told = true; }

const tw_linux_layout *tw_kernel_layout(const tw_kernel *kernel) { return &kernel->layout; }

// ---- what a trace begins with ----

bool tw_kernel_find(const tw_kernel *kernel, uint64_t va, uint64_t *pa) {
  tw_page_leaf leaf;
  if (!tw_page_tables_find(kernel->tables, va, &leaf))
    return false;
  *pa = leaf.pa + (va - leaf.va);
  return true;
}

tw_registers tw_kernel_registers(const tw_kernel *kernel) {
  return tw_kernel_is_arm(kernel) ? tw_kernel_registers_arm(kernel) : tw_kernel_registers_arm64(kernel);
}

const tw_table_page *tw_kernel_tables(tw_kernel *kernel, size_t *count) {
  return tw_page_tables_pages(kernel->tables, count);
}
