// Where the study finds its captures and where it leaves its files.
#define _POSIX_C_SOURCE 200809L
#include "output.h"
#include "study.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

int tw_study_write_file(const tw_study *study, const char *path, tw_study_writer write, tw_error *error) {
  tw_output output;
  if (tw_output_open(&output, path, error))
    return -1;
  bool written = write(study, output.file) == 0;
  if (tw_output_close(&output, written, error))
    return -1;
  return written ? 0 : tw_fail(error, "%s: can't be written", path ? path : "standard output");
}

int tw_study_make_folder(const char *folder, tw_error *error) {
  if (mkdir(folder, 0777) == 0 || (errno == EEXIST && is_folder(folder)))
    return 0;
  return tw_fail(error, "%s: can't be made a folder: %s", folder, strerror(errno));
}

int tw_study_write_files(const tw_study *study, const char *folder, tw_error *error) {
  static const struct {
    const char *name;
    tw_study_writer write;
  } files[] = {
      {"study.json", tw_study_write_json}, {"study.csv", tw_study_write_csv}, {"study.svg", tw_study_write_svg}};
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    char path[1100];
    snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
    if (tw_study_write_file(study, path, files[i].write, error))
      return -1;
  }
  return 0;
}
