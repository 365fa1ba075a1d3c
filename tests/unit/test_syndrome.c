// PAR_EL1 and ESR_EL1 of answers, against values that kernels print for such faults.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL

Test(syndrome, faults_have_the_codes_that_kernels_print) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 3, 0x50000000 | D_AF | D_PAGE | D_RO | D_PXN);
  static const struct {
    uint64_t offset;
    uint8_t kind, el;
    uint32_t esr;
    uint64_t par;
  } cases[] = {
      {0x1000, TW_ACCESS_READ, 1, 0x96000007, 0x80f},  // a read of an unmapped page by the kernel
      {0x1000, TW_ACCESS_WRITE, 1, 0x96000047, 0x80f}, // a write there
      {0, TW_ACCESS_WRITE, 1, 0x9600004f, 0x81f},      // a write to a read-only page
      {0, TW_ACCESS_FETCH, 1, 0x8600000f, 0x81f},      // the kernel executes a page that it must not
      {0, TW_ACCESS_READ, 0, 0x9200000f, 0x81f},       // a user reads a kernel page
      {0x200000, TW_ACCESS_FETCH, 0, 0x82000006, 0x80d}, {1ULL << 40, TW_ACCESS_READ, 1, 0x96000004, 0x809},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_request request = {.va = VA + cases[i].offset, .kind = cases[i].kind, .el = cases[i].el};
    tw_response r = machine_access(&m, request);
    cr_assert_eq(tw_esr(&r), cases[i].esr, "case %u: ESR 0x%x", i, tw_esr(&r));
    cr_assert_eq(tw_par(&r), cases[i].par, "case %u: PAR 0x%lx", i, (unsigned long)tw_par(&r));
  }
  tw_response good = machine_read(&m, VA + 0x123);
  cr_assert_eq(tw_esr(&good), 0);
  cr_assert_eq(tw_par(&good), 0xff00000050000800ULL);
  machine_free(&m);
}

Test(syndrome, external_abort_is_told_apart) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  tw_memory_write(m.memory, machine_descriptor(&m, VA, 0), 1ULL << 42 | D_TABLE); // nothing answers there
  tw_response r = machine_read(&m, VA);
  cr_assert(tw_is_external_abort(&r));
  cr_assert_eq(tw_esr(&r), 0x96000015, "synchronous external abort on a walk, level 1");
  cr_assert_eq(r.reads[1] + r.reads[2], 2);
  machine_free(&m);
}
