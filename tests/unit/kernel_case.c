#include "kernel_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void hear(void *context, const tw_event *event) {
  diary *d = context;
  if (event->kind == TW_EVENT_TLBI) {
    d->tlbis++;
    d->last_word = event->word;
    d->last_operand = event->value;
    return;
  }
  cr_assert_eq(event->kind, TW_EVENT_DESCRIPTOR);
  d->writes++;
  if (!d->memory)
    return;
  uint64_t word = event->pa & ~UINT64_C(7), mask = event->bytes == 8 ? UINT64_MAX : UINT64_C(0xffffffff);
  unsigned shift = 8 * (event->pa & 7);
  cr_assert(event->bytes == 8 || (event->bytes == 4 && event->pa % 4 == 0));
  tw_memory_write(d->memory, word, (tw_memory_read(d->memory, word) & ~(mask << shift)) | event->value << shift);
}

kernel_case kernel_case_new(const tw_kernel_config *config) {
  kernel_case r = {.diary = calloc(1, sizeof(diary))};
  tw_error error = {"none"};
  r.kernel = tw_kernel_create(config, &(tw_kernel_sink){hear, r.diary}, &error);
  cr_assert(r.kernel, "%s", error.text);
  cr_assert_eq(r.diary->writes, 0, "boot is told to nobody");
  tw_kernel_boot_done(r.kernel);
  tw_registers registers = tw_kernel_registers(r.kernel);
  size_t count;
  const tw_table_page *pages = tw_kernel_tables(r.kernel, &count);
  r.reader = reader_new(&registers, pages, count);
  r.diary->memory = r.reader.memory;
  return r;
}

void kernel_case_free(kernel_case *c) {
  reader_free(&c->reader);
  tw_kernel_destroy(c->kernel);
  free(c->diary);
}

uint64_t kernel_case_walk(kernel_case *c, uint64_t va, unsigned kind, unsigned el, unsigned *log2) {
  tw_mmu_maintain(c->reader.mmu, &(tw_tlbi){.op = TW_TLBI_ALL}, &(tw_response){0}); // no TLB hides a write
  tw_response response = reader_access(&c->reader, va, kind, el);
  *log2 = response.size_log2;
  return response.fault ? 0 : response.pa;
}

void kernel_case_is_mapped(kernel_case *c, const char *name, uint64_t va, uint64_t bytes, unsigned log2, unsigned el) {
  uint64_t page = UINT64_C(1) << 12;
  cr_assert(va, "%s", name);
  for (uint64_t at = va; at < va + bytes; at += page) {
    uint64_t pa = 1;
    unsigned size;
    cr_assert(tw_kernel_find(c->kernel, at, &pa), "%s: %llx", name, (unsigned long long)at);
    cr_assert_eq(kernel_case_walk(c, at, TW_ACCESS_WRITE, el, &size), pa, "%s: %llx", name, (unsigned long long)at);
    cr_assert(log2 == 0 || size == log2, "%s: 2^%u, expected 2^%u", name, size, log2);
  }
}

void kernel_case_is_unmapped(kernel_case *c, const char *name, uint64_t va) {
  uint64_t pa;
  unsigned size;
  cr_expect(!tw_kernel_find(c->kernel, va, &pa), "%s", name);
  cr_expect_eq(kernel_case_walk(c, va, TW_ACCESS_READ, 1, &size), 0, "%s", name);
}
