// Translation tables that grow as addresses are met: VMSAv8-64, both halves, mappings of one size.
//
// The encoder is the table builder's (page_format.h), which shares nothing with the model.
#ifndef TRACES_SRC_ADDRESS_SPACE_H
#define TRACES_SRC_ADDRESS_SPACE_H

#include <stdbool.h>
#include <traces/foreign.h>

typedef struct tw_address_space tw_address_space;

/// One descriptor that software has to write.
typedef struct tw_descriptor_write {
  uint64_t pa, value;
} tw_descriptor_write;

enum { TW_WRITES_MAX = 4 }; // for one page: tables of three levels, and the leaf

/// NULL and `error`: the policy is none, or memory ran out.
tw_address_space *tw_address_space_create(const tw_mapping_policy *policy, tw_error *error);
void tw_address_space_destroy(tw_address_space *space);

/// The registers that these tables want.
tw_registers tw_address_space_registers(const tw_address_space *space);
/// Bytes of a table; physical address of a half's first one, which begins empty.
uint64_t tw_address_space_table_bytes(const tw_address_space *space);
uint64_t tw_address_space_root(const tw_address_space *space, unsigned half);

/// The 2^log2 bytes around `va` (12 to 48; the policy's page if that is more) lie at those around `pa`: what of them is
/// mapped from now on is mapped so, whatever larger block was known before. 0; 1: the page of `va` is mapped already,
/// elsewhere, and has to be mapped anew; -1 and `error`: `va` is no address of either half, the two differ below that
/// size, or memory ran out.
int tw_address_space_know(tw_address_space *space, uint64_t va, uint64_t pa, unsigned log2, tw_error *error);
/// Map the page of `va` to where it is known to lie, in the place of the frame that it has.
tw_descriptor_write tw_address_space_remap(tw_address_space *space, uint64_t va);

/// Pages that were found lately, by their number: of most accesses they are all that is looked at. What a space begins
/// with.
enum { TW_RECENT_PAGES = 512 };
typedef struct tw_recent_pages {
  unsigned page_log2;
  struct {
    uint64_t key, pa; ///< the page's number + 1; 0: none
  } page[TW_RECENT_PAGES];
} tw_recent_pages;

/// The physical address of `va`, if its page is mapped, among all pages.
bool tw_address_space_search(tw_address_space *space, uint64_t va, uint64_t *pa);
/// The same.
static inline bool tw_address_space_find(tw_address_space *space, uint64_t va, uint64_t *pa) {
  const tw_recent_pages *recent = (const tw_recent_pages *)space;
  uint64_t number = va >> recent->page_log2;
  size_t at = number % TW_RECENT_PAGES;
  if (recent->page[at].key != number + 1)
    return tw_address_space_search(space, va, pa);
  *pa = recent->page[at].pa | (va & ((UINT64_C(1) << recent->page_log2) - 1));
  return true;
}
/// Map the page of `va`, which is not mapped. How many descriptors are to be written, in their order; -1 and `error`:
/// no address of either half, no frames or no room for tables left, or memory ran out.
int tw_address_space_map(tw_address_space *space, uint64_t va, tw_descriptor_write writes[TW_WRITES_MAX],
                         tw_error *error);

#endif
