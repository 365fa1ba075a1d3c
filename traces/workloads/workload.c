// The workloads there are, and how their parameters are read.
#include "workload.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const tw_workload_kind *const kinds[] = {
    &tw_workload_pattern, &tw_workload_capture, &tw_workload_dentry, &tw_workload_netbuf, &tw_workload_redis,
    &tw_workload_stacks,  &tw_workload_modules, &tw_workload_bpf,    &tw_workload_numa,   &tw_workload_pagecache,
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const tw_workload_parameter common[] = {
    {.name = "machine", .usual = "arm64", .meaning = "whose kernel it is", .choices = "arm64|arm"},
    {.name = "linux", .usual = "6.12", .meaning = "its version: what lies where, and which mappings it makes"},
    {.name = "page", .usual = "4k", .meaning = "its page size", .choices = "4k|16k|64k"},
    {.name = "va_bits", .usual = "0", .meaning = "of a kernel address; 0: as Debian has them", .least = 0, .most = 57},
    {.name = "ram", .usual = "4g", .meaning = "physical memory", .least = 64 << 20, .most = UINT64_C(1) << 38},
    {.name = "rodata", .usual = "full", .meaning = "of its command line: full maps by pages", .choices = "full|on|off"},
    {.name = "kfence", .usual = "none", .meaning = "set up at boot, or maybe later", .choices = "none|boot|later"},
    {.name = "bbm", .usual = "0", .meaning = "FEAT_BBM level of the core", .least = 0, .most = 2},
    {.name = "tlbi_range", .usual = "off", .meaning = "FEAT_TLBIRANGE: flushes by ranges", .choices = "off|on"},
    {.name = "cpus", .usual = "1", .meaning = "how much vmalloc frees lazily", .least = 1, .most = 512},
    {.name = "fragmented", .usual = "0", .meaning = "per cent of RAM taken by lone pages", .least = 0, .most = 90},
    {.name = "seed", .usual = "1", .meaning = "of everything that is random", .least = 0, .most = UINT32_MAX},
};
enum { COMMON = sizeof common / sizeof *common };

// ---- what there is ----

const tw_workload_about *tw_workload_at(size_t number) { return number < KINDS ? &kinds[number]->about : NULL; }

const tw_workload_kind *tw_workload_kind_named(const char *name, size_t bytes) {
  for (size_t i = 0; i < KINDS; i++)
    if (strlen(kinds[i]->about.name) == bytes && memcmp(kinds[i]->about.name, name, bytes) == 0)
      return kinds[i];
  return NULL;
}

const tw_workload_about *tw_workload_named(const char *name) {
  const tw_workload_kind *kind = tw_workload_kind_named(name, strlen(name));
  return kind ? &kind->about : NULL;
}

const tw_workload_parameter *tw_workload_common(size_t *count) {
  *count = COMMON;
  return common;
}

static const tw_workload_parameter *parameter_named(const tw_workload_about *about, const char *name, size_t bytes) {
  for (size_t i = 0; i < about->parameter_count + COMMON; i++) {
    const tw_workload_parameter *p =
        i < about->parameter_count ? &about->parameters[i] : &common[i - about->parameter_count];
    if (strlen(p->name) == bytes && memcmp(p->name, name, bytes) == 0)
      return p;
  }
  return NULL;
}

/// Where "name=" stands in the defaults: its value, up to a comma.
void tw_workload_usual(const tw_workload_about *about, const tw_workload_parameter *parameter, char text[64]) {
  size_t length = strlen(parameter->name);
  snprintf(text, 64, "%s", parameter->usual);
  for (const char *at = about->defaults; at && *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
    if (strncmp(at, parameter->name, length) == 0 && at[length] == '=')
      snprintf(text, 64, "%.*s", (int)strcspn(at + length + 1, ","), at + length + 1);
}

// ---- values ----

int tw_refuse(const tw_workload *w, tw_error *error, const char *parameter, const char *format, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return tw_fail(error, "gen:%s: %s is %s", w->name, parameter, text);
}

/// "64m"; false: no number, or one of more than 64 bits.
static bool number_of(const char *text, uint64_t *number) {
  static const char units[] = "kmgt";
  char *end;
  errno = 0;
  *number = strtoull(text, &end, 0);
  if (errno || !isdigit((unsigned char)*text))
    return false;
  const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
  if (!*end)
    return true;
  unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
  if (!unit || end[1] || *number << shift >> shift != *number)
    return false;
  *number <<= shift;
  return true;
}

void tw_workload_number_text(uint64_t number, char text[24]) {
  static const char units[] = "kmgt";
  unsigned unit = 0;
  while (unit < 4 && number >= 1024 && number % 1024 == 0) {
    number /= 1024;
    unit++;
  }
  if (unit)
    snprintf(text, 24, "%" PRIu64 "%c", number, units[unit - 1]);
  else
    snprintf(text, 24, "%" PRIu64, number);
}

static bool choice_of(const char *choices, const char *text, uint64_t *number) {
  size_t length = strlen(text);
  *number = 0;
  for (const char *at = choices; *at; ++*number) {
    size_t bytes = strcspn(at, "|");
    if (bytes == length && memcmp(at, text, bytes) == 0)
      return true;
    at += bytes + (at[bytes] == '|');
  }
  return false;
}

static int take_value(const tw_workload *w, tw_given *given, tw_error *error) {
  const tw_workload_parameter *p = given->parameter;
  if (p->choices) {
    if (choice_of(p->choices, given->text, &given->number))
      return 0;
    return tw_refuse(w, error, p->name, "%s, expected one of %s", given->text, p->choices);
  }
  if (!p->least && !p->most)
    return 0;
  if (number_of(given->text, &given->number) && given->number >= p->least && given->number <= p->most)
    return 0;
  char least[24], most[24];
  tw_workload_number_text(p->least, least);
  tw_workload_number_text(p->most, most);
  return tw_refuse(w, error, p->name, "%s, expected a number from %s to %s", given->text, least, most);
}

static tw_given *given_of(tw_workload *w, const tw_workload_parameter *parameter) {
  for (size_t i = 0; i < w->given_count; i++)
    if (w->given[i].parameter == parameter)
      return &w->given[i];
  return NULL;
}

/// One "key=value" of `bytes` characters.
static int take_pair(const tw_workload_kind *kind, tw_workload *w, const char *pair, size_t bytes, tw_error *error) {
  const char *equals = memchr(pair, '=', bytes);
  size_t key = equals ? (size_t)(equals - pair) : bytes;
  const tw_workload_parameter *parameter = parameter_named(&kind->about, pair, key);
  if (!equals)
    return tw_fail(error, "gen:%s: found \"%.*s\", expected parameter=value", w->name, (int)bytes, pair);
  if (!parameter)
    return tw_fail(error, "gen:%s: %.*s is no parameter of it (see `tablewalk gen %s`)", w->name, (int)key, pair,
                   w->name);
  tw_given *given = given_of(w, parameter);
  size_t value = bytes - key - 1;
  if (value >= sizeof given->text)
    return tw_refuse(w, error, parameter->name, "%zu characters long, expected at most %zu", value,
                     sizeof given->text - 1);
  snprintf(given->text, sizeof given->text, "%.*s", (int)value, equals + 1);
  return take_value(w, given, error);
}

static int take_pairs(const tw_workload_kind *kind, tw_workload *w, const char *text, tw_error *error) {
  while (text && *text) {
    size_t bytes = strcspn(text, ",");
    if (take_pair(kind, w, text, bytes, error) < 0)
      return -1;
    text += bytes + (text[bytes] == ',');
  }
  return 0;
}

int tw_parameters_read(const tw_workload_kind *kind, const char *text, tw_workload *w, tw_error *error) {
  const tw_workload_about *about = &kind->about;
  w->name = about->name;
  w->given_count = about->parameter_count + COMMON;
  for (size_t i = 0; i < w->given_count; i++) {
    w->given[i].parameter = i < about->parameter_count ? &about->parameters[i] : &common[i - about->parameter_count];
    tw_workload_usual(about, w->given[i].parameter, w->given[i].text);
    if (take_value(w, &w->given[i], error) < 0)
      return -1;
  }
  return take_pairs(kind, w, text, error);
}

static const tw_given *given_named(const tw_workload *w, const char *name) {
  for (size_t i = 0; i < w->given_count; i++)
    if (strcmp(w->given[i].parameter->name, name) == 0)
      return &w->given[i];
  return NULL;
}

uint64_t tw_number(const tw_workload *w, const char *parameter) {
  const tw_given *given = given_named(w, parameter);
  return given ? given->number : 0;
}

const char *tw_text(const tw_workload *w, const char *parameter) {
  const tw_given *given = given_named(w, parameter);
  return given ? given->text : "";
}

// ---- the kernel of the common ones ----

static unsigned usual_va_bits(tw_linux_layout_machine machine, unsigned page_log2) {
  if (machine == TW_LINUX_ARM)
    return 32;
  return page_log2 == 14 ? 47 : 48;
}

int tw_parameters_kernel(const tw_workload *w, tw_kernel_config *config, tw_error *error) {
  tw_linux_layout_machine machine = tw_number(w, "machine") ? TW_LINUX_ARM : TW_LINUX_ARM64;
  char end;
  *config = tw_kernel_config_usual(machine);
  tw_linux_layout_config *layout = &config->layout;
  if (sscanf(tw_text(w, "linux"), "%3u.%3u%c", &layout->linux_major, &layout->linux_minor, &end) != 2)
    return tw_refuse(w, error, "linux", "%s, expected a version like 6.12", tw_text(w, "linux"));
  layout->page_log2 = 12 + 2 * (unsigned)tw_number(w, "page");
  uint64_t bits = tw_number(w, "va_bits");
  layout->va_bits = bits ? (unsigned)bits : usual_va_bits(machine, layout->page_log2);
  layout->ram_bytes = tw_number(w, "ram");
  if (layout->va_bits >= 42) // all of RAM can be a process's, and be aligned
    layout->mmap_bytes = layout->ram_bytes + (UINT64_C(4) << 30);
  config->rodata = (tw_rodata)tw_number(w, "rodata");
  config->kfence = tw_number(w, "kfence") == 1;
  config->kfence_later = tw_number(w, "kfence") == 2;
  config->bbm = (unsigned)tw_number(w, "bbm");
  config->tlbi_range = tw_number(w, "tlbi_range");
  config->cpus = (unsigned)tw_number(w, "cpus");
  config->fragmented = (double)tw_number(w, "fragmented") / 100;
  config->seed = tw_number(w, "seed");
  return 0;
}
