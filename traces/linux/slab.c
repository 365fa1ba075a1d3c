// Objects of a slab are given out from the lowest up; freed ones, the last first. A cache has the slab that its CPU
// works on, a list of partly used ones of the CPU's, and one of the node's; full slabs are on no list.
#include "slab.h"
#include "kernel.h"

#include <stdlib.h>

#define NONE UINT32_MAX ///< no record
enum { KMALLOC_CACHES = 20 };

typedef enum slab_place { ON_NO_LIST, ON_CPU_LIST, ON_NODE_LIST, OF_CPU } slab_place;

typedef struct slab {
  uint64_t va;
  tw_slab_cache *cache; ///< NULL: the record is free
  uint32_t next, prev;  ///< of its list, or of the free records
  uint16_t used, fresh; ///< objects in use; the first that was never given out
  uint16_t freed;       ///< number of the object that was freed last, plus 1
  uint8_t place;        ///< slab_place
  uint16_t *chain;      ///< the object freed before it, plus 1; NULL: none was freed yet
} slab;

typedef struct slab_list {
  uint32_t head, tail, count;
} slab_list;

struct tw_slab_cache {
  tw_slabs *slabs;
  tw_slab_shape shape;
  slab_list cpu_list, node_list;
  unsigned cpu_most, node_least; ///< slabs: cpu_partial_slabs, min_partial
  uint32_t current;              ///< the CPU's slab
};

struct tw_slabs {
  tw_kernel *kernel;
  slab *slab; ///< the records
  uint32_t count, room, free_record;
  uint32_t *owner; ///< of a frame of the linear map: its slab's record + 1; of large memory: ~order
  tw_slab_cache **caches;
  size_t cache_count;
  tw_slab_cache *kmalloc[KMALLOC_CACHES];
};

tw_slabs *tw_slabs_create(tw_kernel *kernel) {
  tw_slabs *slabs = calloc(1, sizeof *slabs);
  if (!slabs)
    return NULL;
  slabs->kernel = kernel;
  slabs->free_record = NONE;
  slabs->owner = calloc((kernel->layout.linear_bytes >> kernel->page_log2) + 1, sizeof *slabs->owner);
  if (slabs->owner)
    return slabs;
  free(slabs);
  return NULL;
}

void tw_slabs_destroy(tw_slabs *slabs) {
  if (!slabs)
    return;
  for (uint32_t i = 0; i < slabs->count; i++)
    free(slabs->slab[i].chain);
  for (size_t i = 0; i < slabs->cache_count; i++)
    free(slabs->caches[i]);
  free(slabs->slab);
  free(slabs->caches);
  free(slabs->owner);
  free(slabs);
}

static uint32_t *owner_of(const tw_slabs *slabs, uint64_t va) {
  return &slabs->owner[(va - slabs->kernel->layout.linear_va) >> slabs->kernel->page_log2];
}

// ---- lists ----

static void list_add(tw_slabs *slabs, slab_list *list, uint32_t number, bool to_tail) {
  slab *added = &slabs->slab[number];
  added->prev = to_tail ? list->tail : NONE;
  added->next = to_tail ? NONE : list->head;
  *(added->prev == NONE ? &list->head : &slabs->slab[added->prev].next) = number;
  *(added->next == NONE ? &list->tail : &slabs->slab[added->next].prev) = number;
  list->count++;
}

static void list_remove(tw_slabs *slabs, slab_list *list, uint32_t number) {
  const slab *gone = &slabs->slab[number];
  *(gone->prev == NONE ? &list->head : &slabs->slab[gone->prev].next) = gone->next;
  *(gone->next == NONE ? &list->tail : &slabs->slab[gone->next].prev) = gone->prev;
  list->count--;
}

// ---- slabs ----

static uint32_t new_record(tw_slabs *slabs) {
  uint32_t number = slabs->free_record;
  if (number != NONE) {
    slabs->free_record = slabs->slab[number].next;
    return number;
  }
  if (slabs->count == slabs->room) {
    uint32_t room = slabs->room ? 2 * slabs->room : 64;
    slab *larger = realloc(slabs->slab, room * sizeof *larger);
    if (!larger)
      return NONE;
    slabs->slab = larger;
    slabs->room = room;
  }
  return slabs->count++;
}

static void own(tw_slabs *slabs, uint64_t va, unsigned order, uint32_t value) {
  for (size_t i = 0; i < (size_t)1 << order; i++)
    owner_of(slabs, va)[i] = value;
}

static uint32_t new_slab(tw_slab_cache *cache) {
  tw_slabs *slabs = cache->slabs;
  uint64_t va = tw_kernel_alloc_pages(slabs->kernel, cache->shape.order);
  uint32_t number = va ? new_record(slabs) : NONE;
  if (number == NONE) {
    tw_kernel_free_pages(slabs->kernel, va, cache->shape.order);
    return NONE;
  }
  slabs->slab[number] = (slab){.va = va, .cache = cache};
  own(slabs, va, cache->shape.order, number + 1);
  return number;
}

static void discard(tw_slab_cache *cache, uint32_t number) {
  tw_slabs *slabs = cache->slabs;
  slab *gone = &slabs->slab[number];
  own(slabs, gone->va, cache->shape.order, 0);
  tw_kernel_free_pages(slabs->kernel, gone->va, cache->shape.order);
  free(gone->chain);
  *gone = (slab){.next = slabs->free_record};
  slabs->free_record = number;
}

// ---- caches ----

static unsigned log2_of(size_t value) {
  unsigned log2 = 0;
  while (value >>= 1)
    log2++;
  return log2;
}

/// set_cpu_partial: objects by their size, as slabs that are half full.
static unsigned cpu_partial_slabs(const tw_slab_shape *shape, uint64_t page) {
  unsigned objects = shape->bytes >= page ? 6 : shape->bytes >= 1024 ? 24 : shape->bytes >= 256 ? 52 : 120;
  return (2 * objects + shape->objects - 1) / shape->objects;
}

/// set_min_partial: half the log2 of the size, 5 to 10.
static unsigned min_partial(const tw_slab_shape *shape) {
  unsigned slabs = log2_of(shape->bytes) / 2;
  return slabs < 5 ? 5 : slabs > 10 ? 10 : slabs;
}

tw_slab_cache *tw_kernel_cache(tw_kernel *kernel, const char *name, size_t bytes, size_t align) {
  (void)name; // for a reader of the caller
  tw_slabs *slabs = kernel->slabs;
  if (bytes == 0 || (align & (align - 1)))
    return NULL;
  tw_slab_shape shape =
      tw_slab_shape_of(bytes, align, kernel->page_log2, kernel->config.cpus, tw_kernel_since(kernel, 6, 7));
  tw_slab_cache *cache = calloc(1, sizeof *cache);
  tw_slab_cache **caches = realloc(slabs->caches, (slabs->cache_count + 1) * sizeof *caches);
  if (caches)
    slabs->caches = caches;
  if (!cache || !caches || shape.objects == 0) {
    free(cache);
    return NULL;
  }
  *cache = (tw_slab_cache){.slabs = slabs,
                           .shape = shape,
                           .cpu_list = {NONE, NONE, 0},
                           .node_list = {NONE, NONE, 0},
                           .cpu_most = cpu_partial_slabs(&shape, tw_kernel_page(kernel)),
                           .node_least = min_partial(&shape),
                           .current = NONE};
  slabs->caches[slabs->cache_count++] = cache;
  return cache;
}

// ---- objects ----

static bool is_full(const tw_slab_cache *cache, const slab *slab) { return slab->used == cache->shape.objects; }

/// The slab to take from next (___slab_alloc): the CPU's list, the node's, a new one.
static uint32_t next_slab(tw_slab_cache *cache) {
  slab_list *list = cache->cpu_list.count ? &cache->cpu_list : &cache->node_list;
  uint32_t number = list->head;
  if (number == NONE)
    number = new_slab(cache);
  else
    list_remove(cache->slabs, list, number);
  if (number != NONE)
    cache->slabs->slab[number].place = OF_CPU;
  return number;
}

uint64_t tw_slab_alloc(tw_slab_cache *cache) {
  slab *slabs = cache->slabs->slab;
  if (cache->current == NONE || is_full(cache, &slabs[cache->current])) {
    if (cache->current != NONE)
      slabs[cache->current].place = ON_NO_LIST;
    cache->current = next_slab(cache);
    if (cache->current == NONE)
      return 0;
  }
  slab *slab = &cache->slabs->slab[cache->current];
  unsigned object = slab->freed ? slab->freed - 1U : slab->fresh++;
  if (slab->freed)
    slab->freed = slab->chain[object];
  slab->used++;
  return slab->va + (uint64_t)object * cache->shape.bytes;
}

/// The CPU's list is full: all of it goes to the node's, but for empty slabs beyond what the node keeps.
static void drain_cpu_list(tw_slab_cache *cache) {
  tw_slabs *slabs = cache->slabs;
  while (cache->cpu_list.count) {
    uint32_t number = cache->cpu_list.head;
    list_remove(slabs, &cache->cpu_list, number);
    if (slabs->slab[number].used == 0 && cache->node_list.count >= cache->node_least) {
      discard(cache, number);
      continue;
    }
    slabs->slab[number].place = ON_NODE_LIST;
    list_add(slabs, &cache->node_list, number, true);
  }
}

/// A slab that was full has an object again (put_cpu_partial).
static void becomes_partial(tw_slab_cache *cache, uint32_t number) {
  if (cache->cpu_list.count >= cache->cpu_most)
    drain_cpu_list(cache);
  cache->slabs->slab[number].place = ON_CPU_LIST;
  list_add(cache->slabs, &cache->cpu_list, number, false);
}

void tw_slab_free(tw_slab_cache *cache, uint64_t va) {
  if (!va)
    return;
  tw_slabs *slabs = cache->slabs;
  uint32_t number = *owner_of(slabs, va) - 1;
  slab *slab = &slabs->slab[number];
  unsigned object = (unsigned)((va - slab->va) / cache->shape.bytes);
  bool was_full = is_full(cache, slab);
  if (!slab->chain)
    slab->chain = calloc(cache->shape.objects, sizeof *slab->chain);
  slab->used--;
  if (slab->chain) { // else the object is lost
    slab->chain[object] = slab->freed;
    slab->freed = (uint16_t)(object + 1);
  }
  if (was_full && slab->place == ON_NO_LIST)
    becomes_partial(cache, number);
  else if (slab->used == 0 && slab->place == ON_NODE_LIST && cache->node_list.count >= cache->node_least) {
    list_remove(slabs, &cache->node_list, number);
    discard(cache, number);
  }
}

// ---- kmalloc ----

static unsigned pages_order(const tw_kernel *kernel, size_t bytes) {
  unsigned order = 0;
  while (tw_kernel_page(kernel) << order < bytes)
    order++;
  return order;
}

/// ARCH_KMALLOC_MINALIGN: memory for DMA begins at a cache line of its own. arm's are 64 bytes, arm64's at most 128;
/// since 6.5 arm64 has bounce buffers for what is smaller.
static size_t kmalloc_least(const tw_kernel *kernel) {
  if (tw_kernel_is_arm(kernel))
    return 64;
  return tw_kernel_since(kernel, 6, 5) ? 8 : 128;
}

uint64_t tw_kernel_kmalloc(tw_kernel *kernel, size_t bytes) {
  tw_slabs *slabs = kernel->slabs;
  size_t size = tw_kmalloc_size(bytes, kernel->page_log2, kmalloc_least(kernel));
  if (size == 0) {
    unsigned order = pages_order(kernel, bytes);
    uint64_t va = tw_kernel_alloc_pages(kernel, order);
    if (va)
      *owner_of(slabs, va) = ~order;
    return va;
  }
  // Powers of two have the even places from 2 * 3 on, 96 and 192 the odd ones between.
  bool odd = size == 96 || size == 192;
  tw_slab_cache **cache = &slabs->kmalloc[odd ? (size == 96 ? 1 : 2) : log2_of(size)];
  if (!*cache) // a power of two is aligned to itself, the others to a cache line
    *cache = tw_kernel_cache(kernel, "kmalloc", size, odd ? (size == 96 ? 32 : 64) : size);
  return *cache ? tw_slab_alloc(*cache) : 0;
}

void tw_kernel_kfree(tw_kernel *kernel, uint64_t va) {
  if (!va)
    return;
  tw_slabs *slabs = kernel->slabs;
  uint32_t *owner = owner_of(slabs, va);
  if (*owner == 0)
    return; // nothing of kmalloc's
  if (*owner >= ~(uint32_t)TW_BUDDY_ORDERS) {
    unsigned order = ~*owner;
    *owner = 0;
    tw_kernel_free_pages(kernel, va, order);
    return;
  }
  tw_slab_free(slabs->slab[*owner - 1].cache, va);
}
