// SLUB (mm/slub.c): caches of objects in slabs of pages, and kmalloc's caches.
#ifndef TRACES_SRC_SLAB_H
#define TRACES_SRC_SLAB_H

#include <traces/kernel.h>

typedef struct tw_slabs tw_slabs;

/// The caches of a kernel. NULL: out of memory.
tw_slabs *tw_slabs_create(tw_kernel *kernel);
void tw_slabs_destroy(tw_slabs *slabs);

/// What mm/slub.c decides of a cache: bytes from object to object, order of its slabs.
typedef struct tw_slab_shape {
  unsigned bytes, order, objects;
} tw_slab_shape;

/// calculate_sizes and calculate_order for `cpus` present CPUs. `order` 255: no slab can hold such an object.
tw_slab_shape tw_slab_shape_of(size_t bytes, size_t align, unsigned page_log2, unsigned cpus, bool since_6_7);

/// kmalloc_size: bytes of the cache that serves `bytes`; 0: pages do (more than two pages). `least`: the alignment of
/// all caches (KMALLOC_MIN_SIZE), 8, 64 or 128; there are none of sizes between its multiples.
size_t tw_kmalloc_size(size_t bytes, unsigned page_log2, size_t least);

#endif
