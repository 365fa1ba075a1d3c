// Every workload through the model: no access faults, and each translates to the physical address that its kernel says.
#include <criterion/criterion.h>
#include <harness/core.h>
#include <harness/replay.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traces/workload.h>

static tw_engine *engine_of(const char *name) {
  tw_core core;
  tw_error error = {""};
  char path[512];
  const tw_engine_options options = {.kind = TW_ENGINE_MODEL};
  snprintf(path, sizeof path, TW_SOURCE_DIR "/model/cores/%s.yaml", name);
  cr_assert_eq(tw_core_load(path, &core, &error), 0, "%s", error.text);
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  cr_assert(engine, "%s", error.text);
  return engine;
}

static tw_replay_result play(const char *core, const char *name) {
  tw_error error = {""};
  tw_replay_result result = {0};
  const tw_replay_options options = {.check_pa = true, .instructions = true};
  tw_engine *engine = engine_of(core);
  cr_assert_eq(tw_replay(engine, name, &options, &result, &error), 0, "%s: %s", name, error.text);
  cr_expect_eq(result.faults, 0, "%s: %s", name, result.first_difference);
  cr_expect_eq(result.pa_differed, 0, "%s: %s", name, result.first_difference);
  cr_expect(result.accesses > 0 && result.pa_compared == result.accesses && result.instructions > 0, "%s", name);
  tw_engine_close(engine);
  return result;
}

Test(workloads_replayed, patterns_over_every_region_and_page_size) {
  static const char *const regions[] = {"linear", "kmalloc", "vmalloc", "vmalloc_huge", "vmalloc_contiguous",
                                        "vmap",   "module",  "stack"};
  static const char *const patterns[] = {"seq", "page", "rand", "seqw", "chase", "zipf", "matrix"};
  static const char *const pages[] = {"4k", "16k", "64k"};
  char name[256];
  unsigned n = 0;
  for (size_t r = 0; r < sizeof regions / sizeof *regions; r++)
    for (size_t p = 0; p < 3; p++, n++) {
      snprintf(name, sizeof name, "gen:pattern,region=%s,page=%s,pattern=%s,rodata=%s,bytes=2m,count=20k,ram=1g",
               regions[r], pages[p], patterns[n % 7], n % 2 ? "on" : "full");
      cr_expect_eq(play("neoverse-n1", name).accesses, 20480, "%s", name);
    }
  static const char *const users[] = {"page=4k,mapping=4k",   "page=4k,mapping=64k",   "page=4k,mapping=2m",
                                      "page=16k,mapping=16k", "page=16k,mapping=32m",  "page=64k,mapping=64k",
                                      "page=64k,mapping=2m",  "page=64k,mapping=512m", "page=4k,mapping=1g,ram=4g"};
  for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
    snprintf(name, sizeof name, "gen:pattern,region=user,ram=2g,%s,bytes=8m,count=20k", users[i]);
    cr_expect_eq(play("neoverse-n1", name).accesses, 20480, "%s", name);
  }
}

Test(workloads_replayed, every_question_s_workload) {
  static const char *const names[] = {"gen:capture,buffers=lin_pages_4m+vmap_alias_4m,rodata=on,ticks=11@5+26@100",
                                      "gen:dentry,dentries=100k,count=2k",
                                      "gen:dentry,dentries=100k,count=2k,rodata=on,page=16k",
                                      "gen:redis,keys=20k,count=1k,mapping=4k",
                                      "gen:redis,keys=20k,count=1k,mapping=64k,keys_by=rand",
                                      "gen:redis,keys=20k,count=1k,mapping=2m,sets=50",
                                      "gen:redis,keys=20k,count=1k,mapping=1g,value=100k,ram=8g",
                                      "gen:stacks,count=2k",
                                      "gen:stacks,count=2k,stacks=linear,order=round,rodata=on",
                                      "gen:stacks,count=2k,page=64k",
                                      "gen:modules,count=2k",
                                      "gen:modules,count=2k,code=image",
                                      "gen:bpf,count=500",
                                      "gen:bpf,count=500,place=packed,bytes=300",
                                      "gen:numa,bytes=64m,count=20k",
                                      "gen:numa,bytes=64m,count=20k,tables=far,mapping=2m",
                                      "gen:pagecache,bytes=64m,count=500",
                                      "gen:pagecache,bytes=64m,count=500,folio=2m,order=rand,rodata=on,page=16k"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    play("neoverse-n1", names[i]);
}

// 32-bit Arm, with vmalloc's descriptor writes and TLBIs between the accesses: what the buddy has not is had from
// there.
Test(workloads_replayed, buffers_of_32_bit_arm) {
  tw_replay_result buddy = play("cortex-a15", "gen:netbuf,large=buddy,warm=0,every=1,count=600");
  tw_replay_result vmalloc = play("cortex-a15", "gen:netbuf,large=vmalloc,warm=0,every=1,count=600");
  cr_expect_eq(buddy.accesses, vmalloc.accesses);
  cr_expect_eq(buddy.descriptor_writes + buddy.tlbi, 0);
  // 32 pages a buffer are mapped, and unmapped when the ring of 64 has gone round; TLBIs come when 32 MiB wait.
  cr_expect_geq(vmalloc.descriptor_writes, 32 * 600 + 32 * (600 - 64));
  cr_expect(vmalloc.tlbi > 0 && vmalloc.tlbi_widened == 0);
  cr_expect(vmalloc.cycles > 2 * buddy.cycles);
  play("cortex-a15", "gen:pattern,machine=arm,ram=1g,region=vmap,count=20k,bytes=1m");
  play("cortex-a15", "gen:pattern,machine=arm,ram=1g,region=stack,count=20k,bytes=1m");
  play("cortex-a15", "gen:pattern,machine=arm,ram=1g,region=module,count=20k,bytes=1m");
}

static uint64_t count_of_facts(const char *name, tw_workload_fact *facts, size_t most) {
  tw_error error = {""};
  tw_batch batch;
  size_t count;
  tw_trace *trace = tw_trace_open(name, 0, &error);
  cr_assert(trace, "%s", error.text);
  while (tw_trace_next(trace, &batch, &error) > 0)
    ;
  const tw_workload_fact *told = tw_trace_facts(trace, &count);
  memcpy(facts, told, (count < most ? count : most) * sizeof *facts);
  tw_trace_close(trace);
  return count < most ? count : most;
}

// Without pages that are stuck the buddy puts back together what it split; with them 128 KiB fails while a tenth is
// free, and Linux's own index says that it is for fragmentation (above its extfrag_threshold of 0.5).
Test(workloads_replayed, stuck_pages_are_what_fragments) {
  tw_workload_fact facts[16];
  double index = 0, free_then = 0;
  bool failed = false;
  size_t count = count_of_facts("gen:netbuf,warm=1m,held=85,stay=10,every=1,count=300", facts, 16);
  for (size_t i = 0; i < count; i++) {
    failed |= strstr(facts[i].name, "failed first") != NULL;
    if (strstr(facts[i].name, "extfrag"))
      index = atof(facts[i].value);
    if (strstr(facts[i].name, "free then"))
      free_then = atof(facts[i].value);
  }
  cr_expect(failed && index > 0.5 && free_then > 32, "found index %g with %g MiB free", index, free_then);
  count = count_of_facts("gen:netbuf,warm=1m,held=85,stay=0,every=1,count=300", facts, 16);
  for (size_t i = 0; i < count; i++)
    cr_expect(!strstr(facts[i].name, "failed first"), "%s: %s", facts[i].name, facts[i].value);
}
