#!/bin/sh
# Bad input: one line that names the file, the place, what was found and what was expected; exit status 2; nothing
# half-written; and what stands before the damage can be used with --keep-going.
#
#   bad_input.sh TABLEWALK SOURCE
set -u
tablewalk=$1
source=$2
update=
. "$source/tests/cli/lib.sh"

capture=$source/traces/captures/k61-4k-on.twt
perl "$source/tests/cli/make_capture.pl" "$work" small

# Nothing is left that begins with PATH.
absent() { # PATH
  ! ls -d "$1"* 2>/dev/null
}

# -- containers --
head -c 700000 "$capture" >"$work/cut.twt"
{ head -c 600000 "$capture"; printf '\125'; tail -c +600002 "$capture"; } >"$work/flipped.twt"
printf 'not a trace, by far not\n' >"$work/text.twt"
: >"$work/empty.twt"
for command in run cosim dump; do
  check "$command: truncated container" refuses "cut.twt: chunk" $command "$work/cut.twt" --quiet
  check "$command: flipped bit" refuses "flipped.twt: chunk" $command "$work/flipped.twt" --quiet
  check "$command: not a trace" refuses "text.twt" $command "$work/text.twt"
  check "$command: empty file" refuses "empty.twt" $command "$work/empty.twt"
  check "$command: missing file" refuses "missing.twt: can't be opened: No such file" $command "$work/missing.twt"
done
check "import: truncated container" refuses "cut.twt: chunk" import "$work/cut.twt" -o "$work/new.twt"
check "import: nothing is left" absent "$work/new.twt"
check "run --keep-going: what was readable" gives 2 "1556501 accesses before it" run --keep-going "$work/cut.twt"
check "run --keep-going: was compared" gives 2 "1556501 compared with the machine's, 0 differ" \
  run --keep-going "$work/cut.twt"
check "run --keep-going: the next trace too" gives 2 "small.h1t       106" \
  run --keep-going "$work/missing.twt" "$work/small.h1t"
check "dump --keep-going" gives 2 "Total: 1556501 accesses" dump --keep-going "$work/cut.twt"

# -- raw captures --
head -c 1001 "$work/small.h1t" >"$work/cut.h1t"
check "raw capture cut in a record" refuses "cut.h1t: record 61, byte 992: found 9 bytes" run "$work/cut.h1t"
check "raw capture cut: import" refuses "cut.h1t: record 61" import "$work/cut.h1t" -o "$work/new.twt"
check "raw capture cut: nothing is left" absent "$work/new.twt"
check "raw capture cut: --keep-going" gives 2 "59 accesses before it" run --keep-going "$work/cut.h1t"
mkdir "$work/alone"
cp "$work/small.h1t" "$work/alone"
check "raw capture without its snapshot" refuses "snap1.bin.zst beside the capture" run "$work/alone/small.h1t"
head -c 5000 "$work/snap1.bin" >"$work/alone/snap1.bin"
check "snapshot cut" refuses "snap1.bin: table page 0, byte 4136" run "$work/alone/small.h1t"

# -- vectors --
own=$source/tests/vectors/own.txt
edit() { sed -e "$1" "$own" >"$work/v.txt"; }
edit '32s/^at/ta/'
check "vectors: unknown line" refuses "v.txt:32: found ta, expected case, reg, w, at, u or end" at --quiet "$work/v.txt"
edit '30s/ [0-9a-f]*$/ xyz/'
check "vectors: a bad number" refuses "v.txt:30: found xyz, expected a hexadecimal number" at --quiet "$work/v.txt"
edit '30s/ [0-9a-f]*$//'
check "vectors: a field too few" refuses "v.txt:30: found" at --quiet "$work/v.txt"
edit 's/TCR_EL1/TCR_EL9/'
check "vectors: unknown register" refuses "v.txt:5: found TCR_EL9, expected the name of a system register" at "$work/v.txt"
edit '5d'
check "vectors: a register is missing" refuses "found case 0 without reg TCR_EL1" at "$work/v.txt"
edit 's/S1E0W/S7E0W/'
check "vectors: unknown operation" refuses "found S7E0W, expected the name of an AT operation" at --quiet "$work/v.txt"
edit '$d'
check "vectors: no end" refuses "found the end of the file, expected \`end\`" at --quiet "$work/v.txt"
edit 's/^w 50001008/w 50001009/'
check "vectors: an address that is not aligned" refuses "found 50001009, expected a physical address" at --quiet "$work/v.txt"
gzip -c "$source/tests/vectors/own.txt" | head -c 600 >"$work/cut.txt.gz"
check "vectors: cut gzip file" refuses "expected more of the gzip stream" at --quiet "$work/cut.txt.gz"
check "vectors: missing file" refuses "missing.txt: can't be opened" at "$work/missing.txt"
check "vectors: a container" refuses "expected a vector file" at "$capture"
edit '32s/^at/ta/'
check "vectors: --keep-going, before the damage" gives 2 "v.txt: 2 passed, 0 failed" at --keep-going "$work/v.txt" "$own"
check "vectors: --keep-going, the next file" gives 2 "45 passed, 0 failed" at --keep-going "$work/v.txt" "$own"

# -- cores --
core() { sed -e "$1" "$source/model/cores/neoverse-n1.yaml" >"$work/core.yaml"; }
core 's/^walk_start:.*/walk_start: soon/'
check "core: wrong type" refuses "core.yaml:" run --core "$work/core.yaml" "$work/small.h1t"
core 's/^walk_start:/walk_begin:/'
check "core: unknown key" refuses "walk_begin" run --core "$work/core.yaml" "$work/small.h1t"
core 's/sets: 256/sets: 5000/'
check "core: impossible geometry" refuses "l2.sets: found 5000, expected 1 to 4096" run --core "$work/core.yaml" "$work/small.h1t"
check "core: less than the trace needs" refuses "section 1, access 0: found TCR.DS, expected a core with FEAT_LPA2" \
  run "gen:pattern,va_bits=52,count=1k"
check "core: missing file" refuses "$work/missing.yaml" run --core "$work/missing.yaml" "$work/small.h1t"

# -- a full disk; /dev/full must be what it is afterwards too --
if [ -c /dev/full ]; then
  check "standard output full" sh -c '"$1" cores >/dev/full 2>"$2"; [ $? -eq 2 ] && grep -q "No space left" "$2"' \
    sh "$tablewalk" "$work/err"
  check "import to a full disk" refuses "/dev/full: can't be written: No space left" import "$capture" -o /dev/full
  check "JSON to a full disk" refuses "/dev/full: can't be written" run --quiet --json=/dev/full "$work/small.h1t"
  check "a device is not replaced" test -c /dev/full
fi
# A limit on the size of files, in blocks of 512 bytes, stands for a disk that fills up on the way.
limited() { (ulimit -f 200 && refuses "$@"); }
check "import: the disk fills up" limited "big.twt: can't be written" import "$capture" -o "$work/big.twt"
check "import: nothing is left" absent "$work/big.twt"
check "JSON: the disk fills up" limited "big.json: can't be written" dump --quiet --runs --json="$work/big.json" "$capture"
check "JSON: nothing is left" absent "$work/big.json"
check "import: a folder that is not there" refuses "can't be created" import "$capture" -o "$work/no/where.twt"
cp "$capture" "$work/old.twt"
check "import: the old file stays" limited "old.twt: can't be written" import "$capture" -o "$work/old.twt"
check "import: the old file is whole" cmp "$capture" "$work/old.twt"

finish
