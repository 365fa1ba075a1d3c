#!/bin/sh
# Every build of the RTL is clean under Verilator's -Wall, with and without the deliberate faults.
# usage: verilator_lint.sh VARIANTS SOURCE...    VARIANTS: a file, a line a build: name, faults, -G parameters
variants=$1
shift
passed=0 failed=0
while read -r name faults parameters; do
  [ "$faults" = TRUE ] && parameters="$parameters +define+TW_FAULTS"
  # shellcheck disable=SC2086 # a list of words
  if verilator --lint-only --assert -Wall --top-module mmu $parameters "$@"; then
    passed=$((passed + 1))
  else
    echo "$name: not clean"
    failed=$((failed + 1))
  fi
done <"$variants"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
