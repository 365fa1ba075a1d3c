#!/bin/sh
# Coverage of the C model (lines and branches) and of the RTL (lines), against goals. Builds the preset `coverage`, runs
# the tests of the short tier, which hold the vectors on both sides, and the random lockstep on every build of the RTL.
# usage: tests/coverage.sh [SECONDS]   how long the random lockstep runs; without an argument: 240
#
# What never ran is listed in build/coverage/missed-rtl.txt and missed-c.txt. A line that can not run is waived where it
# stands, with the reason: `// coverage: waived, REASON`. Ends in "N passed, M failed"; exit status 1 when a goal is not met.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-240}
rtl_goal=100
line_goal=97
branch_goal=90
build=build/coverage
. cmake/prepare.sh
case $seconds in
*[!0-9]* | '')
  echo "coverage.sh: found '$seconds', expected a number of seconds" >&2
  exit 2
  ;;
esac
for tool in gcovr verilator_coverage; do
  command -v $tool >/dev/null || {
    echo "coverage.sh: $tool is missing (Debian packages gcovr, verilator)" >&2
    exit 2
  }
done
passed=0
failed=0

count() { # PASSED FAILED
  passed=$((passed + $1))
  failed=$((failed + $2))
}

# -- build, without what earlier runs counted --
mkdir -p "$logs"
step "configuring the coverage build" cmake --preset coverage
step "building it (minutes the first time)" cmake --build $build -j "$(nproc)"
find $build -name '*.gcda' -delete
rm -rf $build/counted
mkdir $build/counted
TABLEWALK_COVERAGE_DIR=$PWD/$build/counted
export TABLEWALK_COVERAGE_DIR

# -- run --
say "running the short tests"
if ctest --test-dir $build -L '^short$' -j "$(nproc)" >"$logs/coverage-tests.log" 2>&1; then
  count 1 0
else
  count 0 1
  grep -E 'Failed|Timeout|\*\*\*' "$logs/coverage-tests.log" | head -20
  echo "short tests failed (all of it: $logs/coverage-tests.log): what follows was measured all the same"
fi

# Runs of some seconds each, turn by turn, until the time is over: one that is cut off writes nothing.
random_lockstep=$(find $build -name random_lockstep -type f -perm -u+x | head -n 1)
variants=$(awk '$2 != "TRUE" { print $1 }' $build/tests/checks/variants.txt)
log=$logs/coverage-random.log
: >"$log"
say "running the random lockstep for $seconds seconds"
end=$(($(date +%s) + seconds))
seed=5000000
runs=0
differs=0
while [ "$(date +%s)" -lt $end ] && [ $differs -eq 0 ]; do
  for variant in $variants; do
    seed=$((seed + 10000))
    runs=$((runs + 1))
    if "$random_lockstep" --variant "$variant" --seed $seed --cycles 1000000 >>"$log" 2>&1; then continue; fi
    echo "random lockstep failed: random_lockstep --variant $variant --seed $seed --cycles 1000000 (all of it: $log)"
    differs=1
    break
  done
done
count $((1 - differs)) $differs
echo "measured: the short tests and $runs runs of the random lockstep, a million cycles each"
echo

# -- RTL --
verilator_coverage --write $build/rtl.dat $build/counted/*.dat >"$logs/coverage-merge.log"
awk -v goal=$rtl_goal -v missed=$build/missed-rtl.txt -f tests/rtl_coverage.awk $build/rtl.dat rtl/*.sv \
  >$build/rtl.txt || true
sed '$d' $build/rtl.txt
head -n 20 $build/missed-rtl.txt
sum=$(tail -n 1 $build/rtl.txt)
count "${sum%% passed*}" "$(echo "$sum" | sed -n 's/.*, \([0-9]*\) failed$/\1/p')"

# -- C --
waiver='.*// coverage: waived, .+'
# The object directory: gcov leaves its files there while it runs, not here.
gcovr --root . --object-directory $build --filter 'model/src/' --exclude-lines-by-pattern "$waiver" \
  --exclude-branches-by-pattern "$waiver" --exclude-unreachable-branches --csv $build/c.csv --txt $build/missed-c.txt \
  $build/model >"$logs/coverage-gcovr.log" 2>&1
waived=$(cat model/src/*.[ch] | grep -c '// coverage: waived, ' || true)
echo
awk -v line_goal=$line_goal -v branch_goal=$branch_goal -v waived="$waived" -f tests/c_coverage.awk $build/c.csv \
  >$build/c.txt || true
sed '$d' $build/c.txt
sum=$(tail -n 1 $build/c.txt)
count "${sum%% passed*}" "$(echo "$sum" | sed -n 's/.*, \([0-9]*\) failed$/\1/p')"

echo
echo "what never ran: $build/missed-rtl.txt, $build/missed-c.txt"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
