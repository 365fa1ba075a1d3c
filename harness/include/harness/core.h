// A core: the MMU, the memory behind its walker and where the figures come from, read from a YAML file.
#ifndef HARNESS_CORE_H
#define HARNESS_CORE_H

#include <tablewalk/config.h>
#include <traces/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_core {
  char name[64];   ///< "neoverse-n1"
  char title[96];  ///< "Arm Neoverse N1"
  char path[1024]; ///< the file it was read from
  tw_mmu_config mmu;
  tw_memory_config memory;
} tw_core;

/// Read a core: the name of a preset ("neoverse-n1") or a path (with a slash or ending in .yaml). 0; -1 and `error`.
int tw_core_load(const char *name_or_path, tw_core *core, tw_error *error);

/// Names of the presets, sorted, NULL at the end. The caller frees with tw_core_names_free. NULL and `error` on
/// failure.
char **tw_core_names(tw_error *error);
void tw_core_names_free(char **names);

#ifdef __cplusplus
}
#endif
#endif
