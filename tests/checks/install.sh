#!/bin/sh
# An installed libtablewalk is found, linked and run by others: through pkg-config, through CMake, and the command finds
# its presets.
# usage: install.sh SOURCE_DIR BUILD_DIR
source=$1
build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

check() {
  name=$1
  shift
  if "$@" >"$scratch/log" 2>&1; then
    passed=$((passed + 1))
  else
    cat "$scratch/log"
    echo "$name: failed"
    failed=$((failed + 1))
  fi
}

by_pkg_config() {
  PKG_CONFIG_PATH=$(dirname "$(find "$scratch/moved" -name tablewalk.pc)")
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046 # a list of words
  cc -std=c11 -Wall -Wextra -Werror "$source/tests/checks/consumer/consumer.c" $(pkg-config --cflags --libs tablewalk) \
    -o "$scratch/by_pkg_config" && "$scratch/by_pkg_config"
}

by_cmake() {
  cmake -G Ninja -S "$source/tests/checks/consumer" -B "$scratch/by_cmake" -DCMAKE_PREFIX_PATH="$scratch/moved" &&
    cmake --build "$scratch/by_cmake" && "$scratch/by_cmake/consumer"
}

presets() {
  cmp "$source/model/cores/neoverse-n1.yaml" "$scratch/moved/share/tablewalk/cores/neoverse-n1.yaml"
}

command() {
  "$scratch/moved/bin/tablewalk" cores && "$scratch/moved/bin/tablewalk" --help
}

check "install" cmake --install "$build" --prefix "$scratch/installed"
mv "$scratch/installed" "$scratch/moved" # what is installed knows no path of its own
check "pkg-config" by_pkg_config
check "CMake package" by_cmake
check "presets" presets
check "command" command
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
