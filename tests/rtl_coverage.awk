# Line coverage of the RTL by module, from merged data of `verilator --coverage-line`.
#
#   awk -v goal=100 -v missed=FILE -f rtl_coverage.awk DATA SOURCE.sv...
#
# A line counts as covered when all that begins or continues on it ran: both arms of an `if` that stands on one line.
# Builds of several sizes count together. "else paths" are ifs without an else that were also not taken once: told, but no
# goal. Not counted are lines that are waived,
#   x = 0;  // coverage: waived, REASON              this line; alone on a line: the next one
#   /*verilator coverage_off*/  // coverage: waived, REASON      up to /*verilator coverage_on*/
# and those of `TW_FAULT: deliberate bugs, which only tests/mustfail builds. Each line that never ran goes to
# `missed`. Ends in "N passed, M failed": the goal, and each wrong waiver.

function base(path) { sub(/.*\//, "", path); return path }

# "3-5,7": every line of it belongs to a point that ran `count` times.
function add_lines(file, list, count, parts, n, i, ends, line) {
  n = split(list, parts, ",")
  for (i = 1; i <= n; i++) {
    if (split(parts[i], ends, "-") < 2) ends[2] = ends[1]
    for (line = ends[1] + 0; line <= ends[2] + 0; line++) {
      known[file, line] = 1
      if (count == 0) cold[file, line] = 1
    }
  }
}

function skip_lines(file, list, parts, n, i, ends, line) {
  n = split(list, parts, ",")
  for (i = 1; i <= n; i++) {
    if (split(parts[i], ends, "-") < 2) ends[2] = ends[1]
    for (line = ends[1] + 0; line <= ends[2] + 0; line++) fault_line[file, line] = 1
  }
}

function wrong(file, line, text) {
  printf "%s:%d: %s\n", file, line, text
  errors++
}

function reason(text) {
  if (match(text, /\/\/ coverage: waived, ?[^ ]/)) return 1
  return 0
}

# -- the data: sum each point over the builds and instances --

FILENAME == ARGV[1] {
  if ($0 !~ /^C '/) next
  quote = match($0, /' [0-9]+$/)
  count = substr($0, quote + 2) + 0
  n = split(substr($0, 4, quote - 4), pairs, "\001")
  split("", key)
  for (i = 1; i <= n; i++)
    if (split(pairs[i], pair, "\002") == 2) key[pair[1]] = pair[2]
  file = base(key["f"])
  point = file SUBSEP key["l"] SUBSEP key["n"] SUBSEP key["o"]
  if (!(point in runs)) {
    where[point] = file
    lines[point] = key["S"]
  }
  runs[point] += count
  next
}

# -- the sources: what is waived --

function end_of_file() {
  if (off) wrong(source, last, "found the end of the file, expected the end of what is waived")
}

FNR == 1 {
  end_of_file()
  source = base(FILENAME)
  order[++sources] = source
  off = faults = next_line = depth = 0
}

{
  last = FNR
  text[source, FNR] = $0
  code = $0
  sub(/\/\/.*/, "", code)
  blank = code ~ /^[ \t]*$/
  if (code ~ /^[ \t]*`if(n?)def/) { depth++; if (code ~ /^[ \t]*`ifdef TW_FAULTS/) faults = depth }
  if (code ~ /^[ \t]*`else/ && faults == depth) faults = 0
  if (code ~ /^[ \t]*`endif/) { if (faults == depth) faults = 0; depth-- }
  if ($0 ~ /verilator coverage_off/) {
    off = 1
    if (!reason($0)) wrong(source, FNR, "found coverage_off alone, expected `// coverage: waived, REASON` behind it")
  } else if ($0 ~ /\/\/ coverage: waived/ && !reason($0)) {
    wrong(source, FNR, "found a waiver without a reason, expected `// coverage: waived, REASON`")
  }
  if (off && !blank && $0 !~ /verilator coverage_o/) hidden[source]++
  if (faults) fault_line[source, FNR] = 1
  if (!off && reason($0)) {
    if (blank) next_line = 1
    else waived[source, FNR] = 1
  } else if (next_line && !blank) {
    waived[source, FNR] = 1
    next_line = 0
  }
  if ($0 ~ /verilator coverage_on/) off = 0
}

# -- the report --

# The lines of one module: row[1..4] covered, total, waived, of faults.
function count_lines(file, place, parts, line) {
  covered = total = out = 0
  out = hidden[file] + 0
  for (place in known) {
    split(place, parts, SUBSEP)
    if (parts[1] != file) continue
    line = parts[2] + 0
    if ((file, line) in fault_line) continue
    if ((file, line) in waived) {
      out++
      if (!((file, line) in cold)) wrong(file, line, "found a waiver of a line that ran, expected it to be removed")
      continue
    }
    total++
    if ((file, line) in cold) {
      missing[file, ++missing_count[file]] = line
    } else
      covered++
  }
}

function count_elses(file, point) {
  taken = elses = 0
  for (point in runs)
    if (where[point] == file && lines[point] == "") {
      elses++
      taken += runs[point] > 0
    }
}

# Lines in order, for people.
function list_missing(file, i, j, line) {
  for (i = 2; i <= missing_count[file]; i++) {
    line = missing[file, i]
    for (j = i - 1; j >= 1 && missing[file, j] > line; j--) missing[file, j + 1] = missing[file, j]
    missing[file, j + 1] = line
  }
  for (i = 1; i <= missing_count[file]; i++)
    printf "%s:%d: %s\n", file, missing[file, i], text[file, missing[file, i]] >missed
}

function percent(part, whole) { return whole ? sprintf("%.1f", int(part * 1000 / whole) / 10) : "-" }

function row(name, a, b, w, t, e) {
  printf "%-24s %8d %6d %6s %7d %12s\n", name, a, b, percent(a, b), w, t "/" e
}

END {
  end_of_file()
  for (point in runs) {
    file = where[point]
    first = lines[point] + 0
    # An arm of a deliberate fault.
    if (runs[point] == 0 && text[file, first] ~ /`TW_FAULT\(/) skip_lines(file, lines[point])
    else add_lines(file, lines[point], runs[point])
  }
  printf "" >missed
  printf "%-24s %8s %6s %6s %7s %12s\n", "RTL lines", "covered", "total", "%", "waived", "else paths"
  for (i = 1; i <= sources; i++) {
    file = order[i]
    count_lines(file)
    count_elses(file)
    if (total + out + elses == 0) continue
    list_missing(file)
    row(file, covered, total, out, taken, elses)
    all_covered += covered; all_total += total; all_out += out; all_taken += taken; all_elses += elses
  }
  row("all", all_covered, all_total, all_out, all_taken, all_elses)
  if (all_total == 0) print "RTL: no line was counted"
  met = all_total > 0 && all_covered * 100 >= goal * all_total
  printf "goal: %s %% of the lines that are not waived: %s\n", goal, met ? "met" : "not met"
  printf "%d passed, %d failed\n", met, !met + errors
  exit !met || errors
}
