#!/bin/sh
# Yosys reads the RTL and elaborates every build of it.
# usage: yosys.sh VARIANTS SOURCE...    VARIANTS: a file, a line a build: name, faults, -G parameters
variants=$1
shift
passed=0 failed=0
while read -r name faults parameters; do
  define=
  [ "$faults" = TRUE ] && define=-DTW_FAULTS
  chparam=$(echo "$parameters" | sed -e 's/-G\([A-Za-z0-9]*\)=/ -set \1 /g')
  if yosys -q -p "read_verilog -sv $define $*; chparam $chparam mmu; hierarchy -check -top mmu; proc; check -assert"; then
    passed=$((passed + 1))
  else
    echo "$name: not elaborated"
    failed=$((failed + 1))
  fi
done <"$variants"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
