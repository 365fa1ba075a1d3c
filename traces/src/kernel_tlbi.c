// TLB maintenance as arch/arm64/include/asm/tlbflush.h makes it. Barriers are no events.
#include "kernel.h"

/// SYS of TLBI: op1 0, CRn 8; CRm and op2 say which, Rt is the operand's register.
static uint32_t tlbi_word(unsigned crm, unsigned op2, unsigned rt) { return 0xd5088000U | crm << 8 | op2 << 5 | rt; }

enum { INNER = 3, OP_VMALLE1 = 0, OP_VAE1 = 1, OP_ASIDE1 = 2, OP_VALE1 = 5, OP_VAALE1 = 7, XZR = 31 };

static void tell(const tw_kernel *kernel, unsigned op2, bool has_operand, uint64_t operand) {
  if (!kernel->told || !kernel->sink.event)
    return;
  tw_event event = {.kind = TW_EVENT_TLBI,
                    .has_operand = true,
                    .word = tlbi_word(INNER, op2, has_operand ? 0 : XZR),
                    .value = operand};
  kernel->sink.event(kernel->sink.context, &event);
}

static uint64_t operand_of(uint64_t va, uint64_t asid) { return (va >> 12 & ((UINT64_C(1) << 44) - 1)) | asid << 48; }

/// More than this many operations: everything at once. MAX_TLBI_OPS (MAX_DVM_OPS since 6.8), PTRS_PER_PTE.
static uint64_t most_operations(const tw_kernel *kernel) { return tw_kernel_page(kernel) / 8; }

void tw_kernel_flush(tw_kernel *kernel, uint64_t va, uint64_t bytes) {
  uint64_t page = tw_kernel_page(kernel);
  if (bytes > most_operations(kernel) * page) {
    tell(kernel, OP_VMALLE1, false, 0);
    return;
  }
  for (uint64_t at = va; at - va < bytes; at += page)
    tell(kernel, OP_VAALE1, true, operand_of(at, 0));
}

void tw_kernel_flush_user(tw_kernel *kernel, uint64_t va, uint64_t bytes, uint64_t stride, bool tables) {
  if (bytes >= most_operations(kernel) * stride) {
    tell(kernel, OP_ASIDE1, true, (uint64_t)TW_KERNEL_ASID << 48);
    return;
  }
  for (uint64_t at = va; at - va < bytes; at += stride)
    tell(kernel, tables ? OP_VAE1 : OP_VALE1, true, operand_of(at, TW_KERNEL_ASID));
}
