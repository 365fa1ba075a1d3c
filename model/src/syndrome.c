// PAR, ESR or FSR, and HPFAR of an answer (Arm ARM: PAR_EL1 and PAR; ESR_ELx, ISS encodings of aborts; DFSR, IFSR;
// HPFAR_EL2; Intel SDM: page-fault error code). Twin: rtl/syndrome.sv.
#include <tablewalk/request.h>

#include "bits.h"

enum { PAR_LPAE = 1 << 11, EC_INSTRUCTION_ABORT_LOWER = 0x20, EC_DATA_ABORT_LOWER = 0x24 };
enum { FSR_LPAE = 1 << 9, FSR_WRITE = 1 << 11 };

/// FS[4:0] of short descriptors.
static uint32_t short_status(uint8_t fsc) {
  static const uint8_t status[][2] = {
      {TW_FSC_TRANSLATION | 1, 0x05},
      {TW_FSC_TRANSLATION | 2, 0x07},
      {TW_FSC_ACCESS_FLAG | 1, 0x03},
      {TW_FSC_ACCESS_FLAG | 2, 0x06},
      {TW_FSC_DOMAIN | 1, 0x09},
      {TW_FSC_DOMAIN | 2, 0x0b},
      {TW_FSC_PERMISSION | 1, 0x0d},
      {TW_FSC_PERMISSION | 2, 0x0f},
      {TW_FSC_EXTERNAL_ABORT_ON_WALK | 1, 0x0c},
      {TW_FSC_EXTERNAL_ABORT_ON_WALK | 2, 0x0e},
  };
  for (unsigned i = 0; i < sizeof status / sizeof *status; i++)
    if (status[i][0] == fsc)
      return status[i][1];
  return 0;
}

static bool is_device(uint8_t attr) { return (attr & 0xf0) == 0; }

typedef enum tw_policy { NOT_CACHED, WRITE_BACK_ALLOCATE, WRITE_THROUGH, WRITE_BACK } tw_policy;

/// Cache policy of a nibble of a Normal attribute, numbered as PAR's outer field has it.
static tw_policy policy(unsigned nibble) {
  if (nibble == 4 || nibble == 0)
    return NOT_CACHED;
  if (!(nibble & 4))
    return WRITE_THROUGH;
  return nibble & 1 ? WRITE_BACK_ALLOCATE : WRITE_BACK;
}

static uint32_t inner_field(uint8_t attr) {
  static const uint8_t by_policy[4] = {0, 5, 6, 7};
  if (is_device(attr))
    return attr == 0 ? 1 : 3;
  return by_policy[policy(attr & 15U)];
}

static uint32_t outer_field(uint8_t attr) { return is_device(attr) ? 0U : (uint32_t)policy(attr >> 4); }

static uint64_t par32(const tw_response *r) {
  if (r->fault)
    return short_status(r->fsc) << 1 | 1;
  uint64_t pa = r->pa & tw_ones(31, 12);
  if (r->syndrome & TW_SYNDROME_SUPER)
    pa = (r->pa & tw_ones(31, 24)) | tw_field(r->pa, 39, 32) << 16 | 1 << 1;
  return pa | (uint64_t)(r->sh == 3) << 10 | (uint64_t)(r->sh != 0) << 7 | inner_field(r->attr) << 4 |
         outer_field(r->attr) << 2;
}

uint64_t tw_par(const tw_response *r) {
  if (r->syndrome & TW_SYNDROME_PAR32)
    return par32(r);
  if (r->fault)
    return PAR_LPAE | (uint64_t)(r->stage == 2) << 9 | (uint64_t)r->s1ptw << 8 | (uint64_t)r->fsc << 1 | 1;
  return (uint64_t)r->attr << 56 | (r->pa & tw_ones(51, 12)) | PAR_LPAE | (uint64_t)r->sh << 7;
}

/// DFSR or IFSR.
static uint32_t fsr(const tw_response *r) {
  uint32_t write = r->kind == TW_ACCESS_WRITE ? FSR_WRITE : 0;
  if (!(r->syndrome & TW_SYNDROME_SHORT))
    return r->fsc | FSR_LPAE | write;
  uint32_t status = short_status(r->fsc);
  return (status & 15) | (status >> 4) << 10 | write;
}

/// P, W, U, RSVD, I. A reserved bit is found in an entry that is present.
static uint32_t page_fault_code(const tw_response *r) {
  bool permission = (r->fsc & ~3) == TW_FSC_PERMISSION;
  bool reserved = (r->fsc & ~3) == TW_FSC_ADDRESS_SIZE || r->fsc == 0x29;
  return (uint32_t)(permission || reserved) | (uint32_t)(r->kind == TW_ACCESS_WRITE) << 1 |
         (uint32_t)(r->el == 0) << 2 | (uint32_t)reserved << 3 | (uint32_t)(r->kind == TW_ACCESS_FETCH) << 4;
}

uint32_t tw_esr(const tw_response *r) {
  if (!r->fault)
    return 0;
  if (r->syndrome & TW_SYNDROME_X86)
    return page_fault_code(r);
  if (r->syndrome & TW_SYNDROME_FSR && r->stage != 2)
    return fsr(r);
  uint32_t ec = r->kind == TW_ACCESS_FETCH ? EC_INSTRUCTION_ABORT_LOWER : EC_DATA_ABORT_LOWER;
  uint32_t write = r->kind == TW_ACCESS_WRITE, same_el = r->el != 0 && r->stage != 2;
  return (ec + same_el) << 26 | 1U << 25 | (uint32_t)r->s1ptw << 7 | write << 6 | r->fsc;
}

uint64_t tw_hpfar(const tw_response *r) { return r->fault && r->stage == 2 ? tw_field(r->ipa, 51, 12) << 4 : 0; }

bool tw_is_external_abort(const tw_response *r) {
  return r->fault &&
         (r->fsc == TW_FSC_EXTERNAL_ABORT || r->fsc == 0x13 || (r->fsc & ~3) == TW_FSC_EXTERNAL_ABORT_ON_WALK);
}
