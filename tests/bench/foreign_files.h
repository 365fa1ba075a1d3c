// Files of other tools to measure imports with: the same made-up program each time, in the tool's own format and
// compression, and the bare reading of such a file.
#ifndef BENCH_FOREIGN_FILES_H
#define BENCH_FOREIGN_FILES_H

#include <stdint.h>
#include <traces/foreign.h>

typedef enum packing { PACK_NONE, PACK_GZIP, PACK_XZ, PACK_ZIP } packing;

typedef struct foreign_file {
  const char *name;         ///< of the file, without its folder
  tw_foreign_format format; ///< ChampSim's or DynamoRIO's
  packing packing;
  uint64_t instructions;
} foreign_file;

/// Make FOLDER/NAME unless it exists; its path goes to `path`. 0; -1 and `error`.
int foreign_file_make(const foreign_file *file, const char *folder, char path[1024], tw_error *error);
/// Read the file through its bare decompressor (zlib, liblzma, libzip, or the file itself) and drop what comes out. How
/// many bytes that was; 0: it can't be read.
uint64_t foreign_file_read(const foreign_file *file, const char *path);

#endif
