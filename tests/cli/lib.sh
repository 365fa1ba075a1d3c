# Sourced by the tests of the command: a folder to work in, checks, and how they are counted.
#   . lib.sh; check NAME COMMAND...; ...; finish

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# The command succeeds.
check() { # NAME COMMAND...
  name=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
    head -20 "$work/said"
  fi
}

# What the command prints is exactly the file EXPECTED; with $update it becomes so.
prints() { # EXPECTED STATUS ARGUMENT...
  expected=$1
  wanted=$2
  shift 2
  "$tablewalk" "$@" >"$work/out" 2>"$work/err"
  status=$?
  sed -e "s|$work|WORK|g" -e "s|$source|SOURCE|g" "$work/out" "$work/err" >"$work/text"
  [ -n "$update" ] && cp "$work/text" "$expected"
  [ $status -eq "$wanted" ] || echo "exit status $status, expected $wanted"
  diff "$expected" "$work/text" && [ $status -eq "$wanted" ]
}

# Exit status 2, and one line on standard error that holds TEXT.
refuses() { # TEXT ARGUMENT...
  text=$1
  shift
  "$tablewalk" "$@" >"$work/out" 2>"$work/err"
  status=$?
  echo "exit status $status, expected 2; one line with: $text; found:"
  cat "$work/err"
  [ $status -eq 2 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$text" "$work/err"
}

# The exit status, and a line on standard output or error that holds TEXT.
gives() { # STATUS TEXT ARGUMENT...
  wanted=$1
  text=$2
  shift 2
  "$tablewalk" "$@" >"$work/out" 2>&1
  status=$?
  echo "exit status $status, expected $wanted; a line with: $text; found:"
  cat "$work/out"
  [ $status -eq "$wanted" ] && grep -qF -- "$text" "$work/out"
}

finish() {
  echo "$passed passed, $failed failed"
  [ $failed -eq 0 ] && [ $passed -gt 0 ]
}
