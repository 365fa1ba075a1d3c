// The presets' latency curves against what is published of the cores: the knees are where the capacities are, and the
// step from the L1 plateau to that of L2 hits is as published. The expected values are written down here from their
// sources, apart from the presets; a preset whose number is changed does not agree with them.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "curve.h"

typedef struct published {
  const char *core;
  uint64_t l1, l2; // entries: L1 data TLB, L2 TLB (main TLB)
  uint32_t step;   // cycles from an L1 hit to an L2 hit
  const char *source, *step_source;
  unsigned ways; // of the L2 TLB, where it holds table descriptors too; else 0
} published;

// "assumed": nothing is published; the figure is the project's own, and a change of it must be made here too.
static const published all[] = {
    {"ampereone", 64, 2048, 4, "assumed", "assumed", 0},
    {"cortex-a15", 32, 512, 3, "A15 TRM", "assumed", 0},
    {"cortex-a53", 10, 512, 2, "A53 TRM (DDI 0500) 5.1", "Hennessy and Patterson, Computer Architecture, 2", 0},
    {"cortex-a55", 16, 1024, 2, "Agilex 5 HPS TRM (Intel 814346)", "assumed", 0},
    {"cortex-a57", 32, 1024, 7, "pytorch/cpuinfo, src/arm/tlb.c", "assumed", 0},
    {"cortex-a7", 10, 256, 2, "A7 TRM (DDI 0464) 5.3", "assumed", 0},
    {"cortex-a710", 32, 1024, 5, "Chips and Cheese, Cortex-A710", "assumed", 0},
    {"cortex-a72", 32, 1024, 7, "A72 TRM (100095) 5.2", "Chips and Cheese, Cortex-A72", 0},
    {"cortex-a73", 48, 1024, 5, "Chips and Cheese, Cortex-A73", "Chips and Cheese, Cortex-A73", 0},
    {"cortex-a76", 48, 1280, 3, "A76 TRM (100798) A5", "A76 TRM (100798) A5: usually three cycles", 5},
    {"cortex-x2", 48, 2048, 5, "Chips and Cheese, Cortex-X2", "Chips and Cheese, Cortex-X2", 0},
    {"neoverse-n1", 48, 1280, 3, "N1 TRM", "N1 TRM: usually three cycles", 5},
    {"neoverse-n2", 44, 1280, 3, "N2 TRM (r0p3)", "N2 TRM (r0p3)", 0},
    {"neoverse-v2", 48, 2048, 5, "Chips and Cheese, Neoverse V2", "Chips and Cheese, Neoverse V2", 0},
};
enum { ALL = sizeof all / sizeof *all };

// The last footprint of which all accesses hit the L2 TLB: its capacity. Where it holds tables too, each that is in use
// takes a way of its set. The pages lie from address 0 on, where a page's set and that of its table are both 0: the
// first page that finds no way there is the first one that comes to set 0 when all sets have one way less.
static uint64_t knee_of(const published *p) { return p->ways ? p->l2 / p->ways * (p->ways - 1) : p->l2; }

static const published *published_of(const char *core) {
  for (size_t i = 0; i < ALL; i++)
    if (strcmp(all[i].core, core) == 0)
      return &all[i];
  return NULL;
}

static tw_core preset(const char *name) {
  tw_core core;
  tw_error error = {""};
  cr_assert_eq(tw_core_load(name, &core, &error), 0, "%s", error.text);
  return core;
}

static tw_curve measured(const tw_core *core, const char *page, uint64_t most, uint64_t seed) {
  tw_curve curve;
  tw_error error = {""};
  const tw_curve_options options = {.page = tw_linear_size_named(page), .most = most, .seed = seed};
  cr_assert_eq(tw_curve_measure(core, &options, &curve, &error), 0, "%s", error.text);
  return curve;
}

// What of the curve is not as published: "" when all is.
static const char *differs(const tw_core *core, const published *expected) {
  // The range does not come from the core: one that has shrunk must not hide its knee.
  tw_curve curve = measured(core, "4K", 4 * expected->l2, 1);
  const tw_plateau l1 = curve.l1, l2 = curve.l2;
  tw_curve_free(&curve);
  if (!l1.found || !l1.ends || l1.last != expected->l1)
    return "L1";
  if (!l2.found || !l2.ends || l2.last != knee_of(expected))
    return "L2";
  return l2.cycles - l1.cycles == expected->step ? "" : "step";
}

Test(curve, every_preset_is_as_published) {
  for (size_t i = 0; i < ALL; i++) {
    const tw_core core = preset(all[i].core);
    cr_expect_str_eq(differs(&core, &all[i]), "",
                     "%s: expected knees at %llu pages (%s) and %llu, a step of %u cycles (%s)", all[i].core,
                     (unsigned long long)all[i].l1, all[i].source, (unsigned long long)knee_of(&all[i]), all[i].step,
                     all[i].step_source);
  }
}

Test(curve, every_preset_is_in_the_table) {
  tw_error error = {""};
  char **names = tw_core_names(&error);
  cr_assert_not_null(names, "%s", error.text);
  size_t count = 0;
  for (; names[count]; count++)
    cr_expect_not_null(published_of(names[count]), "%s: no published figures here", names[count]);
  cr_assert_eq(count, ALL);
  tw_core_names_free(names);
}

// Must fail: copies of presets with one number changed.
Test(curve, a_changed_number_is_found_out) {
  for (size_t i = 0; i < ALL; i++) {
    tw_core core = preset(all[i].core);
    core.mmu.l1d.entries /= 2;
    cr_expect_str_eq(differs(&core, &all[i]), "L1", "%s: half the L1 data TLB", all[i].core);
    core = preset(all[i].core);
    core.mmu.l1d.entries--;
    cr_expect_str_eq(differs(&core, &all[i]), "L1", "%s: an entry less in the L1 data TLB", all[i].core);
    core = preset(all[i].core);
    core.mmu.l2.sets /= 2;
    cr_expect_str_eq(differs(&core, &all[i]), "L2", "%s: half the L2 TLB's sets", all[i].core);
    core = preset(all[i].core);
    core.mmu.l2.ways++;
    cr_expect_str_eq(differs(&core, &all[i]), "L2", "%s: a way more in the L2 TLB", all[i].core);
    core = preset(all[i].core);
    core.mmu.l2_latency++;
    cr_expect_str_eq(differs(&core, &all[i]), "step", "%s: a cycle more to the L2 TLB", all[i].core);
  }
}

// The order of the pages is of no account to a TLB with true LRU: no seed has other knees.
Test(curve, no_seed_moves_a_knee) {
  const tw_core core = preset("cortex-a53");
  for (uint64_t seed = 2; seed < 12; seed++) {
    tw_curve curve = measured(&core, "4K", 1500, seed);
    cr_expect_eq(curve.l1.last, 10);
    cr_expect_eq(curve.l2.last, 512);
    tw_curve_free(&curve);
  }
}

// Tables share the L2 TLB with pages. From 1025 to 1280 pages, in five ways of 256 sets, there are three tables of the
// last level in use, of 512 pages each, in sets 0, 1 and 2. One of these sets that has five pages can't hold its table
// beside them, and loses all of them in each round; the others lose nothing. With caches of their own for the tables
// all 1280 entries are the pages'.
Test(curve, tables_share_the_l2) {
  tw_core core = preset("neoverse-n1");
  tw_curve curve = measured(&core, "4K", 2000, 1);
  unsigned points = 0;
  for (size_t i = 0; i < curve.count; i++) {
    const tw_curve_point *p = &curve.points[i];
    if (p->pages <= 1024 || p->pages > 1280)
      continue;
    uint64_t rounds = p->accesses / p->pages, sets = p->pages - 1024 < 3 ? p->pages - 1024 : 3;
    cr_expect_eq(p->walks, rounds * sets * 5, "%llu pages: %llu walks", (unsigned long long)p->pages,
                 (unsigned long long)p->walks);
    points++;
  }
  cr_expect_geq(points, 3);
  tw_curve_free(&curve);
  core.mmu.walk_caches_in_l2 = 0;
  core.mmu.walk_cache_entries[3] = 4;
  curve = measured(&core, "4K", 2000, 1);
  cr_expect_eq(curve.l2.last, 1280);
  tw_curve_free(&curve);
}

// Neoverse N1 holds 4K, 16K, 64K and 2M in its L1 data TLB, and all of them in the L2: as many pages of each. A page of
// 2M is probed in the L2 after 4K and 64K, a cycle each.
Test(curve, pages_of_other_sizes) {
  static const struct {
    const char *page;
    double step;
  } sizes[] = {{"4K", 3}, {"16K", 3}, {"64K", 3}, {"2M", 5}};
  const tw_core core = preset("neoverse-n1");
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    tw_curve curve = measured(&core, sizes[i].page, 2000, 1);
    cr_expect_eq(curve.l1.last, 48, "%s", sizes[i].page);
    cr_expect_eq(curve.l2.last, knee_of(published_of("neoverse-n1")), "%s", sizes[i].page);
    cr_expect_float_eq(curve.l2.cycles - curve.l1.cycles, sizes[i].step, 1e-9, "%s", sizes[i].page);
    tw_curve_free(&curve);
  }
}

// All accesses are told, once; past the end of every set of the L2 each walks.
Test(curve, shares_add_up) {
  const tw_core core = preset("neoverse-n1");
  tw_curve curve = measured(&core, "4K", 2000, 1);
  for (size_t i = 0; i < curve.count; i++) {
    const tw_curve_point *p = &curve.points[i];
    cr_expect_geq(p->accesses, 2048);
    cr_expect_eq(p->accesses % p->pages, 0);
    cr_expect_eq(p->l1_hits + p->l2_hits + p->walks, p->accesses);
    cr_expect(i == 0 || p->pages > curve.points[i - 1].pages);
    cr_expect_eq(p->l1_hits, p->pages <= 48 ? p->accesses : 0);
    if (p->pages >= 1536)
      cr_expect_eq(p->walks, p->accesses);
  }
  tw_curve_free(&curve);
}

// AmpereOne's walker has its own port to the L2 cache: no walk is faster than that cache (11 cycles) after the L2 TLB's
// miss. Through the L1 data cache (4 cycles) it would be cheaper.
Test(curve, a_walker_that_enters_at_the_l2_cache) {
  tw_core core = preset("ampereone");
  tw_curve curve = measured(&core, "4K", 4096, 1);
  const tw_curve_point *last = &curve.points[curve.count - 1];
  const double own_port = tw_curve_mean(last);
  cr_expect_eq(last->walks, last->accesses);
  cr_expect_geq(own_port, curve.l2.cycles + 11);
  tw_curve_free(&curve);
  core.memory.walker_enters = 0;
  curve = measured(&core, "4K", 4096, 1);
  cr_expect_lt(tw_curve_mean(&curve.points[curve.count - 1]), own_port);
  tw_curve_free(&curve);
}

// A range that ends on a plateau has no knee there, and a core whose L2 TLB is no larger than its L1 has none at all.
Test(curve, no_knee_where_there_is_none) {
  tw_core core = preset("neoverse-n1");
  tw_curve curve = measured(&core, "4K", 40, 1);
  cr_expect(curve.l1.found && !curve.l1.ends);
  cr_expect_eq(curve.l1.last, 40);
  cr_expect_not(curve.l2.found);
  tw_curve_free(&curve);
  curve = measured(&core, "4K", 200, 1);
  cr_expect(curve.l1.ends && curve.l2.found && !curve.l2.ends);
  tw_curve_free(&curve);
  core.mmu.l2.sets = 8;
  curve = measured(&core, "4K", 400, 1);
  cr_expect_eq(curve.l1.last, 48);
  cr_expect_not(curve.l2.found);
  tw_curve_free(&curve);
}

Test(curve, what_can_not_be_mapped_is_refused) {
  static const struct {
    const char *core, *page, *text;
    uint64_t most;
  } wrong[] = {
      {"cortex-a7", "64K", "cortex-a7: found pages of 64K, expected 4K, 2M or 1G: an ARMv7 core has no other", 8},
      {"cortex-a7", "2M", "cortex-a7: found 2049 pages of 2M, expected 1 to 2048", 2049},
      {"neoverse-n1", "4K", "neoverse-n1: found 16777217 pages of 4K, expected 1 to 16777216", 16777217},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    const tw_core core = preset(wrong[i].core);
    const tw_curve_options options = {.page = tw_linear_size_named(wrong[i].page), .most = wrong[i].most};
    tw_curve curve;
    tw_error error = {""};
    cr_expect_eq(tw_curve_measure(&core, &options, &curve, &error), -1);
    cr_expect_str_eq(error.text, wrong[i].text);
    tw_curve_free(&curve);
  }
  cr_expect_null(tw_linear_size_named("5K"));
}
