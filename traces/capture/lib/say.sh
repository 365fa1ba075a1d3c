# How the kit speaks: one line a step on stderr; of a step that fails the end of its log.

say() { printf 'capture: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# One capture at a time uses build/capture. The lock goes with this process.
wait_for_others() {
  exec 9>"$work/lock"
  flock -n 9 && return
  say "waiting for another capture"
  flock 9
}

# step LOG COMMAND...: run the command with its output in build/capture/log/LOG.log.
step() {
  local log="$work/log/$1.log"
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "failed: $1 (all of it: $log)"
  fi
}

count_files() {
  local count=0 file
  for file; do
    [ ! -e "$file" ] || count=$((count + 1))
  done
  echo "$count"
}
