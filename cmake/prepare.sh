# Sourced by ./study and ./test, in the top folder: packages, configure, build. Quiet unless a step fails.

logs=build/log

say() { printf 'tablewalk: %s\n' "$*" >&2; }

# step WORDS COMMAND...: run the command with its output in a log; show the log's end if it fails.
step() {
  log="$logs/$(printf '%s' "$1" | tr -c 'a-z0-9' '-').log"
  say "$1"
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    say "failed: $* (all of it: $log)"
    exit 1
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  as_root apt-get -o Acquire::Retries=3 update &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y --no-install-recommends "$@"
}

missing_packages() {
  sed -e '/^#/d' -e '/^$/d' cmake/packages.txt | while read -r package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$package"
  done
}

# prepare TARGET...: everything that must be there before a command of the README can run. configure_with: an option of
# CMake's that is wanted, if it is not the default.
prepare() {
  mkdir -p "$logs"
  missing=$(missing_packages)
  # shellcheck disable=SC2086 # a list of words
  [ -z "$missing" ] || step "installing packages" install_packages $missing
  if [ ! -f build/release/build.ninja ] || [ -n "${configure_with:-}" ]; then
    step "configuring" cmake --preset release ${configure_with:+"$configure_with"}
  fi
  step "building (minutes the first time)" cmake --build build/release -j "$(nproc)" --target "$@"
}
