// The allocators by themselves: what they give out, in what order, worked out by hand from Linux's rules.
#include "areas.h"
#include "buddy.h"
#include "slab.h"
#include "traces_case.h"

#include <criterion/criterion.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

// ---- buddy ----

enum { ORDERS = 11, FIRST = 0x40000 };

static tw_buddy *buddy_of(uint64_t frames) {
  tw_buddy *buddy = tw_buddy_create(FIRST, frames, ORDERS);
  cr_assert(buddy);
  tw_buddy_give_range(buddy, FIRST, frames);
  return buddy;
}

static tw_buddy_figures figures_of(const tw_buddy *buddy, unsigned order) {
  tw_buddy_figures figures = {0};
  tw_buddy_count(buddy, order, &figures);
  return figures;
}

// A block is split from its head on: its lower half is split further, the upper halves wait in their lists.
Test(allocators, buddy_splits_from_the_head) {
  tw_buddy *buddy = buddy_of(2048); // two of the largest blocks
  cr_expect_eq(tw_buddy_take(buddy, 0), FIRST, "boot's blocks are taken from the lowest on");
  for (unsigned order = 0; order < ORDERS; order++)
    cr_expect_eq(tw_buddy_free_blocks(buddy, order), 1, "order %u", order);
  // what is left in the lists: 1, 2-3, 4-7, ... in this order
  cr_expect_eq(tw_buddy_take(buddy, 0), FIRST + 1);
  cr_expect_eq(tw_buddy_take(buddy, 2), FIRST + 4);
  cr_expect_eq(tw_buddy_take(buddy, 0), FIRST + 2, "the lowest order that has a block: 1");
  cr_expect_eq(tw_buddy_take(buddy, 10), FIRST + 1024);
  cr_expect_eq(tw_buddy_take(buddy, 10), UINT64_MAX);
  cr_expect_eq(tw_buddy_take(buddy, ORDERS), UINT64_MAX, "no such order");
  tw_buddy_destroy(buddy);
}

// Freed blocks join their buddies up to the largest; what was freed last is taken first.
Test(allocators, buddy_coalesces) {
  tw_buddy *buddy = buddy_of(1024);
  uint64_t page[8];
  for (size_t i = 0; i < 8; i++)
    page[i] = tw_buddy_take(buddy, 0);
  tw_buddy_give(buddy, page[0], 0);
  tw_buddy_give(buddy, page[6], 0);
  tw_buddy_give(buddy, page[4], 0);
  cr_expect_eq(tw_buddy_free_blocks(buddy, 0), 3, "no buddies among them");
  cr_expect_eq(tw_buddy_take(buddy, 0), page[4], "the last freed");
  cr_expect_eq(tw_buddy_take(buddy, 0), page[6]);
  tw_buddy_give(buddy, page[6], 0);
  tw_buddy_give(buddy, page[1], 0);
  cr_expect_eq(tw_buddy_free_blocks(buddy, 1), 1, "0 and 1 have joined");
  for (size_t i = 2; i < 8; i++)
    if (i != 6)
      tw_buddy_give(buddy, page[i], 0);
  for (unsigned order = 0; order < ORDERS; order++)
    cr_expect_eq(tw_buddy_free_blocks(buddy, order), order == 10, "order %u", order);
  tw_buddy_destroy(buddy);
}

// Where the block above would be whole with it, a freed page goes to the tail, so that its buddy is left alone.
Test(allocators, buddy_spares_what_will_merge) {
  tw_buddy *buddy = buddy_of(1024);
  uint64_t page[16];
  for (size_t i = 0; i < 16; i++)
    page[i] = tw_buddy_take(buddy, 0);
  tw_buddy_give(buddy, page[9], 0);
  tw_buddy_give(buddy, page[2], 0);
  tw_buddy_give(buddy, page[3], 0); // 2 and 3 are a block of order 1
  tw_buddy_give(buddy, page[0], 0); // with 1, the block of order 2 would be whole: to the tail
  cr_expect_eq(tw_buddy_take(buddy, 0), page[9]);
  cr_expect_eq(tw_buddy_take(buddy, 0), page[0]);
  tw_buddy_destroy(buddy);
}

// A zone's first frame need not be aligned, and its blocks are none the less.
Test(allocators, buddy_blocks_are_aligned) {
  tw_buddy *buddy = tw_buddy_create(FIRST + 3, 1000, ORDERS);
  tw_buddy_give_range(buddy, FIRST + 3, 1000);
  cr_expect_eq(figures_of(buddy, 0).free_frames, 1000);
  // 3; 4-7; 8-15; 16-31; ... 256-511; 512-767; 768-895; 896-959; 960-991; 992-999; 1000-1001; 1002
  static const uint64_t blocks[ORDERS] = {2, 1, 1, 2, 1, 2, 2, 2, 2, 0, 0};
  for (unsigned order = 0; order < ORDERS; order++) {
    cr_expect_eq(tw_buddy_free_blocks(buddy, order), blocks[order], "order %u: %llu", order,
                 (unsigned long long)tw_buddy_free_blocks(buddy, order));
  }
  for (unsigned order = 8; order > 0; order--) {
    uint64_t frame = tw_buddy_take(buddy, order);
    cr_expect_eq(frame & ((1U << order) - 1), 0);
  }
  cr_expect(tw_buddy_holds(buddy, FIRST + 3) && !tw_buddy_holds(buddy, FIRST + 2) &&
            !tw_buddy_holds(buddy, FIRST + 1003));
  tw_buddy_destroy(buddy);
}

Test(allocators, buddy_large) {
  tw_buddy *buddy = buddy_of(4096); // four of the largest blocks, from a multiple of 4096 frames on
  cr_expect_eq(tw_buddy_take_large(buddy, 12), FIRST);
  cr_expect_eq(tw_buddy_take(buddy, 0), UINT64_MAX, "nothing is left");
  tw_buddy_give_range(buddy, FIRST, 4096);
  uint64_t page = tw_buddy_take(buddy, 0);
  cr_expect_eq(tw_buddy_take_large(buddy, 12), UINT64_MAX, "one page of it is in use");
  cr_expect_eq(tw_buddy_take_large(buddy, 11), FIRST + 2048);
  tw_buddy_give(buddy, page, 0);
  cr_expect_eq(tw_buddy_take_large(buddy, 11), FIRST);
  tw_buddy_destroy(buddy);
}

// The formulas of mm/vmstat.c, by hand.
Test(allocators, fragmentation_figures) {
  static const struct {
    tw_buddy_figures figures; // free frames, free blocks, suitable blocks
    unsigned order;
    int64_t fragmentation, unusable;
  } cases[] = {
      {{0, 0, 0}, 3, 0, 1000},        // no memory at all
      {{1024, 1, 1}, 10, -1000, 0},   // it would not fail
      {{1024, 1, 128}, 3, -1000, 0},  //
      {{100, 100, 0}, 3, 865, 1000},  // pages alone: 1000 - (1000 + 12500) / 100
      {{4, 1, 0}, 3, -500, 1000},     // a block of 4, 8 wanted: 1000 - (1000 + 500) / 1
      {{1000, 250, 0}, 5, 871, 1000}, // blocks of 4: 1000 - (1000 + 31250) / 250
      {{1040, 17, 2}, 9, -1000, 15},  // two of 512, 16 pages: (1040 - 1024) * 1000 / 1040
      {{24, 10, 1}, 4, -1000, 333},   // one of 16, eight pages: 8 * 1000 / 24
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    cr_expect_eq(tw_fragmentation_index(&cases[i].figures, cases[i].order), cases[i].fragmentation, "case %zu: %lld", i,
                 (long long)tw_fragmentation_index(&cases[i].figures, cases[i].order));
    cr_expect_eq(tw_unusable_free_index(&cases[i].figures, cases[i].order), cases[i].unusable, "case %zu", i);
  }
  // Every second page of 1024 in use: 512 free blocks of one page.
  tw_buddy *buddy = buddy_of(1024);
  for (size_t i = 0; i < 1024; i++)
    tw_buddy_take(buddy, 0);
  for (size_t i = 0; i < 1024; i += 2)
    tw_buddy_give(buddy, FIRST + i, 0);
  tw_buddy_figures figures = figures_of(buddy, 1);
  cr_expect(figures.free_frames == 512 && figures.free_blocks == 512 && figures.suitable == 0);
  cr_expect_eq(tw_fragmentation_index(&figures, 1), 1000 - (1000 + 256000) / 512);
  cr_expect_eq(tw_unusable_free_index(&figures, 1), 1000);
  tw_buddy_destroy(buddy);
}

// Random traffic: blocks never overlap, and all comes back in the end.
Test(allocators, buddy_soak) {
  enum { FRAMES = 1 << 14, HELD = 2000 };
  tw_buddy *buddy = buddy_of(FRAMES);
  static uint8_t used[FRAMES];
  static struct {
    uint64_t frame;
    unsigned order;
  } held[HELD];
  size_t count = 0;
  uint64_t seed = 5;
  for (size_t step = 0; step < 100000; step++) {
    uint64_t r = next_random(&seed);
    if (r & 1 && count < HELD) {
      unsigned order = r >> 8 & 7;
      uint64_t frame = tw_buddy_take(buddy, order);
      if (frame == UINT64_MAX)
        continue;
      cr_assert_eq(frame & ((1U << order) - 1), 0);
      for (size_t i = 0; i < (size_t)1 << order; i++)
        cr_assert_eq(used[frame - FIRST + i]++, 0, "given out twice");
      held[count].frame = frame;
      held[count++].order = order;
    } else if (count) {
      size_t pick = (r >> 8) % count;
      for (size_t i = 0; i < (size_t)1 << held[pick].order; i++)
        used[held[pick].frame - FIRST + i] = 0;
      tw_buddy_give(buddy, held[pick].frame, held[pick].order);
      held[pick] = held[--count];
    }
  }
  while (count--)
    tw_buddy_give(buddy, held[count].frame, held[count].order);
  cr_expect_eq(tw_buddy_free_blocks(buddy, 10), FRAMES >> 10);
  tw_buddy_destroy(buddy);
}

// ---- slab ----

// As /proc/slabinfo of machines with 4 KiB pages shows them: object size, objects and pages a slab.
Test(allocators, slab_shapes) {
  static const struct {
    size_t bytes, align;
    unsigned cpus, objects, pages;
  } cases[] = {
      {192, 64, 4, 21, 1},    // dentry
      {584, 8, 4, 28, 4},     // radix_tree_node
      {608, 8, 4, 26, 4},     // inode_cache
      {1176, 8, 4, 27, 8},    // ext4_inode_cache
      {96, 32, 4, 42, 1},     // kmalloc-96
      {1024, 1024, 4, 16, 4}, // kmalloc-1k
      {2048, 2048, 4, 16, 8}, // kmalloc-2k
      {4096, 4096, 4, 8, 8},  // kmalloc-4k
      {8192, 8192, 4, 4, 8},  // kmalloc-8k
      {256, 256, 1, 16, 1},   // 8 wished for
      {256, 256, 16, 32, 2},  // 24 wished for
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_slab_shape shape = tw_slab_shape_of(cases[i].bytes, cases[i].align, 12, cases[i].cpus, false);
    cr_expect(shape.objects == cases[i].objects && 1U << shape.order == cases[i].pages, "%zu: %u objects, order %u",
              cases[i].bytes, shape.objects, shape.order);
  }
  cr_expect_eq(tw_slab_shape_of(20, 0, 12, 1, false).bytes, 24, "a word");
  cr_expect_eq(tw_slab_shape_of(20, 64, 12, 1, false).bytes, 64);
  cr_expect_eq(tw_slab_shape_of(5000, 0, 12, 1, false).order, 3, "6 of 5000: 2768 of 32768 are left");
  cr_expect_eq(tw_slab_shape_of(8 << 20, 0, 12, 1, false).objects, 0, "larger than any block");
}

Test(allocators, kmalloc_sizes) {
  static const size_t cases[][2] = {{1, 8},       {8, 8},       {9, 16},      {33, 64},   {65, 96},
                                    {97, 128},    {129, 192},   {193, 256},   {257, 512}, {1500, 2048},
                                    {4096, 4096}, {4097, 8192}, {8192, 8192}, {8193, 0}};
  for (size_t i = 0; i < COUNT(cases); i++)
    cr_expect_eq(tw_kmalloc_size(cases[i][0], 12, 8), cases[i][1], "%zu", cases[i][0]);
  cr_expect_eq(tw_kmalloc_size(20000, 14, 8), 32768, "two pages of 16 KiB");
  // setup_kmalloc_cache_index_table: no 96 with an alignment of 64, nor 192 with one of 128
  cr_expect(tw_kmalloc_size(1, 12, 64) == 64 && tw_kmalloc_size(65, 12, 64) == 128 &&
            tw_kmalloc_size(129, 12, 64) == 192);
  cr_expect(tw_kmalloc_size(1, 12, 128) == 128 && tw_kmalloc_size(129, 12, 128) == 256);
}

// ---- areas ----

Test(allocators, areas_lowest_fit) {
  tw_areas *areas = tw_areas_create();
  uint64_t first, end;
  cr_assert_eq(tw_areas_add(areas, 0x10000, 0x10000), 0);
  tw_area *a = tw_areas_take(areas, 0, UINT64_MAX, 0x2000, 0x1000);
  tw_area *b = tw_areas_take(areas, 0, UINT64_MAX, 0x3000, 0x1000);
  tw_area *c = tw_areas_take(areas, 0, UINT64_MAX, 0x1000, 0x4000);
  cr_expect(a->va == 0x10000 && b->va == 0x12000 && c->va == 0x18000, "one after the other; aligned");
  tw_area *d = tw_areas_take(areas, 0, UINT64_MAX, 0x3000, 0x1000);
  cr_expect_eq(d->va, 0x15000, "before it");
  cr_expect_eq(tw_areas_find(areas, 0x12000), b);
  tw_areas_free(areas, b);
  cr_expect_eq(tw_areas_find(areas, 0x12000), NULL);
  tw_area *e = tw_areas_take(areas, 0, UINT64_MAX, 0x4000, 0x1000);
  cr_expect_eq(e->va, 0x19000, "the hole is too small");
  tw_area *f = tw_areas_take(areas, 0, UINT64_MAX, 0x1000, 0x1000);
  cr_expect_eq(f->va, 0x12000, "the lowest");
  cr_expect_eq(tw_areas_take(areas, 0, UINT64_MAX, 0x10000, 0x1000), NULL);
  cr_expect_eq(tw_areas_take(areas, 0x1f000, 0x1ffff, 0x1000, 0x1000)->va, 0x1f000, "from there on");
  cr_expect_eq(tw_areas_take(areas, 0x1f000, 0x1ffff, 0x1000, 0x1000), NULL);
  // lazily: not before a purge
  cr_expect_eq(tw_areas_free_lazily(areas, a), 0x2000);
  cr_expect_eq(tw_areas_free_lazily(areas, d), 0x5000);
  tw_area *g = tw_areas_take(areas, 0, UINT64_MAX, 0x2000, 0x1000);
  cr_expect_eq(g->va, 0x13000, "what was freed lazily is not there yet");
  cr_expect(tw_areas_purge(areas, &first, &end) && first == 0x10000 && end == 0x18000);
  cr_expect(!tw_areas_purge(areas, &first, &end));
  cr_expect_eq(tw_areas_take(areas, 0, UINT64_MAX, 0x2000, 0x1000)->va, 0x10000);
  tw_areas_destroy(areas);
}

// Against a bitmap: always the lowest place that fits.
Test(allocators, areas_soak) {
  enum { PAGES = 512, HELD = 64 };
  tw_areas *areas = tw_areas_create();
  tw_areas_add(areas, 0, (uint64_t)PAGES << 12);
  tw_areas_reserve(areas, 100 << 12, 7 << 12);
  bool used[PAGES] = {false};
  for (size_t i = 100; i < 107; i++)
    used[i] = true;
  tw_area *held[HELD];
  size_t count = 0;
  uint64_t seed = 11;
  for (size_t step = 0; step < 20000; step++) {
    uint64_t r = next_random(&seed);
    if (r & 1 && count < HELD) {
      size_t pages = 1 + (r >> 8) % 12, align = (size_t)1 << (r >> 16) % 4, at = 0, run = 0;
      for (; at + pages <= PAGES; at += align) {
        for (run = 0; run < pages && !used[at + run]; run++)
          ;
        if (run == pages)
          break;
      }
      tw_area *area = tw_areas_take(areas, 0, UINT64_MAX, pages << 12, align << 12);
      cr_assert_eq(!area, run < pages || at + pages > PAGES);
      if (!area)
        continue;
      cr_assert_eq(area->va, at << 12, "step %zu", step);
      for (size_t i = 0; i < pages; i++)
        used[at + i] = true;
      held[count++] = area;
    } else if (count) {
      size_t pick = (r >> 8) % count;
      for (uint64_t va = held[pick]->va; va < held[pick]->va + held[pick]->whole; va += 4096)
        used[va >> 12] = false;
      tw_areas_free(areas, held[pick]);
      held[pick] = held[--count];
    }
  }
  tw_areas_destroy(areas);
}

// ---- numbers ----

Test(allocators, number_map) {
  enum { KEYS = 1000 };
  tw_number_map map = {0};
  bool there[KEYS] = {false};
  uint64_t seed = 3, value;
  cr_expect(!tw_number_map_get(&map, 1, &value) && !tw_number_map_remove(&map, 1));
  for (size_t step = 0; step < 50000; step++) {
    uint64_t r = next_random(&seed), key = r % KEYS;
    if (r >> 32 & 1)
      cr_assert_eq(tw_number_map_set(&map, key << 12, ~key), 0);
    else
      cr_assert_eq(tw_number_map_remove(&map, key << 12), there[key]);
    there[key] = r >> 32 & 1;
    uint64_t other = (r >> 40) % KEYS;
    bool found = tw_number_map_get(&map, other << 12, &value);
    cr_assert(found == there[other] && (!found || value == ~other), "step %zu", step);
  }
  tw_number_map_free(&map);
}
