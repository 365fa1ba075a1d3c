// Sections: ownership, comparison, checks that every reader shares.
#include "section.h"

#include <stdlib.h>
#include <string.h>

void tw_section_clear(tw_section *section) {
  free(section->named);
  free(section->regions);
  free(section->phases);
  free(section->tables);
  free(section->image);
  *section = (tw_section){0};
}

uint64_t tw_section_named(const tw_section *section, const char *name) {
  for (size_t i = 0; i < section->named_count; i++)
    if (strcmp(section->named[i].name, name) == 0)
      return section->named[i].value;
  return 0;
}

void tw_section_complete_aarch32(tw_section *section) {
  tw_registers *registers = &section->registers;
  registers->regime = TW_REGIME_PL10;
  registers->sctlr = (uint32_t)registers->sctlr;
  registers->tcr = (uint32_t)registers->tcr;
  registers->contextidr = (uint32_t)tw_section_named(section, "contextidr");
  registers->dacr = (uint32_t)tw_section_named(section, "dacr");
}

const char *tw_table_page_check(const tw_table_page *page) {
  if (page->level < -1 || page->level > 3)
    return "a level from -1 to 3";
  if (page->half > 1)
    return "half 0 or 1";
  if (page->bytes == 0 || page->bytes % 8 || page->bytes > TW_TABLE_PAGE_BYTES_MAX)
    return "8 to 65536 bytes, a multiple of 8";
  if (page->pa % 8 || page->pa >> 52)
    return "an 8-byte aligned address below 2^52";
  return NULL;
}
