// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The capture kit's kernel module: buffers of every kind of mapping, and patterns of accesses over them.
#ifndef KIT_H
#define KIT_H

#include <linux/types.h>

/// Bytes at `at`, and the name of what they are: "vmalloc_4m".
struct kit_buffer {
  char name[32];
  void *at;
  unsigned long bytes;
  bool read_only;
};

/// Is the kind of phase called `name` wanted? (module parameter "phases": a list with commas; empty: all)
bool kit_wanted(const char *name);

/// buffers.c: run `use` over each buffer of `bytes` that is wanted, allocated for it and freed after it. 0, or an
/// error.
int kit_each_buffer(unsigned long bytes, void (*use)(const struct kit_buffer *buffer));
/// What does not come in sizes: the module's own data, and the kernel's text.
void kit_fixed_buffers(void (*use)(const struct kit_buffer *buffer));
/// "64k", "4m".
void kit_size_name(char *name, size_t room, const char *kind, unsigned long bytes);

/// patterns.c: one phase for each pattern.
void kit_patterns(const struct kit_buffer *buffer);
/// memcpy, CRC-32, and vmalloc with vfree.
void kit_functions(void);

/// registers.c: the page of registers that snapshots begin with, told to the capture.
void kit_tell_registers(void);

#endif
