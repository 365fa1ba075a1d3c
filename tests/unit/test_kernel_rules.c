// Whatever a kernel does, its writes and TLBIs keep the break-before-make rules of the machine that it runs on: a
// checker that keeps what TLBs may still hold, and shares nothing with the kernel, finds no violation. Without the
// TLBIs it does, and where their ranges end too soon.
#include "break_before_make.h"
#include "traces_case.h"

#include <criterion/criterion.h>
#include <traces/kernel.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { STEPS = 3000, HELD = 40 };

typedef enum hearing { GOOD, DEAF, SHORT } hearing; // of TLBIs: all, none, ranges that have lost a unit of their scale

typedef struct checker {
  tw_bbm *bbm;
  hearing hearing;
  size_t violations, tlbis, ranges;
  tw_bbm_violation first;
} checker;

/// CRm 2 of SYS: a range. NUM is in [43:39].
static bool is_range(const tw_event *event) { return (event->word & 0xffffff00U) == 0xd5088200U; }

static void hear_tlbi(checker *c, const tw_event *event) {
  tw_event heard = *event;
  c->tlbis++;
  c->ranges += is_range(event);
  if (c->hearing == SHORT && is_range(event) && heard.value >> 39 & 31)
    heard.value -= UINT64_C(1) << 39;
  if (c->hearing != DEAF)
    tw_bbm_tlbi(c->bbm, &heard);
}

static void hear(void *context, const tw_event *event) {
  checker *c = context;
  tw_bbm_violation violation;
  tw_error error;
  if (event->kind == TW_EVENT_TLBI) {
    hear_tlbi(c, event);
    return;
  }
  int found = tw_bbm_write(c->bbm, event->pa, event->value, &violation, &error);
  cr_assert_geq(found, 0, "%s", error.text);
  if (found && c->violations++ == 0)
    c->first = violation;
}

typedef struct thing {
  enum { AREA, MODULE, STACK, USER, PAGE, KINDS } kind;
  uint64_t va, bytes;
} thing;

static thing make(tw_kernel *kernel, uint64_t r) {
  static const unsigned user_log2[] = {12, 12, 16, 21};
  thing t = {.kind = (r >> 8) % KINDS, .bytes = (1 + (r >> 16) % 600) << 12};
  switch (t.kind) {
  case AREA:
    t.va = tw_kernel_vmalloc(kernel, t.bytes, (tw_vmalloc_kind)((r >> 32) % 3));
    break;
  case MODULE:
    t.va = tw_kernel_module(kernel, t.bytes, 8192);
    break;
  case STACK:
    t.va = tw_kernel_stack(kernel);
    break;
  case USER:
    t.va = tw_kernel_mmap(kernel, t.bytes, user_log2[r >> 32 & 3]);
    break;
  default:
    t.bytes = 4096;
    t.va = tw_kernel_alloc_pages(kernel, 0);
    tw_kernel_set_memory(kernel, t.va, t.bytes, false, false); // refused where blocks can not be split
  }
  return t;
}

static void unmake(tw_kernel *kernel, const thing *t) {
  if (t->kind == USER)
    tw_kernel_munmap(kernel, t->va);
  else if (t->kind == STACK)
    tw_kernel_stack_free(kernel, t->va);
  else if (t->kind != PAGE)
    tw_kernel_vfree(kernel, t->va);
  else {
    tw_kernel_set_memory(kernel, t->va, t->bytes, true, false);
    tw_kernel_free_pages(kernel, t->va, 0);
  }
}

static void use_high_memory(tw_kernel *kernel, uint64_t pages[600]) {
  for (size_t i = 0; i < 600; i++) {
    uint64_t va = tw_kernel_kmap(kernel, pages[i] ? pages[i] : (pages[i] = tw_kernel_high_page(kernel)));
    if (va)
      tw_kernel_kunmap(kernel, va);
  }
}

static checker run(const tw_kernel_config *config, hearing hearing) {
  checker c = {.bbm = tw_bbm_create(config->bbm), .hearing = hearing};
  tw_error error = {""};
  tw_kernel *kernel = tw_kernel_create(config, &(tw_kernel_sink){hear, &c}, &error);
  cr_assert(kernel && c.bbm, "%s", error.text);
  tw_registers registers = tw_kernel_registers(kernel);
  size_t count, held = 0;
  const tw_table_page *pages = tw_kernel_tables(kernel, &count);
  cr_assert_eq(tw_bbm_section(c.bbm, config->layout.machine == TW_LINUX_ARM, &registers, pages, count, &error), 0, "%s",
               error.text);
  tw_kernel_boot_done(kernel);
  thing things[HELD];
  static uint64_t high[600];
  uint64_t seed = 21;
  for (size_t step = 0; step < STEPS; step++) {
    uint64_t r = next_random(&seed);
    if (r & 1 && held < HELD) {
      things[held] = make(kernel, r);
      held += things[held].va != 0;
    } else if (held) {
      size_t pick = (r >> 8) % held;
      unmake(kernel, &things[pick]);
      things[pick] = things[--held];
    }
    if (config->layout.machine == TW_LINUX_ARM && step % 500 == 0)
      use_high_memory(kernel, high);
  }
  const tw_bbm_counts *counts = tw_bbm_counted(c.bbm);
  cr_expect(counts->remade > 1000 && counts->broken > 1000 && c.tlbis > 100, "%llu remade, %llu broken, %zu TLBIs",
            (unsigned long long)counts->remade, (unsigned long long)counts->broken, c.tlbis);
  cr_expect_eq(counts->elsewhere > counts->writes / 4, false, "most writes are to live tables");
  tw_kernel_destroy(kernel);
  tw_bbm_destroy(c.bbm);
  return c;
}

Test(kernel_rules, break_before_make) {
  static const struct {
    const char *name;
    bool arm;
    tw_rodata rodata;
    unsigned bbm, minor, va_bits;
    bool tlbi_range;
  } cases[] = {
      {"arm64, rodata=full", false, TW_RODATA_FULL, 0, 12, 48, false},
      {"arm64, rodata=on", false, TW_RODATA_ON, 0, 1, 48, false},
      {"arm64, rodata=full by blocks, level 2", false, TW_RODATA_FULL, 2, 18, 48, false},
      {"arm, LPAE", true, TW_RODATA_FULL, 0, 1, 32, false},
      {"arm64, ranges from below", false, TW_RODATA_FULL, 0, 1, 48, true},
      {"arm64, ranges from above", false, TW_RODATA_ON, 0, 12, 48, true},
      {"arm64, ranges with LPA2", false, TW_RODATA_FULL, 0, 12, 52, true},
      {"arm64, ranges of the kernel", false, TW_RODATA_FULL, 2, 19, 48, true},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = tw_kernel_config_usual(cases[i].arm ? TW_LINUX_ARM : TW_LINUX_ARM64);
    config.rodata = cases[i].rodata;
    config.bbm = cases[i].bbm;
    config.lpae = cases[i].arm;
    config.layout.linux_minor = cases[i].minor;
    config.layout.va_bits = cases[i].va_bits;
    config.tlbi_range = cases[i].tlbi_range;
    checker c = run(&config, GOOD);
    cr_expect_eq(c.violations, 0, "%s: %zu; the first at PA %llx: %llx, held %llx, va %llx", cases[i].name,
                 c.violations, (unsigned long long)c.first.pa, (unsigned long long)c.first.value,
                 (unsigned long long)c.first.old_value, (unsigned long long)c.first.first);
    checker without = run(&config, DEAF);
    cr_expect_gt(without.violations, 100, "%s: TLBIs are not missed", cases[i].name);
    cr_expect_eq(c.ranges > 100, cases[i].tlbi_range, "%s: %zu ranges", cases[i].name, c.ranges);
    if (cases[i].tlbi_range)
      cr_expect_gt(run(&config, SHORT).violations, 10, "%s: a range's end is not looked at", cases[i].name);
  }
}
