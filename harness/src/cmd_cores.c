// tablewalk cores: the presets as a table, or one core whole.
#include "cmd.h"
#include "core_schema.h"
#include "output.h"
#include "table.h"

#include <harness/core.h>
#include <inttypes.h>
#include <platform.h>
#include <string.h>

static const tw_command command = {
    .name = "cores",
    .arguments = "[NAME|FILE]",
    .about =
        "Lists the cores that --core knows, or prints all parameters of one. Latencies are in cycles. RTL says which\n"
        "build of the RTL has the core's sizes; a core without one can be run by the C model alone.\n",
    .examples = "  tablewalk cores\n"
                "  tablewalk cores cortex-a53\n"
                "  tablewalk cores my-core.yaml --json\n",
    .options = 1ULL << TW_OPTION_JSON,
    .least = 0,
    .most = 1,
};

// Name of the RTL build with the core's sizes; "" when there is none.
static void rtl_build(const tw_core *core, char name[64]) {
  tw_error error;
  tw_platform *platform = tw_platform_open(&core->mmu, &core->memory, NULL, &error);
  snprintf(name, 64, "%s", platform ? tw_platform_variant(platform) : "");
  tw_platform_close(platform);
}

// "4K 16K 64K 2M"
static void sizes_text(tw_sizes sizes, char text[128]) {
  static const char units[] = "KMGT";
  size_t used = 0;
  text[0] = 0;
  for (unsigned n = 10; n < 50; n++)
    if (sizes >> n & 1 && used < 120)
      used += (size_t)snprintf(text + used, 128 - used, "%s%u%c", used ? " " : "", 1U << (n % 10), units[n / 10 - 1]);
}

static void add_large_json(json_t *array, uint32_t entries, tw_sizes held, uint32_t replacement) {
  char sizes[128];
  sizes_text(held, sizes);
  if (entries)
    json_object_set_new(array, "large",
                        json_pack("{s:i, s:s, s:s}", "entries", (int)entries, "sizes", sizes, "replacement",
                                  tw_core_replacement_name(replacement)));
}

static json_t *l1_json(const tw_l1_config *l1) {
  char sizes[128];
  sizes_text(l1->sizes, sizes);
  json_t *array = json_pack("{s:i, s:i, s:s, s:s}", "entries", (int)l1->entries, "ways", (int)l1->ways, "sizes", sizes,
                            "replacement", tw_core_replacement_name(l1->replacement));
  add_large_json(array, l1->large.entries, l1->large.sizes, l1->large.replacement);
  return array;
}

static json_t *l2_json(const tw_l2_config *l2) {
  char sizes[128];
  sizes_text(l2->sizes, sizes);
  json_t *array =
      json_pack("{s:i, s:i, s:i, s:s, s:s}", "entries", (int)(l2->sets * l2->ways), "sets", (int)l2->sets, "ways",
                (int)l2->ways, "sizes", sizes, "replacement", tw_core_replacement_name(l2->replacement));
  const tw_l2_large_config *large = &l2->large;
  add_large_json(array, large->sets * large->ways, large->sizes, large->replacement);
  return array;
}

// What a core's memory has beyond caches and one latency is there only where its file has it.
static void add_memory_options(const tw_memory_config *memory, json_t *json) {
  if (memory->mshrs)
    json_object_set_new(json, "mshrs", json_integer(memory->mshrs));
  if (memory->walker_enters)
    json_object_set_new(json, "walker_enters", json_integer(memory->walker_enters));
  const tw_rows_config *rows = &memory->dram_rows;
  if (rows->bytes)
    json_object_set_new(json, "dram_rows",
                        json_pack("{s:i, s:i, s:i}", "bytes", (int)rows->bytes, "banks", (int)rows->banks, "hit_saves",
                                  (int)rows->hit_saves));
  if (!memory->nodes)
    return;
  json_t *nodes = json_array();
  for (uint32_t i = 0; i < memory->nodes; i++)
    json_array_append_new(nodes, json_pack("{s:I, s:I, s:i}", "first", (json_int_t)memory->node[i].first, "bytes",
                                           (json_int_t)memory->node[i].bytes, "latency", (int)memory->node[i].latency));
  json_object_set_new(json, "nodes", nodes);
  json_object_set_new(json, "tables_replicated", json_boolean(memory->tables_replicated));
}

static json_t *memory_json(const tw_memory_config *memory) {
  json_t *caches = json_array();
  for (uint32_t i = 0; i < memory->caches; i++)
    json_array_append_new(caches, json_pack("{s:i, s:i, s:i}", "size_kib", (int)memory->cache[i].size_kib, "ways",
                                            (int)memory->cache[i].ways, "latency", (int)memory->cache[i].latency));
  json_t *json = json_pack("{s:o, s:i, s:b}", "caches", caches, "dram_latency", (int)memory->dram_latency,
                           "data_traffic", (int)memory->data_traffic);
  add_memory_options(memory, json);
  return json;
}

static const char *prefetch_name(uint32_t prefetch) {
  static const char *const names[] = {"none", "next", "stride"};
  return names[prefetch];
}

static json_t *core_json(const tw_core *core) {
  char rtl[64];
  const tw_mmu_config *m = &core->mmu;
  const uint32_t *w = m->walk_cache_entries;
  rtl_build(core, rtl);
  json_t *json = json_pack(
      "{s:s, s:s, s:s, s:o, s:o, s:o, s:[i,i,i,i], s:s, s:i, s:s, s:i, s:i, s:b, s:i, s:i, s:i, s:i, s:i, "
      "s:i, s:b, s:i, s:o, s:s}",
      "name", core->name, "title", core->title, "file", core->path, "l1i", l1_json(&m->l1i), "l1d", l1_json(&m->l1d),
      "l2", l2_json(&m->l2), "walk_cache_entries", (int)w[0], (int)w[1], (int)w[2], (int)w[3], "walk_cache_replacement",
      tw_core_replacement_name(m->walk_cache_replacement), "ipa_cache_entries", (int)m->ipa_cache_entries,
      "ipa_cache_replacement", tw_core_replacement_name(m->ipa_cache_replacement), "misses", (int)m->misses, "walks",
      (int)m->walks, "merge", (int)m->merge, "l1_latency", (int)m->l1_latency, "l2_latency", (int)m->l2_latency,
      "walk_start", (int)m->walk_start, "walk_step", (int)m->walk_step, "ipa_latency", (int)m->ipa_latency, "pa_bits",
      (int)m->pa_bits, "armv7", (int)m->armv7, "bbm", (int)m->bbm, "memory", memory_json(&core->memory), "rtl", rtl);
  if (m->walk_caches_in_l2)
    json_object_set_new(json, "walk_caches_in_l2", json_true());
  if (m->prefetch)
    json_object_set_new(json, "prefetch", json_string(prefetch_name(m->prefetch)));
  if (m->coalesce)
    json_object_set_new(json, "coalesce", json_true());
  return json;
}

// "1280 (256x5)", "1152 (256x4+32x4)"
static void l2_text(const tw_l2_config *l2, char text[64]) {
  const tw_l2_large_config *large = &l2->large;
  char more[32] = "";
  if (large->sets)
    snprintf(more, sizeof more, "+%" PRIu32 "x%" PRIu32, large->sets, large->ways);
  snprintf(text, 64, "%" PRIu32 " (%" PRIu32 "x%" PRIu32 "%s)", l2->sets * l2->ways + large->sets * large->ways,
           l2->sets, l2->ways, more);
}

// "0/8/16/32", "in the L2"
static void walk_caches_text(const tw_mmu_config *m, char text[48]) {
  const uint32_t *w = m->walk_cache_entries;
  if (m->walk_caches_in_l2)
    snprintf(text, 48, "in the L2");
  else
    snprintf(text, 48, "%" PRIu32 "/%" PRIu32 "/%" PRIu32 "/%" PRIu32, w[0], w[1], w[2], w[3]);
}

static void list_row(tw_table *table, const tw_core *core) {
  const tw_mmu_config *m = &core->mmu;
  char rtl[64], l2[64], walk_caches[48], caches[80] = "";
  size_t used = 0;
  l2_text(&m->l2, l2);
  walk_caches_text(m, walk_caches);
  rtl_build(core, rtl);
  for (uint32_t i = 0; i < core->memory.caches && used < sizeof caches; i++)
    used += (size_t)snprintf(caches + used, sizeof caches - used, "%s%" PRIu32, i ? "/" : "",
                             core->memory.cache[i].latency);
  tw_table_row(table,
               "%s\t%s\t%" PRIu32 "\t%" PRIu32 "\t%s\t%s\t%" PRIu32 "\t%" PRIu32 "/%" PRIu32 "\t%" PRIu32 "+%" PRIu32
               "\t%" PRIu32 "+%" PRIu32 "\t%s\t%" PRIu32 "\t%s",
               core->name, core->title, m->l1i.entries + m->l1i.large.entries, m->l1d.entries + m->l1d.large.entries,
               l2, walk_caches, m->ipa_cache_entries, m->misses, m->walks, m->l1_latency, m->l2_latency, m->walk_start,
               m->walk_step, caches, core->memory.dram_latency, rtl[0] ? rtl : "not built");
}

static void print_l1(const char *name, const tw_l1_config *l1) {
  char sizes[128], shape[64];
  sizes_text(l1->sizes, sizes);
  if (l1->ways)
    snprintf(shape, sizeof shape, "%" PRIu32 " sets of %" PRIu32 " ways", l1->entries / l1->ways, l1->ways);
  printf("%s  %" PRIu32 " entries, %s, %s; holds %s\n", name, l1->entries, l1->ways ? shape : "fully associative",
         tw_core_replacement_name(l1->replacement), sizes);
  const tw_l1_large_config *large = &l1->large;
  sizes_text(large->sizes, sizes);
  if (large->entries)
    printf("  large pages       %" PRIu32 " entries, fully associative, %s; holds %s\n", large->entries,
           tw_core_replacement_name(large->replacement), sizes);
}

static void print_l2_array(const char *name, uint32_t sets, uint32_t ways, uint32_t replacement, tw_sizes held) {
  char sizes[128];
  sizes_text(held, sizes);
  printf("%s  %" PRIu32 " entries, %" PRIu32 " sets of %" PRIu32 " ways, %s; holds %s\n", name, sets * ways, sets, ways,
         tw_core_replacement_name(replacement), sizes);
}

static void print_l2(const tw_l2_config *l2) {
  const tw_l2_large_config *large = &l2->large;
  print_l2_array("L2 TLB            ", l2->sets, l2->ways, l2->replacement, l2->sizes);
  if (large->sets)
    print_l2_array("  large pages     ", large->sets, large->ways, large->replacement, large->sizes);
}

static void print_dram(const tw_memory_config *memory) {
  printf("DRAM                %" PRIu32 " cycles\n", memory->dram_latency);
  for (uint32_t i = 0; i < memory->nodes; i++) {
    const tw_node_config *node = &memory->node[i];
    printf("DRAM of node %" PRIu32 "      %" PRIu32 " cycles, %#" PRIx64 " to %#" PRIx64 "\n", i, node->latency,
           node->first, node->first + node->bytes - 1);
  }
  if (memory->tables_replicated)
    printf("tables              a copy in each node\n");
  const tw_rows_config *rows = &memory->dram_rows;
  if (rows->bytes)
    printf("DRAM rows           %" PRIu32 " bytes, %" PRIu32 " banks; an open one saves %" PRIu32 " cycles\n",
           rows->bytes, rows->banks, rows->hit_saves);
}

static void print_memory(const tw_memory_config *memory) {
  for (uint32_t i = 0; i < memory->caches; i++) {
    const tw_cache_config *c = &memory->cache[i];
    printf("memory level %" PRIu32 "      %" PRIu32 " KiB, %" PRIu32 " ways, %" PRIu32 " cycles\n", i + 1, c->size_kib,
           c->ways, c->latency);
  }
  print_dram(memory);
  if (memory->walker_enters == memory->caches && memory->caches)
    printf("walker              looks in no cache\n");
  else if (memory->walker_enters)
    printf("walker              looks in memory level %" PRIu32 " first\n", memory->walker_enters + 1);
  if (memory->mshrs)
    printf("walker's misses     %" PRIu32 " at once\n", memory->mshrs);
  printf("data traffic        %s\n", memory->data_traffic ? "fills the caches too" : "not modelled");
}

static void print_walk_caches(const tw_mmu_config *m) {
  const uint32_t *w = m->walk_cache_entries;
  if (m->walk_caches_in_l2)
    printf("walk caches         table descriptors are in the L2 TLB\n");
  else
    printf("walk caches         level -1: %" PRIu32 ", 0: %" PRIu32 ", 1: %" PRIu32 ", 2: %" PRIu32 " entries, %s\n",
           w[0], w[1], w[2], w[3], tw_core_replacement_name(m->walk_cache_replacement));
}

static void print_core(const tw_core *core) {
  const tw_mmu_config *m = &core->mmu;
  char rtl[64];
  rtl_build(core, rtl);
  printf("%s: %s\n%s\n\n", core->name, core->title, core->path);
  print_l1("L1 instruction TLB", &m->l1i);
  print_l1("L1 data TLB       ", &m->l1d);
  print_l2(&m->l2);
  print_walk_caches(m);
  printf("IPA cache           %" PRIu32 " entries, %s\n", m->ipa_cache_entries,
         tw_core_replacement_name(m->ipa_cache_replacement));
  printf("miss queue          %" PRIu32 " entries, %" PRIu32 " walk%s at once; misses to one page %s\n", m->misses,
         m->walks, m->walks == 1 ? "" : "s", m->merge ? "merge" : "do not merge");
  if (m->prefetch)
    printf("prefetch            %s\n",
           m->prefetch == TW_PREFETCH_NEXT ? "of the next page's translation" : "of translations, by stride");
  if (m->coalesce)
    printf("coalescing          of four contiguous pages\n");
  printf("latencies           L1 %" PRIu32 ", L2 %" PRIu32 ", walk start %" PRIu32 ", walk step %" PRIu32
         ", IPA cache %" PRIu32 " cycles\n",
         m->l1_latency, m->l2_latency, m->walk_start, m->walk_step, m->ipa_latency);
  printf("physical addresses  %" PRIu32 " bits\n", m->pa_bits);
  printf("AArch32             as %s has it\n", m->armv7 ? "ARMv7" : "ARMv8");
  printf("FEAT_BBM            level %" PRIu32 "\n", m->bbm);
  print_memory(&core->memory);
  printf("RTL                 %s\n", rtl[0] ? rtl : "not built for these sizes");
}

typedef struct job {
  tw_arguments arguments;
  tw_table *table;
  json_t *cores;
  bool print;
} job;

static int add_core(job *job, const char *name, tw_error *error) {
  tw_core core;
  if (tw_core_load(name, &core, error) < 0)
    return -1;
  json_array_append_new(job->cores, core_json(&core));
  if (job->print && job->arguments.count)
    print_core(&core);
  else
    list_row(job->table, &core);
  return 0;
}

static int add_all(job *job, tw_error *error) {
  char **names = tw_core_names(error);
  int status = names ? 0 : -1;
  for (size_t i = 0; status == 0 && names[i]; i++)
    status = add_core(job, names[i], error);
  if (names)
    tw_core_names_free(names);
  if (status == 0 && job->print)
    status = tw_table_print(job->table, stdout);
  return status;
}

static int show(job *job, tw_error *error) {
  int status = job->arguments.count ? add_core(job, job->arguments.argument[0], error) : add_all(job, error);
  if (status < 0)
    return -1;
  if (!job->arguments.given[TW_OPTION_JSON])
    return tw_output_flush(error);
  return tw_output_json(job->arguments.value[TW_OPTION_JSON],
                        json_pack("{s:s, s:O}", "command", "cores", "cores", job->cores), error);
}

int tw_cmd_cores(int argc, char **argv) {
  job job = {0};
  int status;
  tw_error error = {"cores: out of memory"};
  if (!tw_arguments_read(&job.arguments, &command, argc, argv, &status))
    return status;
  job.print = !job.arguments.given[TW_OPTION_JSON] || job.arguments.value[TW_OPTION_JSON];
  job.table = tw_table_create(
      "<core\t<what it is\tL1I\tL1D\tL2 (sets x ways)\t<walk caches -1/0/1/2\tIPA\t<misses/walks\t<L1+L2\t"
      "<walk start+step\t<caches\tDRAM\t<RTL");
  job.cores = json_array();
  status = job.table && show(&job, &error) == 0 ? TW_EXIT_AGREED : tw_complain(error.text);
  tw_table_free(job.table);
  json_decref(job.cores);
  return status;
}
