#!/bin/sh
# Import a folder of raw captures and play it through the model and the RTL in lockstep: every physical address must be
# the machine's, and the sides must not differ. On each CORE that is named, else on neoverse-n1.
# usage: captures.sh COMMAND FOLDER WORK [CORE...]
set -u
command=$1
folder=$2
container=$3/$(basename "$folder").twt
shift 3
passed=0
failed=0

check() { # WORDS COMMAND...
  words=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "failed: $words"
  fi
}

check "import" "$command" import --quiet "$folder"/*.h1t.zst -o "$container"
result=$container.json

[ $# -gt 0 ] || set -- neoverse-n1
for core in "$@"; do
  "$command" cosim --quiet --core "$core" --json="$result" "$container"
  check "$core: cosim's exit status" [ $? -eq 0 ]
  check "$core: the sides agree" grep -q '"agreed": true' "$result"
  check "$core: addresses were compared" grep -Eq '"compared": [1-9]' "$result"
  check "$core: no address differs" sh -c "! grep -Eq '\"differed\": [1-9]' '$result'"
  cat "$result"
done
rm -f "$container" "$result"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
