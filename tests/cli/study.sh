#!/bin/sh
# The study's output: what it prints and writes, that both say the same, and that bad input ends in one line and 2.
# The shape is what stays when figures become N and blanks one blank; it is held against study.expected.
#
#   study.sh TABLEWALK CAPTURES [--update]    --update writes study.expected anew
set -u
tablewalk=$1
captures=$2
expected=$(dirname "$0")/study.expected
. "$(dirname "$0")/lib.sh"

shape() { sed -e "s|$work|WORK|g" -e 's/[+-]\{0,1\}[0-9][0-9.]*/N/g' -e 's/  */ /g'; }

# As refuses, and nothing on standard output.
study_refuses() { # TEXT ARGUMENT...
  text=$1
  shift
  refuses "$text" study "$@" && [ ! -s "$work/out" ]
}

# -- the model alone, every capture --
"$tablewalk" study --model-only --quiet --out "$work/quiet" >"$work/quiet.txt" 2>&1
check "quiet: says nothing" test ! -s "$work/quiet.txt"
"$tablewalk" study --model-only --out "$work/all" >"$work/tables.txt" 2>"$work/err"
check "model alone: exit status 0" test $? -eq 0
shape <"$work/tables.txt" >"$work/shape"
[ "${3:-}" = --update ] && cp "$work/shape" "$expected"
check "model alone: the output's shape" diff "$expected" "$work/shape"
check "no line is wider than 125 columns" awk 'length > 125 { print; wide = 1 } END { exit wide }' "$work/tables.txt"
check "deterministic: the same CSV twice" cmp "$work/quiet/study.csv" "$work/all/study.csv"
check "nothing half-written is left" test "$(ls "$work/all" | tr '\n' ' ')" = "study.csv study.json study.svg "
check "CSV: a line a row, 33 cells each" awk '{ gsub(/"[^"]*"/, "x") } split($0, cell, ",") != 33 { exit bad = 1 }
  END { exit bad || NR != 191 }' "$work/all/study.csv"
check "JSON: a row for each line of the CSV" test "$(grep -c '"walk_latency"' "$work/all/study.json")" -eq 190

# -- in lockstep, one capture --
capture=$captures/k61-4k-on.twt
"$tablewalk" study --out "$work/lockstep" "$capture" >"$work/lockstep.txt" 2>"$work/err"
check "lockstep: exit status 0" test $? -eq 0
check "lockstep: says what was compared" grep -q "Model and RTL in lockstep, both ways: 6430740 accesses" "$work/lockstep.txt"
check "lockstep: nothing differed" grep -q "nothing differed" "$work/lockstep.txt"
grep k61-4k-on "$work/all/study.csv" >"$work/model-rows"
tail -n +2 "$work/lockstep/study.csv" >"$work/lockstep-rows"
check "lockstep: the model's own figures" cmp "$work/model-rows" "$work/lockstep-rows"

# -- in lockstep, a 32-bit kernel on both of its cores --
"$tablewalk" study --no-files --csv="$work/32.csv" "$captures/k61-a32-armmp.twt" >"$work/lockstep.txt" 2>"$work/err"
check "32-bit: exit status 0" test $? -eq 0
check "32-bit: says what was compared" grep -q "Model and RTL in lockstep, both ways: 13274964 accesses" "$work/lockstep.txt"
grep k61-a32-armmp "$work/all/study.csv" >"$work/model-rows"
tail -n +2 "$work/32.csv" >"$work/lockstep-rows"
check "32-bit: the model's own figures" cmp "$work/model-rows" "$work/lockstep-rows"
check "32-bit: both cores" test "$(grep -c cortex-a7 "$work/32.csv")" -eq 20

# -- other forms --
"$tablewalk" study --model-only --no-files --csv "$capture" >"$work/csv" 2>"$work/err"
check "--csv alone: the CSV instead of the tables" cmp "$work/csv" "$work/lockstep/study.csv"
"$tablewalk" study --model-only --no-files --json="$work/one.json" --quiet "$capture" >"$work/out" 2>&1
check "--json=FILE: the file" grep -q '"engine": "model alone"' "$work/one.json"

# -- bad input --
head -c 500000 "$capture" >"$work/cut.twt"
check "missing capture" study_refuses missing.twt --quiet "$work/missing.twt"
check "cut capture" study_refuses cut.twt --quiet --out "$work/cut" "$work/cut.twt"
check "cut capture: no folder is left" test ! -e "$work/cut"
"$tablewalk" import "$captures/k61-4k-on.twt" "$captures/k61-a32-lpae.twt" -o "$work/both.twt" >"$work/out" 2>&1
check "both architectures in one" study_refuses "expected one architecture" --quiet "$work/both.twt"
check "unknown core" study_refuses no-such-core --quiet --core no-such-core "$capture"
check "folder that can't be made" study_refuses "can't be made a folder" --quiet --model-only --out "$capture/x" "$capture"
check "a window of nothing" study_refuses "study: --window: found 0, expected" --window 0 "$capture"
"$tablewalk" study --model-only --no-files --csv --window 1 --ipc 0 "$capture" >"$work/one.csv" 2>"$work/err"
# One at a time and without gaps, the phase takes what its accesses take: those to the buffer (columns 9 and 23) and the
# others (column 29).
check "a window of 1: the phase's cycles are those of its accesses" awk -F, '
  { gsub(/"[^"]*"/, "x") }
  NR > 1 && $31 != "" { sum = $23 + $29 / $9; off = $31 - sum; if (off < 0) off = -off
    rows++; if (off > sum / 10000) { print $31, sum; bad = 1 } }
  END { exit bad || rows != 32 }' "$work/one.csv"
check "wrong option" study_refuses --wrong --wrong

finish
