// What a capture shows of its kernel: where text and rodata end, where RAM and the device tree lie.
#include "census_case.h"

#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

static uint64_t word(tw_trace *trace, const char *name) {
  size_t count;
  const tw_named_register *registers = tw_trace_named_registers(trace, &count);
  for (size_t i = 0; i < count; i++)
    if (strcmp(registers[i].name, name) == 0)
      return registers[i].value;
  return 0;
}

/// The end of the mappings that follow one another from leaf `at` on and are like it: executable or not, writable or
/// not. All of the image is contiguous in both kinds of addresses.
static size_t end_of_segment(const leaves *l, size_t at) {
  size_t next = at + 1;
  while (next < l->count && l->leaf[next].va == l->leaf[next - 1].va + l->leaf[next - 1].bytes &&
         l->leaf[next].pa == l->leaf[next - 1].pa + l->leaf[next - 1].bytes &&
         l->leaf[next].el1_exec == l->leaf[at].el1_exec && l->leaf[next].writable == l->leaf[at].writable)
    next++;
  return next;
}

static uint64_t end_va(const leaves *l, size_t end) { return leaf_end(l, end - 1); }

/// The first leaf of the segment that holds `va`.
static size_t begin_of_segment(const leaves *l, uint64_t va) {
  size_t at = 0;
  while (at < l->count && end_of_segment(l, at) < l->count && end_va(l, end_of_segment(l, at)) <= va)
    at = end_of_segment(l, at);
  return at;
}

/// Text is what can be executed, rodata follows it, writable with rodata=off; where init was is a hole.
static void guess_image(captured *c, const leaves *l, uint64_t text_va, uint64_t offset) {
  tw_linux_layout_image *image = &c->config.layout.kernel;
  size_t text = begin_of_segment(l, text_va), rodata = end_of_segment(l, text);
  uint64_t base = l->leaf[text].va & -(2 * MIB), begin = l->leaf[text].va;
  size_t end = rodata < l->count && l->leaf[rodata].va == end_va(l, rodata) ? end_of_segment(l, rodata) : rodata;
  size_t data = end;
  while (data < l->count && l->leaf[data].va - l->leaf[data].pa != offset)
    data++;
  uint64_t text_end = end_va(l, rodata), rodata_end = end_va(l, end);
  image->head = begin - base;
  image->text = text_end - begin;
  image->rodata = rodata_end - text_end;
  image->init = data < l->count ? l->leaf[data].va - rodata_end : 0;
  image->data = data < l->count ? end_va(l, end_of_segment(l, data)) - l->leaf[data].va : 0;
  c->config.image_pa = base - offset;
}

/// The last that is read-only, as the fixmap stands last: the device tree.
static uint64_t guess_tree(const leaves *l) {
  size_t at = l->count - 1;
  while (at > 0 && (l->leaf[at].writable || l->leaf[at].el1_exec))
    at--;
  while (at > 0 && end_va(l, at) == l->leaf[at].va && end_of_segment(l, at - 1) > at)
    at--;
  return l->leaf[at].pa;
}

/// Since 7.2 the alias of data and bss in the linear map is read-only or none, and ends where the first tables begin;
/// before, and with rodata=off, that does not show.
static void guess_tables(captured *c, const leaves *linear) {
  tw_linux_layout_image *image = &c->config.layout.kernel;
  uint64_t data = c->config.image_pa + image->head + image->text + image->rodata + image->init,
           end = data + image->data;
  size_t at = 0;
  while (at < linear->count && (linear->leaf[at].pa < data || !linear->leaf[at].writable))
    at++;
  if (at == linear->count || linear->leaf[at].pa == data || linear->leaf[at].pa > end)
    return;
  image->tables = end - linear->leaf[at].pa;
  image->data -= image->tables;
}

static bool guess_arm64(captured *c, tw_trace *trace, const tw_image *image) {
  tw_kernel_config *k = &c->config;
  tw_linux_layout_config *layout = &k->layout;
  uint64_t page_offset = word(trace, "page_offset");
  unsigned bits = 64 - (unsigned)(tw_trace_registers(trace)->tcr >> 16 & 63);
  layout->page_log2 = (unsigned)word(trace, "page_shift");
  layout->va_bits = (unsigned)word(trace, "va_bits");
  layout->narrow = layout->va_bits > bits;
  if (layout->va_bits < 36 || layout->va_bits > 52)
    return false;
  unsigned least = layout->va_bits < 52 ? layout->va_bits : layout->page_log2 == 14 ? 47 : 48;
  leaves linear = leaves_of(image, page_offset, -(UINT64_C(1) << (least - 1)) - 1);
  leaves upper = leaves_of(image, word(trace, "modules_end"), UINT64_MAX);
  if (!linear.count || !upper.count) {
    free(linear.leaf);
    free(upper.leaf);
    return false;
  }
  const tw_mapping *last = &linear.leaf[linear.count - 1];
  layout->ram_first = linear.leaf[0].pa;
  layout->ram_bytes = (last->pa + last->bytes - layout->ram_first + 2 * MIB - 1) & -(2 * MIB); // guards at the end
  uint64_t lowest = layout->narrow ? -(UINT64_C(1) << bits) : page_offset, gib = 1024 * MIB;
  layout->linear_kaslr = linear.leaf[0].va - lowest - layout->ram_first % gib;
  k->kpti = linear.leaf[0].attributes >> 11 & 1;
  guess_image(c, &upper, word(trace, "vmalloc_fn_va"), word(trace, "kimage_voff"));
  guess_tables(c, &linear);
  layout->kaslr = k->image_pa + word(trace, "kimage_voff") - word(trace, "modules_end");
  k->device_tree_pa = guess_tree(&upper);
  free(linear.leaf);
  free(upper.leaf);
  return true;
}

static bool guess_arm(captured *c, tw_trace *trace, const tw_image *image) {
  tw_kernel_config *k = &c->config;
  tw_linux_layout_config *layout = &k->layout;
  uint64_t page_offset = word(trace, "page_offset"), high_memory = word(trace, "vmemmap_start");
  leaves lowmem = leaves_of(image, page_offset, high_memory - 1);
  leaves tree = leaves_of(image, 0xff800000, 0xffbfffff);
  size_t text = 0, pages = lowmem.count;
  while (text < lowmem.count && !lowmem.leaf[text].el1_exec)
    text++;
  if (text == lowmem.count || !tree.count) {
    free(lowmem.leaf);
    free(tree.leaf);
    return false;
  }
  while (pages > 0 && lowmem.leaf[pages - 1].bytes == 4096)
    pages--;
  size_t rodata = end_of_segment(&lowmem, text), end = end_of_segment(&lowmem, rodata);
  if (lowmem.leaf[rodata].writable) // with rodata=off it does not show
    end = rodata;
  uint64_t base = page_offset + 0x208000, begin = lowmem.leaf[text].va;
  k->lpae = tw_trace_registers(trace)->tcr >> 31;
  layout->kaslr = 2 * MIB;
  layout->ram_first = lowmem.leaf[0].pa;
  layout->ram_bytes = high_memory - page_offset;
  layout->kernel = (tw_linux_layout_image){.head = begin - base,
                                           .text = end_va(&lowmem, rodata) - begin,
                                           .rodata = end_va(&lowmem, end) - end_va(&lowmem, rodata),
                                           .init = 2 * MIB,
                                           .data = 3 * MIB};
  k->cma_bytes = high_memory - (pages ? end_va(&lowmem, pages) : page_offset);
  k->device_tree_pa = tree.leaf[0].pa;
  free(lowmem.leaf);
  free(tree.leaf);
  return true;
}

bool captured_guess(captured *c, tw_trace *trace, const tw_image *image) {
  bool arm = tw_trace_architecture(trace) == TW_ARCH_AARCH32;
  captured_begin(c, arm ? TW_LINUX_ARM : TW_LINUX_ARM64);
  c->config.rodata = TW_RODATA_ON;
  if ((arm ? guess_arm : guess_arm64)(c, trace, image))
    return true;
  fprintf(stderr, "%s: found no linear map in its first section, expected a kernel's tables\n", c->name);
  return false;
}
