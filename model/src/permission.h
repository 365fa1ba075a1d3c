// May this access use this translation. Twin: rtl/permission.sv.
#ifndef TABLEWALK_PERMISSION_H
#define TABLEWALK_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"

/// Number of an access: 12 of them.
static inline unsigned tw_access_number(unsigned kind, unsigned el, unsigned pan) {
  return kind + (el ? 3 : 0) + (pan ? 6 : 0);
}

/// Controls of the registers, as they stand at the time of the request.
typedef struct tw_permission_controls {
  bool wxn, uwxn, epan;
  bool aarch32;       ///< execution needs the right to read
  bool short_domains; ///< short descriptors: `dacr` counts
  bool off;           ///< stage 1 is off: it is not asked
  uint32_t dacr;
} tw_permission_controls;

/// For each permission, stage 2 permission and domain, the set of accesses that it allows: bit n is access number n.
typedef struct tw_permission_table {
  tw_permission_controls controls; ///< that the table was made for
  uint16_t stage1[TW_PERMISSIONS];
  uint16_t stage2[TW_STAGE2_PERMISSIONS];
  uint16_t domain[16];  ///< all or none: none is a Domain fault
  uint16_t manager[16]; ///< all or none: all means that stage 1 is not asked
} tw_permission_table;

/// Work the table out.
void tw_permission_table_make(tw_permission_table *table, const tw_permission_controls *controls);

/// The accesses that stage 1 (domains included) allows.
static inline unsigned tw_stage1_allows(const tw_permission_table *table, const tw_translation *t) {
  return (table->stage1[t->permission] | table->manager[t->domain]) & table->domain[t->domain];
}
static inline unsigned tw_stage2_allows(const tw_permission_table *table, const tw_translation *t) {
  return table->stage2[t->stage2];
}
/// The accesses that both stages allow.
static inline unsigned tw_allowed(const tw_permission_table *table, const tw_translation *t) {
  return tw_stage1_allows(table, t) & tw_stage2_allows(table, t);
}

#endif
