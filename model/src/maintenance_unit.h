// TLB maintenance in time: the queues of both ports and the unit that carries out their operations. Twin:
// rtl/maintenance_unit.sv.
#ifndef TABLEWALK_MAINTENANCE_UNIT_H
#define TABLEWALK_MAINTENANCE_UNIT_H

#include <tablewalk/mmu.h>

#include "maintenance.h"

struct tw_cycle;

enum { TW_OPERATIONS = 4, TW_OPERATION_QUEUES = 2, TW_NO_QUEUE = 0xff };

typedef struct tw_operation {
  tw_tlbi tlbi;
  uint64_t accepted;
} tw_operation;

typedef struct tw_operation_queue {
  tw_operation operation[TW_OPERATIONS];
  uint8_t first, count;
} tw_operation_queue;

typedef struct tw_maintenance_unit {
  tw_operation_queue queue[TW_OPERATION_QUEUES]; ///< this PE's, and the outside's
  uint8_t served_last;                           ///< which of them
  uint64_t free_from;                            ///< no operation is taken before
  // the operation under way
  bool busy;
  tw_operation operation;
  uint64_t earliest; ///< cycle of its response
  // the way of a TLBI through the L2: one set a cycle
  tw_maintenance maintenance;
  uint64_t swept_from;   ///< its first cycle
  uint32_t swept, sweep; ///< sets that are done, and how many there are to do
} tw_maintenance_unit;

void tw_maintenance_unit_init(tw_maintenance_unit *unit);

static inline bool tw_is_dsb(const tw_tlbi *tlbi) { return (tlbi->op & 15) == TW_TLBI_DSB; }
/// The cycles of an operation from its first one to its response, nothing being awaited.
uint32_t tw_maintenance_cycles(const tw_mmu *mmu, const tw_tlbi *tlbi);
/// What it drops at once: all but the L2's entries.
tw_maintenance tw_maintenance_begin(tw_mmu *mmu, const tw_tlbi *tlbi);
tw_response tw_maintenance_answer(const tw_operation *operation, uint64_t cycle);

/// True when a TLBI goes through the L2 in `cycle`, its first one not counted.
static inline bool tw_is_swept(const tw_maintenance_unit *unit, uint64_t cycle) {
  return cycle < unit->swept_from + unit->sweep;
}
/// Drop in the sets that are done before `cycle`.
void tw_maintenance_unit_sweep(tw_mmu *mmu, uint64_t cycle);
/// A slot of the L2 has been filled in `cycle`; of its set, if that is this cycle's, the rest is dropped in.
void tw_maintenance_unit_beside(tw_mmu *mmu, uint64_t cycle, size_t slot);

/// Decide what is taken and what completes. Changes nothing.
void tw_maintenance_unit_decide(const tw_mmu *mmu, struct tw_cycle *c);
/// Do it, but the response.
void tw_maintenance_unit_do(tw_mmu *mmu, const struct tw_cycle *c);
/// The next cycle, from `from` on, in which it does something; UINT64_MAX: none.
uint64_t tw_maintenance_unit_next(const tw_mmu *mmu, uint64_t from);

static inline bool tw_maintenance_unit_is_idle(const tw_maintenance_unit *unit) {
  return !unit->busy && !unit->queue[0].count && !unit->queue[1].count;
}
static inline bool tw_operation_queue_is_full(const tw_operation_queue *queue) { return queue->count == TW_OPERATIONS; }
void tw_operation_queue_put(tw_operation_queue *queue, const tw_tlbi *tlbi, uint64_t accepted);

#endif
