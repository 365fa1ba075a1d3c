#!/bin/sh
# The libFuzzer programs, each for some seconds, from the committed corpus on. What they find goes into build/fuzz/found.
# usage: tests/fuzz/fuzz.sh [SECONDS]   for each target; without an argument: 60
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
build=build/fuzz
. cmake/prepare.sh
case $seconds in
*[!0-9]* | '')
  echo "fuzz.sh: found '$seconds', expected a number of seconds" >&2
  exit 2
  ;;
esac
mkdir -p "$logs"
[ -f "$(clang -print-file-name=libclang_rt.fuzzer-x86_64.a 2>/dev/null)" ] ||
  step "installing clang and its fuzzer" install_packages clang libclang-rt-14-dev
step "configuring the fuzz build" cmake --preset fuzz
step "building it" cmake --build $build -j "$(nproc)" --target fuzzer_container fuzzer_raw
mkdir -p $build/found
passed=0
failed=0
for target in container raw; do
  say "fuzzing $target for $seconds seconds"
  mkdir -p "$build/corpus/$target"
  if "$build/tests/fuzzer_$target" -max_total_time="$seconds" -max_len=8192 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "tests/fuzz/corpus/$target" \
    >"$logs/fuzz-$target.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    tail -n 40 "$logs/fuzz-$target.log"
    echo "FAILED: $target; the input that shows it is in $build/found (all of it: $logs/fuzz-$target.log)"
  fi
  grep -E '^stat::(number_of_executed_units|average_exec_per_sec)' "$logs/fuzz-$target.log" || true
  grep -E 'DONE' "$logs/fuzz-$target.log" || true
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
