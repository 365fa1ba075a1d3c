// A foreign trace as a reader: its decoder's accesses, and before the first to a page the writes that map it.
#include "foreign.h"

#include "address_space.h"
#include "reader.h"
#include "v2p.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[TW_FOREIGN_FORMATS] = {"champsim", "cloudsuite", "lackey", "dynamorio",
                                                      "perf",     "spe",        "gem5"};
static const char *const descriptions[TW_FOREIGN_FORMATS] = {
    "ChampSim trace (input_instr)", "ChampSim trace (cloudsuite_instr)",
    "output of Valgrind's lackey",  "DynamoRIO trace (drmemtrace)",
    "perf script's samples",        "perf script's dump of Arm SPE",
    "gem5's packet trace"};

const char *tw_foreign_name(unsigned format) { return format < TW_FOREIGN_FORMATS ? names[format] : NULL; }

typedef struct foreign {
  tw_reader reader;
  tw_input *input;
  tw_decoder *decoder;
  tw_address_space *space;
  tw_mapping_policy policy;
  tw_foreign_access decoded[TW_FOREIGN_MAX];
  size_t used, held;
  tw_event events[TW_WRITES_MAX]; ///< not told yet
  size_t event, event_count;
  bool begun, ended;
  bool failed; ///< `damage` stands after what is held
  tw_error damage;
  uint64_t accesses;
  tw_columns columns;
} foreign;

// ---- accesses ----

static void refill(foreign *f) {
  f->used = f->held = 0;
  if (f->failed || f->ended)
    return;
  f->failed = f->decoder->next(f->decoder, f->decoded, &f->held, &f->damage) < 0;
  f->ended = !f->failed && f->held == 0;
  if (f->ended && f->accesses == 0 && !f->decoder->may_be_empty) {
    f->failed = true;
    tw_fail(&f->damage, "%s: found no access in it, expected some (%s)", tw_input_path(f->input), f->reader.format);
  }
}

/// What comes next can't be mapped: the trace ends before it.
static void fail(foreign *f, const tw_error *why) {
  f->failed = true;
  f->held = f->used;
  tw_fail(&f->damage, "%s: access %" PRIu64 ": %s", tw_input_path(f->input), f->accesses, why->text);
}

static tw_event event_of(const tw_descriptor_write *w) {
  return (tw_event){.kind = TW_EVENT_DESCRIPTOR, .bytes = 8, .pa = w->pa, .value = w->value};
}

/// Map the page of the access that comes next.
static void map(foreign *f, const tw_foreign_access *access) {
  tw_descriptor_write writes[TW_WRITES_MAX];
  tw_error why;
  int count = tw_address_space_map(f->space, access->va, writes, &why);
  f->event = f->event_count = 0;
  for (int i = 0; i < count; i++)
    f->events[f->event_count++] = event_of(&writes[i]);
  if (count < 0)
    fail(f, &why);
}

/// The trace says where a page lies. One that is mapped elsewhere is unmapped and mapped anew, as software must
/// (break before make). False: go on with what follows.
static bool take_mapping(foreign *f, const tw_foreign_access *mapping) {
  static const uint32_t tlbi_vaae1 = 0xd5088760;
  tw_error why;
  int status = tw_address_space_know(f->space, mapping->va, mapping->pa, f->policy.page_log2, &why);
  if (status < 0) {
    fail(f, &why);
    return true;
  }
  f->used++;
  if (status == 0)
    return false;
  tw_descriptor_write made = tw_address_space_remap(f->space, mapping->va);
  const tw_descriptor_write broken = {made.pa, 0};
  f->event = 0;
  f->event_count = 3;
  f->events[0] = event_of(&broken);
  f->events[1] = (tw_event){.kind = TW_EVENT_TLBI,
                            .has_operand = true,
                            .word = tlbi_vaae1,
                            .value = mapping->va >> 12 & ((UINT64_C(1) << 44) - 1)};
  f->events[2] = event_of(&made);
  return true;
}

/// Take accesses until one has no page yet, or the batch is full, or nothing is left.
static size_t collect(foreign *f) {
  size_t count = 0;
  while (count < TW_BATCH_MAX) {
    if (f->used == f->held)
      refill(f);
    if (f->used == f->held)
      break;
    const tw_foreign_access *access = &f->decoded[f->used];
    if (access->kind == TW_FOREIGN_MAPPING) {
      if (take_mapping(f, access))
        break;
      continue;
    }
    if (!tw_address_space_find(f->space, access->va, &f->columns.pa[count])) {
      map(f, access);
      break;
    }
    f->columns.va[count] = access->va;
    f->columns.info[count] = (uint8_t)(access->kind | access->size_log2 << 2);
    f->columns.gap[count] = access->gap;
    f->used++;
    f->accesses++;
    count++;
  }
  return count;
}

static int foreign_next(tw_reader *reader, tw_batch *batch, tw_error *error) {
  foreign *f = (foreign *)reader;
  if (!f->begun) {
    f->begun = true;
    *batch = (tw_batch){.event = {.kind = TW_EVENT_SECTION}};
    return 1;
  }
  uint64_t first = f->accesses;
  size_t count = f->event < f->event_count ? 0 : collect(f);
  bool has_event = f->event < f->event_count;
  if (count == 0 && !has_event) {
    if (f->failed && error)
      *error = f->damage;
    return f->failed ? -1 : 0;
  }
  *batch = (tw_batch){.count = count,
                      .va = f->columns.va,
                      .info = f->columns.info,
                      .gap = f->columns.gap,
                      .pa = f->columns.pa,
                      .first = first};
  if (has_event)
    batch->event = f->events[f->event++];
  return 1;
}

// ---- opening ----

static void foreign_close(tw_reader *reader) {
  foreign *f = (foreign *)reader;
  if (f->decoder)
    f->decoder->destroy(f->decoder);
  tw_address_space_destroy(f->space);
  tw_section_clear(&reader->section);
  tw_columns_destroy(&f->columns);
  tw_input_close(f->input);
  free(f);
}

static tw_decoder *decoder_of(tw_input *input, tw_foreign_format format) {
  switch (format) {
  case TW_FOREIGN_CHAMPSIM:
  case TW_FOREIGN_CLOUDSUITE:
    return tw_champsim_create(input, format == TW_FOREIGN_CLOUDSUITE);
  case TW_FOREIGN_LACKEY:
    return tw_lackey_create(input);
  case TW_FOREIGN_DYNAMORIO:
    return tw_dynamorio_create(input);
  case TW_FOREIGN_PERF:
    return tw_perf_create(input);
  case TW_FOREIGN_SPE:
    return tw_spe_create(input);
  case TW_FOREIGN_GEM5:
    return tw_gem5_create(input);
  default:
    return NULL;
  }
}

static void add_region(tw_section *section, const char *name, uint64_t first, uint64_t last) {
  tw_region *region = &section->regions[section->region_count++];
  *region = (tw_region){.first = first, .last = last};
  snprintf(region->name, sizeof region->name, "%s", name);
}

/// "user text", "kernel rodata": where these lie is not known.
static bool is_part(const tw_region *region) {
  return strncmp(region->name, "user", 4) == 0 ||
         (strncmp(region->name, "kernel ", 7) == 0 && strcmp(region->name, "kernel map") != 0);
}

static void add_regions(tw_section *section, const tw_linux_layout *layout) {
  for (size_t i = 0; layout && i < layout->count; i++)
    if (!is_part(&layout->region[i]))
      add_region(section, layout->region[i].name, layout->region[i].first, layout->region[i].last);
  add_region(section, "user", 0, (UINT64_C(1) << 48) - 1);
  add_region(section, "kernel", UINT64_C(0xffff) << 48, UINT64_MAX);
}

/// Two empty tables to begin with.
static int make_section(foreign *f) {
  tw_section *section = &f->reader.section;
  uint64_t bytes = tw_address_space_table_bytes(f->space);
  section->architecture = TW_ARCH_AARCH64;
  section->registers = tw_address_space_registers(f->space);
  section->image = calloc(2, bytes);
  section->tables = calloc(2, sizeof *section->tables);
  section->regions = calloc(TW_LINUX_REGIONS_MAX + 2, sizeof *section->regions);
  if (!section->image || !section->tables || !section->regions)
    return -1;
  add_regions(section, f->policy.layout);
  section->table_count = 2;
  for (unsigned half = 0; half < 2; half++)
    section->tables[half] = (tw_table_page){.pa = tw_address_space_root(f->space, half),
                                            .va_base = half ? UINT64_C(0xffff) << 48 : 0,
                                            .bytes = bytes,
                                            .level = bytes == 65536 ? 1 : 0,
                                            .half = (uint8_t)half,
                                            .data = section->image + half * bytes};
  return 0;
}

static int know(void *context, uint64_t va, uint64_t pa, uint64_t page_size, tw_error *error) {
  foreign *f = context;
  enum { MOST = 40 };
  unsigned log2 = f->policy.page_log2;
  if (page_size) {
    while (log2 < MOST && UINT64_C(1) << log2 < page_size)
      log2++;
    if (UINT64_C(1) << log2 != page_size)
      return tw_fail(error,
                     "found pages of %" PRIu64 " bytes, expected a power of two from the policy's %" PRIu64 " to 2^%d",
                     page_size, UINT64_C(1) << f->policy.page_log2, MOST);
  }
  return tw_address_space_know(f->space, va, pa, log2, error) < 0 ? -1 : 0;
}

static int read_v2p(foreign *f, tw_error *error) {
  const tw_v2p_sink sink = {know, f};
  return f->policy.v2p ? tw_v2p_read(f->policy.v2p, &sink, error) : 0;
}

tw_reader *tw_foreign_open(const char *path, tw_foreign_format format, const tw_mapping_policy *policy,
                           tw_error *error) {
  if (format >= TW_FOREIGN_FORMATS) {
    tw_fail(error, "%s: foreign format %u, expected 0 to %d", path, (unsigned)format, TW_FOREIGN_FORMATS - 1);
    return NULL;
  }
  foreign *f = calloc(1, sizeof *f);
  if (!f || tw_columns_create(&f->columns) < 0) {
    free(f);
    tw_fail(error, "%s: out of memory", path);
    return NULL;
  }
  f->reader = (tw_reader){.next = foreign_next, .close = foreign_close, .format = descriptions[format]};
  f->policy = *policy;
  f->space = tw_address_space_create(policy, error);
  f->input = f->space && read_v2p(f, error) == 0 ? tw_input_open(path, error) : NULL;
  if (f->input) {
    f->decoder = decoder_of(f->input, format);
    if (f->decoder && make_section(f) == 0) {
      f->reader.measured = f->decoder->measured;
      return &f->reader;
    }
    tw_fail(error, "%s: out of memory", path);
  }
  foreign_close(&f->reader);
  return NULL;
}
