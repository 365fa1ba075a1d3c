// A kernel under test: the tables as the diary of its writes says they are, and the model that walks them.
#ifndef TESTS_UNIT_KERNEL_CASE_H
#define TESTS_UNIT_KERNEL_CASE_H

#include <traces/kernel.h>

#include "tables_case.h"

/// What the kernel's sink has been told.
typedef struct diary {
  tw_memory *memory;
  size_t writes, tlbis;
  uint32_t last_word;
  uint64_t last_operand;
} diary;

typedef struct kernel_case {
  tw_kernel *kernel;
  diary *diary;
  reader_case reader;
} kernel_case;

/// A kernel that has booted.
kernel_case kernel_case_new(const tw_kernel_config *config);
void kernel_case_free(kernel_case *c);
/// The model's walk over the diary's tables: where an access goes. 0: a fault.
uint64_t kernel_case_walk(kernel_case *c, uint64_t va, unsigned kind, unsigned el, unsigned *log2);
/// Every page of [va, va + bytes) can be read and written, is where tw_kernel_find says, in mappings of 2^log2 bytes
/// (0: of any).
void kernel_case_is_mapped(kernel_case *c, const char *name, uint64_t va, uint64_t bytes, unsigned log2, unsigned el);
void kernel_case_is_unmapped(kernel_case *c, const char *name, uint64_t va);

#endif
