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
  elif [[ $(cpu_model) == max* ]]; then
    sed -e 's/^name:.*/name: lpa2/' -e 's/^pa_bits:.*/pa_bits: 52/' "$project/model/cores/neoverse-v2.yaml" \
      >"$work/lpa2.yaml"
    echo "$work/lpa2.yaml"
  else
    echo neoverse-n1
  fi
}

# One line: accesses, compared, differing, faults. Columns by their names; what is missing is shown and fails.
figures_of() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    NR == 2 { print $at["accesses"], $at["PA compared"], $at["PA differ"], $at["faults"] }' "$1"
}

# A CPU that slept through a phase has no access: nothing to compare is no difference. Elsewhere it is.
check_containers() {
  local container status accesses found differ faults total=0 failed=0
  say "checking"
  printf '%-32s %12s %12s %8s %8s\n' container accesses compared differ faults
  for container in "$output"/*.twt; do
    status=0
    "$tablewalk" run --core "$(core_for_check)" --csv="$work/check.csv" "$container" >"$work/log/check.log" 2>&1 ||
      status=$?
    read -r accesses found differ faults <<<"$(figures_of "$work/check.csv")" || true
    printf '%-32s %12s %12s %8s %8s\n' "$(basename "$container")" "$accesses" "$found" "$differ" "$faults"
    [ "$cpus" -gt 1 ] && [ "$accesses" = 0 ] && continue
    [ "$status" -eq 0 ] && [ "$found" = "$accesses" ] && [ "$differ" = 0 ] && [ "$faults" = 0 ] || failed=$((failed + 1))
    total=$((total + ${found:-0}))
  done
  [ "$failed" -eq 0 ] || fail "$failed containers differ from the machine"
  [ "$total" -gt 0 ] || fail "nothing was compared"
  say "$total addresses compared with the machine's, 0 differ"
}
