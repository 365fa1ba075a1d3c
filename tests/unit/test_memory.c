// The memory behind the walker: image, caches, external aborts, the traffic of what is translated.
#include <criterion/criterion.h>

#include "machine.h"

static tw_mem_response ask(const tw_memory_port *port, uint64_t pa) {
  tw_mem_response response = {0};
  port->access(port->context, &(tw_mem_request){.pa = pa, .size_log2 = 3}, &response);
  return response;
}

Test(memory, latency_of_each_level) {
  tw_memory_config config = {
      .cache = {{1, 2, 4}, {4, 4, 11}}, .caches = 2, .dram_latency = 100, .data_traffic = 1, .limit = 1ULL << 40};
  tw_memory *memory = tw_memory_create(&config);
  tw_memory_port port = tw_memory_as_port(memory);
  cr_assert_eq(ask(&port, 0x1000).delay, 100);
  cr_assert_eq(ask(&port, 0x1038).delay, 4, "the same line");
  // 1 KiB of 2 ways: 8 sets; three lines of one set push the first out to the next level
  ask(&port, 0x1200);
  ask(&port, 0x1400);
  cr_assert_eq(ask(&port, 0x1000).delay, 11);
  tw_memory_data_access(memory, 0x9000);
  cr_assert_eq(ask(&port, 0x9000).delay, 4);
  cr_assert_eq(ask(&port, 1ULL << 40).error, 1);
  tw_memory_cool(memory);
  cr_assert_eq(ask(&port, 0x1000).delay, 100);
  tw_memory_counters count = tw_memory_count(memory);
  cr_assert_eq(count.accesses, count.hits[0] + count.hits[1] + count.dram);
  tw_memory_destroy(memory);
}

Test(memory, image) {
  tw_memory_config config = {.dram_latency = 1};
  tw_memory *memory = tw_memory_create(&config);
  tw_memory_port port = tw_memory_as_port(memory);
  for (uint64_t i = 0; i < 5000; i++)
    cr_assert_eq(tw_memory_write(memory, i * 0x7008, i + 1), 0);
  for (uint64_t i = 0; i < 5000; i++)
    cr_assert_eq(ask(&port, i * 0x7008).data, i + 1);
  cr_assert_eq(tw_memory_read(memory, 0xdead0000), 0);
  tw_mem_response response = {0};
  tw_mem_request swap = {.pa = 0x7008, .kind = TW_MEM_COMPARE_SWAP, .size_log2 = 3, .expected = 9, .desired = 7};
  port.access(port.context, &swap, &response);
  cr_assert_eq(tw_memory_read(memory, 0x7008), 2, "not what was expected: not replaced");
  swap.expected = 2;
  port.access(port.context, &swap, &response);
  cr_assert_eq(response.data, 2);
  cr_assert_eq(tw_memory_read(memory, 0x7008), 7);
  tw_memory_write(memory, 0x9000, 0x1111111122222222);
  for (uint64_t half = 0; half < 2; half++) {
    tw_mem_request word = {.pa = 0x9000 + 4 * half, .size_log2 = 2};
    port.access(port.context, &word, &response);
    cr_assert_eq(response.data, half ? 0x11111111 : 0x22222222);
  }
  swap = (tw_mem_request){
      .pa = 0x9004, .kind = TW_MEM_COMPARE_SWAP, .size_log2 = 2, .expected = 0x11111111, .desired = 0x33333333};
  port.access(port.context, &swap, &response);
  cr_assert_eq(response.data, 0x11111111);
  cr_assert_eq(tw_memory_read(memory, 0x9000), 0x3333333322222222);
  tw_memory_destroy(memory);
}

// What a translation was for fills the caches as the walker's reads do, if the configuration says so.
Test(memory, data_traffic) {
  for (unsigned traffic = 0; traffic < 2; traffic++) {
    tw_memory_config config = {.cache = {{1, 2, 4}}, .caches = 1, .dram_latency = 100, .data_traffic = traffic};
    tw_memory *memory = tw_memory_create(&config);
    tw_mmu_config small = machine_small();
    tw_mmu *mmu = tw_mmu_create(&small, tw_memory_as_port(memory));
    tw_memory_port port = tw_memory_as_port(memory);
    // stage 1 off: the access goes to its address
    tw_response r;
    tw_mmu_translate(mmu, &(tw_request){.va = 0x5000, .el = 1}, &r);
    cr_assert_eq(ask(&port, 0x5000).delay, traffic ? 4 : 100);
    tw_memory_data_access(memory, 0x6000);
    cr_assert_eq(ask(&port, 0x6000).delay, traffic ? 4 : 100);
    // an AT accesses nothing, nor does what faults (bit 50 is beyond the PA size)
    tw_mmu_translate(mmu, &(tw_request){.va = 0x7000, .el = 1, .at = TW_AT_BOTH}, &r);
    cr_assert_eq(r.pa, 0x7000);
    cr_assert_eq(ask(&port, 0x7000).delay, 100);
    tw_mmu_translate(mmu, &(tw_request){.va = 1ULL << 50 | 0x8000, .el = 1}, &r);
    cr_assert_eq(r.fault, 1);
    cr_assert_eq(ask(&port, 1ULL << 50 | 0x8000).delay, 100);
    tw_mmu_destroy(mmu);
    tw_memory_destroy(memory);
  }
}

// The hits of a stretch access memory too, in their order, with or without a list of them.
Test(memory, traffic_of_a_stretch_of_hits) {
  static const uint64_t va[] = {0xffff000000400000, 0xffff000000400200, 0xffff000000400400, 0xffff000000400048};
  static const uint8_t kind[] = {TW_ACCESS_READ, TW_ACCESS_WRITE, TW_ACCESS_READ, TW_ACCESS_READ};
  for (unsigned listed = 0; listed < 2; listed++) {
    tw_memory_config config = {.cache = {{1, 2, 4}}, .caches = 1, .dram_latency = 100, .data_traffic = 1};
    tw_memory *memory = tw_memory_create(&config);
    tw_mmu_config small = machine_small();
    machine m = {.memory = memory, .mmu = tw_mmu_create(&small, tw_memory_as_port(memory))};
    m.registers = (tw_registers){
        .sctlr = 1, .tcr = 16 | 16ULL << 16 | 2ULL << 30 | 5ULL << 32, .ttbr1 = 0x40000000, .mair = 0xff};
    machine_set(&m);
    machine_map(&m, va[0], 3, 0x50000000 | D_AF | D_PAGE);
    machine_read(&m, va[0]);
    tw_memory_port port = tw_memory_as_port(memory);
    uint64_t pa[4] = {0};
    tw_memory_cool(memory);
    const tw_stream stream = {.va = va, .kind = kind, .el = 1};
    tw_response fault = {0};
    cr_assert_eq(tw_mmu_replay_stream(m.mmu, &stream, 4, listed ? pa : NULL, &fault), 4);
    cr_assert_eq(fault.fault, 0);
    // 8 sets of 2 ways: 0x50000000, ..200 and ..400 share one, so the first is out again; ..40 is in the next
    cr_assert_eq(ask(&port, 0x50000200).delay, 4);
    cr_assert_eq(ask(&port, 0x50000400).delay, 4);
    cr_assert_eq(ask(&port, 0x50000040).delay, 4);
    cr_assert_eq(ask(&port, 0x50000000).delay, 100);
    cr_assert_eq(pa[3], listed ? 0x50000048 : 0);
    machine_free(&m);
  }
  // nobody asks for the traffic, nor for the list: the hits alone
  tw_mmu_config small = machine_small();
  machine m = machine_new(&small, 10);
  machine_map(&m, va[0], 3, 0x50000000 | D_AF | D_PAGE);
  machine_read(&m, va[0]);
  const tw_stream stream = {.va = va, .kind = kind, .el = 1};
  tw_response fault = {0};
  cr_assert_eq(tw_mmu_replay_stream(m.mmu, &stream, 4, NULL, &fault), 4);
  cr_assert_eq(fault.fault, 0);
  cr_assert_eq(tw_mmu_counters(m.mmu)->value[TW_COUNTER_L1D_TLB_WR], 1);
  machine_free(&m);
}

Test(memory, load) {
  tw_memory *memory = tw_memory_create(&(tw_memory_config){.dram_latency = 1});
  static const uint8_t bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8};
  cr_assert_eq(tw_memory_load(memory, 0x1ff8, bytes, sizeof bytes), 0); // into two pages
  cr_assert_eq(tw_memory_read(memory, 0x1ff8), 0x0807060504030201);
  cr_assert_eq(tw_memory_read(memory, 0x2000), 0xf8f7f6f5f4f3f2f1);
  cr_assert_eq(tw_memory_load(memory, 0x3000, bytes, 0), 0);
  tw_memory_destroy(memory);
}
