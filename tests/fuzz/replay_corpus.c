// A fuzz target without a fuzzer: each file of a folder once.
//   fuzz_container FOLDER
// Fails when the folder has no input that is read to its end, or none that is damaged: then it tests nothing.
#define _POSIX_C_SOURCE 200809L
#include "fuzz_read.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void replay_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  enum { MOST = 1 << 20 };
  uint8_t *data = malloc(MOST);
  if (!data)
    exit(2);
  size_t bytes = fread(data, 1, MOST, file);
  fclose(file);
  LLVMFuzzerTestOneInput(data, bytes);
  free(data);
}

int main(int argc, char **argv) {
  DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
  if (!folder) {
    fprintf(stderr, "%s: expected a folder of inputs\n", argv[0]);
    return 2;
  }
  unsigned files = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    char path[4096];
    if (entry->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
    replay_file(path);
    files++;
  }
  closedir(folder);
  printf("%u inputs: %" PRIu64 " captures read to their end, %" PRIu64 " damaged, %" PRIu64 " accesses\n", files,
         fuzz_counted.whole, fuzz_counted.damaged, fuzz_counted.accesses);
  unsigned failed = !fuzz_counted.whole || !fuzz_counted.damaged || !fuzz_counted.accesses;
  printf("%u passed, %u failed\n", files, failed);
  return failed != 0;
}
