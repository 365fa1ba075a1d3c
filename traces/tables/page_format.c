// The formats by name.
#include "page_format.h"

static bool has_page(const tw_page_tables_config *config) {
  bool large = config->page_log2 == 14 || config->page_log2 == 16;
  return config->page_log2 == 12 || (config->format == TW_TABLES_VMSA64 && large);
}

static int check(const tw_page_tables_config *config, tw_error *error) {
  bool vmsa64 = config->format == TW_TABLES_VMSA64;
  unsigned most = vmsa64 && (config->wide || config->page_log2 == 16) ? 52 : 48;
  if (!has_page(config))
    return tw_fail(error, "page tables: page_log2 is %u, expected %s", config->page_log2,
                   vmsa64 ? "12, 14 or 16" : "12");
  if (vmsa64 ? config->va_bits < 25 || config->va_bits > most : config->va_bits != 32)
    return tw_fail(error, "page tables: va_bits is %u, expected %s", config->va_bits,
                   !vmsa64      ? "32"
                   : most == 52 ? "25 to 52"
                                : "25 to 48");
  if (config->wide && config->format != TW_TABLES_VMSA64)
    return tw_fail(error, "page tables: wide physical addresses, expected them in VMSAv8-64 alone");
  if (config->bbm > 2)
    return tw_fail(error, "page tables: bbm is %u, expected 0 to 2", config->bbm);
  return 0;
}

int tw_page_format_make(const tw_page_tables_config *config, tw_page_format *format, tw_error *error) {
  if (check(config, error) < 0)
    return -1;
  bool is_short = config->format == TW_TABLES_SHORT;
  *format = (tw_page_format){.kind = config->format,
                             .page_log2 = config->page_log2,
                             .va_bits = config->va_bits,
                             .pa_bits = config->format != TW_TABLES_VMSA64 ? 40
                                        : config->wide                     ? 52
                                                                           : 48,
                             .entry_log2 = is_short ? 2 : 3,
                             .wide = config->wide && config->page_log2 != 16,
                             .halves = config->format == TW_TABLES_VMSA64};
  if (is_short)
    tw_page_short_levels(format);
  else
    tw_page_long_levels(format);
  return 0;
}

// ---- descriptors ----

static bool is_short(const tw_page_format *format) { return format->kind == TW_TABLES_SHORT; }

uint64_t tw_format_leaf(const tw_page_format *format, unsigned depth, const tw_page_attributes *attributes,
                        bool contiguous) {
  return is_short(format) ? tw_page_short_leaf(depth, attributes, contiguous)
                          : tw_page_long_leaf(format, depth, attributes, contiguous);
}

uint64_t tw_format_address(const tw_page_format *format, unsigned depth, uint64_t pa, bool contiguous) {
  return is_short(format) ? tw_page_short_address(depth, pa, contiguous) : tw_page_long_address(format, pa);
}

uint64_t tw_format_table(const tw_page_format *format, uint64_t pa) {
  return is_short(format) ? tw_page_short_table(pa) : tw_page_long_table(format, pa);
}

bool tw_format_is_table(const tw_page_format *format, unsigned depth, uint64_t descriptor) {
  return is_short(format) ? tw_page_short_is_table(depth, descriptor)
                          : tw_page_long_is_table(format, depth, descriptor);
}

bool tw_format_is_contiguous(const tw_page_format *format, unsigned depth, uint64_t descriptor) {
  return is_short(format) ? tw_page_short_is_contiguous(depth, descriptor) : tw_page_long_is_contiguous(descriptor);
}

uint64_t tw_format_pa(const tw_page_format *format, unsigned depth, uint64_t descriptor) {
  return is_short(format) ? tw_page_short_pa(depth, descriptor) : tw_page_long_pa(format, depth, descriptor);
}

tw_page_attributes tw_format_attributes(const tw_page_format *format, unsigned depth, uint64_t descriptor) {
  return is_short(format) ? tw_page_short_attributes(depth, descriptor) : tw_page_long_attributes(format, descriptor);
}
