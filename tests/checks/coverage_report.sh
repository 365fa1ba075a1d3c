#!/bin/sh
# The reports of tests/coverage.sh fire: a line that never ran, a goal that is not met, a waiver that is wrong.
# usage: coverage_report.sh SOURCE_DIR
set -u
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

says() { # NAME STATUS TEXT COMMAND...
  name=$1
  wanted=$2
  line=$3
  shift 3
  "$@" >"$work/said" 2>&1
  status=$?
  if [ $status -eq "$wanted" ] && grep -qF -- "$line" "$work/said"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name: exit status $status, expected $wanted; a line with: $line; found:"
    cat "$work/said"
  fi
}

# -- RTL: an if in line 2 with its arm in line 3, and line 4 --
# A point of the data: FIRST LAST COUNT.
point() { printf "C '\001f\002/x/m.sv\001l\002%d\001n\0027\001page\002v_line/m\001o\002if\001S\002%d-%d\001h\002m' %d\n" "$1" "$1" "$2" "$3"; }
data() { # COUNT COUNT
  { point 2 3 "$1"; point 4 4 "$2"; } >"$work/data"
}
sv() { # LINE2 LINE4
  printf 'module m;\n%s\n  x = 1;\n%s\nendmodule\n' "$1" "$2" >"$work/m.sv"
}
rtl() { awk -v goal=100 -v missed="$work/missed" -f "$source/tests/rtl_coverage.awk" "$work/data" "$work/m.sv"; }

sv '  if (a)' '  y = 2;'
data 5 7
says "RTL: all ran" 0 "1 passed, 0 failed" rtl
data 5 0
says "RTL: a line never ran" 1 "0 passed, 1 failed" rtl
says "RTL: it is named" 0 "m.sv:4:   y = 2;" cat "$work/missed"
{ point 4 4 0; point 4 4 3; } >>"$work/data"
says "RTL: another build ran it" 0 "met" rtl
data 5 0
sv '  if (a)' '  y = 2;  // coverage: waived, cannot be reached'
says "RTL: waived" 0 "m.sv                            2      2  100.0       1" rtl
sv '  if (a)' '  y = 2;  // coverage: waived'
says "RTL: a waiver without a reason" 1 "m.sv:4: found a waiver without a reason" rtl
sv '  if (a)  // coverage: waived, not so' '  y = 2;  // coverage: waived, so'
says "RTL: a waiver of a line that ran" 1 "m.sv:2: found a waiver of a line that ran" rtl
data 5 7
sv '  if (a)' '  y = 2;  /*verilator coverage_off*/'
says "RTL: coverage_off without a reason" 1 "m.sv:4: found coverage_off alone" rtl
says "RTL: coverage_off without an end" 1 "expected the end of what is waived" rtl
data 0 7
sv '  if (`TW_FAULT(1))' '  y = 2;'
says "RTL: deliberate faults do not count" 0 "m.sv                            1      1  100.0" rtl
: >"$work/data"
says "RTL: nothing counted is no success" 1 "RTL: no line was counted" rtl

# -- C --
csv() { # LINES OF BRANCHES OF
  printf 'filename,line_total,line_covered,line_percent,branch_total,branch_covered,branch_percent\n' >"$work/c.csv"
  printf 'model/src/a.c,%d,%d,0,%d,%d,0\n' "$2" "$1" "$4" "$3" >>"$work/c.csv"
}
c() { awk -v line_goal=97 -v branch_goal=90 -v waived=0 -f "$source/tests/c_coverage.awk" "$work/c.csv"; }

csv 97 100 90 100
says "C: both goals met" 0 "2 passed, 0 failed" c
csv 96 100 90 100
says "C: lines short of the goal" 1 "goal: 97 % of the lines: not met" c
csv 97 100 89 100
says "C: branches short of the goal" 1 "goal: 90 % of the branches: not met" c
csv 0 0 0 0
says "C: nothing counted is no success" 1 "C: no line was counted" c

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
