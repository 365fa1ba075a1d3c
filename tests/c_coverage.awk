# Line and branch coverage of C by file, from gcovr's CSV, against goals.
#
#   awk -v line_goal=97 -v branch_goal=90 -v waived=N -f c_coverage.awk CSV
#
# Columns of the CSV by their headings. Ends in "N passed, M failed", one for each goal.
BEGIN { FS = "," }

function percent(part, whole) { return whole ? sprintf("%.1f", int(part * 1000 / whole) / 10) : "-" }

function row(name, lines, of_lines, branches, of_branches) {
  printf "%-24s %8d %6d %6s %9d %6d %6s\n", name, lines, of_lines, percent(lines, of_lines), branches, of_branches,
         percent(branches, of_branches)
}

function judge(what, part, whole, goal, met) {
  met = whole > 0 && part * 100 >= goal * whole
  printf "goal: %s %% of the %s: %s\n", goal, what, met ? "met" : "not met"
  if (met) passed++
  else failed++
}

FNR == 1 {
  for (i = 1; i <= NF; i++) column[$i] = i
  printf "%-24s %8s %6s %6s %9s %6s %6s\n", "C model", "lines", "of", "%", "branches", "of", "%"
  next
}

{
  name = $(column["filename"])
  sub(/.*\//, "", name)
  covered = $(column["line_covered"]); total = $(column["line_total"])
  taken = $(column["branch_covered"]); branches = $(column["branch_total"])
  row(name, covered, total, taken, branches)
  all_covered += covered; all_total += total; all_taken += taken; all_branches += branches
}

END {
  row("all", all_covered, all_total, all_taken, all_branches)
  if (waived) printf "waived lines, not counted: %d\n", waived
  if (all_total == 0) print "C: no line was counted"
  judge("lines", all_covered, all_total, line_goal)
  judge("branches", all_taken, all_branches, branch_goal)
  printf "%d passed, %d failed\n", passed, failed
  exit failed > 0
}
