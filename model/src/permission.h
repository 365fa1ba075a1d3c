// May this access use this translation. Twin: rtl/permission.sv.
#ifndef TABLEWALK_PERMISSION_H
#define TABLEWALK_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

/// Permissions of a leaf after its tables' bits.
typedef struct tw_permission {
  uint8_t ap; ///< AP[2:1]
  bool pxn, uxn;
} tw_permission;

/// Number of an access: 24 of them.
static inline unsigned tw_permission_index(unsigned kind, unsigned el, unsigned pan, unsigned wxn) {
  return kind + 3 * el + 6 * pan + 12 * wxn;
}

/// Number of a permission: 16 of them.
static inline unsigned tw_permission_number(tw_permission p) {
  return p.ap | (unsigned)p.pxn << 2 | (unsigned)p.uxn << 3;
}

enum { TW_PERMISSIONS = 16 };

/// For each permission, by its number, the set of the accesses that it allows: bit n is access n.
void tw_permission_table(uint32_t allowed[TW_PERMISSIONS]);

#endif
