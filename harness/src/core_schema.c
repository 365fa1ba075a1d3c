// A core's schema, and libcyaml's complaint and backtrace told as one line.
#include "core_schema.h"

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core_place.h"

// -- the schema --

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const cyaml_strval_t size_names[] = {
    {"4K", 1LL << 12},  {"16K", 1LL << 14},  {"64K", 1LL << 16},  {"1M", 1LL << 20}, {"2M", 1LL << 21},
    {"16M", 1LL << 24}, {"32M", 1LL << 25},  {"512M", 1LL << 29}, {"1G", 1LL << 30}, {"16G", 1LL << 34},
    {"64G", 1LL << 36}, {"512G", 1LL << 39}, {"4T", 1LL << 42},
};
static const char *const size_list = "one of 4K, 16K, 64K, 1M, 2M, 16M, 32M, 512M, 1G, 16G, 64G, 512G, 4T";

static const cyaml_strval_t replacement_names[] = {
    {"lru", TW_REPLACEMENT_LRU},       {"plru", TW_REPLACEMENT_PLRU}, {"fifo", TW_REPLACEMENT_FIFO},
    {"random", TW_REPLACEMENT_RANDOM}, {"nru", TW_REPLACEMENT_NRU},
};

static const cyaml_strval_t yes_no[] = {{"yes", 1}, {"no", 0}};
static const cyaml_strval_t prefetch_names[] = {
    {"none", TW_PREFETCH_NONE}, {"next", TW_PREFETCH_NEXT}, {"stride", TW_PREFETCH_STRIDE}};

#define NUMBER(structure, member) CYAML_FIELD_UINT(#member, CYAML_FLAG_DEFAULT, structure, member)
#define SIZES(structure) CYAML_FIELD_FLAGS("sizes", CYAML_FLAG_STRICT, structure, sizes, size_names, COUNT(size_names))

#define REPLACEMENT(key, structure, member)                                                                            \
  CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, structure, member, replacement_names,                 \
                   COUNT(replacement_names))

static const cyaml_schema_field_t l1_large_fields[] = {
    NUMBER(tw_l1_large_config, entries),
    SIZES(tw_l1_large_config),
    REPLACEMENT("replacement", tw_l1_large_config, replacement),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t l1_fields[] = {
    NUMBER(tw_l1_config, entries),
    SIZES(tw_l1_config),
    REPLACEMENT("replacement", tw_l1_config, replacement),
    CYAML_FIELD_UINT("ways", CYAML_FLAG_OPTIONAL, tw_l1_config, ways),
    CYAML_FIELD_MAPPING("large", CYAML_FLAG_OPTIONAL, tw_l1_config, large, l1_large_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t l2_large_fields[] = {
    NUMBER(tw_l2_large_config, sets),
    NUMBER(tw_l2_large_config, ways),
    SIZES(tw_l2_large_config),
    REPLACEMENT("replacement", tw_l2_large_config, replacement),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t l2_fields[] = {
    NUMBER(tw_l2_config, sets),
    NUMBER(tw_l2_config, ways),
    SIZES(tw_l2_config),
    REPLACEMENT("replacement", tw_l2_config, replacement),
    CYAML_FIELD_MAPPING("large", CYAML_FLAG_OPTIONAL, tw_l2_config, large, l2_large_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t cache_fields[] = {
    NUMBER(tw_cache_config, size_kib),
    NUMBER(tw_cache_config, ways),
    NUMBER(tw_cache_config, latency),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t cache_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, tw_cache_config, cache_fields)};

static const cyaml_schema_field_t rows_fields[] = {
    NUMBER(tw_rows_config, bytes),
    NUMBER(tw_rows_config, banks),
    NUMBER(tw_rows_config, hit_saves),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t node_fields[] = {
    NUMBER(tw_node_config, first),
    NUMBER(tw_node_config, bytes),
    NUMBER(tw_node_config, latency),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t node_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, tw_node_config, node_fields)};

static const cyaml_schema_field_t memory_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("caches", CYAML_FLAG_DEFAULT, tw_memory_config, cache, caches, &cache_value, 0,
                               TW_MEMORY_LEVELS_MAX),
    NUMBER(tw_memory_config, dram_latency),
    CYAML_FIELD_ENUM("data_traffic", CYAML_FLAG_STRICT, tw_memory_config, data_traffic, yes_no, COUNT(yes_no)),
    CYAML_FIELD_UINT("limit", CYAML_FLAG_OPTIONAL, tw_memory_config, limit),
    CYAML_FIELD_UINT("mshrs", CYAML_FLAG_OPTIONAL, tw_memory_config, mshrs),
    CYAML_FIELD_UINT("walker_enters", CYAML_FLAG_OPTIONAL, tw_memory_config, walker_enters),
    CYAML_FIELD_MAPPING("dram_rows", CYAML_FLAG_OPTIONAL, tw_memory_config, dram_rows, rows_fields),
    CYAML_FIELD_SEQUENCE_COUNT("nodes", CYAML_FLAG_OPTIONAL, tw_memory_config, node, nodes, &node_value, 0,
                               TW_MEMORY_NODES_MAX),
    CYAML_FIELD_ENUM("tables_replicated", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, tw_memory_config, tables_replicated,
                     yes_no, COUNT(yes_no)),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t number_value = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t)};

static const cyaml_schema_field_t core_fields[] = {
    CYAML_FIELD_STRING("name", CYAML_FLAG_DEFAULT, tw_core, name, 1),
    CYAML_FIELD_STRING("title", CYAML_FLAG_DEFAULT, tw_core, title, 1),
    CYAML_FIELD_MAPPING("l1i", CYAML_FLAG_DEFAULT, tw_core, mmu.l1i, l1_fields),
    CYAML_FIELD_MAPPING("l1d", CYAML_FLAG_DEFAULT, tw_core, mmu.l1d, l1_fields),
    CYAML_FIELD_MAPPING("l2", CYAML_FLAG_DEFAULT, tw_core, mmu.l2, l2_fields),
    CYAML_FIELD_SEQUENCE_FIXED("walk_cache_entries", CYAML_FLAG_DEFAULT, tw_core, mmu.walk_cache_entries, &number_value,
                               TW_WALK_CACHES),
    REPLACEMENT("walk_cache_replacement", tw_core, mmu.walk_cache_replacement),
    CYAML_FIELD_ENUM("walk_caches_in_l2", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, tw_core, mmu.walk_caches_in_l2,
                     yes_no, COUNT(yes_no)),
    CYAML_FIELD_UINT("ipa_cache_entries", CYAML_FLAG_DEFAULT, tw_core, mmu.ipa_cache_entries),
    REPLACEMENT("ipa_cache_replacement", tw_core, mmu.ipa_cache_replacement),
    CYAML_FIELD_UINT("misses", CYAML_FLAG_DEFAULT, tw_core, mmu.misses),
    CYAML_FIELD_UINT("walks", CYAML_FLAG_DEFAULT, tw_core, mmu.walks),
    CYAML_FIELD_ENUM("merge", CYAML_FLAG_STRICT, tw_core, mmu.merge, yes_no, COUNT(yes_no)),
    CYAML_FIELD_ENUM("prefetch", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, tw_core, mmu.prefetch, prefetch_names,
                     COUNT(prefetch_names)),
    CYAML_FIELD_ENUM("coalesce", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, tw_core, mmu.coalesce, yes_no, COUNT(yes_no)),
    CYAML_FIELD_UINT("l1_latency", CYAML_FLAG_DEFAULT, tw_core, mmu.l1_latency),
    CYAML_FIELD_UINT("l2_latency", CYAML_FLAG_DEFAULT, tw_core, mmu.l2_latency),
    CYAML_FIELD_UINT("walk_start", CYAML_FLAG_DEFAULT, tw_core, mmu.walk_start),
    CYAML_FIELD_UINT("walk_step", CYAML_FLAG_DEFAULT, tw_core, mmu.walk_step),
    CYAML_FIELD_UINT("ipa_latency", CYAML_FLAG_DEFAULT, tw_core, mmu.ipa_latency),
    CYAML_FIELD_UINT("pa_bits", CYAML_FLAG_DEFAULT, tw_core, mmu.pa_bits),
    CYAML_FIELD_ENUM("armv7", CYAML_FLAG_STRICT, tw_core, mmu.armv7, yes_no, COUNT(yes_no)),
    CYAML_FIELD_UINT("bbm", CYAML_FLAG_DEFAULT, tw_core, mmu.bbm),
    CYAML_FIELD_MAPPING("memory", CYAML_FLAG_DEFAULT, tw_core, memory, memory_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t core_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, tw_core, core_fields)};

const char *tw_core_replacement_name(uint32_t replacement) {
  for (size_t i = 0; i < COUNT(replacement_names); i++)
    if (replacement_names[i].val == replacement)
      return replacement_names[i].str;
  return "?";
}

void tw_core_size_names(tw_sizes sizes, char *text, size_t text_size) {
  size_t length = 0;
  text[0] = 0;
  for (size_t i = 0; i < COUNT(size_names) && length < text_size; i++)
    if (sizes >> 12 & (tw_sizes)size_names[i].val >> 12)
      length += (size_t)snprintf(text + length, text_size - length, length ? " %s" : "%s", size_names[i].str);
}

// -- what libcyaml says when it fails --

enum { DEPTH_MAX = 8 };

typedef struct complaint {
  char text[256]; // its first line, without "Load: "
  struct {
    char name[64]; // "l2", "[1]"; "" for a mapping whose key is the complaint
    size_t line;
  } place[DEPTH_MAX]; // innermost first
  unsigned depth;
} complaint;

// libcyaml logs the complaint, then "Backtrace:", then a line a level, outwards.
static void note(cyaml_log_t level, void *context, const char *format, va_list arguments) {
  (void)level;
  complaint *c = context;
  char line[sizeof c->text];
  vsnprintf(line, sizeof line, format, arguments);
  line[strcspn(line, "\n")] = 0;
  unsigned entry;
  if (!c->text[0]) {
    const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    memcpy(c->text, text, strlen(text) + 1);
    return;
  }
  if (c->depth == DEPTH_MAX)
    return;
  char *name = c->place[c->depth].name;
  size_t *at = &c->place[c->depth].line;
  if (sscanf(line, "  in mapping field '%63[^']' (line: %zu", name, at) == 2) {
    c->depth++;
  } else if (sscanf(line, "  in sequence entry '%u' (line: %zu", &entry, at) == 2) {
    snprintf(name, sizeof c->place[0].name, "[%u]", entry ? entry - 1 : 0); // it counts from 1
    c->depth++;
  } else if (sscanf(line, "  in mapping (line: %zu", at) == 1) {
    name[0] = 0;
    c->depth++;
  }
}

// "memory.caches[1]": the names from the outermost to place[innermost], then `key`.
static void write_path(const complaint *c, unsigned innermost, const char *key, char *path, size_t size) {
  size_t length = 0;
  path[0] = 0;
  for (unsigned i = c->depth; i-- > innermost && length < size;) {
    const char *name = c->place[i].name;
    if (name[0])
      length += (size_t)snprintf(path + length, size - length, length && name[0] != '[' ? ".%s" : "%s", name);
  }
  if (key && length < size)
    snprintf(path + length, size - length, length ? ".%s" : "%s", key);
}

static const cyaml_schema_field_t *fields_of(const complaint *c) {
  const cyaml_schema_field_t *fields = core_fields, *list = NULL;
  for (unsigned i = c->depth; i-- > 0;) {
    if (c->place[i].name[0] == '[' && list) {
      fields = list->value.sequence.entry->mapping.fields;
      continue;
    }
    for (const cyaml_schema_field_t *f = fields; f->key; f++)
      if (strcmp(f->key, c->place[i].name) == 0) {
        list = f->value.type == CYAML_SEQUENCE ? f : NULL;
        fields = f->value.type == CYAML_MAPPING ? f->value.mapping.fields : fields;
        break;
      }
  }
  return fields;
}

// The field of a value that is complained of; NULL: it is in no mapping.
static const cyaml_schema_field_t *field_of(const complaint *c) {
  for (const cyaml_schema_field_t *f = fields_of(c); c->depth && f->key; f++)
    if (strcmp(f->key, c->place[0].name) == 0)
      return f;
  return NULL;
}

// "yes or no", "none, next or stride": what the enumeration that is complained of has.
static void write_names(const complaint *c, char *text, size_t size) {
  const cyaml_schema_field_t *field = field_of(c);
  uint32_t count = field && field->value.type == CYAML_ENUM ? field->value.enumeration.count : 0;
  size_t length = 0;
  text[0] = 0;
  for (uint32_t i = 0; i < count && length < size; i++) {
    const char *before = i == 0 ? "" : i + 1 < count ? ", " : " or ";
    length += (size_t)snprintf(text + length, size - length, "%s%s", before, field->value.enumeration.strings[i].str);
  }
}

// What libcyaml calls a type or an event, in the words of a user.
static const char *plain(const char *word) {
  static const char *const words[][2] = {
      {"SCALAR", "a single value"}, {"SEQUENCE_START", "a list"}, {"MAPPING_START", "a mapping"},
      {"SEQUENCE", "a list"},       {"SEQUENCE_FIXED", "a list"}, {"MAPPING", "a mapping"},
      {"UINT", "a number"},         {"STRING", "a text"},         {"FLAGS", "a list of sizes"},
      {"ALIAS", "an alias"},        {"DOCUMENT_END", "the end"},
  };
  for (size_t i = 0; i < COUNT(words); i++)
    if (strcmp(word, words[i][0]) == 0)
      return words[i][1];
  return word;
}

typedef struct source {
  const char *file, *text;
  size_t bytes;
} source;

typedef struct told {
  char path[160], found[128], expected[512];
  size_t line;
} told;

// A complaint about a key: the key is in its text, the backtrace ends at the mapping or at a neighbour in it.
static bool tell_key(const complaint *c, told *t) {
  char key[64];
  if (sscanf(c->text, "Unexpected key: %63s", key) == 1) {
    write_path(c, 0, key, t->path, sizeof t->path);
    snprintf(t->found, sizeof t->found, "an unknown key");
    size_t length = (size_t)snprintf(t->expected, sizeof t->expected, "one of");
    for (const cyaml_schema_field_t *f = fields_of(c); f->key && length < sizeof t->expected; f++)
      length +=
          (size_t)snprintf(t->expected + length, sizeof t->expected - length, " %s%s", f->key, f[1].key ? "," : "");
    return true;
  }
  if (sscanf(c->text, "Missing required mapping field: %63s", key) == 1) {
    write_path(c, 1, key, t->path, sizeof t->path);
    snprintf(t->found, sizeof t->found, "no such key");
    snprintf(t->expected, sizeof t->expected, "it to be there");
    return true;
  }
  if (sscanf(c->text, "Mapping field already seen: %63s", key) == 1) {
    write_path(c, 0, NULL, t->path, sizeof t->path);
    snprintf(t->found, sizeof t->found, "this key a second time");
    snprintf(t->expected, sizeof t->expected, "it once");
    return true;
  }
  return false;
}

static void tell_value(const complaint *c, told *t) {
  char what[32], got[32], value[96];
  unsigned count, bound;
  write_path(c, 0, NULL, t->path, sizeof t->path);
  if (sscanf(c->text, "Expecting %31[^,], got event: %31s", what, got) == 2) {
    snprintf(t->found, sizeof t->found, "%s", plain(got));
    if (strcmp(what, "ENUM") == 0)
      write_names(c, t->expected, sizeof t->expected);
    else
      snprintf(t->expected, sizeof t->expected, "%s", plain(what));
  } else if (sscanf(c->text, "Invalid ENUM value: %95[^\n]", value) == 1) {
    snprintf(t->found, sizeof t->found, "'%s'", value);
    write_names(c, t->expected, sizeof t->expected);
  } else if (sscanf(c->text, "Invalid %31s value: '%95[^']", what, value) == 2) {
    snprintf(t->found, sizeof t->found, "'%s'", value);
    snprintf(t->expected, sizeof t->expected, "a number");
  } else if (sscanf(c->text, "Unknown flag: %95[^\n]", value) == 1) {
    snprintf(t->found, sizeof t->found, "'%s'", value);
    snprintf(t->expected, sizeof t->expected, "%s", size_list);
  } else if (sscanf(c->text, "Insufficient entries (%u of %u", &count, &bound) == 2) {
    write_path(c, 1, NULL, t->path, sizeof t->path);
    snprintf(t->found, sizeof t->found, "%u entries", count);
    snprintf(t->expected, sizeof t->expected, "%u", bound);
  } else if (sscanf(c->text, "Excessive entries (%u", &bound) == 1) {
    write_path(c, 1, NULL, t->path, sizeof t->path);
    snprintf(t->found, sizeof t->found, "more than %u entries", bound);
    snprintf(t->expected, sizeof t->expected, "at most %u", bound);
  } else if (sscanf(c->text, "STRING length %31[<>] %u", what, &bound) == 2) {
    snprintf(t->found, sizeof t->found, "a text %s", what[0] == '<' ? "without characters" : "that is too long");
    snprintf(t->expected, sizeof t->expected, "%s %u characters", what[0] == '<' ? "at least" : "at most", bound);
  } else {
    snprintf(t->found, sizeof t->found, "what libcyaml calls: %.100s", c->text);
    snprintf(t->expected, sizeof t->expected, "a core");
  }
}

// The line: of a value libcyaml knows it; of a key it knows that of a neighbour.
static int tell(const source *from, const complaint *c, tw_error *error) {
  told t = {.line = c->depth ? c->place[0].line : 1};
  if (tell_key(c, &t)) {
    tw_place at;
    tw_core_place(from->text, from->bytes, t.path, &at);
    t.line = at.line;
  } else {
    tell_value(c, &t);
  }
  return tw_fail(error, "%s:%zu: %s%sfound %s, expected %s", from->file, t.line, t.path, t.path[0] ? ": " : "", t.found,
                 t.expected);
}

// -- numbers, whole ones --

// libcyaml takes "2.5" and "2 ways" for 2. True: what stands at `path` is a number to its end, or is not there.
static bool is_whole_number(const source *from, const char *path, tw_place *at) {
  if (!tw_core_place(from->text, from->bytes, path, at))
    return true;
  bool hexadecimal = strncmp(at->value, "0x", 2) == 0;
  const char *digits = at->value + (hexadecimal ? 2 : 0);
  return digits[0] && digits[strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789")] == 0;
}

// All numbers of the schema `value`, which stands at `path`.
static int check_numbers(const source *from, const cyaml_schema_value_t *value, const char *path, tw_error *error) {
  char child[160];
  tw_place at;
  if (value->type == CYAML_UINT && !is_whole_number(from, path, &at))
    return tw_fail(error, "%s:%zu: %s: found '%s', expected a number", from->file, at.line, path, at.value);
  if (value->type == CYAML_MAPPING) {
    for (const cyaml_schema_field_t *f = value->mapping.fields; f->key; f++) {
      snprintf(child, sizeof child, path[0] ? "%s.%s" : "%s%s", path, f->key);
      if (check_numbers(from, &f->value, child, error))
        return -1;
    }
  }
  if (value->type == CYAML_SEQUENCE || value->type == CYAML_SEQUENCE_FIXED) {
    for (unsigned i = 0; i < value->sequence.max; i++) {
      snprintf(child, sizeof child, "%s[%u]", path, i);
      if (check_numbers(from, value->sequence.entry, child, error))
        return -1;
    }
  }
  return 0;
}

int tw_core_parse(const char *file, const char *text, size_t bytes, tw_core *core, tw_error *error) {
  const source from = {file, text, bytes};
  char problem[128];
  size_t line = tw_core_syntax_line(text, bytes, problem, sizeof problem);
  if (line)
    return tw_fail(error, "%s:%zu: found bad YAML (%s), expected a core", file, line, problem);

  complaint c = {.depth = 0};
  const cyaml_config_t config = {
      .log_fn = note, .log_ctx = &c, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_WARNING, .flags = CYAML_CFG_NO_ALIAS};
  tw_core *read = NULL;
  cyaml_err_t status =
      cyaml_load_data((const uint8_t *)text, bytes, &config, &core_value, (cyaml_data_t **)&read, NULL);
  bool empty = !read;
  if (status == CYAML_OK && read)
    *core = *read;
  cyaml_free(&config, &core_value, read, 0);
  if (status != CYAML_OK) {
    if (!c.text[0])
      snprintf(c.text, sizeof c.text, "%s", cyaml_strerror(status));
    return tell(&from, &c, error);
  }
  if (empty)
    return tw_fail(error, "%s:1: found an empty file, expected a core", file);
  return check_numbers(&from, &core_value, "", error);
}
