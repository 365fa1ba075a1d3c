// Leaves counted a region, and runs of equal leaves.
#include <traces/census.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// -- names --

void tw_mapping_size_name(const tw_mapping *mapping, char name[12]) {
  static const char units[] = "KMGT";
  uint64_t value = mapping->bytes >> 10;
  unsigned unit = 0;
  while (value >= 1024 && unit < 3) {
    value >>= 10;
    unit++;
  }
  snprintf(name, 12, "%u%c%s", (unsigned)(value & 1023), units[unit], mapping->contiguous ? "+C" : "");
}

void tw_mair_name(uint8_t attr, char name[24]) {
  static const struct {
    uint8_t attr;
    const char *name;
  } known[] = {{0x00, "device-nGnRnE"}, {0x04, "device-nGnRE"},  {0x08, "device-nGRE"},
               {0x0c, "device-GRE"},    {0x44, "normal-nc"},     {0xaa, "normal-wt"},
               {0xbb, "normal-wt"},     {0xf0, "normal-tagged"}, {0xff, "normal"}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (known[i].attr == attr) {
      snprintf(name, 24, "%s", known[i].name);
      return;
    }
  snprintf(name, 24, "attr 0x%02x", attr);
}

// -- counting --

typedef struct counting {
  bool by_half; // TTBR0's leaves have a row of their own
  const tw_region *regions;
  size_t region_count;
  tw_census_row *rows;
} counting;

static bool is_buffer(const tw_region *region) { return strncmp(region->name, "buffer ", 7) == 0; }

void tw_census_add(tw_census_row *row, const tw_mapping *mapping) {
  char name[12];
  tw_mapping_size_name(mapping, name);
  size_t at = 0;
  while (at < row->sizes && strcmp(row->size[at].name, name) != 0)
    at++;
  if (at == TW_CENSUS_SIZES_MAX)
    return; // three granules have no more sizes than that
  if (at == row->sizes) {
    row->sizes++;
    while (at > 0 && row->size[at - 1].bytes < mapping->bytes) {
      row->size[at] = row->size[at - 1];
      at--;
    }
    row->size[at].bytes = mapping->bytes;
    row->size[at].count = 0;
    snprintf(row->size[at].name, sizeof row->size[at].name, "%s", name);
  }
  row->size[at].count++;
}

static int count_mapping(void *context, const tw_mapping *mapping) {
  counting *counting = context;
  bool found = counting->by_half && !mapping->half;
  size_t home = counting->region_count + (found ? 1 : 0);
  uint64_t last = mapping->va + (mapping->bytes - 1);
  for (size_t i = 0; i < counting->region_count; i++) {
    const tw_region *region = &counting->regions[i];
    if (is_buffer(region)) {
      if (region->first <= last && mapping->va <= region->last)
        tw_census_add(&counting->rows[i], mapping);
    } else if (!found && region->first <= mapping->va && mapping->va <= region->last) {
      home = i;
      found = true;
    }
  }
  tw_census_add(&counting->rows[home], mapping);
  return 0;
}

int tw_census_count(const tw_image *image, const tw_region *regions, size_t region_count, tw_census_row **rows,
                    size_t *row_count, tw_error *error) {
  *row_count = region_count + 2;
  *rows = calloc(*row_count, sizeof **rows);
  if (!*rows)
    return tw_fail(error, "out of memory");
  for (size_t i = 0; i < region_count; i++)
    memcpy((*rows)[i].name, regions[i].name, sizeof regions[i].name);
  strcpy((*rows)[region_count].name, "other");
  strcpy((*rows)[region_count + 1].name, "TTBR0");
  bool by_half = image->registers->regime != TW_REGIME_PL10;
  counting counting = {by_half, regions, region_count, *rows};
  int status = tw_image_walk(image, count_mapping, &counting, error);
  if (status) {
    free(*rows);
    *rows = NULL;
  }
  return status;
}

// -- runs --

typedef struct joining {
  tw_run run; // empty: count is 0
  unsigned flags;
  tw_run_visitor visit;
  void *context;
} joining;

static bool goes_on(const joining *joining, const tw_mapping *next) {
  const tw_mapping *first = &joining->run.first;
  if (next->half != first->half || next->va != joining->run.last + 1 || next->bytes != first->bytes)
    return false;
  if (next->attributes != first->attributes || next->writable != first->writable || next->user != first->user ||
      next->el1_exec != first->el1_exec || next->el0_exec != first->el0_exec)
    return false;
  return !(joining->flags & TW_RUNS_BY_PA) || next->pa == first->pa + (next->va - first->va);
}

static int give(joining *joining) { return joining->run.count ? joining->visit(joining->context, &joining->run) : 0; }

static int join(void *context, const tw_mapping *mapping) {
  joining *joining = context;
  uint64_t last = mapping->va + (mapping->bytes - 1);
  if (joining->run.count && goes_on(joining, mapping)) {
    joining->run.last = last;
    joining->run.count++;
    return 0;
  }
  int status = give(joining);
  joining->run = (tw_run){.first = *mapping, .last = last, .count = 1};
  return status;
}

int tw_image_runs(const tw_image *image, unsigned flags, tw_run_visitor visit, void *context, tw_error *error) {
  joining joining = {.flags = flags, .visit = visit, .context = context};
  int status = tw_image_walk(image, join, &joining, error);
  return status ? status : give(&joining);
}
