// The region map of a capture, from the registers and what the kernel said of itself. The most special stand
// first: buffers, the kernel image, then the large regions, so that the first that holds an address is the best name.
#include "section.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traces/census.h>

static int add(tw_section *section, const char *prefix, const char *name, uint64_t first, uint64_t end) {
  if (end - 1 < first || end == first || section->region_count == TW_REGIONS_MAX)
    return 0;
  tw_region *larger = realloc(section->regions, (section->region_count + 1) * sizeof *larger);
  if (!larger)
    return -1;
  section->regions = larger;
  tw_region *region = &larger[section->region_count++];
  *region = (tw_region){.first = first, .last = end - 1};
  snprintf(region->name, sizeof region->name, "%.8s%.22s", prefix, name);
  return 0;
}

static bool is_buffer(const tw_phase *phase) {
  static const char *const patterns[] = {"seq", "page", "rand", "seqw", "chase"};
  for (size_t i = 0; phase->bytes && i < sizeof patterns / sizeof patterns[0]; i++)
    if (strcmp(phase->pattern, patterns[i]) == 0)
      return true;
  return false;
}

static bool has_region(const tw_section *section, const char *kind) {
  for (size_t i = 0; i < section->region_count; i++)
    if (strncmp(section->regions[i].name, "buffer ", 7) == 0 && strcmp(section->regions[i].name + 7, kind) == 0)
      return true;
  return false;
}

static int add_buffers(tw_section *section) {
  int status = 0;
  for (size_t i = 0; i < section->phase_count && status == 0; i++) {
    const tw_phase *phase = &section->phases[i];
    if (is_buffer(phase) && !has_region(section, phase->kind))
      status = add(section, "buffer ", phase->kind, phase->va, phase->va + phase->bytes);
  }
  return status;
}

// A 52-bit kernel on a smaller machine says a page_offset below what TCR_EL1.T1SZ can reach.
static uint64_t lowest_kernel_address(const tw_section *section) {
  uint64_t t1sz = section->registers.tcr >> 16 & 0x3f;
  return t1sz ? -((uint64_t)1 << (64 - t1sz)) : 0;
}

static uint64_t larger_of(uint64_t a, uint64_t b) { return a > b ? a : b; }

// -- the kernel image: what is mapped at its fixed distance from its physical address --

typedef struct image_hull {
  uint64_t least, voffset, first, end;
} image_hull;

static int widen_hull(void *context, const tw_mapping *mapping) {
  image_hull *hull = context;
  if (!mapping->half || mapping->va < hull->least || mapping->va - mapping->pa != hull->voffset)
    return 0;
  if (hull->end == 0)
    hull->first = mapping->va;
  hull->end = mapping->va + mapping->bytes;
  return 0;
}

static int add_kernel_image(tw_section *section) {
  image_hull hull = {.least = tw_section_named(section, "modules_vaddr"),
                     .voffset = tw_section_named(section, "kimage_voff")};
  tw_image image = {&section->registers, section->tables, section->table_count};
  // Tables that can't be walked have no kernel image to show; whoever translates with them will say why.
  if (hull.voffset == 0 || tw_image_walk(&image, widen_hull, &hull, NULL) != 0 || hull.end == 0)
    return 0;
  return add(section, "", "kernel image", hull.first, hull.end);
}

static int add_aarch64(tw_section *section) {
  uint64_t modules = tw_section_named(section, "modules_vaddr");
  uint64_t vmalloc = tw_section_named(section, "vmalloc_start");
  uint64_t vmalloc_end = tw_section_named(section, "vmalloc_end");
  uint64_t vmemmap = tw_section_named(section, "vmemmap_start");
  uint64_t linear = larger_of(tw_section_named(section, "page_offset"), lowest_kernel_address(section));
  int status = add_kernel_image(section); // before vmalloc, in which it lies
  status |= add(section, "", "linear", linear, modules < vmalloc ? modules : vmalloc);
  status |= add(section, "", "modules", modules, tw_section_named(section, "modules_end"));
  status |= add(section, "", "vmalloc", vmalloc, vmalloc_end);
  // The same kernels count vmemmap_start for 52 bits: there it lies inside vmalloc.
  status |= add(section, "", "vmemmap", larger_of(vmemmap, vmalloc_end), 0);
  return status;
}

// Of AArch32 the capture says lowmem's end as vmemmap_start. The fixed places above vmalloc are those of
// arch/arm/include/asm: the device tree's map, fixmap, and the vectors' two pages when SCTLR.V is set.
static int add_aarch32(tw_section *section) {
  uint64_t page_offset = tw_section_named(section, "page_offset");
  uint64_t modules = tw_section_named(section, "modules_vaddr"), pkmap = tw_section_named(section, "modules_end");
  bool high_vectors = section->registers.sctlr >> 13 & 1;
  int status = add(section, "", "user", 0, modules);
  status |= add(section, "", "modules", modules, pkmap);
  status |= add(section, "", "pkmap", pkmap, page_offset);
  status |= add(section, "", "lowmem", page_offset, tw_section_named(section, "vmemmap_start"));
  status |=
      add(section, "", "vmalloc", tw_section_named(section, "vmalloc_start"), tw_section_named(section, "vmalloc_end"));
  status |= add(section, "", "device tree", 0xff800000, 0xffc00000);
  status |= add(section, "", "fixmap", 0xffc00000, 0xfff00000);
  if (high_vectors)
    status |= add(section, "", "vectors", 0xffff0000, 0xffff2000);
  return status;
}

int tw_regions_make(tw_section *section) {
  int status = add_buffers(section);
  return status | (section->architecture == TW_ARCH_AARCH64 ? add_aarch64(section) : add_aarch32(section));
}
