// What a timer's interrupt touches: pages in the order of their first use, with how often each is fetched from, read
// and written. Taken from the captures of Linux 6.1 with pages of 4K (k61-4k-full, phase 11) and 6.12 with 16K
// (k612-16k-on, phase 18). An interrupt comes and goes between pages far more often than there are pages: here in three
// rounds.
#include "tick.h"

enum { FETCH = 1, DATA = 0, ROUNDS = 3 };
enum { IMAGE, LINEAR, STACK, IRQ_STACK, DEVICE, MODULE };

typedef struct tick_row {
  uint8_t fetch, place;
  uint32_t page; ///< of the image, or of RAM
  uint16_t reads, writes;
} tick_row;

// clang-format off
static const tick_row rows_6_1_4k[] = {
    {FETCH, IMAGE, 18, 3, 0}, {FETCH, IMAGE, 17, 3, 0}, {DATA, STACK, 0, 61, 61}, {FETCH, IMAGE, 3289, 2, 0},
    {DATA, IMAGE, 4380, 2, 0}, {FETCH, IMAGE, 3288, 8, 0}, {FETCH, IMAGE, 3287, 3, 0}, {DATA, LINEAR, 11282, 69, 20},
    {FETCH, IMAGE, 157, 9, 0}, {FETCH, IMAGE, 24, 6, 0}, {DATA, LINEAR, 261567, 5, 4}, {FETCH, IMAGE, 22, 3, 0},
    {DATA, LINEAR, 261548, 5, 0}, {FETCH, IMAGE, 16, 6, 0}, {DATA, IRQ_STACK, 0, 315, 314}, {DATA, IMAGE, 7361, 2, 0},
    {DATA, DEVICE, 0, 2, 1}, {DATA, IMAGE, 7362, 1, 0}, {FETCH, IMAGE, 294, 8, 0}, {FETCH, IMAGE, 306, 2, 0},
    {DATA, LINEAR, 9485, 2, 0}, {DATA, LINEAR, 9579, 8, 0}, {FETCH, IMAGE, 302, 5, 0}, {DATA, LINEAR, 261571, 1, 1},
    {DATA, LINEAR, 261550, 5, 3}, {DATA, IMAGE, 3514, 2, 0}, {DATA, LINEAR, 9581, 2, 0}, {FETCH, IMAGE, 2560, 22, 0},
    {DATA, LINEAR, 261572, 9, 2}, {FETCH, IMAGE, 355, 11, 0}, {DATA, LINEAR, 261553, 67, 38},
    {FETCH, IMAGE, 354, 38, 0}, {FETCH, IMAGE, 359, 12, 0}, {DATA, IMAGE, 8101, 163, 57}, {DATA, IMAGE, 7910, 7, 0},
    {DATA, IMAGE, 4391, 4, 0}, {FETCH, IMAGE, 3257, 6, 0}, {FETCH, IMAGE, 3258, 3, 0}, {FETCH, IMAGE, 3255, 7, 0},
    {FETCH, IMAGE, 3254, 5, 0}, {FETCH, IMAGE, 376, 24, 0}, {FETCH, IMAGE, 357, 25, 0}, {DATA, IMAGE, 7358, 8, 0},
    {DATA, IMAGE, 8102, 4, 2}, {DATA, IMAGE, 7351, 10, 5}, {FETCH, IMAGE, 267, 6, 0}, {DATA, IMAGE, 8063, 2, 0},
    {FETCH, IMAGE, 358, 26, 0}, {FETCH, IMAGE, 356, 5, 0}, {FETCH, IMAGE, 378, 12, 0}, {DATA, IMAGE, 7371, 1, 0},
    {DATA, IMAGE, 7349, 4, 32}, {FETCH, IMAGE, 203, 4, 0}, {DATA, IMAGE, 7520, 18, 32}, {FETCH, IMAGE, 3227, 4, 0},
    {FETCH, IMAGE, 353, 10, 0}, {FETCH, IMAGE, 253, 18, 0}, {DATA, LINEAR, 261568, 80, 27},
    {DATA, LINEAR, 10030, 3, 0}, {FETCH, IMAGE, 263, 6, 0}, {DATA, IMAGE, 7525, 4, 0}, {DATA, IMAGE, 7527, 2, 0},
    {FETCH, IMAGE, 452, 3, 0}, {DATA, LINEAR, 33546, 4, 0}, {DATA, LINEAR, 261552, 1, 0}, {FETCH, IMAGE, 329, 18, 0},
    {FETCH, IMAGE, 319, 4, 0}, {FETCH, IMAGE, 327, 6, 0}, {DATA, LINEAR, 261564, 7, 2}, {DATA, IMAGE, 7516, 2, 0},
    {FETCH, IMAGE, 331, 2, 0}, {FETCH, IMAGE, 330, 2, 0}, {DATA, IMAGE, 7513, 1, 0}, {FETCH, IMAGE, 547, 5, 0},
    {DATA, LINEAR, 261562, 2, 0}, {FETCH, IMAGE, 222, 13, 0}, {DATA, IMAGE, 7363, 8, 0}, {FETCH, IMAGE, 2313, 1, 0},
    {DATA, LINEAR, 261566, 4, 0}, {FETCH, IMAGE, 213, 2, 0}, {FETCH, IMAGE, 216, 4, 0}, {FETCH, IMAGE, 375, 7, 0},
    {DATA, IMAGE, 7523, 8, 0}, {FETCH, IMAGE, 252, 7, 0}, {FETCH, IMAGE, 243, 18, 0}, {DATA, IMAGE, 3357, 11, 0},
    {FETCH, IMAGE, 233, 9, 0}, {FETCH, IMAGE, 228, 10, 0}, {FETCH, IMAGE, 226, 6, 0}, {DATA, IMAGE, 7398, 2, 0},
    {FETCH, IMAGE, 232, 12, 0}, {FETCH, IMAGE, 251, 33, 0}, {FETCH, IMAGE, 245, 4, 0}, {FETCH, IMAGE, 229, 3, 0},
    {FETCH, IMAGE, 664, 5, 0}, {FETCH, IMAGE, 242, 2, 0}, {FETCH, IMAGE, 369, 5, 0}, {FETCH, IMAGE, 347, 2, 0},
    {FETCH, IMAGE, 372, 6, 0}, {FETCH, IMAGE, 1535, 2, 0}, {FETCH, IMAGE, 303, 1, 0}, {FETCH, IMAGE, 223, 2, 0},
    {FETCH, MODULE, 0, 1, 0},
};

static const tick_row rows_6_12_16k[] = {
    {FETCH, MODULE, 0, 3, 0}, {FETCH, IMAGE, 4, 10, 0}, {DATA, STACK, 0, 62, 60}, {FETCH, IMAGE, 969, 31, 0},
    {DATA, IMAGE, 1459, 3, 0}, {FETCH, IMAGE, 968, 10, 0}, {DATA, LINEAR, 8568, 96, 24}, {FETCH, IMAGE, 44, 9, 0},
    {FETCH, IMAGE, 6, 6, 0}, {DATA, LINEAR, 65006, 40, 17}, {FETCH, IMAGE, 5, 2, 0}, {DATA, LINEAR, 64995, 7, 3},
    {DATA, IRQ_STACK, 0, 337, 373}, {DATA, IMAGE, 2497, 11, 0}, {DATA, DEVICE, 0, 2, 1}, {DATA, IMAGE, 2498, 9, 0},
    {FETCH, IMAGE, 83, 7, 0}, {FETCH, IMAGE, 86, 2, 0}, {DATA, LINEAR, 4107, 2, 0}, {DATA, LINEAR, 4194, 8, 0},
    {FETCH, IMAGE, 85, 6, 0}, {DATA, LINEAR, 65007, 71, 19}, {DATA, IMAGE, 1033, 2, 0}, {DATA, LINEAR, 4102, 2, 0},
    {FETCH, IMAGE, 774, 17, 0}, {FETCH, IMAGE, 101, 78, 0}, {DATA, LINEAR, 64996, 66, 36}, {FETCH, IMAGE, 102, 52, 0},
    {DATA, IMAGE, 2751, 166, 57}, {DATA, IMAGE, 2682, 11, 0}, {DATA, IMAGE, 1474, 4, 0}, {FETCH, IMAGE, 965, 19, 0},
    {DATA, LINEAR, 47362, 5, 2}, {FETCH, IMAGE, 106, 23, 0}, {DATA, IMAGE, 2752, 4, 2}, {DATA, IMAGE, 2495, 12, 5},
    {FETCH, IMAGE, 74, 6, 0}, {DATA, IMAGE, 2742, 1, 0}, {FETCH, IMAGE, 108, 15, 0}, {DATA, IMAGE, 2500, 1, 0},
    {DATA, IMAGE, 2494, 4, 32}, {FETCH, IMAGE, 56, 7, 0}, {DATA, IMAGE, 2540, 26, 32}, {FETCH, IMAGE, 957, 18, 0},
    {FETCH, IMAGE, 70, 36, 0}, {DATA, LINEAR, 8519, 3, 0}, {FETCH, IMAGE, 73, 7, 0}, {DATA, IMAGE, 2542, 6, 0},
    {FETCH, IMAGE, 127, 4, 0}, {DATA, LINEAR, 8506, 4, 0}, {FETCH, IMAGE, 93, 20, 0}, {FETCH, IMAGE, 91, 6, 0},
    {DATA, LINEAR, 65005, 8, 2}, {DATA, IMAGE, 2537, 2, 0}, {DATA, IMAGE, 2536, 1, 0}, {FETCH, IMAGE, 154, 5, 0},
    {FETCH, IMAGE, 62, 16, 0}, {FETCH, IMAGE, 702, 2, 0}, {FETCH, IMAGE, 60, 9, 0}, {DATA, IMAGE, 990, 8, 0},
    {FETCH, IMAGE, 64, 42, 0}, {FETCH, IMAGE, 63, 9, 0}, {DATA, IMAGE, 2507, 3, 0}, {FETCH, IMAGE, 69, 32, 0},
    {FETCH, IMAGE, 68, 4, 0}, {FETCH, IMAGE, 191, 6, 0}, {FETCH, IMAGE, 67, 2, 0}, {FETCH, IMAGE, 105, 11, 0},
    {FETCH, IMAGE, 99, 3, 0}, {FETCH, IMAGE, 8, 6, 0}, {FETCH, IMAGE, 76, 1, 0}, {FETCH, IMAGE, 476, 2, 0},
};
// clang-format on

typedef struct profile {
  const tick_row *rows;
  size_t count;
} profile;

static profile profile_of(const tw_workload *w) {
  if (w->page_log2 == 12)
    return (profile){rows_6_1_4k, sizeof rows_6_1_4k / sizeof *rows_6_1_4k};
  return (profile){rows_6_12_16k, sizeof rows_6_12_16k / sizeof *rows_6_12_16k};
}

static uint64_t place_of(const tw_workload *w, const tw_tick_places *places, const tick_row *row) {
  const uint64_t base[] = {places->image,     places->linear, places->stack,
                           places->irq_stack, places->device, places->module};
  return base[row->place] + ((uint64_t)row->page << w->page_log2);
}

/// What falls on one of the rounds: the whole in three nearly equal parts.
static unsigned share(unsigned whole, unsigned round) { return (whole + ROUNDS - 1 - round) / ROUNDS; }

static void visit(tw_workload *w, uint64_t page, const tick_row *row, unsigned round) {
  unsigned reads = share(row->reads, round), writes = share(row->writes, round);
  uint8_t info = row->fetch ? TW_FETCH4 : TW_READ8;
  for (unsigned i = 0; i < reads; i++)
    tw_access(w, page + (i + round * reads) * 64 % 4096, info, 4);
  for (unsigned i = 0; i < writes; i++)
    tw_access(w, page + (i + round * writes) * 64 % 4096, TW_WRITE8, 4);
}

void tw_tick(tw_workload *w, const tw_tick_places *places) {
  const profile profile = profile_of(w);
  for (unsigned round = 0; round < ROUNDS; round++)
    for (size_t i = 0; i < profile.count; i++) {
      uint64_t page = place_of(w, places, &profile.rows[i]), pa;
      if (tw_kernel_find(w->kernel, page, &pa))
        visit(w, page, &profile.rows[i], round);
    }
}
