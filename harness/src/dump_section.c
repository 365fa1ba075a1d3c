// A section: registers, regions, tables and their mappings.
#include "dump.h"

static json_t *named_registers(const tw_trace *trace) {
  size_t count;
  const tw_named_register *named = tw_trace_named_registers(trace, &count);
  json_t *json = json_object();
  for (size_t i = 0; i < count; i++)
    json_object_set_new(json, named[i].name, tw_dump_hex(named[i].value));
  return json;
}

static json_t *regions(const tw_trace *trace) {
  size_t count;
  const tw_region *region = tw_trace_regions(trace, &count);
  json_t *json = json_array();
  for (size_t i = 0; i < count; i++)
    json_array_append_new(json, json_pack("{s:s, s:o, s:o}", "name", region[i].name, "first",
                                          tw_dump_hex(region[i].first), "last", tw_dump_hex(region[i].last)));
  return json;
}

static json_t *tables(const tw_trace *trace) {
  size_t count;
  uint64_t bytes = 0;
  const tw_table_page *page = tw_trace_tables(trace, &count);
  for (size_t i = 0; i < count; i++)
    bytes += page[i].bytes;
  return json_pack("{s:I, s:I}", "pages", (json_int_t)count, "bytes", (json_int_t)bytes);
}

static void add_registers(json_t *json, const tw_trace *trace) {
  tw_dump_registers(json, trace);
  json_object_set_new(json, "named", named_registers(trace));
  json_object_set_new(json, "regions", regions(trace));
}

// The result must not be NULL when it is wanted.
static int add_mappings(json_t *json, const tw_trace *trace, const tw_dump_options *options, tw_error *error) {
  json_t *census = options->census ? tw_dump_census(trace, error) : NULL;
  if (options->census && !census)
    return -1;
  json_object_set_new(json, "census", census);
  json_t *runs = options->runs ? tw_dump_runs(trace, error) : NULL;
  if (options->runs && !runs)
    return -1;
  json_object_set_new(json, "runs", runs);
  return 0;
}

json_t *tw_dump_section(const tw_trace *trace, const tw_dump_options *options, tw_error *error) {
  bool aarch64 = tw_trace_architecture(trace) == TW_ARCH_AARCH64;
  json_t *json = json_object();
  json_object_set_new(json, "architecture", json_string(aarch64 ? "AArch64" : "AArch32"));
  json_object_set_new(json, "tables", tables(trace));
  if (options->registers)
    add_registers(json, trace);
  if (add_mappings(json, trace, options, error) < 0) {
    json_decref(json);
    return NULL;
  }
  return json;
}
