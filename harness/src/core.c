// Cores: presets by name, files by path, and the check that one can be built.
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <harness/core.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core_place.h"
#include "core_schema.h"

enum { FILE_BYTES_MAX = 1 << 20 };

// -- where the presets are --

static bool is_directory(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// TABLEWALK_CORES in the environment; beside an installed command; in the source tree it was built from.
static void find_presets(char *folder, size_t size) {
  const char *chosen = getenv("TABLEWALK_CORES");
  if (chosen && *chosen) {
    snprintf(folder, size, "%s", chosen);
    return;
  }
  char program[768];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length > 0) {
    program[length] = 0;
    *strrchr(program, '/') = 0;
    snprintf(folder, size, "%s/../share/tablewalk/cores", program);
    if (is_directory(folder))
      return;
  }
  snprintf(folder, size, "%s", TW_CORES_DIR);
}

static bool is_preset_file(const char *file) {
  size_t length = strlen(file);
  return length > 5 && strcmp(file + length - 5, ".yaml") == 0 && file[0] != '.';
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int add_name(char ***names, size_t *count, const char *file) {
  char **grown = realloc(*names, (*count + 2) * sizeof *grown);
  if (!grown)
    return -1;
  *names = grown;
  grown[*count] = strndup(file, strlen(file) - 5);
  grown[*count + 1] = NULL;
  return grown[(*count)++] ? 0 : -1;
}

char **tw_core_names(tw_error *error) {
  char folder[1024];
  find_presets(folder, sizeof folder);
  DIR *open = opendir(folder);
  if (!open) {
    tw_fail(error, "%s: found no folder that can be read (%s), expected the presets", folder, strerror(errno));
    return NULL;
  }
  size_t count = 0;
  char **names = calloc(1, sizeof *names);
  int status = names ? 0 : -1;
  for (struct dirent *entry; status == 0 && (entry = readdir(open));)
    if (is_preset_file(entry->d_name))
      status = add_name(&names, &count, entry->d_name);
  closedir(open);
  if (status) {
    tw_fail(error, "%s: found no memory, expected some for the presets' names", folder);
    tw_core_names_free(names);
    return NULL;
  }
  qsort(names, count, sizeof *names, by_text);
  return names;
}

void tw_core_names_free(char **names) {
  for (char **name = names; name && *name; name++)
    free(*name);
  free(names);
}

static int no_such_preset(const char *name, tw_error *error) {
  char **names = tw_core_names(error);
  if (!names)
    return -1;
  char list[256] = "";
  for (size_t i = 0, length = 0; names[i] && length < sizeof list; i++)
    length += (size_t)snprintf(list + length, sizeof list - length, i ? ", %s" : "%s", names[i]);
  tw_core_names_free(names);
  return tw_fail(error, "%s: found no preset of this name, expected a path or one of %s", name, list);
}

// -- reading --

// The whole file, with the caller to free. NULL and `error`.
static char *read_text(const char *path, size_t *bytes, tw_error *error) {
  FILE *file = fopen(path, "rb");
  char *text = malloc(FILE_BYTES_MAX + 1);
  *bytes = file && text ? fread(text, 1, FILE_BYTES_MAX + 1, file) : 0;
  int failure = !file ? errno : !text ? ENOMEM : ferror(file) ? errno : *bytes > FILE_BYTES_MAX ? EFBIG : 0;
  if (file)
    fclose(file);
  if (!failure)
    return text;
  free(text);
  tw_fail(error, "%s: found no file that can be read (%s), expected a core", path, strerror(failure));
  return NULL;
}

typedef struct source {
  const char *path, *text;
  size_t bytes;
} source;

static int refuse(const source *file, const char *place, const tw_config_error *wrong, tw_error *error) {
  char found[96];
  size_t name = strlen(wrong->parameter);
  if (name > 6 && strcmp(wrong->parameter + name - 6, ".sizes") == 0)
    tw_core_size_names(wrong->found, found, sizeof found);
  else
    snprintf(found, sizeof found, "%llu", (unsigned long long)wrong->found);
  tw_place at;
  tw_core_place(file->text, file->bytes, place, &at);
  return tw_fail(error, "%s:%zu: %s: found %s, expected %s", file->path, at.line, wrong->parameter,
                 found[0] ? found : "no size", wrong->expected);
}

static int check_mmu(const source *file, const tw_core *core, tw_error *error) {
  tw_config_error wrong;
  if (tw_mmu_config_check(&core->mmu, &wrong) == 0)
    return 0;
  // The list's first entry is that of level -1.
  int level;
  char place[64];
  if (sscanf(wrong.parameter, "walk_cache_entries[%d]", &level) == 1)
    snprintf(place, sizeof place, "walk_cache_entries[%d]", level + 1);
  else
    snprintf(place, sizeof place, "%s", wrong.parameter);
  return refuse(file, place, &wrong, error);
}

// Which entry of the list is wrong: the last one of the least part of it that is.
static unsigned wrong_entry(const tw_core *core, bool nodes) {
  tw_memory_config part = {.dram_latency = 1, .caches = nodes ? 0 : 1, .nodes = nodes ? 1 : 0};
  memcpy(part.cache, core->memory.cache, sizeof part.cache);
  memcpy(part.node, core->memory.node, sizeof part.node);
  uint32_t *count = nodes ? &part.nodes : &part.caches, whole = nodes ? core->memory.nodes : core->memory.caches;
  tw_config_error ignored;
  while (*count < whole && tw_memory_config_check(&part, &ignored) == 0)
    ++*count;
  return *count - 1;
}

static int check_memory(const source *file, const tw_core *core, tw_error *error) {
  tw_config_error wrong;
  if (tw_memory_config_check(&core->memory, &wrong) == 0)
    return 0;
  char place[64];
  static const char caches[] = "memory.caches.", nodes[] = "memory.nodes.";
  snprintf(place, sizeof place, "%s", wrong.parameter);
  if (strncmp(wrong.parameter, caches, sizeof caches - 1) == 0)
    snprintf(place, sizeof place, "memory.caches[%u].%s", wrong_entry(core, false),
             wrong.parameter + sizeof caches - 1);
  else if (strncmp(wrong.parameter, nodes, sizeof nodes - 1) == 0)
    snprintf(place, sizeof place, "memory.nodes[%u].%s", wrong_entry(core, true), wrong.parameter + sizeof nodes - 1);
  wrong.parameter = place;
  return refuse(file, place, &wrong, error);
}

int tw_core_load(const char *name_or_path, tw_core *core, tw_error *error) {
  tw_core read = {.name = ""};
  char folder[768];
  bool preset = !strchr(name_or_path, '/') && !is_preset_file(name_or_path);
  if (preset) {
    find_presets(folder, sizeof folder);
    snprintf(read.path, sizeof read.path, "%s/%.128s.yaml", folder, name_or_path);
  } else {
    snprintf(read.path, sizeof read.path, "%s", name_or_path);
  }
  if (preset && access(read.path, F_OK) != 0)
    return no_such_preset(name_or_path, error);

  source file = {.path = read.path};
  char *text = read_text(file.path, &file.bytes, error);
  if (!text)
    return -1;
  file.text = text;
  *core = read;
  int status = tw_core_parse(file.path, text, file.bytes, core, error);
  memcpy(core->path, read.path, sizeof core->path);
  if (status == 0)
    status = check_mmu(&file, core, error);
  if (status == 0)
    status = check_memory(&file, core, error);
  free(text);
  return status;
}
