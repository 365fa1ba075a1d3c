// Software of the property test: contexts that share what software may share, and changes of tables and registers that
// keep the rules. What it changes goes through the world's store, its TLBIs through `maintain`.
#ifndef HARNESS_RANDOM_SOFTWARE_H
#define HARNESS_RANDOM_SOFTWARE_H

#include "random_maintain.h"
#include "random_property.h"

typedef struct tw_software {
  tw_random_world world;
  tw_random_context context[TW_RANDOM_CONTEXTS];
  uint8_t group[TW_RANDOM_CONTEXTS]; ///< contexts of one group are one regime and VMID: they differ by ASID
  uint32_t contexts;
  tw_property_counts *counts;
  int (*maintain)(void *self, const tw_tlbi *tlbi);                ///< 0, or -1: stop
  int (*set_registers)(void *self, const tw_registers *registers); ///< 0, or -1: stop
  void *self;
} tw_software;

/// Make all contexts.
void tw_software_begin(tw_software *software, unsigned kinds);
/// Another context comes, or the same. Its addresses are mapped when it comes for the first time.
int tw_software_switch(tw_software *software, uint32_t number);
/// One change of what translates, with all that it needs.
int tw_software_change(tw_software *software);
/// A change that needs no TLBI.
int tw_software_flip(tw_software *software);

#endif
