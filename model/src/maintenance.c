// TLB maintenance. Twin: rtl/maintenance.sv.
#include "maintenance.h"

#include <tablewalk/mmu.h>

enum { TW_UNIT_DS = 16 };

static bool is_stage2(unsigned what) { return what == TW_TLBI_IPAS2 || what == TW_TLBI_IPAS2L; }
static bool has_address(unsigned what) { return what >= TW_TLBI_VA && what < TW_TLBI_WHATS; }

static void set_worlds(tw_maintenance *m, unsigned op, uint16_t vmid) {
  m->vmid = vmid;
  m->any_vmid = true;
  if (op & TW_TLBI_X86) {
    m->regimes = 1 << TW_REGIME_X86;
    m->x86 = true;
  } else if (op & TW_TLBI_EL2) {
    m->regimes = 1 << TW_REGIME_EL2 | 1 << TW_REGIME_EL20;
  } else {
    m->regimes = 1 << TW_REGIME_EL10 | 1 << TW_REGIME_PL10;
    m->any_vmid = m->what == TW_TLBI_ALL;
    m->el1 = true;
  }
}

/// Level of a TTL field [3:0]: granule and level. Some pairs say nothing.
static uint8_t ttl_level(unsigned ttl) {
  unsigned granule = ttl >> 2, level = ttl & 3;
  bool given = granule == 1 || (granule >= 2 && level != 0);
  return given ? (uint8_t)level : TW_ANY_LEVEL;
}

static void set_aarch32(tw_maintenance *m, uint64_t operand) {
  m->asid = (uint16_t)tw_field(operand, 7, 0);
  if (!has_address(m->what))
    return;
  m->first = is_stage2(m->what) ? tw_field(operand, 27, 0) : tw_field(operand, 31, 12);
  m->last = m->first;
}

static void set_aarch64(tw_maintenance *m, uint64_t operand) {
  m->asid = (uint16_t)tw_field(operand, 63, 48);
  if (!has_address(m->what))
    return;
  m->half = !is_stage2(m->what) && tw_bit(operand, 43);
  m->first = m->last = operand & TW_KEY_VA;
  m->level = ttl_level((unsigned)tw_field(operand, 47, 44));
}

/// The key's bit for the half is VA[52] here.
static void set_x86(tw_maintenance *m, uint64_t operand) {
  m->asid = (uint16_t)tw_field(operand, 59, 48);
  m->asid_shift = TW_KEY_PCID_SHIFT;
  m->va_bits = TW_KEY_VA57;
  if (!has_address(m->what))
    return;
  m->first = m->last = operand & TW_KEY_VA57;
  m->half = tw_bit(operand, TW_KEY_HALF_SHIFT);
}

static void set_range(tw_maintenance *m, uint64_t operand, bool ds) {
  unsigned tg = (unsigned)tw_field(operand, 47, 46), scale = (unsigned)tw_field(operand, 45, 44);
  if (!tg || !has_address(m->what)) {
    m->what = TW_TLBI_WHATS;
    return;
  }
  unsigned granule = 10 + 2 * tg, unit = ds ? TW_UNIT_DS : granule;
  uint64_t base = tw_field(operand, 36, 0);
  if (!is_stage2(m->what)) {
    m->half = tw_bit(operand, 36);
    base |= m->half ? tw_ones(63, 37) : 0;
  }
  m->asid = (uint16_t)tw_field(operand, 63, 48);
  m->first = (base << (unit - 12)) & TW_KEY_VA;
  uint64_t granules = (tw_field(operand, 43, 39) + 1) << (5 * scale + 1);
  m->last = m->first + (granules << (granule - 12)) - 1;
  if (m->last > TW_KEY_VA)
    m->last = TW_KEY_VA;
  unsigned level = (unsigned)tw_field(operand, 38, 37);
  m->level = level ? (uint8_t)level : TW_ANY_LEVEL;
}

tw_maintenance tw_maintenance_decode(const tw_tlbi *tlbi, const tw_maintenance_context *context) {
  enum { OTHER_FORMS = TW_TLBI_AARCH32 | TW_TLBI_X86 };
  tw_maintenance m = {
      .what = tlbi->op & 15, .level = TW_ANY_LEVEL, .asid_shift = TW_KEY_ASID_SHIFT, .va_bits = TW_KEY_VA};
  set_worlds(&m, tlbi->op, context->vmid);
  if (tlbi->op & TW_TLBI_RANGE && tlbi->op & OTHER_FORMS)
    m.what = TW_TLBI_WHATS; // they have no such form
  else if (tlbi->op & TW_TLBI_RANGE)
    set_range(&m, tlbi->operand, is_stage2(m.what) ? context->stage2_ds : context->va_ds);
  else if (m.x86)
    set_x86(&m, tlbi->operand);
  else if (tlbi->op & TW_TLBI_AARCH32)
    set_aarch32(&m, tlbi->operand);
  else
    set_aarch64(&m, tlbi->operand);
  return m;
}

static bool names_world(const tw_maintenance *m, uint32_t world) {
  return m->regimes >> (world >> 16) & 1 && (m->any_vmid || (uint16_t)world == m->vmid);
}

static bool names_asid(const tw_maintenance *m, uint64_t key) {
  return tw_field(key, TW_KEY_VALID_SHIFT - 1, m->asid_shift) == m->asid;
}

static bool names_level(const tw_maintenance *m, unsigned level) {
  return m->level == TW_ANY_LEVEL || m->level == level;
}

/// The pages that `key` has under the VA bits of `span` meet those named.
static bool meets(const tw_maintenance *m, uint64_t key, uint64_t span) {
  uint64_t first = key & span & m->va_bits, last = first | (~span & m->va_bits);
  return first <= m->last && last >= m->first;
}

/// An AArch32 address does not tell its half.
static bool meets_va(const tw_maintenance *m, uint32_t world, uint64_t key, uint64_t span) {
  bool same_half = tw_bit(key, TW_KEY_HALF_SHIFT) == m->half || world >> 16 == TW_REGIME_PL10;
  return same_half && meets(m, key, span);
}

bool tw_maintenance_drops(const tw_maintenance *m, uint32_t world, uint64_t key, const tw_translation *t) {
  if (!names_world(m, world))
    return false;
  switch (m->what) {
  case TW_TLBI_ALL:
  case TW_TLBI_VMALL:
  case TW_TLBI_VMALLS12:
    return true;
  case TW_TLBI_ASID:
    return !t->global && names_asid(m, key);
  case TW_TLBI_VA:
  case TW_TLBI_VAL:
    return (t->global || names_asid(m, key)) && meets_va(m, world, key, t->span) && names_level(m, t->level);
  case TW_TLBI_VAA:
  case TW_TLBI_VAAL:
    return meets_va(m, world, key, t->span) && names_level(m, t->level);
  default:
    return false;
  }
}

bool tw_maintenance_drops_table(const tw_maintenance *m, uint32_t world, uint64_t key, uint64_t mask) {
  if (!names_world(m, world))
    return false;
  switch (m->what) {
  case TW_TLBI_ALL:
  case TW_TLBI_VMALL:
  case TW_TLBI_VMALLS12:
    return true;
  case TW_TLBI_ASID:
    return names_asid(m, key);
  case TW_TLBI_VA:
    return names_asid(m, key) && meets_va(m, world, key, mask);
  case TW_TLBI_VAA:
    return meets_va(m, world, key, mask);
  default:
    return false;
  }
}

bool tw_maintenance_drops_stage2(const tw_maintenance *m, uint64_t key, uint64_t mask, unsigned level) {
  bool of_vmid = (uint16_t)(key >> TW_KEY_ASID_SHIFT) == m->vmid;
  if (m->x86)
    return false;
  switch (m->what) {
  case TW_TLBI_ALL:
    return m->el1;
  case TW_TLBI_VMALLS12:
    return m->el1 && of_vmid;
  case TW_TLBI_IPAS2:
  case TW_TLBI_IPAS2L:
    return of_vmid && meets(m, key, mask) && names_level(m, level);
  default:
    return false;
  }
}
