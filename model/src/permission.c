// The permission rules (Arm ARM: AP, XN, PAN, WXN, domains; S2AP), worked out once for every access.
// Twin: rtl/permission.sv.
#include "permission.h"

#include <string.h>
#include <tablewalk/request.h>

enum { TW_ACCESSES = 12, TW_ALL_ACCESSES = (1 << TW_ACCESSES) - 1 };

static bool may_execute(const tw_permission_controls *c, unsigned p, unsigned el) {
  if (c->aarch32 && !(p & (el ? TW_PR : TW_UR)))
    return false;
  if (!el)
    return !(p & TW_UXN) && !(c->wxn && p & TW_UW);
  // what EL0 can write is never executable at EL1 in AArch64; in AArch32 only by UWXN
  bool user_writable = p & TW_UW && (!c->aarch32 || c->uwxn);
  return !(p & TW_PXN) && !user_writable && !(c->wxn && p & TW_PW);
}

static bool stage1_allows(const tw_permission_controls *c, unsigned p, unsigned kind, unsigned el, bool pan) {
  if (kind == TW_ACCESS_FETCH)
    return may_execute(c, p, el);
  bool write = kind == TW_ACCESS_WRITE;
  if (!el)
    return p & (write ? TW_UW : TW_UR);
  if (pan && (p & TW_UR || (c->epan && !(p & TW_UXN))))
    return false;
  return p & (write ? TW_PW : TW_PR);
}

static bool stage2_allows(unsigned s2, unsigned kind, unsigned el) {
  static const uint8_t needed[3][2] = {{TW_S2_R, TW_S2_R}, {TW_S2_W, TW_S2_W}, {TW_S2_UX, TW_S2_PX}};
  return s2 & needed[kind][el];
}

static void add_access(tw_permission_table *table, unsigned kind, unsigned el, unsigned pan) {
  uint16_t bit = (uint16_t)(1U << tw_access_number(kind, el, pan));
  for (unsigned p = 0; p < TW_PERMISSIONS; p++)
    if (stage1_allows(&table->controls, p, kind, el, pan))
      table->stage1[p] |= bit;
  for (unsigned s2 = 0; s2 < TW_STAGE2_PERMISSIONS; s2++)
    if (stage2_allows(s2, kind, el))
      table->stage2[s2] |= bit;
}

/// DACR: 01 client, the table decides; 11 manager; the others no access.
static void make_domains(tw_permission_table *table) {
  for (unsigned d = 0; d < 16; d++) {
    unsigned field = table->controls.short_domains ? table->controls.dacr >> 2 * d & 3 : 1;
    table->domain[d] = field & 1 || table->controls.off ? TW_ALL_ACCESSES : 0;
    table->manager[d] = field == 3 || table->controls.off ? TW_ALL_ACCESSES : 0;
  }
}

void tw_permission_table_make(tw_permission_table *table, const tw_permission_controls *controls) {
  tw_permission_controls made_for = *controls;
  memset(table, 0, sizeof *table);
  table->controls = made_for;
  for (unsigned kind = 0; kind < 3; kind++)
    for (unsigned el = 0; el < 2; el++)
      for (unsigned pan = 0; pan < 2; pan++)
        add_access(table, kind, el, pan);
  make_domains(table);
}
