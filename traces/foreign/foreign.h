// What a foreign format is: a decoder that gives accesses, some at a time.
#ifndef TRACES_SRC_FOREIGN_H
#define TRACES_SRC_FOREIGN_H

#include "input.h"

#include <traces/foreign.h>

enum { TW_FOREIGN_MAX = 4096 }; ///< accesses that a decoder gives at once

enum { TW_FOREIGN_MAPPING = 7 }; ///< kind of what is no access: from here on `va` is mapped to `pa`

typedef struct tw_foreign_access {
  uint64_t va;
  uint64_t pa;       ///< of a mapping
  uint8_t kind;      ///< tw_access_kind, or TW_FOREIGN_MAPPING
  uint8_t size_log2; ///< of the bytes
  uint16_t gap;      ///< instructions since the access before
} tw_foreign_access;

/// Put an access of `bytes` bytes at `at`, of which the size is told as the largest power of two in them, up to 128.
/// The instructions since the one before are its gap, which is saturating and begins anew. The place after it.
static inline tw_foreign_access *tw_foreign_put(tw_foreign_access *at, uint64_t va, unsigned kind, uint64_t bytes,
                                                uint32_t *gap) {
  unsigned size = 63 - (unsigned)__builtin_clzll(bytes | 1);
  at->va = va; // field by field: a record of the trace costs few instructions more than these
  at->kind = (uint8_t)kind;
  at->size_log2 = (uint8_t)(size < 7 ? size : 7);
  at->gap = *gap < UINT16_MAX ? (uint16_t)*gap : UINT16_MAX;
  *gap = 0;
  return at + 1;
}

typedef struct tw_decoder tw_decoder;
struct tw_decoder {
  /// Up to TW_FOREIGN_MAX more accesses, none at the end. 0; -1 and `error`, which names the place: the accesses are
  /// those before the damage.
  int (*next)(tw_decoder *decoder, tw_foreign_access *accesses, size_t *count, tw_error *error);
  void (*destroy)(tw_decoder *decoder);
  tw_measured *measured; ///< the decoder's; NULL: the format tells nothing of this kind
  bool may_be_empty;     ///< a file without an access is none that is wrong
};

/// They read `input`, which stays the caller's. NULL: out of memory.
tw_decoder *tw_champsim_create(tw_input *input, bool cloudsuite);
tw_decoder *tw_dynamorio_create(tw_input *input);
tw_decoder *tw_lackey_create(tw_input *input);
tw_decoder *tw_perf_create(tw_input *input);
tw_decoder *tw_spe_create(tw_input *input);
tw_decoder *tw_gem5_create(tw_input *input);

/// An instruction fetch counts as an access when it enters another 64 bytes than the one before, as a core fetches.
enum { TW_FETCH_LOG2 = 6 };

#endif
