// Functions whose loops are worth the host's widest vectors.
#ifndef TRACES_SRC_WIDEST_H
#define TRACES_SRC_WIDEST_H

// On x86-64 the loader chooses the widest form that the processor has; sanitizers can't live with that.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&                       \
    !defined(__SANITIZE_ADDRESS__)
#define TW_WIDEST __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define TW_WIDEST
#endif

#endif
