// What the layouts of the machines share.
#ifndef TRACES_SRC_LAYOUT_H
#define TRACES_SRC_LAYOUT_H

#include <traces/layout.h>

static const uint64_t TW_KIB = (uint64_t)1 << 10, TW_MIB = (uint64_t)1 << 20, TW_GIB = (uint64_t)1 << 30;

/// Address of the first of the last 2^bits bytes: -(1 << bits) in the kernel's macros.
static inline uint64_t tw_below_top(unsigned bits) { return -((uint64_t)1 << bits); }

/// Add a region from `first` up to, not including, `end` (0: up to the last address); an empty one is left out.
void tw_linux_layout_add(tw_linux_layout *layout, const char *name, uint64_t first, uint64_t end);
/// The four parts of an image that lies at `first`, called `prefix` text, ...; its end.
uint64_t tw_linux_layout_add_image(tw_linux_layout *layout, const char *prefix, const tw_linux_layout_image *image,
                                   uint64_t first);
/// A program below `top`, its text at `text`: image, heap after it, mmap area and stack at the top.
void tw_linux_layout_add_program(tw_linux_layout *layout, const tw_linux_layout_config *config, uint64_t text,
                                 uint64_t top);

/// Is the version `major.minor` or later?
static inline bool tw_linux_layout_since(const tw_linux_layout_config *config, unsigned major, unsigned minor) {
  return config->linux_major > major || (config->linux_major == major && config->linux_minor >= minor);
}

int tw_linux_layout_arm64(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error);
int tw_linux_layout_arm(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error);
int tw_linux_layout_x86_64(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error);

#endif
