// The memory behind the walker: image, caches, external aborts, and which configurations are refused.
#include <criterion/criterion.h>
#include <string.h>

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

Test(config, impossible_ones_are_refused_by_name) {
  tw_config_error error;
  tw_mmu_config good = machine_small(), bad;
  cr_assert_eq(tw_mmu_config_check(&good, &error), 0);
#define REFUSED(change, name)                                                                                          \
  bad = good;                                                                                                          \
  bad.change;                                                                                                          \
  cr_assert_eq(tw_mmu_config_check(&bad, &error), -1);                                                                 \
  cr_assert_str_eq(error.parameter, name)
  REFUSED(l2.sets = 3, "l2.sets");
  REFUSED(l2.ways = 17, "l2.ways");
  REFUSED(l1d.entries = 0, "l1d.entries");
  REFUSED(l1_latency = 0, "l1_latency");
  REFUSED(walk_step = 16, "walk_step");
  REFUSED(ipa_latency = 0, "ipa_latency");
  REFUSED(ipa_cache_entries = 65, "ipa_cache_entries");
  REFUSED(bbm = 3, "bbm");
  REFUSED(pa_bits = 41, "pa_bits");
  REFUSED(l1i.sizes = 1 << 12, "l1i.sizes");
  REFUSED(walk_cache_entries[3] = 65, "walk_cache_entries[2]");
  cr_assert_null(tw_mmu_create(&bad, (tw_memory_port){0}));
  tw_memory_config memory = {.cache = {{64, 3, 4}}, .caches = 1, .dram_latency = 9};
  cr_assert_eq(tw_memory_config_check(&memory, &error), -1);
  cr_assert_str_eq(error.parameter, "memory.caches.ways");
}
