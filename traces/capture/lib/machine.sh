# The machine. Two runs give the same bytes: one host thread, time by instructions, a fixed date and no randomness.

RAM_BASE=0x40000000

# Is the kernel VERSION (as 6.18) or later?
is_since() {
  [ "$(printf '%s\n' "$1" "$abi" | sort -V | head -n 1)" = "$1" ]
}

# Since 6.18 arm64 calls noalias what was on, and on what was full.
rodata_word() {
  if [ "$machine" = armhf ] || ! is_since 6.18; then echo "$rodata"; else
    case $rodata in
    full) echo on ;;
    on) echo noalias ;;
    off) echo off ;;
    esac
  fi
}

kernel_line() {
  local line
  line="console=ttyAMA0 norandmaps panic=-1 rodata=$(rodata_word)"
  [ "$kaslr" = yes ] || line="$line nokaslr"
  [ "$kpti" = no ] || line="$line kpti=on"
  # KFENCE that is built in and not used has the linear map made of pages, unless its pool is there from the start.
  if [ "$machine" = arm64 ] && [ "$rodata" != full ] && grep -q '^CONFIG_KFENCE=y' "$kernel_config"; then
    line="$line kfence.sample_interval=100"
  fi
  echo "$line${append:+ $append}"
}

cpu_model() {
  if [ -n "$cpu" ]; then
    echo "$cpu"
  elif [ "$machine" = armhf ]; then
    echo cortex-a15
  elif [ "$lpa2" = yes ]; then
    echo max,pauth-impdef=on
  else
    echo cortex-a76
  fi
}

qemu_program() {
  case $machine in
  arm64) echo qemu-system-aarch64 ;;
  armhf) echo qemu-system-arm ;;
  esac
}

# KASLR's seed is in the device tree; -seed makes it the same each time.
machine_options() {
  local options=virt,memory-backend=m0
  [ "$kaslr" = yes ] || options=$options,dtb-randomness=off
  [ "$machine" = arm64 ] || options=$options,highmem=off
  echo "$options"
}

# Nanoseconds of an instruction, as a power of two. CPUs take turns of up to two seconds of the guest's; a 32-bit kernel
# that waits for another CPU does not say so (arm64 has YIELD), and burns its turn: there instructions take longer.
instruction_shift() {
  if [ "$machine" = armhf ] && [ "$cpus" -gt 1 ]; then echo 5; else echo 1; fi
}

run_qemu() {
  local libraries=$qemu/usr/lib/$(gcc -print-multiarch)
  QEMU_MODULE_DIR=$libraries/qemu LD_LIBRARY_PATH=$libraries exec "$qemu/usr/bin/$(qemu_program)" \
    -L "$qemu/usr/share/qemu" -nodefaults -audio none -display none -no-reboot -nic none -monitor none \
    -serial "file:$raw/boot.log" -M "$(machine_options)" -m "$memory" -smp "$cpus" -cpu "$(cpu_model)" \
    -object "memory-backend-file,id=m0,size=$memory,mem-path=$raw/ram,share=on" \
    -accel tcg,thread=single -icount "shift=$(instruction_shift),sleep=off" -rtc base=2026-01-01T00:00:00,clock=vm -seed 1 \
    -kernel "$image" -initrd "$guest/initrd" -append "$(kernel_line)" \
    -plugin "$work/libcapture.so,ram=$raw/ram,base=$RAM_BASE,out=$raw" </dev/null
}

# Which kind is being captured, as it changes.
show_progress() {
  local before='' now
  while kill -0 "$1" 2>/dev/null; do
    now=$(awk 'END { print $3 }' "$raw/console.log" 2>/dev/null || true)
    [ "$now" = "$before" ] || say "  capturing $now"
    before=$now
    sleep 1
  done
}

boot() {
  local start=$SECONDS
  raw=$output/raw
  mkdir -p "$output"
  rm -rf "$raw" "$output"/*.twt
  mkdir -p "$raw"
  say "booting Linux $abi, $(cpu_model), $cpus CPU(s): $(kernel_line)"
  run_qemu >"$work/log/qemu.log" 2>&1 9>&- &
  qemu_process=$!
  trap 'kill "$qemu_process" 2>/dev/null; rm -f "$raw/ram"' EXIT
  show_progress "$qemu_process"
  if ! wait "$qemu_process" || ! grep -q CAPTURE-END "$raw/boot.log"; then
    tail -n 15 "$work/log/qemu.log" "$raw/boot.log" >&2
    fail "the machine did not come to its end (all of it: $raw/boot.log)"
  fi
  trap - EXIT
  ! grep -q CAPTURE-FAILED "$raw/boot.log" ||
    fail "$(grep -h CAPTURE-FAILED "$raw/boot.log" | head -n 1) (the guest's console: $raw/boot.log)"
  rm -f "$raw/ram"
  [ "$(count_files "$raw"/*.h1t)" -gt 0 ] || fail "no phase was captured (the guest's console: $raw/boot.log)"
  say "$(sed -n 's/^capture plugin: //p' "$work/log/qemu.log"), $((SECONDS - start)) s"
}
