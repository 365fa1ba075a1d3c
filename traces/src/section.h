// What a section holds besides its stream: registers, region map, phases, table image. Owned here, copied nowhere.
#ifndef TRACES_SRC_SECTION_H
#define TRACES_SRC_SECTION_H

#include <traces/trace.h>

enum {
  TW_NAMED_REGISTERS_MAX = 256,
  TW_REGIONS_MAX = 4096,
  TW_PHASES_MAX = 65536,
  TW_TABLE_PAGES_MAX = 1 << 18,
  TW_TABLE_PAGE_BYTES_MAX = 65536,
  TW_IMAGE_BYTES_MAX = 64 << 20,
};

typedef struct tw_section {
  tw_architecture architecture;
  tw_registers registers;
  tw_named_register *named;
  tw_region *regions;
  tw_phase *phases;
  tw_table_page *tables; // their data lie in `image`, which may begin with something else
  uint8_t *image;
  size_t named_count, region_count, phase_count, table_count;
} tw_section;

/// Free what the section owns and make it empty.
void tw_section_clear(tw_section *section);
/// The named register's value, or 0.
uint64_t tw_section_named(const tw_section *section, const char *name);
/// The registers that AArch32 has besides, from the named ones: regime PL1&0, CONTEXTIDR, DACR. TTBCR has 32 bits.
void tw_section_complete_aarch32(tw_section *section);
/// NULL when the page is well formed, else what is wrong with it.
const char *tw_table_page_check(const tw_table_page *page);

/// Read registers and tables of the snapshot at `path` into an empty section whose architecture is set.
int tw_snapshot_read(const char *path, tw_section *section, tw_error *error);
/// Read the phases that a console log names. A log that doesn't exist names none.
int tw_console_read(const char *path, tw_section *section, tw_error *error);
/// Make the region map from registers, phases and tables. 0, or -1: out of memory.
int tw_regions_make(tw_section *section);

#endif
