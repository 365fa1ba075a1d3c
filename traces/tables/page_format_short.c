// AArch32's short descriptors (VMSAv7), from the Arm ARM's tables (G5.4): sections and supersections in the first
// level, small and large pages in the second. AP[2:0] as without SCTLR.AFE; the domain is 0.
#include "page_format.h"

/// Where a kind of leaf keeps its fields. XN and PXN: 32 means that it has none.
typedef struct fields {
  unsigned type, xn, ap, ap2, tex, s, ng, pxn;
} fields;

enum { FIRST = 0, B_AT = 2, C_AT = 3, SUPER_AT = 18, NO_FIELD = 32 };

static fields fields_of(unsigned depth, bool contiguous) {
  if (depth == FIRST)
    return (fields){.type = 2, .xn = 4, .ap = 10, .ap2 = 15, .tex = 12, .s = 16, .ng = 17, .pxn = 0};
  if (contiguous)
    return (fields){.type = 1, .xn = 15, .ap = 4, .ap2 = 9, .tex = 12, .s = 10, .ng = 11, .pxn = NO_FIELD};
  return (fields){.type = 2, .xn = 0, .ap = 4, .ap2 = 9, .tex = 6, .s = 10, .ng = 11, .pxn = NO_FIELD};
}

static uint64_t bit(bool set, unsigned at) { return (uint64_t)set << at; }

uint64_t tw_page_short_leaf(unsigned depth, const tw_page_attributes *a, bool contiguous) {
  fields f = fields_of(depth, contiguous);
  bool pxn = a->user_execute && !a->execute && f.pxn != NO_FIELD;
  return f.type | bit(a->memory & 1, B_AT) | bit(a->memory & 2, C_AT) | bit(a->memory & 4, f.tex) |
         bit(!a->execute && !a->user_execute, f.xn) | (a->user ? UINT64_C(3) : UINT64_C(1)) << f.ap |
         bit(!a->write || a->clean, f.ap2) | bit(a->shareability, f.s) | bit(a->not_global, f.ng) |
         bit(pxn, f.pxn & 31) | bit(depth == FIRST && contiguous, SUPER_AT);
}

uint64_t tw_page_short_address(unsigned depth, uint64_t pa, bool contiguous) {
  if (depth != FIRST)
    return pa & (contiguous ? 0xffff0000 : 0xfffff000);
  if (!contiguous)
    return pa & 0xfff00000;
  return (pa & 0xff000000) | (pa >> 32 & 15) << 20 | (pa >> 36 & 15) << 5;
}

uint64_t tw_page_short_table(uint64_t pa) { return pa | 1; }

bool tw_page_short_is_table(unsigned depth, uint64_t descriptor) { return depth == FIRST && (descriptor & 3) == 1; }

bool tw_page_short_is_contiguous(unsigned depth, uint64_t descriptor) {
  return depth == FIRST ? descriptor >> SUPER_AT & 1 : (descriptor & 3) == 1;
}

uint64_t tw_page_short_pa(unsigned depth, uint64_t descriptor) {
  if (tw_page_short_is_table(depth, descriptor))
    return descriptor & 0xfffffc00;
  bool contiguous = tw_page_short_is_contiguous(depth, descriptor);
  if (depth != FIRST)
    return descriptor & (contiguous ? 0xffff0000 : 0xfffff000);
  if (!contiguous)
    return descriptor & 0xfff00000;
  return (descriptor & 0xff000000) | (descriptor >> 20 & 15) << 32 | (descriptor >> 5 & 15) << 36;
}

tw_page_attributes tw_page_short_attributes(unsigned depth, uint64_t descriptor) {
  fields f = fields_of(depth, tw_page_short_is_contiguous(depth, descriptor));
  bool user = (descriptor >> f.ap & 3) == 3, xn = descriptor >> f.xn & 1;
  bool pxn = f.pxn != NO_FIELD && (descriptor >> f.pxn & 1);
  return (tw_page_attributes){.write = !(descriptor >> f.ap2 & 1),
                              .execute = !xn && !pxn,
                              .user = user,
                              .user_execute = !xn && user,
                              .not_global = descriptor >> f.ng & 1,
                              .memory = (uint8_t)((descriptor >> B_AT & 3) | (descriptor >> f.tex & 1) << 2),
                              .shareability = descriptor >> f.s & 1 ? 3 : 0};
}

void tw_page_short_levels(tw_page_format *format) {
  format->levels = 2;
  format->paired = true;
  format->level[0] = (tw_format_level){.number = 1, .shift = 20, .bits = 12, .contiguous_log2 = 4, .leaf = true};
  format->level[1] = (tw_format_level){.number = 2, .shift = 12, .bits = 8, .contiguous_log2 = 4, .leaf = true};
}
