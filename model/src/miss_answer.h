// What stands at the miss channel. Twin: in rtl/miss_channel.sv and rtl/splinter.sv.
#ifndef TABLEWALK_MISS_ANSWER_H
#define TABLEWALK_MISS_ANSWER_H

#include "machine.h"

/// Give the answer that stands at the miss channel, fill by it, and let those that are merged with it go on.
void tw_miss_answer(tw_mmu *mmu, const tw_cycle *c);

#endif
