# Sums up the closing lines of all test programs from CTest's log, so that what is counted is checks, not programs.
#
#   awk -f sum.awk LIST LOG    LIST: output of ctest -N; LOG: Testing/Temporary/LastTest.log
#
# A program counts by the last closing line it prints: Criterion's, or "N [things] passed, M failed[, K skipped]". One that prints
# none, that tested nothing, that says all is well and yet fails, or that never ran counts as one failure.

function close_test() {
  if (name == "") return
  if (passed + failed == 0) reason = "no test counted"
  else if (!ok && failed == 0) reason = "failed outside its tests"
  else reason = ""
  if (reason != "") failed++
  done[name] = sprintf("%8d passed %6d failed  %s%s", passed, failed, name, reason == "" ? "" : " (" reason ")")
  total_passed += passed
  total_failed += failed
  if (failed > 0) bad[++bads] = name
  name = ""
}

FNR == 1 { file++ }
file == 1 && /^ *Test +#[0-9]+: / { sub(/^ *Test +#[0-9]+: /, ""); list[++count] = $0; next }
file == 1 { next }

{ gsub(/\033\[[0-9;]*m/, "") }
/^[0-9]+\/[0-9]+ Testing: / {
  close_test()
  name = $0
  sub(/^[0-9]+\/[0-9]+ Testing: /, "", name)
  passed = failed = ok = 0
  next
}
name == "" { next }
/^\[====\] Synthesis: Tested: / {
  # [====] Synthesis: Tested: N | Passing: N | Failing: N | Crashing: N
  passed = $7
  failed = $10 + $13
  next
}
/^[0-9]+ ([a-z]+ )?passed, [0-9]+ failed/ { passed = $1; sub(/.*passed, /, ""); failed = $1; next }
/^Test Passed\.$/ { ok = 1 }

END {
  close_test()
  print ""
  for (i = 1; i <= count; i++) {
    if (!(list[i] in done)) {
      done[list[i]] = sprintf("%8d passed %6d failed  %s (did not run)", 0, 1, list[i])
      total_failed++
    }
    print done[list[i]]
  }
  if (bads > 0) print "\nwhat each test said: build/release/Testing/Temporary/LastTest.log"
  print ""
  printf "%d passed, %d failed\n", total_passed, total_failed
  exit total_failed > 0 || total_passed == 0
}
