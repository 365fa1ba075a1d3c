// The user half: phases in a process of its own, and any command as a phase.
//
//   user heap BYTES              patterns over memory from malloc
//   user run KIND COMMAND...     a phase of what the command does, kernel included
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marker.h"

enum { LINE = 64, PAGE = 4096, ACCESSES = 32768, LINES_MAX = 262144, WRITES_MAX = 16384 };

typedef struct buffer {
  char kind[32];
  char *at;
  size_t bytes; // a power of two
} buffer;

static uint64_t xorshift64(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void begin(const buffer *b, const char *pattern) {
  char name[64];
  snprintf(name, sizeof name, "%s %s", b->kind, pattern);
  capture_begin(name, b->at, b->bytes);
}

static void read_steps(const buffer *b, size_t step, size_t count) {
  for (size_t offset = 0; count--; offset = (offset + step) & (b->bytes - 1))
    (void)*(volatile long *)(b->at + offset);
}

static void read_random(const buffer *b) {
  uint64_t state = 0x9e3779b97f4a7c15;
  for (int n = 0; n < ACCESSES; n++)
    (void)*(volatile long *)(b->at + (xorshift64(&state) & (b->bytes - 1) & ~7UL));
}

// A random cycle through a node a page (a line, where there are few pages).
static void make_cycle(const buffer *b) {
  size_t count = least(b->bytes / LINE, 65536), stride = b->bytes / count;
  uint32_t *order = malloc(count * sizeof *order);
  uint64_t state = 0x2545f4914f6cdd1d;
  if (!order)
    exit(1);
  for (size_t i = 0; i < count; i++)
    order[i] = (uint32_t)i;
  for (size_t i = count - 1; i > 0; i--) {
    size_t other = (uint32_t)xorshift64(&state) % i;
    uint32_t kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (size_t i = 0; i < count; i++)
    *(char **)(b->at + order[i] * stride) = b->at + order[(i + 1) % count] * stride;
  free(order);
}

static void chase(const buffer *b) {
  char *volatile *at = (char *volatile *)b->at;
  for (int n = 0; n < ACCESSES; n++)
    at = (char *volatile *)*at;
}

static int heap(size_t bytes) {
  buffer b = {.at = malloc(bytes), .bytes = bytes};
  snprintf(b.kind, sizeof b.kind, "user_heap_%zu%c", bytes >> (bytes >> 20 ? 20 : 10), bytes >> 20 ? 'm' : 'k');
  if (!b.at)
    return 1;
  memset(b.at, 1, bytes); // mapped before it is measured
  begin(&b, "seq");
  read_steps(&b, LINE, least(2 * bytes / LINE, LINES_MAX));
  capture_end();
  begin(&b, "page");
  read_steps(&b, PAGE, least(4 * bytes / PAGE, ACCESSES));
  capture_end();
  begin(&b, "rand");
  read_random(&b);
  capture_end();
  begin(&b, "seqw");
  for (size_t n = 0; n < least(bytes / LINE, WRITES_MAX); n++)
    *(volatile long *)(b.at + n * LINE) = (long)n;
  capture_end();
  make_cycle(&b);
  begin(&b, "chase");
  chase(&b);
  capture_end();
  capture_close();
  return 0;
}

static int run(const char *kind, char **command) {
  char name[64];
  snprintf(name, sizeof name, "%s run", kind);
  capture_begin(name, NULL, 0);
  pid_t child = fork();
  if (child == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  int status = 1;
  waitpid(child, &status, 0);
  capture_end();
  capture_close();
  return status != 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "heap") == 0)
    return heap(strtoul(argv[2], NULL, 0));
  if (argc > 3 && strcmp(argv[1], "run") == 0)
    return run(argv[2], argv + 3);
  fprintf(stderr, "user: expected `heap BYTES` or `run KIND COMMAND...`\n");
  return 2;
}
