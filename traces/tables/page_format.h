// The formats of translation tables as data and as small functions: what the builder asks about a descriptor.
#ifndef TRACES_SRC_PAGE_FORMAT_H
#define TRACES_SRC_PAGE_FORMAT_H

#include <traces/page_tables.h>

enum { TW_TABLE_LEVELS_MAX = 5 };

/// A level of the tree, the root's first.
typedef struct tw_format_level {
  int8_t number;           ///< as the Arm manual counts: -1 to 3; short descriptors 1 and 2
  uint8_t shift;           ///< log2 of what an entry maps
  uint8_t bits;            ///< log2 of a table's entries
  uint8_t contiguous_log2; ///< log2 of a contiguous group's entries; 0: there are none
  bool leaf;               ///< an entry may map a block or a page
} tw_format_level;

typedef struct tw_page_format {
  tw_table_format kind;
  unsigned page_log2, va_bits, pa_bits, entry_log2, levels;
  bool paired; ///< tables of the last level are made two at a time, in one page, as Linux does: at 2 KiB and 3 KiB
  bool wide;   ///< LPA2: PA[51:50] stand in SH
  bool halves; ///< two trees, chosen by the upper bits of an address
  tw_format_level level[TW_TABLE_LEVELS_MAX];
} tw_page_format;

// ---- page_format.c ----

/// What a leaf's descriptor says beside the address; `depth`: levels above it.
uint64_t tw_format_leaf(const tw_page_format *format, unsigned depth, const tw_page_attributes *attributes,
                        bool contiguous);
/// The address bits of a leaf's descriptor. Short descriptors: all of a group have the group's address.
uint64_t tw_format_address(const tw_page_format *format, unsigned depth, uint64_t pa, bool contiguous);
uint64_t tw_format_table(const tw_page_format *format, uint64_t pa);
bool tw_format_is_table(const tw_page_format *format, unsigned depth, uint64_t descriptor);
bool tw_format_is_contiguous(const tw_page_format *format, unsigned depth, uint64_t descriptor);
/// Where the descriptor leads to: of a leaf, or of a table.
uint64_t tw_format_pa(const tw_page_format *format, unsigned depth, uint64_t descriptor);
tw_page_attributes tw_format_attributes(const tw_page_format *format, unsigned depth, uint64_t descriptor);

/// Levels and sizes of `config`. -1 and `error`: there is no such format.
int tw_page_format_make(const tw_page_tables_config *config, tw_page_format *format, tw_error *error);

// ---- page_format_long.c ----

uint64_t tw_page_long_leaf(const tw_page_format *format, unsigned depth, const tw_page_attributes *a, bool contiguous);
uint64_t tw_page_long_address(const tw_page_format *format, uint64_t pa);
uint64_t tw_page_long_table(const tw_page_format *format, uint64_t pa);
bool tw_page_long_is_table(const tw_page_format *format, unsigned depth, uint64_t descriptor);
bool tw_page_long_is_contiguous(uint64_t descriptor);
uint64_t tw_page_long_pa(const tw_page_format *format, unsigned depth, uint64_t descriptor);
tw_page_attributes tw_page_long_attributes(const tw_page_format *format, uint64_t descriptor);
void tw_page_long_levels(tw_page_format *format);

// ---- page_format_short.c ----

uint64_t tw_page_short_leaf(unsigned depth, const tw_page_attributes *a, bool contiguous);
uint64_t tw_page_short_address(unsigned depth, uint64_t pa, bool contiguous);
uint64_t tw_page_short_table(uint64_t pa);
bool tw_page_short_is_table(unsigned depth, uint64_t descriptor);
bool tw_page_short_is_contiguous(unsigned depth, uint64_t descriptor);
uint64_t tw_page_short_pa(unsigned depth, uint64_t descriptor);
tw_page_attributes tw_page_short_attributes(unsigned depth, uint64_t descriptor);
void tw_page_short_levels(tw_page_format *format);

#endif
