// How large a cache's slabs are, and which of kmalloc's caches serves a size.
#include "slab.h"

enum { MAX_ORDER = 10, SLUB_MAX_ORDER = 3, OBJECTS_MOST = 32767, WORD = 8 };

static unsigned fls(unsigned value) {
  unsigned bits = 0;
  for (; value; value >>= 1)
    bits++;
  return bits;
}

/// get_order: of the smallest block that holds `bytes`.
static unsigned order_of(size_t bytes, unsigned page_log2) {
  unsigned order = 0;
  while ((size_t)1 << (page_log2 + order) < bytes)
    order++;
  return order;
}

/// calc_slab_order: the first order from `order` on that wastes no more than a `fraction`-th.
static unsigned slab_order(size_t bytes, unsigned order, unsigned most, unsigned fraction, unsigned page_log2) {
  for (; order <= most; order++) {
    size_t slab = (size_t)1 << (page_log2 + order);
    if (slab % bytes <= slab / fraction)
      break;
  }
  return order;
}

/// Since 6.7 the wish for many objects is given up only with the whole search; before, object by object.
static unsigned calculate_order(size_t bytes, unsigned page_log2, unsigned cpus, bool since_6_7) {
  size_t most = ((size_t)1 << (page_log2 + SLUB_MAX_ORDER)) / bytes, wished = 4 * (fls(cpus) + 1);
  for (size_t objects = wished < most ? wished : most; objects > 1; objects = since_6_7 ? 0 : objects - 1) {
    unsigned least = order_of(objects * bytes, page_log2);
    if (((size_t)1 << (page_log2 + least)) / bytes > OBJECTS_MOST)
      return order_of(bytes * OBJECTS_MOST, page_log2) - 1;
    for (unsigned fraction = 16; fraction >= (since_6_7 ? 2 : 4); fraction /= 2) {
      unsigned order = slab_order(bytes, least, SLUB_MAX_ORDER, fraction, page_log2);
      if (order <= SLUB_MAX_ORDER)
        return order;
    }
  }
  unsigned order = order_of(bytes, page_log2);
  return order <= MAX_ORDER ? order : 255;
}

tw_slab_shape tw_slab_shape_of(size_t bytes, size_t align, unsigned page_log2, unsigned cpus, bool since_6_7) {
  size_t unit = align > WORD ? align : WORD; // calculate_alignment
  size_t whole = (bytes + unit - 1) & -unit;
  unsigned order = calculate_order(whole, page_log2, cpus, since_6_7);
  size_t slab = order == 255 ? 0 : (size_t)1 << (page_log2 + order);
  return (tw_slab_shape){.bytes = (unsigned)whole, .order = order, .objects = (unsigned)(slab / whole)};
}

size_t tw_kmalloc_size(size_t bytes, unsigned page_log2, size_t least) {
  static const size_t small[] = {8, 16, 32, 64, 96, 128, 192, 256};
  for (size_t i = 0; i < sizeof small / sizeof *small; i++)
    if (bytes <= small[i] && small[i] % least == 0)
      return small[i];
  size_t size = 512;
  while (size < bytes)
    size *= 2;
  return size <= (size_t)2 << page_log2 ? size : 0;
}
