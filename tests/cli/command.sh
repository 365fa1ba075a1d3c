#!/bin/sh
# What the command prints: exact expected outputs, and the exit statuses.
#
#   command.sh TABLEWALK SOURCE [--update]    --update writes the expected outputs anew
set -u
tablewalk=$1
source=$2
update=${3:-}
here=$source/tests/cli
. "$here/lib.sh"

# -- help and usage --
check "--help" prints "$here/help.expected" 0 --help
for command in run cosim at gen import dump check curve layout cores; do
  check "$command --help" prints "$here/help-$command.expected" 0 $command --help
  check "$command: wrong option" refuses "$command: wrong option --wrong" $command --wrong
  case $command in gen | curve | layout | cores) continue ;; esac
  check "$command: nothing to work on" refuses "$command: nothing to work on" $command
done
check "--version" gives 0 "tablewalk " --version
check "no command" refuses "a command is missing"
check "unknown command" refuses "walk is no command" walk
check "a value is missing" refuses "a value is missing after --core" run --core
check "too many arguments" refuses "one argument too many: b" cores a b
check "no output" refuses "expected -o OUT" import x
check "unknown issue" refuses "run: --issue: found often, expected dependent, overlapped or phase" run --issue often x
check "a window of nothing" refuses "run: --window: found 0, expected a number from 1 to 256" \
  run --issue overlapped --window 0 x
check "a window too large" refuses "cosim: --window: found 257, expected" cosim --issue overlapped --window 257 x
check "a window that is no number" refuses "--window: found 8x, expected" run --issue phase --window 8x x
check "a rate that is no number" refuses "run: --ipc: found fast, expected a number from 0.001 to 64, or 0 for no gaps" \
  run --issue overlapped --ipc fast x
check "a rate below all" refuses "--ipc: found -1, expected" run --issue overlapped --ipc -1 x
check "a window for accesses that wait" refuses "run: found --window where each access waits for the one before it" \
  run --window 4 x
check "a rate for accesses that wait" refuses "cosim: found --ipc where each access waits" \
  cosim --issue dependent --ipc 2 x
check "two results to standard output" refuses "--json and --csv" run --json --csv x

# -- cores --
check "cores" prints "$here/cores.expected" 0 cores
check "cores cortex-a53" prints "$here/cores-a53.expected" 0 cores cortex-a53
check "cores --json" gives 0 '"walk_start": 1' cores neoverse-n1 --json
sed 's/^merge:.*/&\nprefetch: stride/' "$source/model/cores/cortex-a53.yaml" >"$work/prefetch.yaml"
check "cores: prefetch" gives 0 "prefetch            of translations, by stride" cores "$work/prefetch.yaml"
check "cores --json: prefetch" gives 0 '"prefetch": "stride"' cores "$work/prefetch.yaml" --json
sed 's/^merge:.*/&\ncoalesce: yes/' "$source/model/cores/neoverse-n1.yaml" >"$work/coalesce.yaml"
check "cores: coalescing" gives 0 "coalescing          of four contiguous pages" cores "$work/coalesce.yaml"
check "cores --json: coalescing" gives 0 '"coalesce": true' cores "$work/coalesce.yaml" --json
check "cores: tables in the L2" gives 0 "walk caches         table descriptors are in the L2 TLB" cores neoverse-n1
check "cores --json: tables in the L2" gives 0 '"walk_caches_in_l2": true' cores neoverse-n1 --json
check "cores: unknown" refuses "no-such-core" cores no-such-core

# -- curve --
check "curve" prints "$here/curve.expected" 0 curve cortex-a53 --pages 1024
check "curve: the default core" gives 0 "Core neoverse-n1: Arm Neoverse N1; pages of 4K, random cyclic order of seed 1" \
  curve --pages 64
check "curve --core and two more: all three" test \
  "$("$tablewalk" curve --core cortex-a7 cortex-a15 cortex-a55 --pages 64 | grep -c '^Core ')" -eq 3
check "curve --page, --seed" gives 0 "pages of 2M, random cyclic order of seed 7" \
  curve --page 2M --seed 7 --pages 64
check "curve: a knee that is not in the range" gives 0 "1.00 cycles an access up to 32 pages and more" curve --pages 32
check "curve --csv" gives 0 "cortex-a53,4096,11,45056,2057,6171,3,0,100,0" curve cortex-a53 --csv --pages 64
check "curve --json" gives 0 '"l2_step": 2.0' curve cortex-a53 --json --pages 64
check "curve --svg" gives 0 "a step of 7.00" curve cortex-a72 cortex-a73 --svg "$work/curve.svg"
check "curve --svg: a line a core" test "$(grep -c '<polyline' "$work/curve.svg")" -eq 2
check "curve --svg: a dot a knee" test "$(grep -c '<circle' "$work/curve.svg")" -eq 4
check "curve --quiet" test "$("$tablewalk" curve --quiet --pages 8 2>&1)" = ""
check "curve: unknown core" refuses "no-such-core" curve no-such-core
check "curve: unknown page" refuses "curve: --page: found 5K, expected 4K, 16K, 64K, 2M, 32M, 512M or 1G" curve --page 5K
check "curve: a page too few" refuses "curve: --pages: found 1, expected 2 or more" curve --pages 1
check "curve: no number" refuses "curve: --seed: found 2x, expected a whole number" curve --seed 2x
check "curve: ARMv7 has no such page" refuses "cortex-a15: found pages of 64K, expected 4K, 2M or 1G" \
  curve cortex-a15 --page 64K
check "curve: two results to standard output" refuses "curve: --json and --csv" curve --json --csv
check "curve: no place for the chart" refuses "$work/none/curve.svg" curve --pages 8 --svg "$work/none/curve.svg"
sed -e '/^l1d:/,/^l2:/s/entries: 10 /entries: 5 /' "$source/model/cores/cortex-a53.yaml" >"$work/half.yaml"
check "curve: a core of half the entries is found out" gives 0 "1.00 cycles an access up to 5 pages" \
  curve --pages 64 "$work/half.yaml"

# -- layout --
check "layout" prints "$here/layout.expected" 0 layout
check "layout arm" prints "$here/layout-arm.expected" 0 layout arm --ram 2G
check "layout --linux --kasan" gives 0 "KASAN shadow     ffff800000000000  ffff9fffffffffff" \
  layout arm64 --linux 5.4 --kasan
check "layout --json" gives 0 '"first": "0xfffff03fc0000000"' layout arm64 --page 16K --va-bits 52 --json
check "layout --csv" gives 0 "vmalloc,ffffc90000000000,ffffe8ffffffffff,32 TiB" layout x86-64 --csv
check "layout --svg" gives 0 "arm64, Linux 6.5 to 6.8" layout arm64 --linux 6.6 --svg "$work/layout.svg"
check "layout --svg: a box a region" test "$(grep -c '<rect x=' "$work/layout.svg")" -eq 18
check "layout: unknown machine" refuses "layout: mips is no machine, expected arm64, arm or x86-64" layout mips
check "layout: unknown page" refuses "layout: --page 5K, expected 4K, 16K or 64K" layout --page 5K
check "layout: a version that is none" refuses "layout: --linux six, expected a version like 6.12" layout --linux six
check "layout: bits that no kernel has" refuses "va_bits is 40, expected 39, 48 or" layout --va-bits 40
check "layout: no place for the picture" refuses "$work/none/layout.svg" layout --svg "$work/none/layout.svg"

# -- traces of other tools --
lackey=$source/tests/traces/lackey-true.txt.xz
check "import --format lackey" "$tablewalk" import --quiet --format lackey "$lackey" -o "$work/true.twt"
check "cosim: what was imported" gives 0 "the model and the RTL do not differ" cosim "$work/true.twt"
check "run: the tables that were made give the addresses that were told" gives 0 ", 0 differ." run "$work/true.twt"
check "import: larger pages, scattered" "$tablewalk" import --quiet --format lackey --page 64K --placement scattered \
  --frames 1G "$lackey" -o "$work/true-64k.twt"
check "run: 64K pages walk less" test \
  "$("$tablewalk" run --csv "$work/true-64k.twt" | tail -1 | cut -d, -f8)" -lt \
  "$("$tablewalk" run --csv "$work/true.twt" | tail -1 | cut -d, -f8)"
check "import --format perf" gives 0 "1 trace, 1 sections, 8 accesses" \
  import --format perf "$source/tests/traces/perf-mem.txt" -o "$work/perf.twt"
check "import --format perf: what the TLB did" gives 0 "Walker hit          1    12.50" \
  import --format perf "$source/tests/traces/perf-mem.txt" -o "$work/perf.twt"
check "run: phys_addr is where the page lies" gives 0 "8 compared with the machine's, 0 differ." run "$work/perf.twt"
check "import --format perf: what perf wrote" gives 0 "1 trace, 1 sections, 50 accesses" \
  import --format perf "$source/tests/traces/perf-page-faults.txt" -o "$work/perf.twt"
check "import --format spe: latencies" gives 0 "upper        2             2   3.00    1    5    5    5" \
  import --format spe "$source/tests/traces/spe-dump.txt" -o "$work/spe.twt"
check "import --format spe --json" gives 0 '"translations": 2' \
  import --format spe --json "$source/tests/traces/spe-dump.txt" -o "$work/spe.twt"
"$tablewalk" import --quiet --format spe --layout arm64 "$source/tests/traces/spe-dump.txt" -o "$work/spe.twt"
check "import --layout" gives 0 "spe.twt,linear,2,66.667" run --regions --csv "$work/spe.twt"
check "import --layout arm" refuses "import: --layout arm, expected arm64 or x86-64" \
  import --format spe --layout arm x -o "$work/none.twt"
check "import --linux" refuses "import: found --linux alone, expected --layout with it" \
  import --format spe --linux 5.4 x -o "$work/none.twt"
check "import: no gem5" refuses "spe-dump.txt: byte 0: found no \"gem5\", expected it before the messages" \
  import --format gem5 "$source/tests/traces/spe-dump.txt" -o "$work/none.twt"
check "import: no text of perf's" refuses "perf-mem.txt: line 20: found \"the end of the file\", expected a block of" \
  import --format spe "$source/tests/traces/perf-mem.txt" -o "$work/none.twt"
check "import: unknown format" refuses "import: --format pin, expected champsim, cloudsuite, lackey, dynamorio, perf" \
  import --format pin x -o y
check "import: a capture has tables" refuses "go with --format" import --page 4K x -o y
check "import: a page that is none" refuses "page_log2 is 13, expected 12, 14, 16" \
  import --format lackey --page 8K "$lackey" -o "$work/none.twt"
check "import: unknown placement" refuses "import: --placement far, expected in-order or scattered" \
  import --format lackey --placement far x -o y
check "import: too few frames" refuses "the trace touches more than 4 pages of 4 KiB" \
  import --format lackey --frames 16K "$lackey" -o "$work/none.twt"
check "import: another tool's file" refuses "expected the header's, 25" \
  import --format dynamorio "$lackey" -o "$work/none.twt"
check "import: nothing half-written stays" test ! -e "$work/none.twt"

# -- dump --
cd "$source/traces/captures" || exit 1
check "dump" prints "$here/dump.expected" 0 dump k612-16k-on.twt
check "dump --census, twice the same once" prints "$here/dump-census.expected" 0 dump --census k61-4k-on.twt
check "dump: short descriptors" prints "$here/dump-short.expected" 0 dump k61-a32-armmp.twt
check "dump: LPAE" prints "$here/dump-lpae.expected" 0 dump --registers --census k61-a32-lpae.twt
"$tablewalk" dump --runs k61-a32-armmp.twt >"$work/runs"
check "dump --runs: sections" grep -Eq "0x00000000c1200000 .* 478 +1M +1 " "$work/runs"
"$tablewalk" dump --runs k61-4k-on.twt >"$work/runs"
check "dump --runs: the linear map's groups" grep -q "32M\|2M+C" "$work/runs"
check "dump --json" gives 0 '"granule": "16K"' dump --json k612-16k-on.twt

# -- run on x86-64 tables; the last column, with one digit after the point, is the host's speed --
"$tablewalk" run --tables x86-64 k61-4k-on.twt k61-a32-armmp.twt | sed -e 's/ *[0-9]*\.[0-9]$//' >"$work/x86"
[ -n "$update" ] && cp "$work/x86" "$here/run-x86.expected"
check "run --tables x86-64" diff "$here/run-x86.expected" "$work/x86"
check "run --tables x86-64: every PA is the machine's" gives 0 "11568254 compared with the machine's, 0 differ." \
  run --tables x86-64 k61-4k-full.twt k612-16k-on.twt k61-a32-lpae.twt
check "run --tables x86-64-la57" gives 0 "3215370 compared with the machine's, 0 differ." \
  run --tables x86-64-la57 k61-4k-on.twt
check "run --tables: unknown format" refuses "--tables: found x86-32, expected x86-64 or x86-64-la57" \
  run --tables x86-32 k61-4k-on.twt
check "cosim --tables" refuses "cosim: found --tables x86-64, expected the traces' own" \
  cosim --tables x86-64 k61-4k-on.twt

# -- a process, and the kernel for it: EL0, context switches, ASIDs, two sets of kernel tables --
check "cosim: KPTI" gives 0 "379909 compared with the machine's, 0 differ." cosim k61-4k-kpti-user.twt
check "cosim: KPTI, overlapped" gives 0 "the model and the RTL do not differ" cosim --issue overlapped k61-4k-kpti-user.twt
check "cosim: a process of 32 bits" gives 0 "441299 compared with the machine's, 0 differ." \
  cosim --core cortex-a15 k61-a32-user.twt
check "run --tables x86-64: a process" gives 0 "821208 compared with the machine's, 0 differ." \
  run --tables x86-64 k61-4k-kpti-user.twt k61-a32-user.twt
check "check: a process" gives 0 "0 violations" check k61-4k-kpti-user.twt

# -- at --
check "at: own vectors" prints "$here/at.expected" 0 at "$source/tests/vectors/own.txt"
check "at --rtl: own vectors" prints "$here/at.expected" 0 at --rtl "$source/tests/vectors/own.txt"
sed -e 's/ff00000090000980/ff00000090001980/' "$source/tests/vectors/own.txt" >"$work/wrong.txt"
check "at: a wrong answer is told" prints "$here/at-wrong.expected" 1 at "$work/wrong.txt"
sed -e 's/exc 15/exc 14/' "$source/tests/vectors/own.txt" >"$work/wrong.txt"
check "at: a wrong abort is told" gives 1 "41 passed, 2 failed" at "$work/wrong.txt"
sed -e '/^at/d' "$source/tests/vectors/own.txt" >"$work/none.txt"
check "at: nothing compared is no success" gives 1 "nothing was compared" at "$work/none.txt"
check "at --json" gives 0 '"passed": 43' at --json "$source/tests/vectors/own.txt"

# -- run, cosim, import on a raw capture --
perl "$here/make_capture.pl" "$work" small
perl "$here/make_capture.pl" "$work" wrong wrong-pa
perl "$here/make_capture.pl" "$work" unknown unknown
perl "$here/make_capture.pl" "$work" arm32 aarch32
perl "$here/make_capture.pl" "$work" el0 el0
perl "$here/make_capture.pl" "$work" el0-wrong el0-wrong
check "run: TLBIs by operand, then all" gives 0 "1 of 5 TLBIs dropped everything" run "$work/small.h1t"
check "run: every PA is the machine's" gives 0 "106 compared with the machine's, 0 differ." run "$work/small.h1t"
check "run: nothing but results when no terminal" test "$("$tablewalk" run --quiet "$work/small.h1t" 2>&1)" = ""
check "run: a wrong PA" gives 1 "access 105, VA 0xffffff8000005000: found PA 0x4b005000, expected 0x4a005000, in buffer vmalloc_64k" \
  run "$work/wrong.h1t"
check "run --json: the PMU's names" gives 0 '"L1D_TLB_REFILL": {' run --json "$work/small.h1t"
check "run --json=FILE" gives 0 "L1 hit %" run --json="$work/run.json" "$work/small.h1t"
check "run --json=FILE: events by number" grep -q '"event": "0x8136"' "$work/run.json"
check "run: the PMU's metrics" gives 0 "dtlb_walk_average_depth" run "$work/small.h1t"
check "run --regions" prints "$here/run-regions.expected" 0 run --regions --csv k61-4k-on.twt k61-a32-armmp.twt
# What the regions sum up to is what the whole counts.
for issue in dependent overlapped; do
  "$tablewalk" run --issue $issue --regions --json k61-4k-on.twt >"$work/regions.json"
  check "run --regions: sums, $issue" perl -MJSON::PP -e '
    local $/; my $t = decode_json(<STDIN>)->{total}; my %sum;
    for my $r (@{ $t->{regions} }) { $sum{$_} += $r->{$_} for grep { $_ ne "region" } keys %$r }
    my $c = $t->{counters}; my $v = sub { my $s = 0; $s += $c->{$_}{value} for @_; $s };
    printf "%s found, %s expected\n", join(" ", @sum{qw(accesses l1_hits l2_hits walks reads)}),
      my $e = join " ", $t->{accesses}, $v->(qw(L1D_TLB_HIT L1I_TLB_HIT)), $v->("L2D_TLB_HIT"),
      $v->(qw(DTLB_WALK ITLB_WALK)), $v->(qw(DTLB_STEP ITLB_STEP));
    exit(join(" ", @sum{qw(accesses l1_hits l2_hits walks reads)}) ne $e)' <"$work/regions.json"
done
check "run --regions and --tables" refuses "run: found --regions and --tables, expected one" \
  run --regions --tables x86-64 k61-4k-on.twt
check "run --counters: a second name" gives 0 "0x818a  DTLB_WALK_PAGE" run --counters "$work/small.h1t"
check "run --json: a second name" grep -q '"DTLB_WALK_BLOCK": {' "$work/run.json"
check "run --issue: overlapped" gives 0 "Accesses overlap: up to 4 under way at once, instructions between them at 2.5" \
  run --issue overlapped --window 4 --ipc 2.5 "$work/small.h1t"
check "run --issue: every PA is the machine's" gives 0 "106 compared with the machine's, 0 differ." \
  run --issue overlapped "$work/small.h1t"
check "run --issue: a wrong PA" gives 1 "access 105, VA 0xffffff8000005000: found PA 0x4b005000, expected 0x4a005000, in buffer vmalloc_64k" \
  run --issue overlapped --ipc 0 "$work/wrong.h1t"
check "run --issue: without gaps" gives 0 "offered as fast as they are taken" \
  run --issue overlapped --ipc 0 "$work/small.h1t"
check "run --issue --json" gives 0 '"instructions_a_cycle": 4.0' run --issue phase --json "$work/small.h1t"
check "run --issue --tables" gives 0 "106 compared with the machine's, 0 differ." \
  run --issue overlapped --tables x86-64 "$work/small.h1t"
check "cosim --issue: no difference" gives 0 "the model and the RTL do not differ" \
  cosim --issue overlapped "$work/small.h1t"
# A window of one without gaps is one access after the other.
"$tablewalk" run --csv "$source/traces/captures/k61-4k-on.twt" | cut -d, -f1-11 >"$work/dependent.csv"
"$tablewalk" run --issue overlapped --window 1 --ipc 0 --csv "$source/traces/captures/k61-4k-on.twt" |
  cut -d, -f1-11 >"$work/one.csv"
check "run --issue: a window of 1 is dependent" cmp "$work/dependent.csv" "$work/one.csv"
check "run --tables: TLBIs" gives 0 "5 TLBIs became 2 INVLPGs, 1 writes to CR3 and 2 flushes of everything." \
  run --tables x86-64 "$work/small.h1t"
check "run --tables: a PA that the tables do not give" gives 1 "found PA 0x4b005000, expected 0x4a005000" \
  run --tables x86-64 "$work/wrong.h1t"
check "run --tables --json" gives 0 '"format": "x86-64-la57"' run --tables x86-64-la57 --json "$work/small.h1t"
check "run --csv" gives 0 "trace,accesses,faults" run --csv "$work/small.h1t"
check "run: an unknown instruction" refuses "unknown.h1t: access 100: found instruction 0xd50e871f, expected a TLBI" \
  run "$work/unknown.h1t"
check "run: AArch32" gives 0 "102 compared with the machine's, 0 differ." run --core cortex-a15 "$work/arm32.h1t"
check "cosim: AArch32" gives 0 "the model and the RTL do not differ" cosim --core cortex-a7 "$work/arm32.h1t"
check "run: EL0" gives 0 "180 compared with the machine's, 0 differ." run "$work/el0.h1t"
check "run --issue: EL0" gives 0 "180 compared with the machine's, 0 differ." run --issue overlapped "$work/el0.h1t"
check "run --tables: EL0" gives 0 "180 compared with the machine's, 0 differ." run --tables x86-64 "$work/el0.h1t"
check "cosim: EL0" gives 0 "the model and the RTL do not differ" cosim "$work/el0.h1t"
check "run: EL1 may not execute EL0's page" gives 1 "access 180, VA 0xffffff800012c000: found a fault (FSC 0x0f)" \
  run "$work/el0-wrong.h1t"
"$tablewalk" import "$work/el0.h1t" -o "$work/el0.twt" >"$work/out"
check "import: EL0" gives 0 "180 compared with the machine's, 0 differ." run "$work/el0.twt"
check "run --core FILE" gives 0 "Core cortex-a53" run --core "$source/model/cores/cortex-a53.yaml" "$work/small.h1t"
check "cosim: no difference" gives 0 "the model and the RTL do not differ" cosim "$work/small.h1t"
check "cosim --json: what was compared" gives 0 '"memory_reads": 25' cosim --json "$work/small.h1t"
check "cosim: a core without RTL" refuses "no RTL build has l1d.entries 5 with the other sizes wanted; nearest: cortex-a53" \
  cosim --core "$work/half.yaml" "$work/small.h1t"
check "cosim: a core without RTL: what to do" refuses "; add one with tablewalk_rtl() in harness/platform" \
  cosim --core "$work/half.yaml" "$work/small.h1t"
check "import" gives 0 "2 traces, 2 sections, 208 accesses" import "$work/small.h1t" "$work/arm32.h1t" -o "$work/two.twt"
check "run: AArch64, then AArch32" gives 0 "208 compared with the machine's, 0 differ." run "$work/two.twt"
check "import: a container again" gives 0 "1 trace, 2 sections" import "$work/two.twt" -o "$work/again.twt"
check "import: the same bytes" cmp "$work/two.twt" "$work/again.twt"
check "dump: AArch32" gives 0 "Section 1: AArch32" dump "$work/arm32.h1t"
"$tablewalk" import "$work/small.h1t" -o "$work/small.twt" >"$work/out"
"$tablewalk" run "$work/small.h1t" | sed -n 5p | awk '{ $1 = $NF = ""; print }' >"$work/raw.row"
"$tablewalk" run "$work/small.twt" | sed -n 5p | awk '{ $1 = $NF = ""; print }' >"$work/container.row"
check "run: container and raw capture give the same" cmp "$work/raw.row" "$work/container.row"

finish
