// In which order a buffer is accessed.
#ifndef TRACES_SRC_PATTERN_H
#define TRACES_SRC_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Choices of a pattern, in this order.
#define TW_PATTERNS "seq|page|rand|seqw|chase|zipf|matrix"
typedef enum tw_pattern_kind {
  TW_PATTERN_SEQ = 0, ///< every `stride` bytes
  TW_PATTERN_PAGE,    ///< one a page, the next line at each turn
  TW_PATTERN_RAND,    ///< any 8 bytes, by xorshift64
  TW_PATTERN_SEQW,    ///< as seq, writes
  TW_PATTERN_CHASE,   ///< round a random cycle of nodes
  TW_PATTERN_ZIPF,    ///< pages by Zipf's law, any line in them
  TW_PATTERN_MATRIX,  ///< a square matrix of 8-byte elements that lies by rows, read by columns
} tw_pattern_kind;

/// "seq" ... of a kind.
const char *tw_pattern_name(tw_pattern_kind kind);

typedef struct tw_pattern_config {
  tw_pattern_kind kind;
  uint64_t bytes;      ///< of the buffer, at least a page
  unsigned page_log2;  //
  uint64_t stride;     ///< of seq and seqw
  uint64_t nodes_most; ///< of chase: one in 256 bytes, at most as many
  double exponent;     ///< of zipf
  uint64_t seed;       ///< not 0
} tw_pattern_config;

typedef struct tw_pattern {
  tw_pattern_config config;
  uint64_t at;    ///< next offset; of a chase the node
  uint64_t line;  ///< of page: this turn's
  uint64_t state; ///< of the generator
  uint32_t *next; ///< of a chase
  uint64_t nodes, node_bytes;
  uint64_t side;                     ///< of a matrix: its elements in a row
  uint64_t pages;                    ///< of zipf
  double zeta, alpha, eta, half_pow; //
} tw_pattern;

/// 0; -1: out of memory.
int tw_pattern_start(tw_pattern *pattern, const tw_pattern_config *config);
void tw_pattern_stop(tw_pattern *pattern);
/// The next `count` offsets in the buffer.
void tw_pattern_offsets(tw_pattern *pattern, uint64_t *offsets, size_t count);

#endif
