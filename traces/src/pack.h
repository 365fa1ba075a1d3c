// Numbers of 0 to 32 bits, packed so that unpacking is a few vector instructions and no bit is wasted.
//
// First the whole bytes as planes, the lowest first: byte 0 of each number, byte 1 of each. Then what is left of the
// width in planes of 4, 2 and 1 bits, the larger first: of n numbers such a plane has s = ceil(n * bits / 8) bytes, and
// number i stands in byte i mod s, shifted left by i / s times the plane's bits.
#ifndef TRACES_SRC_PACK_H
#define TRACES_SRC_PACK_H

#include <stddef.h>
#include <stdint.h>

/// Bytes that `count` numbers of `bits` bits take.
size_t tw_packed_bytes(unsigned bits, size_t count);
/// Bits of a number above `bits` are not stored. `out` has tw_packed_bytes.
void tw_pack(const uint32_t *numbers, size_t count, unsigned bits, uint8_t *out);

typedef struct tw_packed {
  const uint8_t *data; ///< tw_packed_bytes of it
  size_t count;
  unsigned bits;
} tw_packed;
/// The numbers `from` to `from` + `count` - 1.
void tw_unpack(const tw_packed *packed, size_t from, size_t count, uint32_t *numbers);

#endif
