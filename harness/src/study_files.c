// Where the study finds its captures and where it leaves its files. A file appears whole or not at all: it is written
// under another name and renamed.
#define _POSIX_C_SOURCE 200809L
#include "study.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// -- captures --

static bool is_folder(const char *path) {
  struct stat status;
  return path && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *tw_study_captures_folder(void) {
  const char *chosen = getenv("TABLEWALK_CAPTURES");
  if (chosen && *chosen)
    return chosen;
#ifdef TW_CAPTURES_DIR
  if (is_folder(TW_CAPTURES_DIR))
    return TW_CAPTURES_DIR;
#endif
#ifdef TW_CAPTURES_INSTALLED_DIR
  if (is_folder(TW_CAPTURES_INSTALLED_DIR))
    return TW_CAPTURES_INSTALLED_DIR;
#endif
  return is_folder("traces/captures") ? "traces/captures" : NULL;
}

// -- results --

static int write_one(const tw_study *study, const char *path, tw_study_writer write, tw_error *error) {
  char part[1200];
  snprintf(part, sizeof part, "%s.part", path);
  FILE *out = fopen(part, "w");
  if (!out)
    return tw_fail(error, "%s: %s", part, strerror(errno));
  errno = 0;
  bool failed = write(study, out) != 0;
  failed = fflush(out) != 0 || failed;
  int reason = errno;
  failed = fclose(out) != 0 || failed;
  if (!failed && rename(part, path) == 0)
    return 0;
  reason = reason ? reason : errno;
  unlink(part);
  return tw_fail(error, "%s: %s", path, reason ? strerror(reason) : "cannot be written");
}

int tw_study_write_files(const tw_study *study, const char *folder, tw_error *error) {
  static const struct {
    const char *name;
    tw_study_writer write;
  } files[] = {{"study.json", tw_study_write_json}, {"study.csv", tw_study_write_csv}, {"study.svg", tw_study_write_svg}};
  if (mkdir(folder, 0777) != 0 && errno != EEXIST)
    return tw_fail(error, "%s: %s", folder, strerror(errno));
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    char path[1100];
    snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
    if (write_one(study, path, files[i].write, error))
      return -1;
  }
  return 0;
}
