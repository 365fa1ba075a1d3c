// kernel_census TRACE [KEY=VALUE...]: does the generated kernel map at boot what the captured one had mapped?
//
// What the registers and mappings show of the captured kernel is taken from them; the version, rodata= and KFENCE are
// told: kernel_census vmalloc_4m.twt linux=6.12 rodata=on kfence. With --write FILE first, the mappings are written as
// a census that test_kernel_census reads.
#include "census_case.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_leaf(const char *whose, const leaves *l, size_t at) {
  char name[12] = "";
  if (at >= l->count) {
    printf("    %-9s nothing\n", whose);
    return;
  }
  const tw_mapping *m = &l->leaf[at];
  tw_mapping_size_name(m, name);
  printf("    %-9s %#" PRIx64 " %-6s %#12" PRIx64 " %#" PRIx64 " %s\n", whose, m->va, name, m->pa, m->attributes,
         m->writable ? "w" : "r");
}

static bool compare(const captured *c, tw_kernel *kernel, const census_range *range, const leaves *had) {
  leaves made = leaves_of_kernel(kernel, range->first, range->last);
  difference d = census_differ(&made, had, range->places);
  bool agrees = census_agrees(c, range, &d);
  printf("%-11s %8zu leaves, captured %8zu; differ: %zu sizes, %zu attributes, %zu places; %zu protected: %s\n",
         range->name, made.count, had->count, d.sizes, d.attributes, d.places, d.read_only,
         agrees ? "agrees" : "DIFFERS");
  for (size_t i = d.first; !agrees && i < d.first + 3; i++) {
    print_leaf("generated", &made, i);
    print_leaf("captured", had, i);
  }
  free(made.leaf);
  return agrees;
}

/// Without `places` the physical addresses are where there was room: they are not kept, so that runs stay long.
static void append(leaves *to, const leaves *from, bool places) {
  for (size_t i = 0; i < from->count; i++) {
    tw_mapping leaf = from->leaf[i];
    if (!places)
      leaf.pa = leaf.va - from->leaf[0].va;
    leaves_add(to, &leaf);
  }
}

static int write_census(const captured *c, const leaves *compared, const char *path) {
  FILE *file = fopen(path, "w");
  if (!file) {
    perror(path);
    return 2;
  }
  census_write(c, compared, file);
  return fclose(file) ? 2 : 0;
}

static int run(captured *c, const leaves *all, const char *census) {
  tw_kernel *kernel = captured_kernel(c);
  leaves compared = {0};
  int status = 0;
  if (!kernel)
    return 2;
  census_range ranges[CENSUS_RANGES];
  size_t count = census_ranges(c, tw_kernel_layout(kernel), ranges);
  for (size_t r = 0; r < count; r++) {
    leaves had = leaves_part(all, ranges[r].first, ranges[r].last);
    if (c->config.kfence && r == 0)
      printf("KFENCE: %" PRIu64 " pages of objects unmapped\n", c->kfence_freed = census_free_kfence(c, kernel, &had));
    if (!compare(c, kernel, &ranges[r], &had))
      status = 1;
    append(&compared, &had, ranges[r].places);
    free(had.leaf);
  }
  if (census)
    status = write_census(c, &compared, census) ? 2 : status;
  free(compared.leaf);
  tw_kernel_destroy(kernel);
  return status;
}

int main(int argc, char **argv) {
  captured c = {.name = "kernel_census"};
  tw_error error;
  tw_batch batch;
  const char *census = argc > 2 && strcmp(argv[1], "--write") == 0 ? argv[2] : NULL;
  int at = census ? 3 : 1;
  if (at >= argc) {
    fprintf(stderr, "usage: kernel_census [--write FILE] TRACE [KEY=VALUE...]\n");
    return 2;
  }
  tw_trace *trace = tw_trace_open(argv[at++], 0, &error);
  if (!trace || tw_trace_next(trace, &batch, &error) != 1) {
    fprintf(stderr, "%s\n", error.text);
    return 2;
  }
  tw_image image = tw_trace_image(trace);
  if (!captured_guess(&c, trace, &image))
    return 2;
  for (; at < argc; at++)
    if (!captured_set(&c, argv[at]))
      return 2;
  leaves all = leaves_of(&image, 0, UINT64_MAX);
  c.protected_pages = census_protected(&c, &all);
  captured_print(&c, stdout);
  int status = run(&c, &all, census);
  free(all.leaf);
  tw_trace_close(trace);
  return status;
}
