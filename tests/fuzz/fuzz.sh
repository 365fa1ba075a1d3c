#!/bin/sh
# The libFuzzer programs, each for some seconds, from the committed corpus on. What they find goes into build/fuzz/found.
# usage: tests/fuzz/fuzz.sh [SECONDS [TARGET...]]   seconds for each target; without an argument: 600, all of them
set -eu
cd "$(dirname "$0")/../.."
all="container raw champsim cloudsuite dynamorio gem5 lackey perf spe v2p"
seconds=${1:-600}
[ $# -eq 0 ] || shift
targets=${*:-$all}
build=build/fuzz
. cmake/prepare.sh
case $seconds in
*[!0-9]* | '')
  echo "fuzz.sh: found '$seconds', expected a number of seconds" >&2
  exit 2
  ;;
esac
for target in $targets; do
  case " $all " in
  *" $target "*) ;;
  *)
    echo "fuzz.sh: found '$target', expected some of: $all" >&2
    exit 2
    ;;
  esac
done
mkdir -p "$logs"
[ -f "$(clang -print-file-name=libclang_rt.fuzzer-x86_64.a 2>/dev/null)" ] ||
  step "installing clang and its fuzzer" install_packages clang libclang-rt-14-dev
step "configuring the fuzz build" cmake --preset fuzz
# shellcheck disable=SC2086 # a list of words
step "building it" cmake --build $build -j "$(nproc)" --target $(printf 'fuzzer_%s ' $targets)
mkdir -p $build/found

# One target. Memory: a container's image and its compressed form are the most that a reader takes, xz's dictionary the most
# that it takes at once.
fuzz() { # TARGET
  status=0
  mkdir -p "$build/corpus/$1"
  "$build/tests/fuzzer_$1" -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=300 \
    -print_final_stats=1 -artifact_prefix="$build/found/$1-" "$build/corpus/$1" "tests/fuzz/corpus/$1" \
    >"$logs/fuzz-$1.log" 2>&1 || status=$?
  echo $status >"$logs/fuzz-$1.status"
}

# As many at once as there are processors.
say "fuzzing for $seconds seconds each: $targets"
rm -f "$logs"/fuzz-*.status
running=0
for target in $targets; do
  fuzz "$target" &
  running=$((running + 1))
  [ $((running % $(nproc))) -ne 0 ] || wait
done
wait
passed=0
failed=0
for target in $targets; do
  if [ "$(cat "$logs/fuzz-$target.status" 2>/dev/null)" = 0 ]; then
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
