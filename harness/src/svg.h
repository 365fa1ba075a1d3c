// What all pictures share.
#ifndef HARNESS_SVG_H
#define HARNESS_SVG_H

#include <stdio.h>

/// A white sheet, lengths in pixels; `font_size` is of the texts that name none.
void tw_svg_begin(FILE *out, double width, double height, unsigned font_size);
/// `anchor`: what of the words stands at `x`, "start", "middle" or "end".
void tw_svg_text(FILE *out, double x, double y, const char *anchor, const char *words);
/// 0, or -1: the stream has an error.
int tw_svg_end(FILE *out);

#endif
