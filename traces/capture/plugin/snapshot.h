// Snapshots: a page of registers, then the live tables. Layout: traces/README.md.
#ifndef CAPTURE_SNAPSHOT_H
#define CAPTURE_SNAPSHOT_H

#include "live.h"

enum { SNAPSHOT_PAGE = 4096, SNAPSHOT_FIRST = 16 };

/// Write FOLDER/snapNUMBER.bin: `page` with the translation registers replaced by `registers`. False: it failed.
bool snapshot_write(const char *folder, unsigned number, const uint8_t page[SNAPSHOT_PAGE],
                    const guest_registers *registers, bool aarch64, const live *tables);

#endif
