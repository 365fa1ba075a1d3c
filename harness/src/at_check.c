// A case that needs a later feature is skipped as a whole, by the feature's name.
#include "at_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// -- features --

static bool bit(uint64_t value, unsigned n) { return value >> n & 1; }

static void need(char name[64], bool needed, const char *feature) {
  size_t used = strlen(name);
  if (needed)
    snprintf(name + used, 64 - used, "%s%s", used ? " + " : "", feature);
}

bool tw_at_needs(const tw_vector_case *c, char name[64]) {
  uint64_t tcr = c->registers[TW_VECTOR_TCR_EL1], hcr = c->registers[TW_VECTOR_HCR_EL2];
  bool stage1 = bit(c->registers[TW_VECTOR_SCTLR_EL1], 0) && !bit(hcr, 12);
  name[0] = 0;
  need(name, c->aarch32, "AArch32");
  need(name, bit(hcr, 0), "stage 2");
  need(name, bit(hcr, 0) && bit(hcr, 46), "HCR_EL2.FWB");
  need(name, bit(hcr, 12), "HCR_EL2.DC");
  need(name, stage1 && bit(tcr, 59), "TCR_EL1.DS");
  need(name, stage1 && bit(tcr, 39), "TCR_EL1.HA");
  need(name, stage1 && bit(tcr, 39) && bit(tcr, 40), "TCR_EL1.HD"); // HD alone has no effect
  return name[0] != 0;
}

static void skip(tw_at_totals *totals, const char *name, uint64_t count) {
  size_t i = 0;
  while (i < totals->features && strcmp(totals->feature[i].name, name) != 0)
    i++;
  totals->skipped += count;
  if (i == TW_AT_FEATURES_MAX)
    return; // there are not so many combinations
  if (i == totals->features) {
    totals->features++;
    snprintf(totals->feature[i].name, sizeof totals->feature[i].name, "%s", name);
  }
  totals->feature[i].count += count;
}

void tw_at_add(tw_at_totals *sum, const tw_at_totals *part) {
  sum->passed += part->passed;
  sum->failed += part->failed;
  for (size_t i = 0; i < part->features; i++)
    skip(sum, part->feature[i].name, part->feature[i].count);
}

// -- answers --

typedef struct answer {
  bool abort; // an external abort: `value` is its ISS, else PAR_EL1
  uint64_t value;
} answer;

static int ask(tw_engine *engine, const tw_vector_at *at, answer *answer, tw_error *error) {
  const tw_vector_op *op = at->op;
  tw_request request = {
      .va = at->va, .id = at->line, .kind = op->kind, .el = op->el, .pan = op->uses_pan ? at->pan : 0};
  tw_response response;
  uint64_t par;
  uint32_t esr;
  if (tw_engine_cool(engine, error) < 0 || tw_engine_replay(engine, &request, 1, &response, error) < 0)
    return -1;
  tw_engine_syndrome(engine, &par, &esr);
  answer->abort = tw_is_external_abort(&response);
  answer->value = answer->abort ? esr & 0x3ff : par;
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
  for (unsigned i = TW_VECTOR_SCTLR_EL1; i <= TW_VECTOR_HCR_EL2; i++)
    printf(" %s %" PRIx64, tw_vector_register_name(i), c->registers[i]);
  putchar('\n');
}

static int check(const tw_at_context *context, const tw_vector_case *c, const tw_vector_at *at, tw_at_totals *totals,
                 tw_error *error) {
  answer answer;
  if (ask(context->engine, at, &answer, error) < 0)
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

// With stage 1 off TCR_EL1.{DS, HA, HD} mean nothing: they are taken out, so that the MMU need not have them.
static tw_registers registers_of(const tw_vector_case *c) {
  tw_registers registers = {.sctlr = c->registers[TW_VECTOR_SCTLR_EL1],
                            .tcr = c->registers[TW_VECTOR_TCR_EL1],
                            .ttbr0 = c->registers[TW_VECTOR_TTBR0_EL1],
                            .ttbr1 = c->registers[TW_VECTOR_TTBR1_EL1],
                            .mair = c->registers[TW_VECTOR_MAIR_EL1]};
  if (!bit(registers.sctlr, 0))
    registers.tcr &= ~(1ULL << 59 | 1ULL << 39 | 1ULL << 40);
  return registers;
}

int tw_at_check_case(const tw_at_context *context, const tw_vector_case *c, tw_at_totals *totals, tw_error *error) {
  char features[64];
  tw_registers registers = registers_of(c);
  if (!tw_at_needs(c, features)) {
    const char *more = tw_registers_unsupported(&registers);
    snprintf(features, sizeof features, "%s", more ? more : "");
  }
  if (features[0]) {
    skip(totals, features, c->at_count);
    return 0;
  }
  if (set_up(context, c, &registers, error) < 0)
    return -1;
  for (size_t i = 0; i < c->at_count; i++)
    if (check(context, c, &c->ats[i], totals, error) < 0)
      return -1;
  return 0;
}
