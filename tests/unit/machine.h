// A small machine for tests: an MMU, its memory and tables written by hand.
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <tablewalk/memory.h>
#include <tablewalk/mmu.h>

// Descriptor bits, from the Arm manual (VMSAv8-64, stage 1).
enum {
  D_TABLE = 3,
  D_PAGE = 3,
  D_BLOCK = 1,
  D_EL0 = 1 << 6,
  D_RO = 1 << 7,
  D_AF = 1 << 10,
  D_NG = 1 << 11,
};
#define D_DBM (1ULL << 51)
#define D_CONTIGUOUS (1ULL << 52)
#define D_PXN (1ULL << 53)
#define D_UXN (1ULL << 54)

typedef struct machine {
  tw_mmu *mmu;
  tw_memory *memory;
  tw_mmu_config config;
  tw_registers registers;
} machine;

/// 4K granule, 48 bits, TTBR1's table at 0x40000000; memory answers after `delay` cycles; TLBs of the test's choice.
machine machine_new(const tw_mmu_config *config, unsigned delay);
void machine_free(machine *m);
/// A small geometry: L1s of 4, L2 of 4 sets of 2 ways, walk caches of 2, IPA cache of 4, latencies 1, 3, 1, 1, 2. The
/// L2 makes seven probes of the 4K granule.
tw_mmu_config machine_small(void);
/// Map one page or block for TTBR1: tables are made on the way at fixed places.
void machine_map(machine *m, uint64_t va, int level, uint64_t leaf);
/// Physical address of the descriptor for `va` at `level`.
uint64_t machine_descriptor(const machine *m, uint64_t va, int level);
tw_response machine_read(machine *m, uint64_t va);
tw_response machine_access(machine *m, tw_request request);
void machine_tlbi(machine *m, tw_tlbi_op op, uint64_t va, uint16_t asid);
/// Set the registers as they stand in `m`.
void machine_set(machine *m);
/// Change the ASID (TTBR1's, TCR.A1 = 1).
void machine_asid(machine *m, uint16_t asid);

/// Stage 2 that maps every IPA to itself, by blocks of 1 GiB, the one of number `read_only` read only; UINT64_MAX:
/// none. The registers in `m` say so, and are not set yet.
void machine_add_stage2(machine *m, uint64_t read_only);

/// Where machine_of_shape maps its pages.
#define MACHINE_VA 0xffff000000400000ULL
enum { MACHINE_SHAPES = 6 };
/// A machine for many requests, one of MACHINE_SHAPES: `config` with other limits and latencies, stage 2, updates by
/// hardware; 96 pages with holes and faults, and a block beyond them. `misses`, the TLBs and the prefetch are the
/// caller's.
machine machine_of_shape(tw_mmu_config config, unsigned shape);

/// Offer an access of EL1 at its port, which must be free.
void machine_offer(machine *m, unsigned kind, uint64_t va, uint64_t cycle, uint32_t id);
void machine_offer_tlbi(machine *m, tw_tlbi tlbi);
/// Run cycle by cycle up to `until`: an answer is there when its cycle is over, and not before. They are `expected`.
void machine_step(machine *m, uint64_t until, tw_response *responses, unsigned expected);
/// xorshift64.
uint64_t machine_random(uint64_t *state);
/// A random stream of accesses, and of a TLBI among 16, over pages from `va` on.
typedef struct machine_stream {
  uint64_t seed, va;
  unsigned requests;
  uint64_t (*page)(uint64_t random, uint64_t before); ///< number of the next one's page
} machine_stream;
/// Offer it at random cycles, and run in steps of up to `stride` cycles. How many answers there are: to all of it that
/// a port took.
unsigned machine_drive(machine *m, const machine_stream *stream, unsigned stride, tw_response *responses);
uint64_t machine_count(const machine *m, tw_counter counter);
/// The counters agree among themselves, nothing being under way.
void machine_check_counters(const machine *m);

#endif
