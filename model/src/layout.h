// What the registers of a stage say about its 64-bit descriptors, worked out by level when they are written. Twin: the
// functions of rtl/long_descriptor.sv.
#ifndef TABLEWALK_LAYOUT_H
#define TABLEWALK_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum { TW_LAYOUT_LEVELS = 5 };

/// Of a descriptor at one level.
typedef struct tw_layout_level {
  uint64_t index;  ///< bits of the input address that choose it, in a table of its usual size
  uint64_t output; ///< its bits that are an output address, the uppermost aside
  uint8_t size;    ///< log2 of the bytes that it maps
  uint8_t group;   ///< and of its contiguous group
  bool leaf;       ///< a block or a page may stand here
} tw_layout_level;

typedef struct tw_layout {
  tw_layout_level level[TW_LAYOUT_LEVELS]; ///< by level + 1
  uint64_t next;                           ///< bits of a table descriptor that are the next table, the uppermost aside
  uint64_t too_large;                      ///< address bits that must be 0
  bool ds;                                 ///< LPA2: OA[51:50] in bits [9:8]
  bool wide;                               ///< 64K granule on 52 PA bits: OA[51:48] in bits [15:12]
} tw_layout;

/// What a layout is made of.
typedef struct tw_geometry {
  unsigned granule, iasize, oasize;
  bool ds, wide;
  bool armv7; ///< LPAE with 40 address bits: the rest is ignored
} tw_geometry;

void tw_layout_make(tw_layout *layout, const tw_geometry *geometry);

#endif
