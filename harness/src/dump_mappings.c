// The census of a table image and its runs.
#include "dump.h"

#include <stdlib.h>
#include <traces/census.h>

static json_t *census_row(const tw_census_row *row) {
  json_t *sizes = json_array();
  for (size_t i = 0; i < row->sizes; i++)
    json_array_append_new(sizes, json_pack("{s:s, s:I, s:I}", "size", row->size[i].name, "bytes",
                                           (json_int_t)row->size[i].bytes, "count", (json_int_t)row->size[i].count));
  return json_pack("{s:s, s:o}", "region", row->name, "mappings", sizes);
}

json_t *tw_dump_census(const tw_trace *trace, tw_error *error) {
  tw_image image = tw_trace_image(trace);
  size_t region_count, count;
  const tw_region *regions = tw_trace_regions(trace, &region_count);
  tw_census_row *rows;
  if (tw_census_count(&image, regions, region_count, &rows, &count, error) != 0)
    return NULL;
  json_t *json = json_array();
  for (size_t i = 0; i < count; i++)
    if (rows[i].sizes)
      json_array_append_new(json, census_row(&rows[i]));
  free(rows);
  return json;
}

static int add_run(void *context, const tw_run *run) {
  json_t *runs = context;
  const tw_mapping *m = &run->first;
  char size[12], memory[24], access[8];
  tw_mapping_size_name(m, size);
  tw_mair_name(m->attr, memory);
  snprintf(access, sizeof access, "%s%s", m->user ? "u" : "", m->writable ? "rw" : "ro");
  json_t *json = json_pack("{s:o, s:o, s:o, s:s, s:i, s:I, s:s, s:b, s:b, s:s}", "first", tw_dump_hex(m->va), "last",
                           tw_dump_hex(run->last), "pa", tw_dump_hex(m->pa), "size", size, "level", (int)m->level,
                           "count", (json_int_t)run->count, "access", access, "el1_exec", (int)m->el1_exec, "el0_exec",
                           (int)m->el0_exec, "memory", memory);
  return json_array_append_new(runs, json);
}

json_t *tw_dump_runs(const tw_trace *trace, tw_error *error) {
  tw_image image = tw_trace_image(trace);
  json_t *json = json_array();
  if (tw_image_runs(&image, 0, add_run, json, error) == 0)
    return json;
  json_decref(json);
  return NULL;
}
