// tablewalk import: any traces into one container. The import itself has no callback: a thread shows that time passes.
#define _POSIX_C_SOURCE 200809L
#include "cmd.h"
#include "output.h"
#include "progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <traces/trace.h>

static const tw_command command = {
    .name = "import",
    .arguments = "INPUT... -o OUT",
    .about =
        "Converts traces of any known format to one container, a section each; AArch32 captures are stored too. A raw\n"
        "capture finds its snapshots and its console log beside it. OUT appears when it is complete, or not at all.\n",
    .examples = "  tablewalk import k61-4k-on/lin_pages_4m.h1t.zst -o lin.twt\n"
                "  tablewalk import k61-4k-on/*.h1t.zst -o k61-4k-on.twt\n",
    .options = 1U << TW_OPTION_OUTPUT | 1U << TW_OPTION_JSON | 1U << TW_OPTION_QUIET,
    .least = 1,
    .most = (size_t)-1,
};

typedef struct ticker {
  tw_progress *progress;
  const char *label;
  atomic_bool done;
  bool running;
  pthread_t thread;
} ticker;

static void *tick(void *context) {
  ticker *ticker = context;
  while (!atomic_load(&ticker->done)) {
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    tw_progress_show(ticker->progress, ticker->label, 0, 0, 0);
  }
  return NULL;
}

static void start(ticker *ticker) {
  ticker->running = ticker->progress->on && pthread_create(&ticker->thread, NULL, tick, ticker) == 0;
}

static void stop(ticker *ticker) {
  atomic_store(&ticker->done, true);
  if (ticker->running)
    pthread_join(ticker->thread, NULL);
  tw_progress_end(ticker->progress);
}

static int report(const tw_arguments *arguments, const tw_import_result *r, tw_error *error) {
  const char *output = arguments->value[TW_OPTION_OUTPUT];
  bool json = arguments->given[TW_OPTION_JSON];
  if (!arguments->given[TW_OPTION_QUIET] && (!json || arguments->value[TW_OPTION_JSON]))
    printf("%s: %zu %s, %" PRIu64 " sections, %" PRIu64 " accesses, %" PRIu64 " events, %" PRIu64
           " bytes (%.3f an access)\n",
           output, arguments->count, arguments->count == 1 ? "trace" : "traces", r->sections, r->accesses, r->events,
           r->bytes, r->accesses ? (double)r->bytes / (double)r->accesses : 0.0);
  if (!json)
    return tw_output_flush(error);
  json_t *value = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "command", "import", "output", output, "inputs",
                            (json_int_t)arguments->count, "sections", (json_int_t)r->sections, "accesses",
                            (json_int_t)r->accesses, "events", (json_int_t)r->events, "bytes", (json_int_t)r->bytes);
  return tw_output_json(arguments->value[TW_OPTION_JSON], value, error);
}

int tw_cmd_import(int argc, char **argv) {
  tw_arguments arguments;
  tw_progress progress;
  tw_import_result result;
  tw_error error;
  int status;
  if (!tw_arguments_read(&arguments, &command, argc, argv, &status))
    return status;
  const char *output = arguments.value[TW_OPTION_OUTPUT];
  if (!output)
    return tw_complain("import: no output, expected -o OUT (see `tablewalk import --help`)");
  tw_progress_start(&progress, arguments.given[TW_OPTION_QUIET]);
  ticker ticker = {.progress = &progress, .label = output};
  start(&ticker);
  status = tw_trace_import((const char *const *)arguments.argument, arguments.count, output, &result, &error);
  stop(&ticker);
  if (status < 0 || report(&arguments, &result, &error) < 0)
    return tw_complain(error.text);
  return TW_EXIT_AGREED;
}
