// What all pictures share.
#include "svg.h"

void tw_svg_begin(FILE *out, double width, double height, unsigned font_size) {
  fprintf(out,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" "
          "font-size=\"%u\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
          width, height, font_size);
}

void tw_svg_text(FILE *out, double x, double y, const char *anchor, const char *words) {
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
  for (; *words; ++words) {
    if (*words == '&')
      fputs("&amp;", out);
    else if (*words == '<')
      fputs("&lt;", out);
    else
      fputc(*words, out);
  }
  fputs("</text>\n", out);
}

int tw_svg_end(FILE *out) {
  fputs("</svg>\n", out);
  return ferror(out) ? -1 : 0;
}
