# Packages. Compilers are installed on this machine; QEMU and the kernels are only unpacked into build/capture, by an apt
# with folders of its own, from the sources that this machine's apt has.

debian_codename() {
  . /etc/os-release
  echo "${VERSION_CODENAME:-bookworm}"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_tools() {
  local missing
  missing=$(sed -e '/^#/d' -e '/^$/d' "$here/packages.txt" | while read -r package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$package"
  done)
  [ -n "$missing" ] || return 0
  say "installing $missing"
  step install-update as_root apt-get -o Acquire::Retries=3 update
  # shellcheck disable=SC2086 # a list of words
  step install as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y \
    --no-install-recommends $missing
}

# This machine's Debian sources, and each suite's backports from the same place. Others are left out.
write_sources() {
  local folder=$1 codename=$2
  mkdir -p "$folder"
  rm -f "$folder"/*
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk -v suite="$codename" '$1 == "deb" && $0 ~ suite "([ -]|/)" {
      print
      if ($0 ~ " " suite " ") { sub(" " suite " ", " " suite "-backports "); print }
    }' >"$folder/debian.list"
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
    awk -v suite="$codename" 'BEGIN { RS = ""; ORS = "\n\n" } /Types:[^\n]*deb/ && $0 ~ "Suites:[^\n]*" suite {
      print
      if ($0 ~ "Suites:[^\n]* " suite "( |\n)") { sub(/Suites:[^\n]*/, "Suites: " suite "-backports"); print }
    }' >"$folder/debian.sources"
  grep -q . "$folder/debian.list" "$folder/debian.sources" ||
    fail "found no Debian source of $codename in /etc/apt, expected one"
}

# apt_in ARCHITECTURE COMMAND...: an apt of its own. The host's knows what is installed; the others have nothing.
apt_in() {
  local architecture=$1 command=$2 root=$work/apt-$1 status
  shift 2
  status=$root/status
  [ "$architecture" != host ] || status=/var/lib/dpkg/status
  local options=(-oDir::State="$root" -oDir::State::lists="$root/lists" -oDir::State::status="$status"
    -oDir::Cache="$root" -oDir::Cache::archives="$root/archives" -oDir::Etc::sourcelist="$root/none"
    -oDir::Etc::sourceparts="$root/sources" -oAPT::Sandbox::User=root -oAcquire::Retries=3 -oDebug::NoLocking=true)
  [ "$architecture" = host ] ||
    options+=(-oAPT::Architecture="$architecture" -oAPT::Architectures="$architecture")
  "$command" "${options[@]}" "$@"
}

# Lists are fetched once a day.
prepare_apt() {
  local root=$work/apt-$1
  [ -z "$(find "$root/updated" -mmin -1440 2>/dev/null)" ] || return 0
  say "fetching the lists of packages ($1)"
  mkdir -p "$root/lists/partial" "$root/archives/partial"
  : >"$root/status"
  write_sources "$root/sources" "$(debian_codename)"
  # A source without this architecture is no failure; a package that is not found later is.
  apt_in "$1" apt-get update >"$work/log/apt-$1.log" 2>&1 || true
  touch "$root/updated"
}

unpack() {
  local to=$1 package
  shift
  mkdir -p "$to"
  for package; do
    dpkg-deb -x "$package" "$to" || return 1
  done
}

# QEMU 9.1 or later: plugins can read registers. Debian 12 has it in backports. What it needs and is not here comes along.
download_qemu() {
  rm -f "$work/apt-host/archives"/*.deb
  apt_in host apt-get install --download-only --reinstall -y --no-install-recommends \
    "qemu-system-arm/$(debian_codename)-backports" "qemu-system-common/$(debian_codename)-backports" \
    "qemu-system-data/$(debian_codename)-backports"
}

fetch_qemu() {
  qemu=$work/qemu
  [ ! -f "$qemu/done" ] || return 0
  prepare_apt host
  say "fetching QEMU"
  step qemu download_qemu
  rm -rf "$qemu"
  step qemu-unpack unpack "$qemu" "$work/apt-host/archives"/*.deb
  touch "$qemu/done"
}

# The package that NAME, a metapackage, stands for: linux-image-arm64 to linux-image-6.1.0-56-arm64.
stands_for() {
  apt_in "$1" apt-cache depends "$2" 2>/dev/null | sed -n "s/^ *Depends: \(${2%%-*}-[a-z]*-[0-9].*\)/\1/p" | head -n 1
}

has_package() { apt_in "$1" apt-cache show "$2" >/dev/null 2>&1; }

kernel_metapackage() {
  case $linux in
  6.1) echo "linux-image-$kernel" ;;
  *) echo "linux-image-$linux-$kernel" ;;
  esac
}

# Into the folder it is called in.
download_kernel() {
  local image=linux-image-$abi common kbuild
  ! has_package "$machine" "$image-unsigned" || image=$image-unsigned
  common=$(apt_in "$machine" apt-cache depends "linux-headers-$abi" | sed -n 's/^ *Depends: \(linux-headers-.*\)/\1/p')
  kbuild=$(apt_in "$machine" apt-cache depends "linux-headers-$abi" | sed -n 's/^ *Depends: \(linux-kbuild-.*\)/\1/p')
  apt_in "$machine" apt-get download "$image" "linux-headers-$abi" "$common" busybox-static &&
    apt_in host apt-get download "$kbuild"
}

# The headers' Makefiles include each other by absolute path.
mend_headers() {
  sed -i "s#^include /.*/usr/src/#include /usr/src/#; s#^include /usr/src/#include $root/usr/src/#" "$headers/Makefile"
}

# Busybox alone, for a kernel of the user's own.
fetch_busybox() {
  root=$work/kernel/own-$machine abi=$(cat "$headers/include/config/kernel.release") kernel_config=$headers/.config
  [ ! -f "$root/done" ] || return 0
  prepare_apt "$machine"
  mkdir -p "$root/packages"
  (cd "$root/packages" && step busybox apt_in "$machine" apt-get download busybox-static)
  step busybox-unpack unpack "$root" "$root/packages"/*.deb
  rm -rf "$root/packages"
  touch "$root/done"
}

fetch_kernel() {
  if [ -n "$image" ]; then fetch_busybox; else fetch_debian_kernel; fi
}

fetch_debian_kernel() {
  local meta
  meta=$(kernel_metapackage)
  prepare_apt host
  prepare_apt "$machine"
  abi=$(stands_for "$machine" "$meta")
  abi=${abi#linux-image-}
  [ -n "$abi" ] || fail "found no package $meta for $machine in this machine's apt sources or their backports"
  root=$work/kernel/$abi image=$work/kernel/$abi/boot/vmlinuz-$abi headers=$work/kernel/$abi/usr/src/linux-headers-$abi
  kernel_config=$root/boot/config-$abi
  if [ -f "$root/done" ]; then
    mend_headers # the folder may have moved
    return 0
  fi
  say "fetching Linux $abi"
  rm -rf "$root"
  mkdir -p "$root/packages"
  (cd "$root/packages" && step "kernel-$abi" download_kernel)
  step "kernel-$abi-unpack" unpack "$root" "$root/packages"/*.deb
  mend_headers
  rm -rf "$root/packages"
  touch "$root/done"
}

check_lpa2() {
  local bits
  [ "$lpa2" = yes ] || return 0
  bits=$(sed -n 's/^CONFIG_ARM64_VA_BITS=//p' "$kernel_config")
  [ "$bits" = 52 ] || fail "--lpa2: found CONFIG_ARM64_VA_BITS=$bits in Linux $abi, expected 52"
}
