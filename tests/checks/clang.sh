#!/bin/sh
# Every C file that the build compiles passes clang as well, with the build's own warnings as errors: users have either
# compiler, and the fuzz programs are built by this one.
# usage: clang.sh SOURCE_DIR BUILD_DIR
cd "$2" || exit 1
# It comes with clang-tidy, by its version's name.
clang=$(command -v clang || command -v clang-14) || {
  echo "clang.sh: found no clang, expected clang or clang-14"
  exit 1
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The second compiler knows -Wshadow by another name, and warns of members that a designated initializer leaves out.
sed -n 's/^ *"command": "[^ ]* \(.*\) -o [^ ]* -c \([^ ]*\.c\)",*$/\1 \2/p' compile_commands.json |
  sed 's/\\\(.\)/\1/g; s/-Wshadow=local/-Wshadow/; s/$/ -Wno-missing-field-initializers/' |
  sort -u >"$scratch/commands"
# shellcheck disable=SC2016 # the inner shell expands it
xargs -d '\n' -P "$(nproc)" -I{} sh -c '
  if eval "$1 -fsyntax-only $2" >"$3/$$.log" 2>&1; then
    touch "$3/$$.passed"
  else
    cat "$3/$$.log"
    touch "$3/$$.failed"
  fi' sh "$clang" {} "$scratch" <"$scratch/commands"
passed=$(find "$scratch" -name '*.passed' | wc -l)
failed=$(find "$scratch" -name '*.failed' | wc -l)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
