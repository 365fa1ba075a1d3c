// A zip archive as a stream, by libzip.
#include "archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct tw_archive {
  const char *path; ///< the caller's
  zip_t *zip;
  zip_file_t *member; ///< NULL: the next one is to be opened
  zip_uint64_t next;
};

bool tw_archive_is(const uint8_t *data, size_t bytes) { return bytes >= 4 && memcmp(data, "PK\3\4", 4) == 0; }

tw_archive *tw_archive_open(const char *path, tw_error *error) {
  tw_archive *a = calloc(1, sizeof *a);
  int why;
  if (!a) {
    tw_fail(error, "%s: out of memory", path);
    return NULL;
  }
  a->path = path;
  a->zip = zip_open(path, ZIP_RDONLY, &why);
  if (!a->zip) {
    zip_error_t words;
    zip_error_init_with_code(&words, why);
    tw_fail(error, "%s: found damaged data (%s), expected a zip archive", path, zip_error_strerror(&words));
    zip_error_fini(&words);
    free(a);
    return NULL;
  }
  return a;
}

void tw_archive_close(tw_archive *a) {
  if (!a)
    return;
  if (a->member)
    zip_fclose(a->member);
  zip_discard(a->zip);
  free(a);
}

static int open_member(tw_archive *a, tw_error *error) {
  a->member = zip_fopen_index(a->zip, a->next, 0);
  if (!a->member)
    return tw_fail(error, "%s: member %" PRIu64 ": found damaged data (%s), expected a member that can be read",
                   a->path, (uint64_t)a->next, zip_strerror(a->zip));
  return 0;
}

int64_t tw_archive_read(tw_archive *a, void *data, size_t bytes, tw_error *error) {
  size_t done = 0;
  while (done < bytes && (a->member || a->next < (zip_uint64_t)zip_get_num_entries(a->zip, 0))) {
    if (!a->member && open_member(a, error) < 0)
      return -1;
    zip_int64_t got = zip_fread(a->member, (uint8_t *)data + done, bytes - done);
    if (got < 0)
      return tw_fail(error, "%s: member %" PRIu64 ": found damaged data (%s), expected a whole member", a->path,
                     (uint64_t)a->next, zip_file_strerror(a->member));
    done += (size_t)got;
    if (got == 0) {
      zip_fclose(a->member);
      a->member = NULL;
      a->next++;
    }
  }
  return (int64_t)done;
}
