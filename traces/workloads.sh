#!/bin/sh
# The tables of WORKLOADS.md, made anew: each stands between two comments that bear its name.
#
#   workloads.sh TABLEWALK               the small tables, some seconds each
#   workloads.sh TABLEWALK --all         the large ones too: minutes, and a few GiB of memory
#   workloads.sh TABLEWALK --check       the small ones are compared with the page, which stays as it is
set -u
tablewalk=$1
mode=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
page=$here/WORKLOADS.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# ---- one table ----

# Rows "LABEL|TRACE" on standard input become the command and its table. Figures are shares of what UNIT says ("a
# look-up"), of which each trace has COUNT; 0: of the accesses themselves.
runs() { # HEADING UNIT COUNT [OPTION]...
  heading=$1
  unit=$2
  count=$3
  shift 3
  cat >"$work/rows"
  printf '```\ntablewalk run'
  for option in "$@"; do printf ' %s' "$option" | sed "s|$work/||"; done
  cut -d'|' -f2 "$work/rows" | while read -r trace; do printf ' \\\n  %s' "$trace"; done
  printf '\n```\n\n'
  # shellcheck disable=SC2046 # a trace's name has no blanks
  "$tablewalk" run --csv "$@" $(cut -d'|' -f2 "$work/rows" | sed "s|^traces/|$here/|") >"$work/csv" || return 1
  # The names have commas, and quotes therefore.
  sed -e 1d -e '/^total,/d' -e 's/^"[^"]*"/x/' -e 's/^[^,]*,/x,/' "$work/csv" | paste -d'|' "$work/rows" - |
    awk -F'|' -v heading="$heading" -v unit="$unit" -v count="$count" '
      BEGIN {
        printf "| %s |%s walks %s | reads a walk | L1 hit %% | L2 hit %% | cycles %s |\n", heading,
          count ? " accesses " unit " |" : "", unit, unit
        printf "| --- |%s ---: | ---: | ---: | ---: | ---: |\n", count ? " ---: |" : ""
      }
      {
        split($3, f, ","); n = count ? count : f[2]
        if (f[3] + f[5] > 0 || f[2] == 0) exit failed = 1
        printf "| %s |", $1
        if (count) printf " %.2f |", f[2] / n
        printf " %.3f | %.2f | %.2f | %.2f | %.2f |\n", f[8] / n, f[9], f[10], f[11], f[6] / n
      }
      END { exit failed }' || return 1
}

# What a workload found out: "LABEL|NAME VALUE..." on standard input.
facts() { # HEADING
  cat >"$work/rows"
  printf '```\n'
  cut -d'|' -f2 "$work/rows" | while read -r values; do echo "tablewalk gen $values"; done
  printf '```\n\n'
  : >"$work/facts.all"
  while IFS='|' read -r label values; do
    # shellcheck disable=SC2086 # values are words
    "$tablewalk" gen $values >"$work/facts" || return 1
    sed -e '1,/^---/d' -e 's/   *\([^ ]*\|[0-9.-]*, [0-9.-]*\)$/|\1/' -e "s~^~$label|~" "$work/facts" >>"$work/facts.all"
  done <"$work/rows"
  # A row for each thing that happened, a column for each run.
  awk -F'|' -v heading="$1" '
    !($1 in seen) { seen[$1] = 1; label[++labels] = $1 }
    !($2 in known) { known[$2] = 1; fact[++facts] = $2 }
    { value[$1, $2] = $3 }
    END {
      printf "| %s |", heading; for (l = 1; l <= labels; l++) printf " %s |", label[l]
      printf "\n| --- |"; for (l = 1; l <= labels; l++) printf " ---: |"
      for (f = 1; f <= facts; f++) {
        printf "\n| %s |", fact[f]
        for (l = 1; l <= labels; l++) printf " %s |", (label[l], fact[f]) in value ? value[label[l], fact[f]] : "–"
      }
      printf "\n"
    }' "$work/facts.all"
}

# ---- the page ----

block() { # NAME FUNCTION
  if ! "$2" >"$work/text"; then
    echo "FAILED: $1: the command did"
    failed=$((failed + 1))
    return
  fi
  awk -v name="$1" -v text="$work/text" '
    $0 == "<!-- " name ": end -->" { skip = 0 }
    !skip { print }
    $0 == "<!-- " name ": begin -->" { skip = found = 1; while ((getline line < text) > 0) print line }
    END { if (!found) exit 1 }' "$page" >"$work/page" || {
    echo "FAILED: $1: the page has no place for it"
    failed=$((failed + 1))
    return
  }
  if [ "$mode" != --check ]; then
    cp "$work/page" "$page"
  elif ! diff "$page" "$work/page"; then
    echo "FAILED: $1: the page says otherwise"
    failed=$((failed + 1))
    return
  fi
  passed=$((passed + 1))
}

# Bars of a table's last column, as a picture beside the page.
picture() { # NAME TITLE FILE
  awk -v name="$1" -v title="$2" '
    $0 == "<!-- " name ": begin -->" { on = 1 }
    $0 == "<!-- " name ": end -->" { on = 0 }
    on && /^\| [0-9]/ {
      n++; columns = split($0, f, " *\\| *"); label[n] = f[2]; value[n] = f[columns - 1]
      gsub("`", "", label[n]); if (value[n] + 0 > most) most = value[n] + 0
    }
    END {
      if (!n) exit 1
      printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", 24 * n + 40
      printf "<text x=\"8\" y=\"20\" font-weight=\"bold\">%s</text>\n", title
      for (i = 1; i <= n; i++) {
        y = 24 * i + 12; w = 340 * value[i] / most; if (w < 1) w = 1
        printf "<text x=\"8\" y=\"%d\">%s</text>", y + 14, label[i]
        printf "<rect x=\"170\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>", y, w, i % 2 ? "#c05030" : "#3070b0"
        printf "<text x=\"%.1f\" y=\"%d\">%s</text>\n", 176 + w, y + 14, value[i]
      }
      print "</svg>"
    }' "$page" >"$work/picture.svg" || return 1
  if [ "$mode" = --check ]; then diff "$here/$3" "$work/picture.svg"; else cp "$work/picture.svg" "$here/$3"; fi
}

# ---- questions ----

pattern() {
  for p in seq page rand zipf chase matrix; do
    for r in linear vmalloc vmalloc_contiguous vmalloc_huge; do
      echo "\`$p\`, $r|gen:pattern,pattern=$p,region=$r,rodata=on,count=256k"
    done
  done | runs 'order, region' 'an access' 0
}

page_sizes() {
  for size in 4k 16k 64k; do
    for r in linear vmalloc; do
      echo "$size, $r|gen:pattern,page=$size,region=$r,rodata=on,count=256k"
    done
  done | runs 'page, region' 'an access' 0
}

mappings() {
  for m in 4k 64k 2m 1g; do
    echo "$m|gen:pattern,region=user,mapping=$m,bytes=1g,count=256k"
  done | runs 'mappings of a process' 'an access' 0
}

capture() {
  k61=lin_pages_4m+vmalloc_4m+vmalloc_huge_4m+vmap_alias_4m+lin_pages_64m+vmalloc_64m+vmalloc_huge_64m+vmap_alias_64m
  k612=lin_pages_4m+vmalloc_4m+lin_pages_64m+vmalloc_64m+vmalloc_huge_64m+vmap_alias_64m
  runs 'kernel' 'an access' 0 <<ROWS
4K, \`rodata=full\`: captured|traces/captures/k61-4k-full.twt
4K, \`rodata=full\`: generated|gen:capture,linux=6.1,rodata=full,buffers=$k61
4K, \`rodata=on\`: captured|traces/captures/k61-4k-on.twt
4K, \`rodata=on\`: generated|gen:capture,linux=6.1,rodata=on,buffers=$k61
16K, \`rodata=on\`: captured|traces/captures/k612-16k-on.twt
16K, \`rodata=on\`: generated|gen:capture,linux=6.12,page=16k,rodata=on,buffers=$k612
ROWS
}

dentry_of() { # RAM COUNT DENTRIES...
  ram=$1
  count=$2
  shift 2
  for n in "$@"; do
    for rodata in full on; do
      echo "$n, \`rodata=$rodata\`|gen:dentry,ram=$ram,count=$count,dentries=$n,rodata=$rodata"
    done
  done
}
dentry() { dentry_of 4g 50k 100k 1m 10m | runs 'dentries, linear map' 'a look-up' 51200; }
dentry_large() { dentry_of 64g 200k 10m 40m 160m | runs 'dentries, linear map' 'a look-up' 204800; }

netbuf_facts() {
  facts 'what happened' <<ROWS
held=50 stay=15|netbuf held=50 stay=15
held=70 stay=10|netbuf held=70 stay=10
held=80 stay=5|netbuf held=80 stay=5
held=80 stay=0|netbuf held=80 stay=0
ROWS
}
netbuf() {
  for core in cortex-a15 cortex-a7; do
    {
      echo "from the buddy: low memory|gen:netbuf,every=1,count=2k,large=buddy,burst=0,stay=0,warm=0"
      echo "from vmalloc|gen:netbuf,every=1,count=2k,large=vmalloc,burst=0,stay=0,warm=0"
      echo "from vmalloc when the buddy fails|gen:netbuf,every=1,count=2k"
    } | runs "$core: 128 KiB" 'a packet' 2048 --core $core
    echo
  done
}

redis_of() { # VALUES
  for m in 4k 64k 2m 1g; do
    echo "$m|gen:redis,mapping=$m,$1"
  done
}
redis() { redis_of keys=1m,count=50k | runs 'pages' 'a request' 51200; }
redis_large() { redis_of keys=10m,ram=32g,count=1m | runs 'pages' 'a request' 1048576; }
redis_facts() {
  facts 'what happened' <<ROWS
4k|redis mapping=4k count=1
64k|redis mapping=64k count=1
2m|redis mapping=2m count=1
1g|redis mapping=1g count=1
ROWS
}

stacks() {
  for tasks in 50 200 1000; do
    for place in vmalloc linear; do
      echo "$tasks, $place|gen:stacks,tasks=$tasks,stacks=$place,rodata=on,count=50k"
    done
  done | runs 'tasks, stacks' 'a switch' 51200
}

modules() {
  for n in 4 16 64; do
    for place in module image; do
      echo "$n, $place|gen:modules,modules=$n,code=$place,count=50k"
    done
  done | runs 'drivers, code' 'a request' 51200
}

bpf() {
  for n in 50 200 1000; do
    for place in pages packed; do
      echo "$n, $place|gen:bpf,programs=$n,place=$place,count=20k"
    done
  done | runs 'programs' 'an event' 20480
}

# A core of two nodes: RAM's halves, the far one 140 cycles farther.
numa_core() {
  sed -e 's/^name: .*/name: numa/' "$here/../model/cores/neoverse-n1.yaml"
  echo '  nodes:'
  echo '    - {first: 0x40000000, bytes: 0x80000000, latency: 200}'
  echo '    - {first: 0xc0000000, bytes: 0x80000000, latency: 340}'
}
numa() {
  numa_core >"$work/numa.yaml"
  for pages in 4k 2m; do
    for node in near far; do
      echo "$pages, $node|gen:numa,mapping=$pages,tables=$node,bytes=1g,count=256k"
    done
  done | runs 'pages, tables' 'an access' 0 --core "$work/numa.yaml" --no-data-traffic
}
numa_replicated() {
  { numa_core && echo '  tables_replicated: yes'; } >"$work/replicated.yaml"
  for pages in 4k 2m; do
    echo "$pages, far, replicated|gen:numa,mapping=$pages,tables=far,bytes=1g,count=256k"
  done | runs 'pages, tables' 'an access' 0 --core "$work/replicated.yaml" --no-data-traffic
}

pagecache() {
  for order in seq rand; do
    for folio in 4k 2m; do
      for rodata in full on; do
        echo "$order, $folio, \`rodata=$rodata\`|gen:pagecache,order=$order,folio=$folio,rodata=$rodata,count=20k"
      done
    done
  done | runs 'order, folios, linear map' 'a read' 20480
}

for question in pattern page_sizes mappings capture dentry netbuf_facts netbuf redis redis_facts stacks modules bpf numa numa_replicated pagecache; do
  block $question $question
done
if [ "$mode" = --all ]; then
  block dentry_large dentry_large
  block redis_large redis_large
fi
if picture dentry 'dentry: cycles of translation a look-up, by dentries and linear map' workloads.svg; then
  passed=$((passed + 1))
else
  echo "FAILED: the picture is another"
  failed=$((failed + 1))
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
