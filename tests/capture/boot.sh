#!/bin/bash
# Short captures: packages, builds, boots, containers. Two runs must give the same bytes, and every address must be what
# the captured tables say, on one CPU and on two, in 64 and in 32 bits; in lockstep too for the user half.
# usage: boot.sh COMMAND SOURCE WORK
set -u
tablewalk=$1
source=$2
work=$3/captures
passed=0
failed=0
rm -rf "$work"
mkdir -p "$work"

check() { # WORDS COMMAND...
  local words=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $words"
    tail -n 30 "$work/said"
  fi
}

capture() { # NAME OPTION...
  local name=$1
  shift
  "$source/traces/capture/capture" --tablewalk "$tablewalk" --output "$work/$name" "$@"
}

has() { # FILE TEXT: in what the command dumps of it
  "$tablewalk" dump "$1" >"$work/dump" && grep -q -- "$2" "$work/dump"
}

same_containers() { # FOLDER FOLDER
  local file count=0
  for file in "$1"/*.twt; do
    cmp "$file" "$2/$(basename "$file")" || return 1
    count=$((count + 1))
  done
  [ "$count" -eq 2 ]
}

# A wrong PA in the middle of a stream: the middle record that is a data access to RAM gets another page.
spoil() { # STREAM
  perl -0777 -e '
    open my $file, "+<:raw", $ARGV[0] or die; local $/; my $data = <$file>;
    for (my $at = 16 + 16 * int(length($data) / 32); $at < length $data; $at += 16) {
      my ($w0, $w1) = unpack "Q<2", substr $data, $at, 16;
      next if ($w0 >> 52 & 15) != 0 || $w0 >> 57 & 1;
      seek $file, $at + 8, 0; print $file pack "Q<", $w1 ^ 0x1000; exit 0;
    }
    exit 1' "$1"
}

fires() { # STREAM
  ! "$tablewalk" run "$1" >"$work/wrong" 2>&1 && grep -q "found PA" "$work/wrong"
}

# Debian's kernel as the user's own: the newest of this flavour that the kit has unpacked.
own_kernel() {
  local root
  root=$(printf '%s\n' "$source"/build/capture/kernel/6.1.*[0-9]-arm64 | sort -V | tail -n 1)
  capture own --image "$root/boot/vmlinuz-$(basename "$root")" \
    --headers "$root/usr/src/linux-headers-$(basename "$root")" "$@"
}

two=(--phases vmalloc_4m,natural_fork --buffers 4m)
check "arm64" capture first --keep-raw "${two[@]}"
check "arm64 again" capture second "${two[@]}"
check "two runs give the same bytes" same_containers "$work/first" "$work/second"
check "a kernel of one's own" own_kernel "${two[@]}"
check "a kernel of one's own: its buffer" has "$work/own/vmalloc_4m.twt" "buffer vmalloc_4m *1024 x 4K"
check "the buffer is mapped by pages" has "$work/first/vmalloc_4m.twt" "buffer vmalloc_4m *1024 x 4K"
check "every pattern is there" sh -c "[ \$('$tablewalk' dump --phases '$work/first/vmalloc_4m.twt' | grep -c '  vmalloc_4m ') -eq 5 ]"
check "TLBIs with their operands" has "$work/first/natural_fork.twt" "TLBI VALE1IS, x1"
check "context switches" has "$work/first/natural_fork.twt" "MSR TTBR0_EL1"
check "user half: model and RTL" "$tablewalk" cosim --quiet "$work/first/natural_fork.twt"
check "break before make" "$tablewalk" check --quiet "$work/first/natural_fork.twt"
check "a wrong PA is put in" spoil "$work/first/raw/vmalloc_4m.h1t"
check "a wrong PA is found" fires "$work/first/raw/vmalloc_4m.h1t"
check "two CPUs" capture cpus --cpus 2 --rodata on --kpti "${two[@]}"
check "two CPUs: a stream each" test -s "$work/cpus/natural_fork.cpu1.twt"
check "32 bits, a command of one's own" capture armmp --kernel armmp --run mine:'echo hello' --phases vmalloc_64k,mine --buffers 64k
check "32 bits: user half" has "$work/armmp/mine.twt" "mine *run"

rm -rf "$work"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
