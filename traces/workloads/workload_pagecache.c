// pagecache: read() of a file that is in memory. Each page is found through the tree of the file's pages and copied out
// of the linear map: by pages with rodata=full, by blocks with rodata=on.
#include "buffer.h"

#include <stdlib.h>

static const tw_workload_parameter parameters[] = {
    {.name = "bytes", .usual = "1g", .meaning = "of the file", .least = 1 << 20, .most = UINT64_C(1) << 38},
    {.name = "folio", .usual = "4k", .meaning = "pieces that the page cache holds it in", .choices = "4k|16k|64k|2m"},
    {.name = "order", .usual = "seq", .meaning = "of the reads", .choices = "seq|rand"},
    {.name = "count", .usual = "50k", .meaning = "of reads of 4 KiB", .least = 1, .most = UINT64_C(1) << 40},
};

enum { NODE = 576, SLOTS = 64, READ = 4096, USER = 128 << 10, LEVELS_MOST = 6 };

typedef struct state {
  uint64_t *folios, count; ///< VA of each
  unsigned folio_log2;
  uint64_t *nodes[LEVELS_MOST]; ///< of the tree: level 0 stands for 64 pages a node
  unsigned levels;
  uint64_t vmemmap, page_offset; ///< 0: not mapped
  tw_buffer user;
  uint64_t at, left;
  bool random;
} state;

static int take_folios(tw_workload *w, state *s, tw_error *error) {
  static const unsigned log2[] = {12, 14, 16, 21};
  s->folio_log2 = log2[tw_number(w, "folio")];
  if (s->folio_log2 < w->page_log2)
    return tw_refuse(w, error, "folio", "%s, expected a page (%s) at least", tw_text(w, "folio"), tw_text(w, "page"));
  s->count = tw_number(w, "bytes") >> s->folio_log2;
  s->count += s->count == 0;
  s->folios = malloc(s->count * sizeof *s->folios);
  for (uint64_t i = 0; s->folios && i < s->count; i++)
    if (!(s->folios[i] = tw_kernel_alloc_pages(w->kernel, s->folio_log2 - w->page_log2)))
      return tw_fail(error, "gen:pagecache: no memory for folio %llu of %llu, expected a smaller file or more RAM",
                     (unsigned long long)i, (unsigned long long)s->count);
  return s->folios ? 0 : tw_fail(error, "gen:pagecache: out of memory");
}

static int take_tree(tw_workload *w, state *s, tw_error *error) {
  tw_slab_cache *cache = tw_kernel_cache(w->kernel, "radix_tree_node", NODE, 8);
  uint64_t entries = s->count << (s->folio_log2 - w->page_log2);
  while (cache && s->levels < LEVELS_MOST) {
    uint64_t nodes = (entries + SLOTS - 1) / SLOTS;
    uint64_t *level = s->nodes[s->levels++] = calloc(nodes, sizeof *level);
    for (uint64_t i = 0; level && i < nodes; i++)
      if (!(level[i] = tw_slab_alloc(cache)))
        return tw_fail(error, "gen:pagecache: no memory for the file's tree, expected more RAM");
    if (!level)
      break;
    if (nodes == 1)
      return 0;
    entries = nodes;
  }
  return tw_fail(error, "gen:pagecache: out of memory");
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  const tw_buffer_wanted user = {.region = TW_BUFFER_USER, .bytes = USER, .name = "user", .user_log2 = w->page_log2};
  if (w->config.layout.machine != TW_LINUX_ARM64)
    return tw_refuse(w, error, "machine", "%s, expected arm64", tw_text(w, "machine"));
  s->left = tw_number(w, "count");
  s->random = tw_number(w, "order") == 1;
  if (take_folios(w, s, error) < 0 || take_tree(w, s, error) < 0 || tw_buffer_make(w, &user, &s->user, error) < 0)
    return -1;
  const tw_region *vmemmap = tw_linux_layout_named(w->layout, "vmemmap");
  const tw_region *linear = tw_linux_layout_named(w->layout, "linear");
  uint64_t pa;
  s->page_offset = linear ? linear->first : 0;
  s->vmemmap = vmemmap ? vmemmap->first : 0;
  uint64_t first = s->vmemmap + ((w->layout->linear_va - s->page_offset) >> w->page_log2 << 6);
  if (!vmemmap || !tw_kernel_find(w->kernel, first, &pa))
    s->vmemmap = 0;
  return 0;
}

/// From the root down to the entry of page `index`, then the folio's struct page.
static uint64_t find_page(tw_workload *w, const state *s, uint64_t index) {
  for (unsigned level = s->levels; level-- > 0;) {
    uint64_t node = s->nodes[level][index >> 6 * (level + 1)];
    tw_read(w, node + 40 + (index >> 6 * level) % SLOTS * 8, 9);
  }
  uint64_t folio = s->folios[index >> (s->folio_log2 - w->page_log2)];
  if (s->vmemmap)
    tw_read(w, s->vmemmap + ((folio - s->page_offset) >> w->page_log2 << 6), 15);
  return folio;
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  uint64_t pieces = (s->count << s->folio_log2) / READ,
           at = (s->random ? tw_random(w) % pieces : s->at++ % pieces) * READ;
  uint64_t from = find_page(w, s, at >> w->page_log2) + (at & ((UINT64_C(1) << s->folio_log2) - 1));
  for (uint64_t i = 0; i < READ; i += 64) {
    uint64_t to = (at + i) % USER;
    tw_read(w, from + i, 4);
    tw_buffer_access(w, &s->user, &to, 1, TW_WRITE8, 4);
  }
  return --s->left > 0;
}

static void stop(void *context) {
  state *s = context;
  free(s->folios);
  for (unsigned i = 0; i < LEVELS_MOST; i++)
    free(s->nodes[i]);
  tw_buffer_free(&s->user);
}

const tw_workload_kind tw_workload_pagecache = {
    .about = {.name = "pagecache",
              .question = "What do large blocks in the linear map save a read from the page cache?",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .start = start,
    .step = step,
    .stop = stop};
