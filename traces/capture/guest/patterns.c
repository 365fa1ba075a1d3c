// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same accesses over every buffer, so that only the mapping differs: reads and writes of one word.
#include <linux/crc32.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "kit.h"
#include "marker.h"

enum { LINE = 64, CHASE_NODES = 65536 };

static unsigned long sink; /* what was read, so that it is read */

static u64 xorshift64(u64 *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static noinline void read_steps(const char *at, unsigned long bytes, unsigned long step, unsigned long count) {
  unsigned long offset = 0, sum = 0;

  while (count--) {
    sum += READ_ONCE(*(const unsigned long *)(at + offset));
    offset += step;
    if (offset >= bytes)
      offset = 0;
  }
  sink += sum;
}

static noinline void write_lines(char *at, unsigned long count) {
  unsigned long i;

  for (i = 0; i < count; i++)
    WRITE_ONCE(*(unsigned long *)(at + i * LINE), i);
}

static noinline void read_random(const char *at, unsigned long bytes, unsigned long count) {
  unsigned long mask = bytes - 1, sum = 0; /* sizes are powers of two */
  u64 state = 0x9e3779b97f4a7c15ULL;

  while (count--)
    sum += READ_ONCE(*(const unsigned long *)(at + (xorshift64(&state) & mask & ~7UL)));
  sink += sum;
}

/* A random cycle through all nodes (Sattolo's shuffle): each holds the address of the next. */
static bool make_cycle(char *at, unsigned long bytes, unsigned long *nodes) {
  unsigned long count = min(bytes / LINE, (unsigned long)CHASE_NODES), stride = bytes / count, i;
  u32 *order = vmalloc(count * sizeof(*order));
  u64 state = 0x2545f4914f6cdd1dULL;

  if (!order)
    return false;
  for (i = 0; i < count; i++)
    order[i] = i;
  for (i = count - 1; i > 0; i--) {
    unsigned long other = (u32)xorshift64(&state) % (u32)i;

    swap(order[i], order[other]);
  }
  for (i = 0; i < count; i++)
    *(char **)(at + order[i] * stride) = at + order[(i + 1) % count] * stride;
  vfree(order);
  *nodes = count;
  return true;
}

static noinline void chase(const char *at, unsigned long count) {
  while (count--)
    at = READ_ONCE(*(char *const *)at);
  sink += (unsigned long)at;
}

static void begin(const struct kit_buffer *buffer, const char *pattern) {
  char name[64];

  snprintf(name, sizeof(name), "%s %s", buffer->name, pattern);
  capture_begin(name, buffer->at, buffer->bytes);
}

void kit_patterns(const struct kit_buffer *buffer) {
  unsigned long lines = buffer->bytes / LINE, pages = buffer->bytes / PAGE_SIZE, nodes;

  begin(buffer, "seq");
  read_steps(buffer->at, buffer->bytes, LINE, min(2 * lines, 262144UL));
  capture_end();
  begin(buffer, "page");
  read_steps(buffer->at, buffer->bytes, PAGE_SIZE, clamp(4 * pages, 1024UL, 32768UL));
  capture_end();
  begin(buffer, "rand");
  read_random(buffer->at, buffer->bytes, 32768);
  capture_end();
  if (!buffer->read_only) {
    begin(buffer, "seqw");
    write_lines(buffer->at, min(lines, 16384UL));
    capture_end();
    if (make_cycle(buffer->at, buffer->bytes, &nodes)) {
      begin(buffer, "chase");
      chase(buffer->at, 32768);
      capture_end();
    }
  }
  capture_close();
}

// -- the kernel's own functions --

enum { COPY_BYTES = 256 << 10, CRC_BYTES = 64 << 10, CYCLES = 16 };

static void copy_and_sum(void) {
  char *from = kmalloc(COPY_BYTES, GFP_KERNEL | __GFP_ZERO), *to = vmalloc(COPY_BYTES);

  if (from && to && kit_wanted("memcpy")) {
    capture_begin("memcpy linear_vmalloc", to, COPY_BYTES);
    memcpy(to, from, COPY_BYTES);
    capture_end();
    capture_close();
  }
  if (from && to && kit_wanted("crc32")) {
    capture_begin("crc32 vmalloc", to, CRC_BYTES);
    sink += crc32_le(~0, to, CRC_BYTES);
    capture_end();
    capture_close();
  }
  kfree(from);
  vfree(to);
}

static void allocate_and_free(void) {
  unsigned int i;

  if (!kit_wanted("vmallocfree_cycle"))
    return;
  capture_begin("vmallocfree_cycle vmalloc", NULL, CRC_BYTES);
  for (i = 0; i < CYCLES; i++) {
    char *at = vmalloc(CRC_BYTES);

    if (!at)
      break;
    WRITE_ONCE(*at, 1);
    vfree(at);
  }
  capture_end();
  capture_close();
}

void kit_functions(void) {
  copy_and_sum();
  allocate_and_free();
}
