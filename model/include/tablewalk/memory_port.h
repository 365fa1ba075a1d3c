// The port through which an MMU reaches memory. The caller provides it; tw_memory (memory.h) is one that can be used.
//
// The MMU calls `access` once for each memory access, in the order of their cycles. The answer says when the data
// arrives; the value is the memory's at the cycle of the request. Several accesses may be under way, told by tag.
#ifndef TABLEWALK_MEMORY_PORT_H
#define TABLEWALK_MEMORY_PORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tw_mem_kind {
  TW_MEM_READ = 0,        ///< a descriptor is read
  TW_MEM_COMPARE_SWAP = 1 ///< a descriptor is replaced if it still is `expected`
} tw_mem_kind;

/// Why the memory could not answer.
typedef enum tw_mem_error {
  TW_MEM_OK = 0,
  TW_MEM_ABORT = 1,     ///< nothing answers there: external abort
  TW_MEM_NO_ATOMICS = 2 ///< no compare-and-swap there: unsupported atomic hardware update fault
} tw_mem_error;

typedef struct tw_mem_request {
  uint64_t pa;       ///< physical address, aligned to the size
  uint64_t cycle;    ///< cycle of the request
  uint64_t expected; ///< compare-and-swap only
  uint64_t desired;  ///< compare-and-swap only
  uint8_t kind;      ///< tw_mem_kind
  uint8_t size_log2; ///< bytes, as a power of two: 3 (64-bit descriptors) or 2 (32-bit ones)
  uint8_t tag;       ///< number of the walk: each has one access out at most
  uint8_t level;     ///< of the table, plus 1 (level -1 is 0)
  uint8_t stage2;    ///< 1: a stage 2 table
  uint8_t line;      ///< 1: a read of 8 bytes whose `line` is wanted too
} tw_mem_request;

typedef struct tw_mem_response {
  uint64_t data;    ///< the bytes as a little-endian number; for a compare-and-swap what stood there before
  uint32_t delay;   ///< cycles from the request to the data: 1 to 1023
  uint8_t error;    ///< tw_mem_error
  uint64_t line[4]; ///< of the aligned 32 bytes that hold `data`, when asked for: lowest address first
} tw_mem_response;

/// A memory, as an MMU sees it. `access` must answer; `context` is handed to it unread.
typedef struct tw_memory_port {
  void (*access)(void *context, const tw_mem_request *request, tw_mem_response *response);
  /// A request was translated to `pa`: its data access goes there now. Called at the response, in their order; NULL:
  /// nobody asks.
  void (*translated)(void *context, uint64_t pa);
  /// `pa` is likely to be accessed soon: the host may fetch what it needs for the answer. Changes no answer and no
  /// delay; NULL: not wanted.
  void (*expect)(void *context, uint64_t pa);
  /// The first cycle, from `cycle` on, in which a request is taken, all earlier ones having been made; NULL: every
  /// cycle. In a cycle in which memory takes none the walk engine stands still.
  uint64_t (*open_at)(void *context, uint64_t cycle);
  void *context;
} tw_memory_port;

#ifdef __cplusplus
}
#endif
#endif
