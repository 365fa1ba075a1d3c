// The property "a TLB hit answers as the walk would" as a program:
//   hit_as_walk [--model] [--variant NAME] [--seed N] [--requests M] [--scenario REQUESTS] [--kinds SET] [--complete]
//               [--forget] [--log]
// Scenarios from seed N on, until M requests are answered. --model: the C model alone is tested, else model and RTL in
// lockstep. --kinds: a set of tw_random_kind (random_world.h). --forget: software forgets one TLBI a scenario, and the
// property has to fail. --complete: fails too when there was nothing of some kind.
#include <inttypes.h>
#include <random_property.h>
#include <stdlib.h>
#include <string.h>

typedef struct tw_arguments {
  tw_property_options options;
  uint64_t seed, requests, scenario;
  bool complete;
} tw_arguments;

/// A word without a value; false: it is none.
static bool take_flag(tw_arguments *a, const char *word) {
  if (!strcmp(word, "--model"))
    a->options.kind = TW_ENGINE_MODEL;
  else if (!strcmp(word, "--forget"))
    a->options.forgets = true;
  else if (!strcmp(word, "--log"))
    a->options.log = stdout;
  else if (!strcmp(word, "--complete"))
    a->complete = true;
  else
    return false;
  return true;
}

static bool take_value(tw_arguments *a, const char *word, const char *value) {
  if (!strcmp(word, "--variant"))
    a->options.variant = value;
  else if (!strcmp(word, "--seed"))
    a->seed = strtoull(value, NULL, 0);
  else if (!strcmp(word, "--requests"))
    a->requests = strtoull(value, NULL, 0);
  else if (!strcmp(word, "--scenario"))
    a->scenario = strtoull(value, NULL, 0);
  else if (!strcmp(word, "--kinds"))
    a->options.kinds = (unsigned)strtoul(value, NULL, 0);
  else
    return false;
  return true;
}

static int parse(tw_arguments *a, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (take_flag(a, argv[i]))
      continue;
    if (i + 1 < argc && take_value(a, argv[i], argv[i + 1])) {
      i++;
      continue;
    }
    fprintf(stderr, "hit_as_walk: what is %s?\n", argv[i]);
    return -1;
  }
  return 0;
}

/// How many scenarios failed: at the first one it ends.
static int run(const tw_arguments *a, tw_property_counts *counts, bool *fails) {
  for (uint64_t seed = a->seed; counts->requests < a->requests; seed++) {
    tw_error error = {""};
    if (!tw_property_run(&a->options, seed, a->scenario, counts, fails, &error))
      continue;
    printf("seed %" PRIu64 " on %s: %s\n", seed, a->options.variant, error.text);
    printf("again: hit_as_walk%s --variant %s --seed %" PRIu64 " --scenario %" PRIu64 " --requests 1%s\n",
           a->options.kind == TW_ENGINE_MODEL ? " --model" : "", a->options.variant, seed, a->scenario,
           a->options.forgets ? " --forget" : "");
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  tw_arguments a = {.options = {.kind = TW_ENGINE_LOCKSTEP, .variant = "tiny"},
                    .seed = 1,
                    .requests = 200000,
                    .scenario = TW_PROPERTY_SCENARIO};
  if (parse(&a, argc, argv))
    return 2;
  tw_property_counts counts = {0};
  bool fails = false;
  int failed = run(&a, &counts, &fails);
  tw_property_print(&counts, stdout);
  if (a.options.forgets) {
    printf("a forgotten TLBI was %s\n", fails ? "seen, as it must" : "not seen");
    printf("%d passed, %d failed\n", fails, !fails);
    return !fails;
  }
  const char *missing = a.complete && !failed ? tw_property_missing(&counts) : NULL;
  if (missing)
    printf("nothing seen: %s\n", missing);
  failed += missing != NULL;
  printf("%" PRIu64 " scenarios passed, %d failed\n", counts.scenarios - (uint64_t)failed, failed);
  return failed != 0;
}
