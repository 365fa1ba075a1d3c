#!/bin/sh
# Import a folder of raw captures and play it through the model and the RTL in lockstep: every physical address must be
# the machine's, and the sides must not differ.
# usage: captures.sh COMMAND FOLDER WORK [CORE]
set -u
command=$1
folder=$2
container=$3/$(basename "$folder").twt
core=${4:-neoverse-n1}
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
"$command" cosim --quiet --core "$core" --json="$result" "$container"
check "cosim's exit status" [ $? -eq 0 ]
check "the sides agree" grep -q '"agreed": true' "$result"
check "addresses were compared" grep -Eq '"compared": [1-9]' "$result"
check "no address differs" sh -c "! grep -Eq '\"differed\": [1-9]' '$result'"
cat "$result"
rm -f "$container" "$result"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
