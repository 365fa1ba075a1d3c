// tablewalk layout: where Linux puts things in the virtual address space.
#include "cmd.h"
#include "layout_report.h"
#include "output.h"

#include <inttypes.h>
#include <string.h>

static const tw_command command = {
    .name = "layout",
    .arguments = "[arm64|arm|x86-64]",
    .about = "Prints where Linux puts the linear map, vmalloc, modules, the kernel image and a program's parts in the\n"
             "virtual address space, as the macros of that version have it. Of overlapping regions the inner ones are\n"
             "indented. The picture's boxes grow by the logarithm of their bytes.\n",
    .examples = "  tablewalk layout\n"
                "  tablewalk layout arm64 --linux 5.4 --kasan\n"
                "  tablewalk layout arm64 --page 64K --va-bits 52 --svg map.svg\n"
                "  tablewalk layout arm --ram 2G\n",
    .options = 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_CSV | 1ULL << TW_OPTION_SVG | 1ULL << TW_OPTION_PAGE |
               1ULL << TW_OPTION_LINUX | 1ULL << TW_OPTION_VA_BITS | 1ULL << TW_OPTION_RAM | 1ULL << TW_OPTION_KASAN,
    .least = 0,
    .most = 1,
};

// VA bits that a kernel of this page size mostly has.
static unsigned usual_va_bits(const tw_linux_layout_config *config) {
  return config->page_log2 == 14 ? 47 : config->va_bits;
}

static int read_options(const tw_arguments *a, tw_linux_layout_config *config, tw_error *error) {
  uint64_t bits;
  if (a->given[TW_OPTION_LINUX] && tw_read_version("layout", a->value[TW_OPTION_LINUX], config, error) < 0)
    return -1;
  if (a->given[TW_OPTION_PAGE] &&
      tw_read_log2("layout", "page", a->value[TW_OPTION_PAGE], "4K, 16K or 64K", &config->page_log2, error) < 0)
    return -1;
  if (a->given[TW_OPTION_RAM] && tw_read_bytes("layout", "ram", a->value[TW_OPTION_RAM], &config->ram_bytes, error) < 0)
    return -1;
  config->va_bits = usual_va_bits(config);
  config->kasan = a->given[TW_OPTION_KASAN];
  if (!a->given[TW_OPTION_VA_BITS])
    return 0;
  if (tw_read_number("layout", "va-bits", a->value[TW_OPTION_VA_BITS], &bits, error) < 0)
    return -1;
  if (bits > 64)
    return tw_fail(error, "layout: --va-bits %" PRIu64 ", expected a number like 48", bits);
  config->va_bits = (unsigned)bits;
  return 0;
}

typedef int writer(const tw_linux_layout *layout, FILE *out);

static int write_file(const char *path, writer *write, const tw_linux_layout *layout, tw_error *error) {
  tw_output output;
  if (tw_output_open(&output, path, error) < 0)
    return -1;
  bool written = write(layout, output.file) == 0;
  return tw_output_close(&output, written, error) < 0 || !written ? -1 : 0;
}

static int show(const tw_arguments *a, const tw_linux_layout *layout, tw_error *error) {
  bool json = a->given[TW_OPTION_JSON], csv = a->given[TW_OPTION_CSV];
  bool instead = (json && !a->value[TW_OPTION_JSON]) || (csv && !a->value[TW_OPTION_CSV]);
  if (!instead && write_file(NULL, tw_linux_layout_print, layout, error) < 0)
    return -1;
  if (csv && write_file(a->value[TW_OPTION_CSV], tw_linux_layout_csv, layout, error) < 0)
    return -1;
  if (a->given[TW_OPTION_SVG] && write_file(a->value[TW_OPTION_SVG], tw_linux_layout_svg, layout, error) < 0)
    return -1;
  return json ? tw_output_json(a->value[TW_OPTION_JSON], tw_linux_layout_json(layout), error) : 0;
}

int tw_cmd_layout(int argc, char **argv) {
  tw_arguments arguments;
  tw_linux_layout_machine machine = TW_LINUX_ARM64;
  tw_linux_layout layout;
  int status;
  tw_error error = {"layout: out of memory"};
  if (!tw_arguments_read(&arguments, &command, argc, argv, &status))
    return status;
  if (tw_read_machine("layout", arguments.count ? arguments.argument[0] : "arm64", &machine, &error) < 0)
    return tw_complain(error.text);
  tw_linux_layout_config config = tw_linux_layout_usual(machine);
  if (read_options(&arguments, &config, &error) < 0 || tw_linux_layout_make(&config, &layout, &error) < 0 ||
      show(&arguments, &layout, &error) < 0)
    return tw_complain(error.text);
  return TW_EXIT_AGREED;
}
