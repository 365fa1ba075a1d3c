// VMSAv8-64 and LPAE, from the Arm ARM's tables of stage 1 descriptors (D8.3 and G5.5). Nothing here is the model's.
#include "page_format.h"

static const uint64_t VALID = 1, TABLE_OR_PAGE = 2, USER = 1U << 6, READ_ONLY = 1U << 7, AF = 1U << 10, NG = 1U << 11;
static const uint64_t DBM = UINT64_C(1) << 51, CONTIGUOUS = UINT64_C(1) << 52, PXN = UINT64_C(1) << 53,
                      XN = UINT64_C(1) << 54;

enum { MEMORY_AT = 2, SH_AT = 8, SOFTWARE_AT = 55 };

static bool is_last(const tw_page_format *format, unsigned depth) { return depth + 1 == format->levels; }

uint64_t tw_page_long_leaf(const tw_page_format *format, unsigned depth, const tw_page_attributes *a, bool contiguous) {
  bool vmsa64 = format->kind == TW_TABLES_VMSA64;
  bool dbm = vmsa64 && a->write && a->dirty_by_hardware;
  // LPAE's XN is for both levels: what PL1 executes must not have it, and PXN cuts PL1 out of what PL0 executes.
  bool xn = vmsa64 ? !a->user_execute : !a->user_execute && !a->execute;
  bool pxn = vmsa64 ? !a->execute : a->user && !a->execute;
  return VALID | (is_last(format, depth) ? TABLE_OR_PAGE : 0) | (uint64_t)(a->memory & 7) << MEMORY_AT |
         (a->user ? USER : 0) | (!a->write || a->clean ? READ_ONLY : 0) |
         (format->wide ? 0 : (uint64_t)(a->shareability & 3) << SH_AT) | AF | (a->not_global ? NG : 0) |
         (dbm ? DBM : 0) | (contiguous ? CONTIGUOUS : 0) | (pxn ? PXN : 0) | (xn ? XN : 0) |
         (uint64_t)(a->software & 15) << SOFTWARE_AT;
}

uint64_t tw_page_long_address(const tw_page_format *format, uint64_t pa) {
  if (format->page_log2 == 16)
    return (pa & 0xffffffffffff) | (pa >> 48 & 15) << 12;
  return format->wide ? (pa & 0x3ffffffffffff) | (pa >> 50 & 3) << 8 : pa;
}

uint64_t tw_page_long_table(const tw_page_format *format, uint64_t pa) {
  return tw_page_long_address(format, pa) | TABLE_OR_PAGE | VALID;
}

bool tw_page_long_is_table(const tw_page_format *format, unsigned depth, uint64_t descriptor) {
  return !is_last(format, depth) && (descriptor & TABLE_OR_PAGE);
}

bool tw_page_long_is_contiguous(uint64_t descriptor) { return descriptor & CONTIGUOUS; }

uint64_t tw_page_long_pa(const tw_page_format *format, unsigned depth, uint64_t descriptor) {
  unsigned low = tw_page_long_is_table(format, depth, descriptor) ? format->page_log2 : format->level[depth].shift;
  unsigned high = format->kind == TW_TABLES_LPAE ? 40 : format->wide ? 50 : 48;
  uint64_t pa = descriptor & ((UINT64_C(1) << high) - 1) & -(UINT64_C(1) << low);
  if (format->page_log2 == 16)
    return pa | (descriptor >> 12 & 15) << 48;
  return format->wide ? pa | (descriptor >> 8 & 3) << 50 : pa;
}

tw_page_attributes tw_page_long_attributes(const tw_page_format *format, uint64_t descriptor) {
  bool vmsa64 = format->kind == TW_TABLES_VMSA64, read_only = descriptor & READ_ONLY, dbm = descriptor & DBM;
  bool xn = descriptor & XN, pxn = descriptor & PXN;
  return (tw_page_attributes){.write = !read_only || dbm,
                              .clean = read_only && dbm,
                              .execute = !pxn && (vmsa64 || !xn),
                              .user = descriptor & USER,
                              .user_execute = !xn && (vmsa64 || (descriptor & USER)),
                              .not_global = descriptor & NG,
                              .dirty_by_hardware = dbm,
                              .memory = descriptor >> MEMORY_AT & 7,
                              .shareability = format->wide ? 0 : descriptor >> SH_AT & 3,
                              .software = descriptor >> SOFTWARE_AT & 15};
}

// ---- levels ----

static uint8_t contiguous_log2(unsigned page_log2, int level) {
  switch (page_log2) {
  case 12:
    return level >= 1 ? 4 : 0;
  case 14:
    return level == 3 ? 7 : level == 2 ? 5 : 0;
  default:
    return level >= 2 ? 5 : 0;
  }
}

static bool has_blocks(const tw_page_format *format, int level) {
  if (level == 3 || level == 2)
    return true;
  if (format->page_log2 == 12)
    return level == 1 || (level == 0 && format->wide);
  return level == 1 && (format->page_log2 == 16 ? format->pa_bits == 52 : format->wide);
}

void tw_page_long_levels(tw_page_format *format) {
  unsigned stride = format->page_log2 - 3;
  format->levels = (format->va_bits - format->page_log2 + stride - 1) / stride;
  for (unsigned depth = 0; depth < format->levels; depth++) {
    int8_t number = (int8_t)(4 - (int)format->levels + (int)depth);
    unsigned shift = format->page_log2 + stride * (unsigned)(3 - number);
    format->level[depth] = (tw_format_level){.number = number,
                                             .shift = (uint8_t)shift,
                                             .bits = (uint8_t)(depth ? stride : format->va_bits - shift),
                                             .contiguous_log2 = contiguous_log2(format->page_log2, number),
                                             .leaf = has_blocks(format, number)};
  }
}
