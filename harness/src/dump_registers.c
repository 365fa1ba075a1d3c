// Registers of a section by their names in the Arm manual, and what they say: AArch64's TCR_EL1.{T0SZ, TG0, T1SZ, TG1,
// A1, AS, IPS}; AArch32's TTBCR.{EAE, N, T0SZ, T1SZ}, SCTLR.{TRE, AFE}, DACR.
#include "dump.h"

#include <inttypes.h>

static unsigned field(uint64_t value, unsigned high, unsigned low) {
  return (unsigned)(value >> low & ((2ULL << (high - low)) - 1));
}

json_t *tw_dump_hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "0x%016" PRIx64, value);
  return json_string(text);
}

static json_t *hex32(uint64_t value) {
  char text[16];
  snprintf(text, sizeof text, "0x%08" PRIx32, (uint32_t)value);
  return json_string(text);
}

// -- AArch64 --

static json_t *registers64(const tw_registers *r) {
  json_t *json = json_object();
  json_object_set_new(json, "SCTLR_EL1", tw_dump_hex(r->sctlr));
  json_object_set_new(json, "TCR_EL1", tw_dump_hex(r->tcr));
  json_object_set_new(json, "TTBR0_EL1", tw_dump_hex(r->ttbr0));
  json_object_set_new(json, "TTBR1_EL1", tw_dump_hex(r->ttbr1));
  json_object_set_new(json, "MAIR_EL1", tw_dump_hex(r->mair));
  return json;
}

static json_t *half64(const char *granule, unsigned txsz, bool off) {
  return json_pack("{s:s, s:i, s:b}", "granule", granule, "va_bits", (int)(64 - txsz), "walks_off", off);
}

static json_t *decoded64(const tw_registers *r) {
  static const char *const tg0[4] = {"4K", "64K", "16K", "reserved"}, *const tg1[4] = {"reserved", "16K", "4K", "64K"};
  static const int ips_bits[8] = {32, 36, 40, 42, 44, 48, 52, 0};
  uint64_t tcr = r->tcr;
  return json_pack("{s:b, s:o, s:o, s:s, s:i, s:i}", "stage1_on", (int)field(r->sctlr, 0, 0), "TTBR0_EL1",
                   half64(tg0[field(tcr, 15, 14)], field(tcr, 5, 0), field(tcr, 7, 7)), "TTBR1_EL1",
                   half64(tg1[field(tcr, 31, 30)], field(tcr, 21, 16), field(tcr, 23, 23)), "asid_from",
                   field(tcr, 22, 22) ? "TTBR1_EL1" : "TTBR0_EL1", "asid_bits", field(tcr, 36, 36) ? 16 : 8, "pa_bits",
                   ips_bits[field(tcr, 34, 32)]);
}

// -- AArch32 --

static json_t *registers32(const tw_registers *r, bool lpae) {
  json_t *json = json_object();
  json_object_set_new(json, "SCTLR", hex32(r->sctlr));
  json_object_set_new(json, "TTBCR", hex32(r->tcr));
  json_object_set_new(json, "TTBR0", lpae ? tw_dump_hex(r->ttbr0) : hex32(r->ttbr0));
  json_object_set_new(json, "TTBR1", lpae ? tw_dump_hex(r->ttbr1) : hex32(r->ttbr1));
  json_object_set_new(json, lpae ? "MAIR0" : "PRRR", hex32(r->mair));
  json_object_set_new(json, lpae ? "MAIR1" : "NMRR", hex32(r->mair >> 32));
  json_object_set_new(json, "CONTEXTIDR", hex32(r->contextidr));
  json_object_set_new(json, "DACR", hex32(r->dacr));
  if (r->hcr | r->vtcr | r->vttbr) {
    json_object_set_new(json, "HCR", hex32(r->hcr));
    json_object_set_new(json, "VTCR", hex32(r->vtcr));
    json_object_set_new(json, "VTTBR", tw_dump_hex(r->vttbr));
  }
  return json;
}

// The addresses that a TTBR has; `end` 0: none.
static json_t *half32(uint64_t first, uint64_t end, bool off) {
  if (end <= first)
    return json_null();
  return json_pack("{s:o, s:o, s:b}", "first", hex32(first), "last", hex32(end - 1), "walks_off", off);
}

// "0 client, 2 manager": the domains that may be accessed.
static json_t *domains(uint32_t dacr) {
  static const char *const kinds[4] = {NULL, "client", "reserved", "manager"};
  char text[256] = "";
  size_t used = 0;
  for (unsigned i = 0; i < 16; i++)
    if (kinds[dacr >> 2 * i & 3])
      used +=
          (size_t)snprintf(text + used, sizeof text - used, "%s%u %s", used ? ", " : "", i, kinds[dacr >> 2 * i & 3]);
  return json_string(used ? text : "none");
}

static json_t *decoded_short(const tw_registers *r) {
  const uint64_t all = 1ULL << 32;
  unsigned n = field(r->tcr, 2, 0);
  uint64_t split = all >> n;
  return json_pack("{s:s, s:b, s:o, s:o, s:i, s:b, s:b, s:o}", "format", "short descriptors", "stage1_on",
                   (int)field(r->sctlr, 0, 0), "TTBR0", half32(0, split, field(r->tcr, 4, 4)), "TTBR1",
                   half32(split, all, field(r->tcr, 5, 5)), "asid", (int)(r->contextidr & 0xff), "tex_remap",
                   (int)field(r->sctlr, 28, 28), "access_flag", (int)field(r->sctlr, 29, 29), "domains",
                   domains(r->dacr));
}

static json_t *decoded_lpae(const tw_registers *r) {
  const uint64_t all = 1ULL << 32;
  unsigned t0sz = field(r->tcr, 2, 0), t1sz = field(r->tcr, 18, 16);
  uint64_t first1 = t1sz ? all - (all >> t1sz) : t0sz ? all >> t0sz : all;
  uint64_t end0 = t0sz ? all >> t0sz : first1;
  uint64_t asid = field(r->tcr, 22, 22) ? r->ttbr1 >> 48 : r->ttbr0 >> 48;
  return json_pack("{s:s, s:b, s:o, s:o, s:i}", "format", "LPAE", "stage1_on", (int)field(r->sctlr, 0, 0), "TTBR0",
                   half32(0, end0, field(r->tcr, 7, 7)), "TTBR1", half32(first1, all, field(r->tcr, 23, 23)), "asid",
                   (int)(asid & 0xff));
}

void tw_dump_registers(json_t *json, const tw_trace *trace) {
  const tw_registers *r = tw_trace_registers(trace);
  if (tw_trace_architecture(trace) == TW_ARCH_AARCH64) {
    json_object_set_new(json, "registers", registers64(r));
    json_object_set_new(json, "decoded", decoded64(r));
    return;
  }
  bool lpae = r->tcr >> 31 & 1;
  json_object_set_new(json, "registers", registers32(r, lpae));
  json_object_set_new(json, "decoded", lpae ? decoded_lpae(r) : decoded_short(r));
}
