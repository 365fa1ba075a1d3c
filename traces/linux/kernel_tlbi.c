// TLB maintenance as asm/tlbflush.h of arm64, and mm/tlb-v7.S of arm make it. Barriers are no events.
#include "kernel.h"

enum { INNER = 3, OP_VMALLE1 = 0, OP_VAE1 = 1, OP_ASIDE1 = 2, OP_VAAE1 = 3, OP_VALE1 = 5, OP_VAALE1 = 7, XZR = 31 };

static void tell(const tw_kernel *kernel, uint32_t word, uint64_t operand) {
  if (!kernel->told || !kernel->sink.event)
    return;
  tw_event event = {.kind = TW_EVENT_TLBI, .has_operand = true, .word = word, .value = operand};
  kernel->sink.event(kernel->sink.context, &event);
}

// ---- arm64 ----

/// SYS of TLBI: op1 0, CRn 8; CRm and op2 say which, Rt is the operand's register.
static uint32_t tlbi_word(unsigned op2, unsigned rt) { return 0xd5088000U | INNER << 8 | op2 << 5 | rt; }

static uint64_t operand_of(uint64_t va, uint64_t asid) { return (va >> 12 & ((UINT64_C(1) << 44) - 1)) | asid << 48; }

static void tell_range(const tw_kernel *kernel, unsigned op2, const tw_range *range, uint64_t stride, uint64_t asid) {
  for (uint64_t at = 0; at < range->bytes; at += stride)
    tell(kernel, tlbi_word(op2, 0), operand_of(range->va + at, asid));
}

/// This many operations: everything at once. MAX_TLBI_OPS (since 6.7: MAX_DVM_OPS), PTRS_PER_PTE.
static uint64_t most_operations(const tw_kernel *kernel) { return tw_kernel_page(kernel) / 8; }

/// Before 6.13 as many as that were still made one by one.
static void flush_arm64(const tw_kernel *kernel, const tw_range *range) {
  uint64_t page = tw_kernel_page(kernel), most = most_operations(kernel) - tw_kernel_since(kernel, 6, 13);
  if (range->bytes > most * page)
    tell(kernel, tlbi_word(OP_VMALLE1, XZR), 0);
  else
    tell_range(kernel, OP_VAALE1, range, page, 0);
}

static void flush_user_arm64(const tw_kernel *kernel, const tw_range *range, uint64_t stride, bool tables) {
  if (range->bytes >= most_operations(kernel) * stride)
    tell(kernel, tlbi_word(OP_ASIDE1, 0), (uint64_t)TW_KERNEL_ASID << 48);
  else
    tell_range(kernel, tables ? OP_VAE1 : OP_VALE1, range, stride, TW_KERNEL_ASID);
}

// ---- arm ----

/// MCR p15, 0, r0, c8, c3: by MVA and ASID, page by page, however many there are.
static void flush_arm(const tw_kernel *kernel, const tw_range *range, uint64_t asid) {
  uint32_t word = 0xee080f10U | OP_VAE1 << 5 | INNER;
  for (uint64_t at = 0; at < range->bytes; at += tw_kernel_page(kernel))
    tell(kernel, word, (uint32_t)(range->va + at) | asid);
}

// ---- both ----

void tw_kernel_flush(tw_kernel *kernel, uint64_t va, uint64_t bytes) {
  tw_range range = {va, bytes};
  if (tw_kernel_is_arm(kernel))
    flush_arm(kernel, &range, 0);
  else
    flush_arm64(kernel, &range);
}

void tw_kernel_flush_table(tw_kernel *kernel, uint64_t va) {
  if (tw_kernel_is_arm(kernel))
    flush_arm(kernel, &(tw_range){va, tw_kernel_page(kernel)}, 0);
  else
    tell(kernel, tlbi_word(OP_VAAE1, 0), operand_of(va, 0));
}

void tw_kernel_flush_user(tw_kernel *kernel, uint64_t va, uint64_t bytes, uint64_t stride, bool tables) {
  tw_range range = {va, bytes};
  if (tw_kernel_is_arm(kernel))
    flush_arm(kernel, &range, TW_KERNEL_ASID);
  else
    flush_user_arm64(kernel, &range, stride, tables);
}
