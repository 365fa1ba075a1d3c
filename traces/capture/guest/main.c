// SPDX-License-Identifier: MIT OR GPL-2.0-only
// insmod kit.ko [sizes=64k,4m,64m] [phases=LIST]: every phase of the kernel, then the module is not needed any more.
#include <linux/init.h>
#include <linux/module.h>
#include <linux/string.h>

#include "kit.h"

static char *sizes = "64k,4m,64m";
static char *phases = "";
module_param(sizes, charp, 0);
module_param(phases, charp, 0);

bool kit_wanted(const char *name) {
  size_t length = strlen(name);
  const char *at = phases;

  if (!*phases)
    return true;
  while ((at = strstr(at, name))) {
    bool begins = at == phases || at[-1] == ',', ends = at[length] == ',' || !at[length];

    if (begins && ends)
      return true;
    at += length;
  }
  return false;
}

static int __init kit_init(void) {
  char *list = sizes, *size;
  int error = 0;

  kit_tell_registers();
  while (!error && (size = strsep(&list, ",")))
    if (*size)
      error = kit_each_buffer(memparse(size, NULL), kit_patterns);
  if (error)
    return error;
  kit_fixed_buffers(kit_patterns);
  kit_functions();
  return 0;
}

static void __exit kit_exit(void) {}

module_init(kit_init);
module_exit(kit_exit);
MODULE_LICENSE("Dual MIT/GPL"); // some of what it calls is for such modules alone
MODULE_DESCRIPTION("phases of memory accesses for a capture");
