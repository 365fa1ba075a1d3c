// Each translation begins with empty TLBs; an AT by its name, the case's registers by theirs.
#include "at_check.h"

#include <inttypes.h>
#include <stdio.h>

// -- registers --

static tw_registers aarch64_registers(const uint64_t *r) {
  return (tw_registers){.sctlr = r[TW_VECTOR_SCTLR_EL1],
                        .tcr = r[TW_VECTOR_TCR_EL1],
                        .ttbr0 = r[TW_VECTOR_TTBR0_EL1],
                        .ttbr1 = r[TW_VECTOR_TTBR1_EL1],
                        .mair = r[TW_VECTOR_MAIR_EL1],
                        .hcr = r[TW_VECTOR_HCR_EL2],
                        .vtcr = r[TW_VECTOR_VTCR_EL2],
                        .vttbr = r[TW_VECTOR_VTTBR_EL2],
                        .regime = TW_REGIME_EL10};
}

static tw_registers aarch32_registers(const uint64_t *r) {
  return (tw_registers){.sctlr = r[TW_VECTOR_SCTLR],
                        .tcr = r[TW_VECTOR_TTBCR],
                        .ttbr0 = r[TW_VECTOR_TTBR0],
                        .ttbr1 = r[TW_VECTOR_TTBR1],
                        .mair = (uint32_t)r[TW_VECTOR_MAIR0] | r[TW_VECTOR_MAIR1] << 32,
                        .hcr = r[TW_VECTOR_HCR],
                        .vtcr = r[TW_VECTOR_VTCR],
                        .vttbr = r[TW_VECTOR_VTTBR],
                        .dacr = (uint32_t)r[TW_VECTOR_DACR],
                        .regime = TW_REGIME_PL10};
}

static bool stage2_is_on(const tw_vector_case *c) {
  uint64_t hcr = c->registers[c->aarch32 ? TW_VECTOR_HCR : TW_VECTOR_HCR_EL2];
  return hcr & (1 << 0 | 1 << 12); // VM, DC
}

// -- answers --

typedef struct answer {
  bool abort; // an external abort: `value` is the part of its ISS that is known, else PAR
  uint64_t value;
} answer;

// Without stage 2 an AT of stage 1 is one of all there is. The AArch32 ones are asked from Hyp mode: ATS1C... gives the
// 64-bit PAR there.
static tw_request request_of(const tw_vector_case *c, const tw_vector_at *at) {
  const tw_vector_op *op = at->op;
  bool stage1_alone = !op->both_stages && (c->aarch32 || stage2_is_on(c));
  return (tw_request){.va = at->va,
                      .id = at->line,
                      .kind = op->kind,
                      .el = op->el,
                      .pan = op->uses_pan ? at->pan : 0,
                      .at = stage1_alone ? TW_AT_STAGE_1 : TW_AT_BOTH,
                      .par_long = c->aarch32 && !op->both_stages};
}

static int ask(tw_engine *engine, const tw_vector_case *c, const tw_vector_at *at, answer *answer, tw_error *error) {
  tw_request request = request_of(c, at);
  tw_response response;
  uint64_t par;
  uint32_t esr;
  if (tw_engine_cool(engine, error) < 0 || tw_engine_replay(engine, &request, 1, &response, error) < 0)
    return -1;
  tw_engine_syndrome(engine, &par, &esr);
  answer->abort = tw_is_external_abort(&response);
  answer->value = answer->abort ? response.fsc | (uint64_t)response.s1ptw << 7 : par;
  return 0;
}

// Of an external abort DFSC [5:0] counts under the mask, and S1PTW [7] in any case.
static bool agrees(const tw_vector_at *at, const answer *answer) {
  if (answer->abort != at->abort)
    return false;
  uint64_t mask = at->abort ? (at->mask & 0x3f) | 0x80 : at->mask;
  return ((answer->value ^ at->expected) & mask) == 0;
}

static void print_failure(const tw_at_context *context, const tw_vector_case *c, const tw_vector_at *at,
                          const answer *answer) {
  tw_progress_end(context->progress);
  printf("%s:%" PRIu32 ": case %" PRIu64 ": %s pan %u va %" PRIx64 ": found %s%" PRIx64 ", expected %s%" PRIx64
         " in bits %" PRIx64 "\n ",
         context->path, at->line, c->number, at->op->name, at->pan, at->va, answer->abort ? "abort " : "PAR ",
         answer->value, at->abort ? "abort " : "PAR ", at->expected, at->mask);
  for (unsigned i = 0; i < TW_VECTOR_REGISTERS; i++)
    if (c->given[i])
      printf(" %s %" PRIx64, tw_vector_register_name(i), c->registers[i]);
  putchar('\n');
}

static int check(const tw_at_context *context, const tw_vector_case *c, const tw_vector_at *at, tw_at_totals *totals,
                 tw_error *error) {
  answer answer;
  if (ask(context->engine, c, at, &answer, error) < 0)
    return -1;
  if (agrees(at, &answer)) {
    totals->passed++;
    return 0;
  }
  if (context->print && totals->failed < TW_AT_PRINTED_MAX)
    print_failure(context, c, at, &answer);
  totals->failed++;
  return 0;
}

static int set_up(const tw_at_context *context, const tw_vector_case *c, const tw_registers *registers,
                  tw_error *error) {
  if (tw_engine_clear(context->engine, error) < 0)
    return -1;
  for (size_t i = 0; i < c->word_count; i++)
    if (tw_engine_write(context->engine, c->words[i].pa, c->words[i].value, error) < 0)
      return -1;
  return tw_engine_set_registers(context->engine, registers, error);
}

int tw_at_check_case(const tw_at_context *context, const tw_vector_case *c, tw_at_totals *totals, tw_error *error) {
  tw_registers registers = c->aarch32 ? aarch32_registers(c->registers) : aarch64_registers(c->registers);
  if (set_up(context, c, &registers, error) < 0)
    return -1;
  for (size_t i = 0; i < c->at_count; i++)
    if (check(context, c, &c->ats[i], totals, error) < 0)
      return -1;
  return 0;
}
