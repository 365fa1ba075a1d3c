// TLB maintenance as asm/tlbflush.h of arm64, and mm/tlb-v7.S of arm make it. Barriers are no events.
#include "kernel.h"

enum { INNER = 3, INNER_RANGE = 2, XZR = 31 }; // CRm of inner shareable ones; Rt
enum { OP_VMALLE1 = 0, OP_VAE1 = 1, OP_ASIDE1 = 2, OP_VAAE1 = 3, OP_VALE1 = 5, OP_VAALE1 = 7 };

static void tell(const tw_kernel *kernel, uint32_t word, uint64_t operand) {
  if (!kernel->told || !kernel->sink.event)
    return;
  tw_event event = {.kind = TW_EVENT_TLBI, .has_operand = true, .word = word, .value = operand};
  kernel->sink.event(kernel->sink.context, &event);
}

// ---- arm64: operations ----

/// SYS of TLBI: op1 0, CRn 8; CRm and op2 say which, Rt is the operand's register.
static uint32_t tlbi_word(unsigned crm, unsigned op2, unsigned rt) { return 0xd5088000U | crm << 8 | op2 << 5 | rt; }

static uint64_t operand_of(uint64_t va, uint64_t asid) { return (va >> 12 & ((UINT64_C(1) << 44) - 1)) | asid << 48; }

/// TLBI_TTL_TG_..: of the kernel's pages.
static uint64_t granule(const tw_kernel *kernel) { return (kernel->page_log2 - 12) / 2 + 1; }

/// What is to be invalidated, and by which operation.
typedef struct flush {
  unsigned op2;
  unsigned level; ///< of its leaves, 1 to 3; 0: not known
  uint64_t va, bytes, stride, asid;
  bool by_ranges;
} flush;

/// __tlbi_level: FEAT_TTL is there when FEAT_TLBIRANGE is, both of Armv8.4, and has been made use of since 5.9 as well.
static void tell_one(const tw_kernel *kernel, const flush *f, uint64_t va) {
  bool hinted = f->level && kernel->config.tlbi_range && tw_kernel_since(kernel, 5, 9);
  uint64_t ttl = hinted ? granule(kernel) << 2 | f->level : 0;
  tell(kernel, tlbi_word(INNER, f->op2, 0), operand_of(va, f->asid) | ttl << 44);
}

/// lpa2_is_enabled: TCR_EL1.DS. A range then begins at a multiple of 64 KiB, whatever the granule.
static bool has_ds(const tw_kernel *kernel) {
  const tw_linux_layout_config *layout = &kernel->config.layout;
  return layout->va_bits == 52 && !layout->narrow && layout->page_log2 != 16;
}

/// __TLBI_RANGE_PAGES
static uint64_t range_pages(unsigned num, unsigned scale) { return (uint64_t)(num + 1) << (5 * scale + 1); }

/// __TLBI_VADDR_RANGE: (num + 1) * 2^(5 * scale + 1) pages from `va` on.
static void tell_range(const tw_kernel *kernel, const flush *f, uint64_t va, unsigned num, unsigned scale) {
  unsigned unit_log2 = has_ds(kernel) ? 16 : kernel->page_log2;
  uint64_t base = va >> unit_log2 & ((UINT64_C(1) << 37) - 1);
  uint64_t operand = base | (uint64_t)f->level << 37 | (uint64_t)num << 39 | (uint64_t)scale << 44 |
                     granule(kernel) << 46 | f->asid << 48;
  tell(kernel, tlbi_word(INNER_RANGE, f->op2, 0), operand);
}

// ---- arm64: how many of which ----

enum { SCALES = 4, NUM_MOST = 31 };

/// The largest scale comes first, since 6.8.
static bool goes_down(const tw_kernel *kernel) { return tw_kernel_since(kernel, 6, 8); }

/// No range can begin here, or none is as short.
static bool goes_alone(const tw_kernel *kernel, uint64_t va, uint64_t pages) {
  if (!goes_down(kernel))
    return pages % 2 == 1;
  return pages == 1 || (has_ds(kernel) && va % (64 << 10));
}

/// __TLBI_RANGE_NUM plus 1: pairs of pages, times 2^(5 * scale), that `scale` has to do; 0: none.
static unsigned range_num(const tw_kernel *kernel, uint64_t pages, unsigned scale) {
  uint64_t units = pages >> (5 * scale + 1);
  if (!goes_down(kernel))
    return units & NUM_MOST;
  return units > NUM_MOST + 1 ? NUM_MOST + 1 : (unsigned)units;
}

/// __flush_tlb_range_op
static void tell_all(const tw_kernel *kernel, const flush *f) {
  uint64_t page = tw_kernel_page(kernel), va = f->va, end = f->va + f->bytes;
  unsigned step = 0;
  while (va < end) {
    uint64_t pages = (end - va) / page;
    if (!f->by_ranges || goes_alone(kernel, va, pages)) {
      tell_one(kernel, f, va);
      va += f->stride;
      continue;
    }
    unsigned scale = goes_down(kernel) ? SCALES - 1 - step : step, num = range_num(kernel, pages, scale);
    step++;
    if (num == 0)
      continue;
    tell_range(kernel, f, va, num - 1, scale);
    va += range_pages(num - 1, scale) * page;
  }
}

/// MAX_TLBI_RANGE_PAGES; as many have been a range since 6.10.
static bool is_too_long(const tw_kernel *kernel, const flush *f) {
  uint64_t pages = f->bytes / tw_kernel_page(kernel), most = range_pages(NUM_MOST, SCALES - 1);
  return pages > most - !tw_kernel_since(kernel, 6, 10);
}

/// This many operations: everything at once. MAX_TLBI_OPS (since 6.7: MAX_DVM_OPS), PTRS_PER_PTE.
static uint64_t most_operations(const tw_kernel *kernel) { return tw_kernel_page(kernel) / 8; }

// ---- arm64 ----

/// By ranges since 6.13. Before that, as many pages as most_operations were still made one by one.
static void flush_arm64(const tw_kernel *kernel, const tw_range *range) {
  bool since_6_13 = tw_kernel_since(kernel, 6, 13);
  uint64_t page = tw_kernel_page(kernel), most = (most_operations(kernel) - since_6_13) * page;
  flush f = {.op2 = OP_VAALE1,
             .va = range->va,
             .bytes = range->bytes,
             .stride = page,
             .by_ranges = since_6_13 && kernel->config.tlbi_range};
  if (f.by_ranges ? is_too_long(kernel, &f) : f.bytes > most)
    tell(kernel, tlbi_word(INNER, OP_VMALLE1, XZR), 0);
  else
    tell_all(kernel, &f);
}

/// tlb_get_level: that of the descriptors that `stride` is the size of.
static unsigned level_of(const tw_kernel *kernel, uint64_t stride) {
  unsigned level = 3;
  for (uint64_t size = tw_kernel_page(kernel); size < stride; size *= most_operations(kernel))
    level--;
  return level;
}

static void flush_user_arm64(const tw_kernel *kernel, const tw_range *range, uint64_t stride, bool tables) {
  flush f = {.op2 = tables ? OP_VAE1 : OP_VALE1,
             .level = tables ? 0 : level_of(kernel, stride),
             .va = range->va,
             .bytes = range->bytes,
             .stride = stride,
             .asid = TW_KERNEL_ASID,
             .by_ranges = kernel->config.tlbi_range && tw_kernel_since(kernel, 5, 9)};
  if (f.by_ranges ? is_too_long(kernel, &f) : f.bytes >= most_operations(kernel) * stride)
    tell(kernel, tlbi_word(INNER, OP_ASIDE1, 0), f.asid << 48);
  else
    tell_all(kernel, &f);
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
    tell(kernel, tlbi_word(INNER, OP_VAAE1, 0), operand_of(va, 0));
}

void tw_kernel_flush_user(tw_kernel *kernel, uint64_t va, uint64_t bytes, uint64_t stride, bool tables) {
  tw_range range = {va, bytes};
  if (tw_kernel_is_arm(kernel))
    flush_arm(kernel, &range, TW_KERNEL_ASID);
  else
    flush_user_arm64(kernel, &range, stride, tables);
}
