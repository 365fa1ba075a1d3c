// dentry: a leak of dentries. Slabs of them grow through the linear map until no TLB holds it, and each path look-up
// goes through a hash of all of them. By blocks or by pages: that is rodata=.
#include "workload.h"

#include <stdlib.h>

static const tw_workload_parameter parameters[] = {
    {.name = "dentries", .usual = "1m", .meaning = "in the cache", .least = 1000, .most = UINT64_C(1) << 30},
    {.name = "count", .usual = "100k", .meaning = "of path look-ups", .least = 1, .most = UINT64_C(1) << 40},
    {.name = "depth", .usual = "4", .meaning = "names in a path; all but the last are common", .least = 1, .most = 16},
    {.name = "folders", .usual = "1000", .meaning = "that paths share", .least = 1, .most = 1 << 20},
};

enum {
  DENTRY = 192,        ///< bytes, on 64 bits
  INODE = 1096,        ///< ext4's
  KEPT_MOST = 1 << 23, ///< dentries whose address is remembered; of more, one in so many
};

typedef struct state {
  uint32_t *kept; ///< distance from the linear map's beginning, in 64 bytes
  uint32_t *inodes;
  uint64_t kept_count, dentries;
  uint64_t hash, buckets; ///< the table of chains
  uint64_t chain;         ///< dentries a bucket
  uint64_t left, depth, folders;
} state;

/// One bucket for 8 KiB of RAM, as alloc_large_system_hash gives dcache_init.
static uint64_t buckets_of(const tw_workload *w) {
  uint64_t buckets = 1;
  while (buckets * 8192 < w->config.layout.ram_bytes)
    buckets *= 2;
  return buckets;
}

/// In pieces of at most 4 MiB that lie side by side: memblock hands it out before there is a buddy.
static int make_hash(tw_workload *w, state *s, tw_error *error) {
  uint64_t bytes = (s->buckets = buckets_of(w)) * 8, block = UINT64_C(1) << 22;
  unsigned order = 22 - w->page_log2;
  if (bytes < block)
    for (order = 0; UINT64_C(1) << (order + w->page_log2) < bytes;)
      order++;
  uint64_t first = 0, last = 0;
  for (uint64_t at = 0; at < bytes; at += block) {
    uint64_t va = tw_kernel_alloc_pages(w->kernel, order);
    if (!va)
      return tw_fail(error, "gen:dentry: no memory for a hash of %llu buckets, expected more RAM",
                     (unsigned long long)s->buckets);
    first = at == 0 || va < first ? va : first;
    last = va > last ? va : last;
  }
  s->hash = first;
  uint64_t span = last - first + (bytes < block ? bytes : block);
  s->buckets = span / 8; // gaps between the pieces count as buckets: there are none on a fresh machine
  return tw_name_region(w, "dentry hash", first, span);
}

static uint32_t told(const tw_workload *w, uint64_t va) { return (uint32_t)((va - w->layout->linear_va) / 64); }

static int fill_cache(tw_workload *w, state *s, tw_error *error) {
  tw_slab_cache *dentries = tw_kernel_cache(w->kernel, "dentry", DENTRY, 64);
  tw_slab_cache *inodes = tw_kernel_cache(w->kernel, "ext4_inode_cache", INODE, 64);
  uint64_t every = (s->dentries + KEPT_MOST - 1) / KEPT_MOST;
  s->kept = malloc((s->dentries / every + 1) * sizeof *s->kept);
  s->inodes = malloc(s->folders * sizeof *s->inodes);
  if (!dentries || !inodes || !s->kept || !s->inodes)
    return tw_fail(error, "gen:dentry: out of memory");
  for (uint64_t i = 0; i < s->dentries; i++) {
    uint64_t va = tw_slab_alloc(dentries);
    if (!va)
      return tw_fail(error, "gen:dentry: no memory for dentry %llu of %llu, expected less, or more RAM",
                     (unsigned long long)i, (unsigned long long)s->dentries);
    if (i % every == 0)
      s->kept[s->kept_count++] = told(w, va);
    uint64_t inode = i < s->folders ? tw_slab_alloc(inodes) : va;
    if (!inode)
      return tw_fail(error, "gen:dentry: no memory for an inode, expected more RAM");
    if (i < s->folders)
      s->inodes[i] = told(w, inode);
  }
  return 0;
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  s->dentries = tw_number(w, "dentries");
  s->left = tw_number(w, "count");
  s->depth = tw_number(w, "depth");
  s->folders = tw_number(w, "folders");
  if (w->config.layout.machine != TW_LINUX_ARM64)
    return tw_refuse(w, error, "machine", "arm, expected arm64: its low memory has no room for the question");
  if (s->folders > s->dentries)
    return tw_refuse(w, error, "folders", "%s, expected at most as many as dentries", tw_text(w, "folders"));
  if (make_hash(w, s, error) < 0 || fill_cache(w, s, error) < 0)
    return -1;
  s->chain = s->buckets ? s->dentries / s->buckets + 1 : 1;
  tw_fact(w, "dentries, MiB", "%llu", (unsigned long long)(s->dentries * DENTRY >> 20));
  tw_fact(w, "dentries a bucket", "%.2f", (double)s->dentries / (double)s->buckets);
  return 0;
}

/// Along a bucket's chain to its member number `position`; each look at a dentry reads its next pointer and hash, the
/// match its name too.
static void look_up(tw_workload *w, const state *s, uint64_t bucket, uint64_t position) {
  tw_read(w, s->hash + bucket * 8, 40);
  uint64_t dentry = 0;
  for (uint64_t i = 0; i <= position; i++) {
    uint64_t which = tw_mix(bucket * 64 + i) % s->kept_count;
    dentry = w->layout->linear_va + (uint64_t)s->kept[which] * 64;
    tw_read(w, dentry + 8, 6);
  }
  tw_read(w, dentry + 64, 12);
}

/// A folder on the way: always in the same bucket, and its inode is asked for permission.
static void enter(tw_workload *w, const state *s, uint64_t folder) {
  uint64_t bucket = tw_mix(folder + 1) % s->buckets;
  look_up(w, s, bucket, tw_mix(folder + 2) % s->chain);
  tw_read(w, w->layout->linear_va + (uint64_t)s->inodes[folder] * 64, 20);
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  for (uint64_t i = 0; i + 1 < s->depth; i++)
    enter(w, s, i == 0 ? 0 : tw_random(w) % s->folders);
  uint64_t bucket = tw_random(w) % s->buckets;
  look_up(w, s, bucket, tw_random(w) % s->chain);
  return --s->left > 0;
}

static void stop(void *context) {
  state *s = context;
  free(s->kept);
  free(s->inodes);
}

const tw_workload_kind tw_workload_dentry = {
    .about = {.name = "dentry",
              .question = "What does a leak of dentries cost each path look-up, mapped by blocks and by pages?",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .start = start,
    .step = step,
    .stop = stop};
