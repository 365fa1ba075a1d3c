// Registers and regions of a section. The formats are the Arm manual's: TCR_EL1.{T0SZ, TG0, T1SZ, TG1, A1, AS, IPS}.
#include "dump.h"

#include <inttypes.h>

json_t *tw_dump_hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "0x%016" PRIx64, value);
  return json_string(text);
}

static json_t *system_registers(const tw_registers *r) {
  json_t *json = json_object();
  json_object_set_new(json, "SCTLR_EL1", tw_dump_hex(r->sctlr));
  json_object_set_new(json, "TCR_EL1", tw_dump_hex(r->tcr));
  json_object_set_new(json, "TTBR0_EL1", tw_dump_hex(r->ttbr0));
  json_object_set_new(json, "TTBR1_EL1", tw_dump_hex(r->ttbr1));
  json_object_set_new(json, "MAIR_EL1", tw_dump_hex(r->mair));
  return json;
}

static unsigned field(uint64_t value, unsigned high, unsigned low) {
  return (unsigned)(value >> low & ((2ULL << (high - low)) - 1));
}

static json_t *half(const char *granule, unsigned txsz, bool off) {
  return json_pack("{s:s, s:i, s:b}", "granule", granule, "va_bits", (int)(64 - txsz), "walks_off", off);
}

static json_t *decoded(const tw_registers *r) {
  static const char *const tg0[4] = {"4K", "64K", "16K", "reserved"}, *const tg1[4] = {"reserved", "16K", "4K", "64K"};
  static const int ips_bits[8] = {32, 36, 40, 42, 44, 48, 52, 0};
  uint64_t tcr = r->tcr;
  return json_pack("{s:b, s:o, s:o, s:s, s:i, s:i}", "stage1_on", (int)field(r->sctlr, 0, 0), "TTBR0_EL1",
                   half(tg0[field(tcr, 15, 14)], field(tcr, 5, 0), field(tcr, 7, 7)), "TTBR1_EL1",
                   half(tg1[field(tcr, 31, 30)], field(tcr, 21, 16), field(tcr, 23, 23)), "asid_from",
                   field(tcr, 22, 22) ? "TTBR1_EL1" : "TTBR0_EL1", "asid_bits", field(tcr, 36, 36) ? 16 : 8, "pa_bits",
                   ips_bits[field(tcr, 34, 32)]);
}

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

static void add_registers(json_t *json, const tw_trace *trace, bool aarch64) {
  if (aarch64) {
    json_object_set_new(json, "registers", system_registers(tw_trace_registers(trace)));
    json_object_set_new(json, "decoded", decoded(tw_trace_registers(trace)));
  }
  json_object_set_new(json, "named", named_registers(trace));
  json_object_set_new(json, "regions", regions(trace));
}

// The result must not be NULL when it is wanted; the tables of AArch32 are of a later version.
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
    add_registers(json, trace, aarch64);
  if (aarch64 && add_mappings(json, trace, options, error) < 0) {
    json_decref(json);
    return NULL;
  }
  return json;
}
