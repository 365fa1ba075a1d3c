#!/bin/sh
# Workloads from the command line: lists, streams, containers, and where a workload's name stands for a trace.
#
#   gen.sh TABLEWALK SOURCE [--update]    --update writes the expected outputs anew
set -u
tablewalk=$1
source=$2
update=${3:-}
here=$source/tests/cli
. "$here/lib.sh"

small=gen:pattern,region=vmalloc,bytes=1m,count=10k,ram=512m

# -- lists --
check "gen" prints "$here/gen.expected" 0 gen
check "gen netbuf: its parameters, its own usual values" prints "$here/gen-netbuf.expected" 0 gen netbuf
check "gen netbuf --help: likewise" prints "$here/gen-netbuf.expected" 0 gen netbuf --help
check "gen --json" gives 0 '"question": "What does a leak of dentries cost' gen --json
check "gen dentry --json" gives 0 '"values": "1000 to 1g"' gen dentry --json
check "gen --quiet" test "$("$tablewalk" gen --quiet 2>&1)" = ""

# -- streams --
check "gen: what a stream held and what happened in it" prints "$here/gen-stream.expected" 0 \
  gen netbuf warm=1m held=85 stay=10 every=1 count=300
check "gen --json: facts" gives 0 '"dentries, MiB": "1"' gen dentry dentries=10k count=10 ram=512m --json
check "gen --json=FILE: both" gives 0 "10240 accesses (10240 reads" gen pattern count=10k ram=512m --json="$work/gen.json"
check "gen --json=FILE" grep -q '"reads": 10240' "$work/gen.json"

# -- as containers --
check "gen --output" gives 0 "small.twt: 10240 accesses" gen pattern region=vmalloc bytes=1m count=10k ram=512m \
  -o "$work/small.twt"
check "import of a workload: the same bytes" "$tablewalk" import --quiet $small -o "$work/again.twt"
check "import of a workload: the same bytes" cmp "$work/small.twt" "$work/again.twt"
"$tablewalk" run --csv $small | sed -n 2p | sed 's/^"[^"]*"//' | cut -d, -f2-11 >"$work/direct.row"
"$tablewalk" run --csv "$work/small.twt" | sed -n 2p | cut -d, -f2-11 >"$work/stored.row"
check "run: stored or made, the same" cmp "$work/direct.row" "$work/stored.row"
check "run: and something" grep -q '^10240,0,10240,0,' "$work/direct.row"
check "gen: a kernel's events are stored" gives 0 "events" gen netbuf large=vmalloc warm=0 count=100 -o "$work/netbuf.twt"
check "run: stored events" gives 0 ", 0 differ." run --core cortex-a15 "$work/netbuf.twt"
check "run: events made" gives 0 ", 0 differ." run --core cortex-a15 gen:netbuf,large=vmalloc,warm=0,count=100

# -- in a trace's place --
check "run: every PA is the kernel's" gives 0 "10240 compared with the machine's, 0 differ." run $small
check "run: two and a capture" gives 0 ", 0 differ." run $small $small,seed=2 "$source/traces/captures/k61-4k-on.twt"
check "run --issue overlapped" gives 0 "instructions between them at 4 a cycle" run --issue overlapped $small
check "run --tables x86-64" gives 0 "10240 compared with the machine's, 0 differ." run --tables x86-64 $small
check "cosim" gives 0 "the model and the RTL do not differ" cosim $small
check "cosim: vmalloc's descriptor writes and TLBIs" gives 0 "the model and the RTL do not differ" \
  cosim gen:capture,buffers=vmalloc_64k,ram=512m
check "dump: regions by the kernel's layout, buffers first" gives 0 "buffer vmalloc" dump $small
check "dump: the kernel's own" gives 0 "kernel rodata" dump --census $small
check "dump --phases" gives 0 "vmalloc  rand" dump --phases $small
check "study: linear map against vmalloc, both made" gives 0 "vmalloc      " study --model-only --no-files \
  gen:capture,buffers=lin_pages_4m+vmalloc_4m,rodata=on
check "check: a kernel that breaks no rule" "$tablewalk" check gen:netbuf,large=vmalloc,warm=0,count=200

# -- bad ones --
check "gen: unknown workload" refuses "gen: patern is no workload (see \`tablewalk gen\`)" gen patern
check "gen: no name for the output" refuses "gen: found --output alone, expected a workload's name too" gen -o x.twt
check "gen: unknown parameter" refuses "gen:pattern: size is no parameter of it" gen pattern size=4k
check "gen: a wrong value" refuses "gen:pattern: bytes is 4x, expected a number from 4k to 512g" gen pattern bytes=4x
check "gen: a wrong choice" refuses "gen:pattern: region is heap, expected one of linear|kmalloc|" gen pattern region=heap
check "gen: more than a machine has" refuses "gen:pattern: no memory or no room for vmalloc of 1048576 KiB, expected less" \
  gen pattern bytes=1g ram=512m count=1
check "run: unknown workload" refuses "gen:nothing is no workload" run gen:nothing
check "run: a wrong value" refuses "gen:pattern: count is 0, expected a number from 1 to 16t" run gen:pattern,count=0
check "import: nothing is left of a workload that is none" refuses "gen:x is no workload" import gen:x -o "$work/none.twt"
check "import: nothing is left" test ! -e "$work/none.twt"
check "gen: a container that would be too large" refuses "expected at most" \
  gen pattern region=linear ram=64g count=1 -o "$work/none.twt"
check "gen: nothing is left" test ! -e "$work/none.twt"

finish
