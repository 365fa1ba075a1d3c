// Memory attributes: of short descriptors, and of both stages combined. Twin: rtl/attributes.sv.
#ifndef TABLEWALK_ATTRIBUTES_H
#define TABLEWALK_ATTRIBUTES_H

#include "descriptor.h"

typedef struct tw_attributes {
  uint8_t attr; ///< MAIR byte
  uint8_t sh;
} tw_attributes;

/// SH as it is reported: Device and Normal non-cacheable are outer shareable, 1 is taken as 0.
uint8_t tw_shareability(uint8_t attr, uint8_t sh);

/// Of a short descriptor: TEX, C, B as a number 0 to 31, and S.
tw_attributes tw_short_attributes(const tw_regime *regime, unsigned tex_c_b, bool s);

/// Of both stages, but for HCR.{CD, ID}, which count when the translation answers: what a fetch filled may serve data.
tw_attributes tw_combined_attributes(const tw_stage2 *stage2, tw_attributes stage1, const tw_stage2_leaf *leaf);

#endif
