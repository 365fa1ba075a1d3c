// PAR_EL1 and ESR_EL1 of an answer (Arm ARM: PAR_EL1; ESR_ELx, ISS encodings of aborts). Twin: rtl/syndrome.sv.
#include <tablewalk/request.h>

#include "bits.h"

enum { TW_RES1 = 1 << 11, TW_EC_INSTRUCTION_ABORT_LOWER = 0x20, TW_EC_DATA_ABORT_LOWER = 0x24 };

uint64_t tw_par(const tw_response *r) {
  if (r->fault)
    return TW_RES1 | (uint64_t)(r->stage == 2) << 9 | (uint64_t)r->s1ptw << 8 | (uint64_t)r->fsc << 1 | 1;
  return (uint64_t)r->attr << 56 | (r->pa & tw_ones(51, 12)) | TW_RES1 | (uint64_t)r->sh << 7;
}

uint32_t tw_esr(const tw_response *r) {
  if (!r->fault)
    return 0;
  uint32_t ec = r->kind == TW_ACCESS_FETCH ? TW_EC_INSTRUCTION_ABORT_LOWER : TW_EC_DATA_ABORT_LOWER;
  uint32_t write = r->kind == TW_ACCESS_WRITE;
  return (ec + (r->el != 0)) << 26 | 1U << 25 | (uint32_t)r->s1ptw << 7 | write << 6 | r->fsc;
}

bool tw_is_external_abort(const tw_response *r) {
  return r->fault &&
         (r->fsc == TW_FSC_EXTERNAL_ABORT || r->fsc == 0x13 || (r->fsc & ~3) == TW_FSC_EXTERNAL_ABORT_ON_WALK);
}
