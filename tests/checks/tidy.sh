#!/bin/sh
# Every C and C++ file that the build compiles passes clang-tidy.
# usage: tidy.sh SOURCE_DIR BUILD_DIR
cd "$1" || exit 1
build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# One file a run, as many at once as there are processors. What was compiled is in the compilation database.
git ls-files '*.c' '*.cpp' | while read -r file; do
  grep -q "\"file\": \"$PWD/$file\"" "$build/compile_commands.json" && echo "$file"
done | xargs -P "$(nproc)" -I{} sh -c '
  mark=$(echo "$1" | tr / _)
  if clang-tidy --quiet -p "$2" --extra-arg=-Wno-unknown-warning-option \
      --extra-arg=-Wno-ignored-optimization-argument "$1" >"$3/$mark.log" 2>"$3/$mark.err"; then
    touch "$3/$mark.passed"
  else
    cat "$3/$mark.log" "$3/$mark.err"
    touch "$3/$mark.failed"
  fi' sh {} "$build" "$scratch"
passed=$(find "$scratch" -name '*.passed' | wc -l)
failed=$(find "$scratch" -name '*.failed' | wc -l)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
