// Instruction words of TLB maintenance and of writes to system registers, by their names in the Arm manual: AArch64's
// SYS and MSR, AArch32's MCR and MCRR. Words are counted; what has no name here is printed by its fields.
#include "dump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct fields {
  unsigned op0, op1, crn, crm, op2, rt;
} fields;

// -- AArch64 --

// By op2. "" where there is none.
static const char *const el1_names[8] = {"VMALLE1", "VAE1", "ASIDE1", "VAAE1", "", "VALE1", "", "VAALE1"};
static const char *const el2_names[8] = {"ALLE2", "VAE2", "", "", "ALLE1", "VALE2", "VMALLS12E1", ""};
static const char *const ipa_names[8] = {"IPAS2E1OS",  "IPAS2E1",  "RIPAS2E1",  "RIPAS2E1OS",
                                         "IPAS2LE1OS", "IPAS2LE1", "RIPAS2LE1", "RIPAS2LE1OS"};

static fields fields64(uint32_t word) {
  return (fields){word >> 19 & 3, word >> 16 & 7, word >> 12 & 15, word >> 8 & 15, word >> 5 & 7, word & 31};
}

// False: no TLBI that has a name here.
static bool name_tlbi64(const fields *f, char *name, size_t room) {
  static const char *const shareability[8] = {"", "OS", "IS", "IS", "", "OS", "", ""}; // by CRm
  const char *xs = f->crn == 9 ? "nXS" : "";
  bool range = f->crm == 2 || f->crm == 5 || f->crm == 6;
  if (f->op0 != 1 || (f->crn != 8 && f->crn != 9) || (f->op1 != 0 && f->op1 != 4) || f->crm > 7)
    return false;
  const char *operation = (f->op1 ? el2_names : el1_names)[f->op2], *where = shareability[f->crm];
  if (f->crm == 0 || f->crm == 4) {
    bool known = f->op1 == 4 && (f->crm == 4 || (f->op2 & 3) == 1 || (f->op2 & 3) == 2);
    operation = known ? ipa_names[f->op2] : "";
    where = f->crm == 0 ? "IS" : "";
  }
  if (!operation[0])
    return false;
  snprintf(name, room, "TLBI %s%s%s%s", range ? "R" : "", operation, where, xs);
  return true;
}

static const char *register64(const fields *f) {
  static const struct {
    fields f;
    const char *name;
  } known[] = {{{3, 0, 2, 0, 0, 0}, "TTBR0_EL1"}, {{3, 0, 2, 0, 1, 0}, "TTBR1_EL1"}, {{3, 0, 2, 0, 2, 0}, "TCR_EL1"},
               {{3, 4, 2, 0, 0, 0}, "TTBR0_EL2"}, {{3, 4, 2, 0, 1, 0}, "TTBR1_EL2"}, {{3, 4, 2, 0, 2, 0}, "TCR_EL2"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].f.op0 == f->op0 && known[i].f.op1 == f->op1 && known[i].f.crn == f->crn && known[i].f.crm == f->crm &&
        known[i].f.op2 == f->op2)
      return known[i].name;
  return NULL;
}

static void name_aarch64(uint32_t word, char *text, size_t room) {
  fields f = fields64(word);
  char name[40], rt[8];
  snprintf(rt, sizeof rt, f.rt == 31 ? "xzr" : "x%u", f.rt);
  const char *target = register64(&f);
  if (name_tlbi64(&f, name, sizeof name))
    snprintf(text, room, "%s, %s", name, rt);
  else if (target)
    snprintf(text, room, "MSR %s, %s", target, rt);
  else if (f.op0 == 1)
    snprintf(text, room, "SYS #%u, C%u, C%u, #%u, %s", f.op1, f.crn, f.crm, f.op2, rt);
  else
    snprintf(text, room, "MSR S%u_%u_C%u_C%u_%u, %s", f.op0, f.op1, f.crn, f.crm, f.op2, rt);
}

// -- AArch32 --

static const char *const pl1_names[8] = {"TLBIALL", "TLBIMVA", "TLBIASID", "TLBIMVAA", "", "TLBIMVAL", "", "TLBIMVAAL"};
static const char *const pl2_names[8] = {"TLBIALLH", "TLBIMVAH", "", "", "TLBIALLNSNH", "TLBIMVALH", "", ""};

static bool name_tlbi32(const fields *f, char *name, size_t room) {
  const char *operation = "", *before = "";
  if (f->crn != 8)
    return false;
  if (f->op1 == 4 && (f->crm == 0 || f->crm == 4))
    operation = f->op2 == 1 ? "TLBIIPAS2" : f->op2 == 5 ? "TLBIIPAS2L" : "";
  else if (f->op1 == 4 && (f->crm == 3 || f->crm == 7))
    operation = pl2_names[f->op2];
  else if (f->op1 == 0 && (f->crm == 3 || f->crm == 7 || ((f->crm == 5 || f->crm == 6) && f->op2 < 3)))
    operation = pl1_names[f->op2];
  if (f->op1 == 0 && f->crm != 3 && f->crm != 7)
    before = f->crm == 5 ? "I" : "D";
  snprintf(name, room, "%s%s%s", before, operation, f->crm == 3 || (f->op1 == 4 && f->crm == 0) ? "IS" : "");
  return operation[0];
}

static const char *register32(const fields *f) {
  static const struct {
    fields f;
    const char *name;
  } known[] = {{{0, 0, 1, 0, 0, 0}, "SCTLR"},       {{0, 0, 2, 0, 0, 0}, "TTBR0"},
               {{0, 0, 2, 0, 1, 0}, "TTBR1"},       {{0, 0, 2, 0, 2, 0}, "TTBCR"},
               {{0, 0, 3, 0, 0, 0}, "DACR"},        {{0, 0, 10, 2, 0, 0}, "PRRR, MAIR0"},
               {{0, 4, 1, 1, 0, 0}, "HCR"},         {{0, 0, 10, 2, 1, 0}, "NMRR, MAIR1"},
               {{0, 0, 13, 0, 1, 0}, "CONTEXTIDR"}, {{0, 4, 2, 1, 2, 0}, "VTCR"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].f.op1 == f->op1 && known[i].f.crn == f->crn && known[i].f.crm == f->crm && known[i].f.op2 == f->op2)
      return known[i].name;
  return NULL;
}

static void name_mcr(uint32_t word, char *text, size_t room) {
  const fields f = {0, word >> 21 & 7, word >> 16 & 15, word & 15, word >> 5 & 7, word >> 12 & 15};
  char name[32];
  const char *target = name_tlbi32(&f, name, sizeof name) ? name : register32(&f);
  snprintf(text, room, "MCR p15, %u, r%u, c%u, c%u, %u%s%s%s", f.op1, f.rt, f.crn, f.crm, f.op2, target ? " (" : "",
           target ? target : "", target ? ")" : "");
}

static void name_mcrr(uint32_t word, char *text, size_t room) {
  unsigned op1 = word >> 4 & 15, crm = word & 15;
  const char *target = crm != 2 ? "" : op1 == 0 ? " (TTBR0)" : op1 == 1 ? " (TTBR1)" : op1 == 6 ? " (VTTBR)" : "";
  snprintf(text, room, "MCRR p15, %u, r%u, r%u, c%u%s", op1, word >> 12 & 15, word >> 16 & 15, crm, target);
}

static void name_aarch32(uint32_t word, char *text, size_t room) {
  if ((word & 0x0f100f10) == 0x0e000f10)
    name_mcr(word, text, room);
  else if ((word & 0x0ff00f00) == 0x0c400f00)
    name_mcrr(word, text, room);
  else
    snprintf(text, room, "0x%08" PRIx32, word);
}

void tw_dump_word(tw_architecture architecture, uint32_t word, char *text, size_t room) {
  if (architecture == TW_ARCH_AARCH32)
    name_aarch32(word, text, room);
  else
    name_aarch64(word, text, room);
}

// -- counting --

struct tw_dump_words {
  tw_architecture architecture;
  uint32_t word;
  uint64_t count, operands;
};

int tw_dump_count_word(tw_dump_words **words, size_t *count, tw_architecture architecture, const tw_event *event) {
  size_t at = 0;
  while (at < *count && ((*words)[at].word != event->word || (*words)[at].architecture != architecture))
    at++;
  if (at == *count) {
    tw_dump_words *larger = realloc(*words, (*count + 1) * sizeof *larger);
    if (!larger)
      return -1;
    *words = larger;
    larger[(*count)++] = (tw_dump_words){.architecture = architecture, .word = event->word};
  }
  (*words)[at].count++;
  (*words)[at].operands += event->has_operand;
  return 0;
}

json_t *tw_dump_words_list(const tw_dump_words *words, size_t count) {
  json_t *list = json_array();
  for (size_t i = 0; i < count; i++) {
    char name[64], hex[16];
    tw_dump_word(words[i].architecture, words[i].word, name, sizeof name);
    snprintf(hex, sizeof hex, "0x%08" PRIx32, words[i].word);
    json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I}", "instruction", name, "word", hex, "count",
                                          (json_int_t)words[i].count, "operands_known", (json_int_t)words[i].operands));
  }
  return list;
}
