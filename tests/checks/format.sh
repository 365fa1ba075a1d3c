#!/bin/sh
# Every C and C++ file of the repository is as clang-format writes it.
# usage: format.sh SOURCE_DIR
cd "$1" || exit 1
passed=0 failed=0
for file in $(git ls-files '*.c' '*.h' '*.cpp'); do
  [ -f "$file" ] || continue
  if clang-format --dry-run -Werror "$file"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
