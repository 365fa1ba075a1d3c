// Both kinds of tables stand in the engine's memory: the kernel's own, which it goes on writing, and those made of
// them.
#include "replay_x86.h"

#include <stdlib.h>

static uint64_t read_memory(void *context, uint64_t pa) { return tw_engine_read(context, pa); }

static int write_memory(void *context, uint64_t pa, uint64_t value, unsigned bytes, tw_error *error) {
  return bytes == 4 ? tw_engine_write_word(context, pa, (uint32_t)value, error)
                    : tw_engine_write(context, pa, value, error);
}

int tw_replay_x86_open(tw_replay_x86 *x86, tw_engine *engine, const tw_replay_options *options,
                       tw_replay_result *result, tw_error *error) {
  const tw_x86_memory memory = {.read = read_memory, .write = write_memory, .context = engine};
  x86->engine = engine;
  x86->result = result;
  if (!options->x86_levels)
    return 0;
  result->tables.levels = options->x86_levels;
  x86->tables = tw_x86_tables_create(&memory, options->x86_levels, options->memory_end);
  return x86->tables ? 0 : tw_fail(error, "out of memory");
}

void tw_replay_x86_close(tw_replay_x86 *x86) {
  tw_x86_tables_destroy(x86->tables);
  free(x86->va);
}

static int maintain(tw_replay_x86 *x86, unsigned what, uint64_t va, tw_error *error) {
  const tw_tlbi tlbi = {.op = (uint8_t)(TW_TLBI_X86 | what),
                        .operand = what == TW_TLBI_VA ? tw_tlbi_x86(va, 0) : 0,
                        .id = (uint32_t)(x86->result->tables.invlpg + x86->result->tables.flushes)};
  tw_response response;
  if (tw_engine_maintain(x86->engine, &tlbi, &response, error) < 0)
    return -1;
  x86->result->cycles += response.cycle - response.accepted;
  return 0;
}

int tw_replay_x86_maintain(tw_replay_x86 *x86, const tw_tlbi *tlbi, tw_error *error) {
  tw_x86_flush flush = tw_x86_tables_flush(x86->tables, tlbi);
  x86->result->tables.invlpg += flush.count;
  x86->result->tables.cr3 += flush.what == TW_TLBI_ASID;
  x86->result->tables.flushes += flush.what == TW_TLBI_VMALL;
  if (flush.what != TW_TLBI_VA)
    return maintain(x86, flush.what, 0, error);
  for (unsigned i = 0; i < flush.count; i++)
    if (maintain(x86, TW_TLBI_VA, flush.first + i * flush.step, error) < 0)
      return -1;
  return 0;
}

static void keep_counts(tw_replay_x86 *x86) {
  const tw_x86_counts *counts = tw_x86_tables_counts(x86->tables);
  tw_replay_tables *kept = &x86->result->tables;
  kept->arm = counts->arm;
  kept->x86 = counts->x86;
  kept->arm_bytes = counts->arm_bytes;
  kept->x86_bytes = counts->x86_bytes;
}

int tw_replay_x86_set_registers(tw_replay_x86 *x86, const tw_registers *arm, tw_error *error) {
  if (tw_x86_tables_build(x86->tables, arm, error) < 0)
    return -1;
  if (x86->result->sections == 1 && !x86->result->register_writes)
    keep_counts(x86);
  const tw_registers registers = tw_x86_tables_registers(x86->tables);
  if (tw_engine_set_registers(x86->engine, &registers, error) < 0)
    return -1;
  return x86->result->register_writes ? maintain(x86, TW_TLBI_VMALL, 0, error) : 0;
}

int tw_replay_x86_place(tw_replay_x86 *x86, tw_batch *batch, tw_error *error) {
  if (batch->count > x86->room) {
    uint64_t *larger = realloc(x86->va, batch->count * sizeof *larger);
    if (!larger)
      return tw_fail(error, "out of memory");
    x86->va = larger;
    x86->room = batch->count;
  }
  for (size_t i = 0; i < batch->count; i++)
    x86->va[i] = tw_x86_tables_address(x86->tables, batch->va[i]);
  batch->va = x86->va;
  return 0;
}
