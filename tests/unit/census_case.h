// What a captured kernel had mapped at boot, and the generated kernel that is given the same parameters.
//
// A capture is a container, or a text of its runs of mappings (tests/unit/census/): parameters, then a line a run. The
// parameters are what the capture's registers and mappings show (where text and rodata end, where the device tree
// lies); which sizes and attributes the leaves have follows from the kernel's rules, and is what is compared.
#ifndef TESTS_UNIT_CENSUS_CASE_H
#define TESTS_UNIT_CENSUS_CASE_H

#include <stdio.h>
#include <traces/census.h>
#include <traces/kernel.h>

typedef struct captured {
  char name[64];
  tw_kernel_config config;
  bool other_fixmap; ///< its slots are none that are known here: the fixmap is not compared
  // The captured kernel's history after boot, in pages of the linear map:
  uint64_t kfence_freed;    ///< objects of KFENCE that had been freed, which it unmaps
  uint64_t protected_pages; ///< of areas of modules and BPF, which rodata=full makes read-only
} captured;

/// What is not told otherwise.
void captured_begin(captured *c, tw_linux_layout_machine machine);
/// "linux=6.12 rodata=on kfence ..." into what `c` has already. False: a key or a value that is none, told on stderr.
bool captured_set(captured *c, const char *words);
void captured_print(const captured *c, FILE *to);
/// What the trace's first section shows of its kernel; version, rodata= and KFENCE it does not. False: it shows none,
/// because its tables are not the kernel's (KPTI while user code runs); told on stderr.
bool captured_guess(captured *c, tw_trace *trace, const tw_image *image);
tw_kernel *captured_kernel(const captured *c);

// ---- leaves ----

typedef struct leaves {
  tw_mapping *leaf;
  size_t count, room;
} leaves;

void leaves_add(leaves *l, const tw_mapping *mapping);
/// Of an image: those that begin in [first, last].
leaves leaves_of(const tw_image *image, uint64_t first, uint64_t last);
leaves leaves_of_kernel(tw_kernel *kernel, uint64_t first, uint64_t last);
leaves leaves_part(const leaves *of, uint64_t first, uint64_t last);
/// Where leaf `at` ends, as a virtual address.
static inline uint64_t leaf_end(const leaves *l, size_t at) { return l->leaf[at].va + l->leaf[at].bytes; }

// ---- what boot maps ----

typedef struct census_range {
  const char *name;
  uint64_t first, last;
  bool places; ///< physical addresses are a matter of rules, too
} census_range;

enum { CENSUS_RANGES = 4 };
size_t census_ranges(const captured *c, const tw_linux_layout *layout, census_range ranges[CENSUS_RANGES]);

typedef struct difference {
  size_t compared, sizes, places, attributes;
  size_t read_only; ///< leaves that became so after boot
  size_t first;     ///< the leaf from which on they differ
} difference;

difference census_differ(const leaves *made, const leaves *had, bool places);
/// Unmap what KFENCE had unmapped: objects that had been freed. How many there were.
uint64_t census_free_kfence(const captured *c, tw_kernel *kernel, const leaves *had);
/// How many pages of the linear map became read-only after boot, being mapped above it too: the areas of modules and
/// BPF, whose alias rodata=full protects, before 6.4 with a module's data. `had`: all that the capture had mapped.
uint64_t census_protected(const captured *c, const leaves *had);
/// Nothing differs but what the captured kernel did after boot, and where it found room.
bool census_agrees(const captured *c, const census_range *range, const difference *d);

// ---- the text ----

/// The ranges of `had`, run by run.
void census_write(const captured *c, const leaves *had, FILE *to);
/// False: not such a text, or a line of it that is none; told on stderr.
bool census_read(const char *path, captured *c, leaves *had);

#endif
