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

/// Bit set of the access numbers that `permission` allows.
uint32_t tw_permission_allowed(tw_permission permission);

#endif
