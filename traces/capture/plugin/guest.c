// Where QEMU put the guest's memory: the mapping of the file that backs it, found in this process's own list of
// mappings.
#include "guest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool guest_ram_find(guest_ram *ram, const char *path, uint64_t base) {
  FILE *maps = fopen("/proc/self/maps", "r");
  if (!maps)
    return false;
  char line[4352];
  uint64_t first, end;
  bool found = false;
  while (!found && fgets(line, sizeof line, maps)) {
    line[strcspn(line, "\n")] = '\0';
    const char *name = strchr(line, '/');
    found = name && strcmp(name, path) == 0 && sscanf(line, "%" SCNx64 "-%" SCNx64, &first, &end) == 2;
  }
  fclose(maps);
  if (found) {
    const uint8_t *host = (const uint8_t *)(uintptr_t)first; // NOLINT(performance-no-int-to-ptr): read as text
    *ram = (guest_ram){.host = host, .base = base, .bytes = end - first};
  }
  return found;
}
