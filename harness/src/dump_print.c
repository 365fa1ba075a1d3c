// A dump's JSON as tables. What a section has as the one before it is not printed again.
#include "dump.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

static const char *text(const json_t *object, const char *name) {
  const char *value = json_string_value(json_object_get(object, name));
  return value ? value : "";
}

static int64_t number(const json_t *object, const char *name) {
  return json_integer_value(json_object_get(object, name));
}

// A blank line and the table.
static int finish(tw_table *table, FILE *out) {
  fputc('\n', out);
  int status = table ? tw_table_print(table, out) : -1;
  tw_table_free(table);
  return status;
}

// -- registers and regions --

static const char *on_off(const json_t *object, const char *name) {
  return json_is_true(json_object_get(object, name)) ? "on" : "off";
}

static void print_half(const json_t *decoded, const char *name, FILE *out) {
  const json_t *half = json_object_get(decoded, name);
  fprintf(out, "  %s: granule %s, %" PRId64 " bits of VA%s\n", name, text(half, "granule"), number(half, "va_bits"),
          json_is_true(json_object_get(half, "walks_off")) ? ", walks off (EPD)" : "");
}

static void print_values(const json_t *values, FILE *out) {
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)values, name, value) fprintf(out, "  %-16s %s\n", name, json_string_value(value));
}

static void print_decoded64(const json_t *decoded, FILE *out) {
  print_half(decoded, "TTBR0_EL1", out);
  print_half(decoded, "TTBR1_EL1", out);
  fprintf(out, "  ASID: %" PRId64 " bits from %s; output addresses: %" PRId64 " bits; stage 1 %s\n",
          number(decoded, "asid_bits"), text(decoded, "asid_from"), number(decoded, "pa_bits"),
          on_off(decoded, "stage1_on"));
}

static void print_half32(const json_t *decoded, const char *name, FILE *out) {
  const json_t *half = json_object_get(decoded, name);
  if (json_is_null(half))
    fprintf(out, "  %s: no addresses\n", name);
  else
    fprintf(out, "  %s: %s to %s%s\n", name, text(half, "first"), text(half, "last"),
            json_is_true(json_object_get(half, "walks_off")) ? ", walks off" : "");
}

static void print_decoded32(const json_t *decoded, FILE *out) {
  print_half32(decoded, "TTBR0", out);
  print_half32(decoded, "TTBR1", out);
  fprintf(out, "  %s; ASID 0x%02" PRIx64 "; stage 1 %s\n", text(decoded, "format"), (uint64_t)number(decoded, "asid"),
          on_off(decoded, "stage1_on"));
  if (json_object_get(decoded, "domains"))
    fprintf(out, "  TEX remap %s; access flag %s; domains: %s\n", on_off(decoded, "tex_remap"),
            on_off(decoded, "access_flag"), text(decoded, "domains"));
}

static void print_registers(const json_t *section, FILE *out) {
  const json_t *decoded = json_object_get(section, "decoded");
  fputs("\nRegisters\n", out);
  print_values(json_object_get(section, "registers"), out);
  if (json_object_get(decoded, "format"))
    print_decoded32(decoded, out);
  else if (decoded)
    print_decoded64(decoded, out);
  fputs("As the capture names them\n", out);
  print_values(json_object_get(section, "named"), out);
}

static int print_regions(const json_t *regions, FILE *out) {
  tw_table *table = tw_table_create("<region\t<first\t<last");
  size_t i;
  json_t *region;
  json_array_foreach((json_t *)regions, i, region) if (table)
      tw_table_row(table, "%s\t%s\t%s", text(region, "name"), text(region, "first"), text(region, "last"));
  return finish(table, out);
}

// -- mappings --

static int print_census(const json_t *census, FILE *out) {
  tw_table *table = tw_table_create("<region\t<mappings");
  size_t i, n;
  json_t *row, *size;
  json_array_foreach((json_t *)census, i, row) {
    char list[400] = "";
    size_t used = 0;
    json_array_foreach(json_object_get(row, "mappings"), n, size) {
      if (used < sizeof list)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%" PRId64 " x %s", n ? ", " : "",
                                 number(size, "count"), text(size, "size"));
    }
    if (table)
      tw_table_row(table, "%s\t%s", text(row, "region"), list);
  }
  return finish(table, out);
}

static const char *yes(const json_t *object, const char *name, const char *set, const char *clear) {
  return json_is_true(json_object_get(object, name)) ? set : clear;
}

static int print_runs(const json_t *runs, FILE *out) {
  tw_table *table = tw_table_create("<first\t<last\t<PA\tcount\tsize\tlevel\t<access\t<EL1\t<EL0\t<memory");
  size_t i;
  json_t *run;
  json_array_foreach((json_t *)runs, i, run) if (table) tw_table_row(
      table, "%s\t%s\t%s\t%" PRId64 "\t%s\t%" PRId64 "\t%s\t%s\t%s\t%s", text(run, "first"), text(run, "last"),
      text(run, "pa"), number(run, "count"), text(run, "size"), number(run, "level"), text(run, "access"),
      yes(run, "el1_exec", "x", "nx"), yes(run, "el0_exec", "x", "nx"), text(run, "memory"));
  return finish(table, out);
}

// -- phases --

static int print_phases(const json_t *phases, FILE *out) {
  tw_table *table = tw_table_create("section\tid\t<kind\t<pattern\t<buffer\tbytes\taccesses\treads\twrites\tfetches\t"
                                    "instructions\tTLBI\tdescriptors");
  size_t i;
  json_t *p;
  json_array_foreach((json_t *)phases, i, p) if (table)
      tw_table_row(table,
                   "%" PRId64 "\t%" PRId64 "\t%s\t%s\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64
                   "\t%" PRId64 "\t%" PRId64 "\t%" PRId64,
                   number(p, "section"), number(p, "id"), text(p, "kind"), text(p, "pattern"),
                   number(p, "bytes") ? text(p, "va") : "", number(p, "bytes"), number(p, "accesses"),
                   number(p, "reads"), number(p, "writes"), number(p, "fetches"), number(p, "instructions"),
                   number(p, "tlbi"), number(p, "descriptor_writes"));
  return finish(table, out);
}

static int print_instructions(const json_t *instructions, FILE *out) {
  tw_table *table = tw_table_create("<instruction\t<word\tcount\toperands known");
  size_t i;
  json_t *one;
  json_array_foreach((json_t *)instructions, i, one) if (table)
      tw_table_row(table, "%s\t%s\t%" PRId64 "\t%" PRId64, text(one, "instruction"), text(one, "word"),
                   number(one, "count"), number(one, "operands_known"));
  return finish(table, out);
}

// -- sections --

// What of `section` must be printed: it is there, and differs from that of the section before.
static const json_t *fresh(const json_t *section, const json_t *before, const char *name) {
  const json_t *value = json_object_get(section, name);
  bool same = before && value && json_equal(value, json_object_get(before, name));
  return same || json_is_null(value) ? NULL : value;
}

static bool has_fresh(const json_t *section, const json_t *before) {
  static const char *const names[] = {"registers", "named", "regions", "census", "runs"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fresh(section, before, names[i]))
      return true;
  return false;
}

static int print_section(const json_t *section, const json_t *before, size_t index, FILE *out) {
  const json_t *tables = json_object_get(section, "tables"), *part;
  int status = 0;
  fprintf(out, "Section %zu: %s, %" PRId64 " table pages, %" PRId64 " bytes of tables\n", index + 1,
          text(section, "architecture"), number(tables, "pages"), number(tables, "bytes"));
  if (fresh(section, before, "registers") || fresh(section, before, "named"))
    print_registers(section, out);
  if ((part = fresh(section, before, "regions")))
    status |= print_regions(part, out);
  if ((part = fresh(section, before, "census")))
    status |= print_census(part, out);
  if ((part = fresh(section, before, "runs")))
    status |= print_runs(part, out);
  return status;
}

int tw_dump_print(const json_t *dump, FILE *out) {
  const json_t *sections = json_object_get(dump, "sections"), *before = NULL, *total = json_object_get(dump, "total");
  const json_t *phases = json_object_get(dump, "phases");
  int status = 0;
  fprintf(out, "%s: %s\n", text(dump, "trace"), text(dump, "format"));
  for (size_t i = 0; i < json_array_size(sections); i++) {
    const json_t *section = json_array_get(sections, i);
    status |= print_section(section, before, i, out);
    if (i + 1 < json_array_size(sections) && has_fresh(section, before))
      fputc('\n', out);
    before = section;
  }
  if (phases && json_array_size(phases))
    status |= print_phases(phases, out);
  if (json_array_size(json_object_get(dump, "instructions")))
    status |= print_instructions(json_object_get(dump, "instructions"), out);
  fprintf(out,
          "\nTotal: %" PRId64 " accesses (%" PRId64 " reads, %" PRId64 " writes, %" PRId64 " fetches), %" PRId64
          " TLBIs, %" PRId64 " descriptor writes, %" PRId64 " register writes\n",
          number(total, "accesses"), number(total, "reads"), number(total, "writes"), number(total, "fetches"),
          number(total, "tlbi"), number(total, "descriptor_writes"), number(total, "register_writes"));
  return status || ferror(out) ? -1 : 0;
}
