// The random lockstep as a program:
//   random_lockstep [--variant NAME] [--seed N] [--cycles M] [--scenario CYCLES] [--kinds SET] [--fault N] [--fst FILE]
//                   [--complete]
// Scenarios from seed N on, until M cycles are compared. A difference prints the seed that shows it alone:
//   random_lockstep --seed N --cycles 1
// --kinds: a set of tw_random_kind (random_world.h) to draw contexts from.
// --complete: fails too when there is a category of which nothing was compared.
#include <inttypes.h>
#include <random_lockstep.h>
#include <stdlib.h>
#include <string.h>

typedef struct tw_arguments {
  tw_random_options options;
  uint64_t seed, cycles, scenario;
  bool complete;
} tw_arguments;

/// One argument; gives how many words it took, 0: unknown.
static int take(tw_arguments *a, const char *word, const char *value) {
  if (!strcmp(word, "--complete")) {
    a->complete = true;
    return 1;
  }
  if (!value)
    return 0;
  if (!strcmp(word, "--variant"))
    a->options.variant = value;
  else if (!strcmp(word, "--seed"))
    a->seed = strtoull(value, NULL, 0);
  else if (!strcmp(word, "--cycles"))
    a->cycles = strtoull(value, NULL, 0);
  else if (!strcmp(word, "--scenario"))
    a->scenario = strtoull(value, NULL, 0);
  else if (!strcmp(word, "--kinds"))
    a->options.kinds = (unsigned)strtoul(value, NULL, 0);
  else if (!strcmp(word, "--fault"))
    a->options.fault = (unsigned)strtoul(value, NULL, 0);
  else if (!strcmp(word, "--fst"))
    a->options.fst = value;
  else
    return 0;
  return 2;
}

static int parse(tw_arguments *a, int argc, char **argv) {
  for (int i = 1; i < argc;) {
    int taken = take(a, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
    if (!taken) {
      fprintf(stderr, "random_lockstep: what is %s?\n", argv[i]);
      return -1;
    }
    i += taken;
  }
  return 0;
}

/// Scenario after scenario. Gives how many failed: at the first one it ends.
static int run(const tw_arguments *a, tw_random_counts *counts) {
  for (uint64_t seed = a->seed; counts->compared.cycles < a->cycles; seed++) {
    tw_error error = {""};
    tw_difference difference;
    if (!tw_random_lockstep(&a->options, seed, a->scenario, counts, &difference, &error))
      continue;
    printf("seed %" PRIu64 " on %s: %s\n", seed, a->options.variant, error.text);
    printf("again: random_lockstep --variant %s --seed %" PRIu64 " --scenario %" PRIu64 " --cycles 1\n",
           a->options.variant, seed, a->scenario);
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  tw_arguments a = {
      .options = {.variant = "tiny", .report = stderr}, .seed = 1, .cycles = 1000000, .scenario = TW_RANDOM_SCENARIO};
  if (parse(&a, argc, argv))
    return 2;
  printf("random lockstep: %s from seed %" PRIu64 "\n", a.options.variant, a.seed);
  tw_random_counts counts = {0};
  int failed = run(&a, &counts);
  tw_random_print(&counts, stdout);
  char name[64];
  bool missing = a.complete && !failed && tw_random_missing(&counts, name);
  if (missing)
    printf("nothing compared: %s\n", name);
  failed += missing;
  printf("%" PRIu64 " scenarios passed, %d failed\n", counts.scenarios - (failed && !missing), failed);
  return failed != 0;
}
