// Which TLBIs suffice after a change of a translation table: one is chosen at random among all that do.
#ifndef HARNESS_RANDOM_MAINTAIN_H
#define HARNESS_RANDOM_MAINTAIN_H

#include "random_tables.h"

/// What has to be dropped.
typedef struct tw_random_need {
  const tw_random_context *context; ///< the current one
  uint64_t first, last;             ///< bytes of the VAs (IPAs) that are concerned
  uint16_t asid;                    ///< the context's, as TLBs know it
  uint8_t granule;                  ///< of the tree, log2
  int8_t level;                     ///< of the leaf; -2: not one leaf
  bool leaf;                        ///< one mapping, and no table: a TLBI of any page of it does
  bool stage2;                      //
  bool va_suffices;                 ///< a form with the ASID reaches all copies
  bool asid_suffices;               ///< so does ASIDE1
  bool has_lpa2;                    ///< the core has FEAT_LPA2
} tw_random_need;

/// The ASID of a context's translations.
uint16_t tw_random_effective_asid(const tw_random_context *context);
/// One or two TLBIs, in the order in which they must be made. Gives how many.
size_t tw_random_maintenance(tw_random *random, const tw_random_need *need, tw_tlbi tlbi[2]);

#endif
