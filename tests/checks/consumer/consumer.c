// One translation by libtablewalk: a 1 GiB block of the upper half.
#include <stdio.h>
#include <tablewalk/memory.h>
#include <tablewalk/mmu.h>

int main(void) {
  const tw_sizes sizes = tw_granule_sizes(12) | tw_granule_sizes(14) | tw_granule_sizes(16);
  const tw_mmu_config config = {
      .l1i = {.entries = 48, .sizes = sizes},
      .l1d = {.entries = 48, .sizes = sizes},
      .l2 = {.sets = 256, .ways = 5, .sizes = sizes},
      .walk_cache_entries = {0, 8, 16, 32},
      .misses = 4,
      .walks = 2,
      .merge = 1,
      .l1_latency = 1,
      .l2_latency = 3,
      .ipa_latency = 1,
      .walk_start = 1,
      .walk_step = 1,
      .pa_bits = 48,
  };
  tw_memory *memory = tw_memory_create(&(tw_memory_config){.dram_latency = 200});
  tw_mmu *mmu = memory ? tw_mmu_create(&config, tw_memory_as_port(memory)) : NULL;
  if (!mmu)
    return 1;

  // 39-bit addresses, 4K granule: the walk starts at level 1. Its first descriptor: a block at 2 GiB, AF set.
  tw_memory_write(memory, 0x40000000, 0x80000000 | 1 << 10 | 1);
  tw_mmu_set_registers(
      mmu,
      &(tw_registers){.sctlr = 1, .tcr = 25 | 25 << 16 | 2ULL << 30 | 5ULL << 32, .ttbr1 = 0x40000000, .mair = 0xff});

  tw_response response;
  tw_mmu_translate(mmu, &(tw_request){.va = 0xffffff8000001234, .kind = TW_ACCESS_READ, .el = 1}, &response);
  printf("0x%llx after %llu cycles\n", (unsigned long long)response.pa, (unsigned long long)response.cycle);
  int wrong = response.fault || response.pa != 0x80001234 || response.found != TW_FOUND_WALK;
  tw_mmu_destroy(mmu);
  tw_memory_destroy(memory);
  return wrong;
}
