#include "snapshot.h"

#include <string.h>

// Words of the page of registers.
enum { WORD_SEQ = 4, WORD_SCTLR, WORD_TCR, WORD_MAIR, WORD_TTBR0, WORD_TTBR1, WORD_CONTEXTIDR, WORD_DACR = 12 };

static void put_word(uint8_t *page, unsigned word, uint64_t value) { memcpy(page + 8UL * word, &value, sizeof value); }

bool snapshot_write(const char *folder, unsigned number, const uint8_t page[SNAPSHOT_PAGE],
                    const guest_registers *registers, bool aarch64, const live *tables) {
  char path[4096];
  uint8_t own[SNAPSHOT_PAGE];
  snprintf(path, sizeof path, "%s/snap%u.bin", folder, number);
  FILE *file = fopen(path, "wb");
  if (!file) {
    perror(path);
    return false;
  }
  memcpy(own, page, sizeof own);
  put_word(own, WORD_SEQ, number);
  put_word(own, WORD_SCTLR, registers->sctlr);
  put_word(own, WORD_TCR, registers->tcr);
  put_word(own, WORD_MAIR, registers->mair);
  put_word(own, WORD_TTBR0, registers->ttbr0);
  put_word(own, WORD_TTBR1, registers->ttbr1);
  put_word(own, WORD_CONTEXTIDR, registers->contextidr);
  if (!aarch64)
    put_word(own, WORD_DACR, registers->dacr);
  fwrite("H1PTSNAP", 8, 1, file);
  fwrite(own, sizeof own, 1, file);
  live_write(tables, file);
  bool written = !ferror(file);
  return (fclose(file) == 0) & written;
}
