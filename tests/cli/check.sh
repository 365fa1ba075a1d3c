#!/bin/sh
# tablewalk check: each break-before-make rule has a trace that breaks it and a twin that does not.
#
#   check.sh TABLEWALK SOURCE
set -u
tablewalk=$1
source=$2
update=
. "$source/tests/cli/lib.sh"

page5=ffffff8000005000
old=0060000048005703
new=0060000049005703
output="changed output without a break"

# A container NAME.twt of the steps.
make() { # NAME STEP...
  made=$1
  shift
  perl "$source/tests/cli/make_changes.pl" "$work" "$made" "$@" &&
    "$tablewalk" import --quiet "$work/$made.h1t" -o "$work/$made.twt"
}

# The steps break RULE.
breaks() { # RULE [OPTION...] -- STEP...
  rule=$1
  shift
  options=
  while [ "$1" != -- ]; do
    options="$options $1"
    shift
  done
  shift
  make steps "$@" || return 1
  # shellcheck disable=SC2086 # a list of words
  gives 1 "before access 1: $rule" check $options "$work/steps.twt"
}

# The steps break none.
keeps() { # [OPTION...] -- STEP...
  options=
  level=0
  [ "$1" != --bbm ] || level=$2
  while [ "$1" != -- ]; do
    options="$options $1"
    shift
  done
  shift
  make steps "$@" || return 1
  # shellcheck disable=SC2086 # a list of words
  gives 0 "level $level, 0 violations." check $options "$work/steps.twt"
}

# -- the rules --
check "another output" breaks "$output" -- access "page:5:$new"
check "another output: broken, TLBI" keeps -- access page:5:0 "tlbi:7:$page5" "page:5:$new"
check "no TLBI" breaks "no TLBI between break and make (output address)" -- access page:5:0 "page:5:$new"
check "a TLBI of another page" breaks "no TLBI between break and make" -- \
  access page:5:0 "tlbi:7:ffffff8000006000" "page:5:$new"
check "a TLBI of everything" keeps -- access page:5:0 tlbi:0 "page:5:$new"
check "a TLBI after the make" breaks "no TLBI between break and make" -- \
  access page:5:0 "page:5:$new" "tlbi:7:$page5"
check "permissions" keeps -- access page:5:0060000048005783
check "block to table" breaks "two live sizes" -- access block:40003003
check "block to table: broken, TLBI" keeps -- access block:0 tlbi:7:ffffff8000200000 block:40003003
check "contiguous bit" breaks "two live sizes" -- access page:5:0070000048005703
check "contiguous bit, --bbm 2" keeps --bbm 2 -- access page:5:0070000048005703
check "block to block with nT, then to table, --bbm 1" keeps --bbm 1 -- \
  access block:60000050010701 tlbi:7:ffffff8000200000 block:0 block:60000050010701
check "memory type" breaks "changed attributes without a break" -- access page:5:0060000048005707
check "memory type: broken, TLBI" keeps -- access page:5:0 "tlbi:7:$page5" page:5:0060000048005707
check "global over non-global" breaks "global over non-global without a break" -- \
  access page:5:0060000048005f03 tlbi:0 "page:5:$old"
check "global over non-global: broken, TLBI" keeps -- \
  access page:5:0060000048005f03 page:5:0 tlbi:0 "page:5:$old"

# -- what it tells --
make wrong access "page:5:$new"
check "the place" gives 1 "wrong.twt: section 0, phase 1 (vmalloc_64k rand), before access 1: $output" check "$work/wrong.twt"
check "the descriptor" gives 1 \
  "descriptor at PA 0x40003028, level 3, VA 0xffffff8000005000 to 0xffffff8000005fff: 0x$old (level 3) became 0x$new" \
  check "$work/wrong.twt"
check "the sum" gives 1 "1 changes over something mapped before checked by the rules of FEAT_BBM level 0, 1 violation." check "$work/wrong.twt"
check "--json" gives 1 '"rule": "changed output without a break"' check --json "$work/wrong.twt"
check "--json=FILE" gives 1 "$output" check --json="$work/wrong.json" "$work/wrong.twt"
check "--json=FILE: the place" grep -q '"before_access": 1' "$work/wrong.json"
check "--quiet: the exit status alone" sh -c '[ "$("$1" check --quiet "$2"; echo $?)" = 1 ]' sh "$tablewalk" "$work/wrong.twt"
check "a raw capture" gives 1 "$output" check "$work/wrong.h1t"
check "two traces" gives 1 "2 changes over something" check "$work/wrong.twt" "$work/wrong.h1t"
make blind access page:5:0 blind:7 "page:5:$new"
check "a TLBI without its operand" gives 0 "1 of 1 TLBIs were taken to cover every address" check "$work/blind.twt"
make early "page:5:$new" access
check "writes before the first access" gives 0 "1 writes before a section's first access were taken as part" \
  check "$work/early.twt"
check "nothing checked is no pass" gives 0 "Nothing was checked: no descriptor was written over" check "$work/early.twt"
check "nothing checked, --json" gives 0 '"nothing_checked": true' check --json "$work/early.twt"
make broken access page:5:0 page:6:0 page:5:0
check "breaks alone are no pass" gives 0 "Nothing was checked: no descriptor" check "$work/broken.twt"
check "no rule could be broken" gives 0 "no rule could be broken here" \
  check "$source/traces/captures/k61-4k-on.twt"

# -- bad usage and bad input --
check "--bbm" refuses "check: --bbm: found 3, expected 0, 1 or 2" check --bbm 3 "$work/wrong.twt"
check "missing file" refuses "missing.twt: can't be opened" check "$work/missing.twt"
head -c 300 "$work/wrong.twt" >"$work/cut.twt"
check "cut container" refuses "cut.twt" check --quiet "$work/cut.twt"
check "--keep-going: the next trace too" gives 2 "$output" check --keep-going "$work/missing.twt" "$work/wrong.twt"

finish
