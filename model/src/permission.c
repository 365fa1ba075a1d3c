// The stage 1 permission rules (Arm ARM: AP, PXN, UXN, PAN, WXN), worked out once for every access.
// Twin: rtl/permission.sv.
#include "permission.h"

#include <tablewalk/request.h>

static bool allows(tw_permission p, unsigned kind, unsigned el, bool pan, bool wxn) {
  bool el0_access = p.ap & 1, el1_write = !(p.ap & 2), el0_write = p.ap == 1;
  if (kind == TW_ACCESS_FETCH) {
    if (el == 0)
      return !p.uxn && !(wxn && el0_write);
    return !p.pxn && !el0_write && !(wxn && el1_write);
  }
  if (el == 0)
    return kind == TW_ACCESS_WRITE ? el0_write : el0_access;
  if (pan && el0_access)
    return false;
  return kind == TW_ACCESS_READ || el1_write;
}

static uint32_t allowed_accesses(tw_permission permission) {
  uint32_t allowed = 0;
  for (unsigned kind = 0; kind < 3; kind++)
    for (unsigned el = 0; el < 2; el++)
      for (unsigned pan = 0; pan < 2; pan++)
        for (unsigned wxn = 0; wxn < 2; wxn++)
          if (allows(permission, kind, el, pan, wxn))
            allowed |= 1U << tw_permission_index(kind, el, pan, wxn);
  return allowed;
}

void tw_permission_table(uint32_t allowed[TW_PERMISSIONS]) {
  for (unsigned n = 0; n < TW_PERMISSIONS; n++)
    allowed[n] = allowed_accesses((tw_permission){.ap = n & 3, .pxn = n >> 2 & 1, .uxn = n >> 3 & 1});
}
