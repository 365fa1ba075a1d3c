// What an import tells of what the machine itself measured: its translation latencies, what its TLB did.
#ifndef HARNESS_IMPORT_REPORT_H
#define HARNESS_IMPORT_REPORT_H

#include <jansson.h>
#include <stdio.h>
#include <traces/measured.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Tables by half of the address space, and by what the TLB did; nothing when nothing was measured. 0; -1: memory ran
/// out or the stream has an error.
int tw_measured_print(const tw_measured *measured, FILE *out);
/// The same; null when nothing was measured. NULL: out of memory.
json_t *tw_measured_json(const tw_measured *measured);

#ifdef __cplusplus
}
#endif
#endif
