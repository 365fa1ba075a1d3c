# From raw streams to containers, and the check: every access of each walked through its tables.

# A stream, the snapshots and the names of its own kind's phases: buffers of other kinds were at the same addresses.
gather_stream() {
  local stream=$1 folder=$2 kind
  kind=$(basename "$stream" .h1t)
  kind=${kind%.cpu[0-9]}
  rm -rf "$folder"
  mkdir -p "$folder"
  ln -s "$stream" "$raw"/snap*.bin "$folder/"
  awk -v kind="$kind" '$3 == kind' "$raw/console.log" >"$folder/console.log"
}

write_containers() {
  local stream name
  cp "$raw/boot.log" "$output/boot.log"
  for stream in "$raw"/*.h1t; do
    name=$(basename "$stream" .h1t)
    gather_stream "$stream" "$raw/import"
    step import "$tablewalk" import --quiet "$raw/import/$name.h1t" -o "$output/$name.twt"
  done
  rm -rf "$raw/import"
  [ "$keep_raw" = yes ] || rm -rf "$raw"
}

# Which core has the capture's page sizes and table formats.
core_for_check() {
  if [ "$machine" = armhf ]; then
    echo cortex-a15
  elif [ "$lpa2" = yes ]; then
    sed -e 's/^name:.*/name: lpa2/' -e 's/^pa_bits:.*/pa_bits: 52/' "$project/model/cores/neoverse-v2.yaml" \
      >"$work/lpa2.yaml"
    echo "$work/lpa2.yaml"
  else
    echo neoverse-n1
  fi
}

check_containers() {
  local container compared=0 failed=0 found
  say "checking"
  printf '%-32s %12s %12s %8s %8s\n' container accesses compared differ faults
  for container in "$output"/*.twt; do
    "$tablewalk" run --core "$(core_for_check)" --csv="$work/check.csv" "$container" >"$work/log/check.log" 2>&1 ||
      failed=$((failed + 1))
    # Columns by their names: a column that is missing is a failure, not a zero.
    found=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
      NR == 2 { print $at["accesses"], $at["PA compared"], $at["PA differ"], $at["faults"] }' "$work/check.csv")
    # shellcheck disable=SC2086 # words
    printf '%-32s %12s %12s %8s %8s\n' "$(basename "$container")" $found
    set -- $found
    compared=$((compared + ${2:-0}))
  done
  [ "$failed" -eq 0 ] || fail "$failed containers differ from the machine (the last: $work/log/check.log)"
  [ "$compared" -gt 0 ] || fail "nothing was compared"
  say "$compared addresses compared with the machine's, 0 differ"
}
