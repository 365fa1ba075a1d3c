// A map of the address space as a table, JSON and a picture.
#ifndef HARNESS_LAYOUT_REPORT_H
#define HARNESS_LAYOUT_REPORT_H

#include <jansson.h>
#include <stdio.h>
#include <traces/layout.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The regions from the highest address down, those inside others indented: a table, or CSV. 0; -1: memory ran out or
/// the stream has an error.
int tw_linux_layout_print(const tw_linux_layout *layout, FILE *out);
int tw_linux_layout_csv(const tw_linux_layout *layout, FILE *out);
/// NULL: out of memory.
json_t *tw_linux_layout_json(const tw_linux_layout *layout);
/// A picture: boxes whose heights grow by the logarithm of their bytes. 0; -1: the stream has an error.
int tw_linux_layout_svg(const tw_linux_layout *layout, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
