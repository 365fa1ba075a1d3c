// Line coverage of the RTL, in builds with TABLEWALK_COVERAGE only.
#ifndef PLATFORM_COVERAGE_H
#define PLATFORM_COVERAGE_H

#include <verilated.h>

namespace tw {

/// Add what a Verilated model has counted to the process's sums, before the model goes. The sums are written when the
/// process exits, as a file of their own in the folder $TABLEWALK_COVERAGE_DIR; without it, nowhere.
void add_coverage(VerilatedContext *context);

} // namespace tw
#endif
