# What is compiled: the plugin for this machine, module and user program for the guest, and the guest's first file system.

compiler_prefix() {
  case $machine in
  arm64) echo aarch64-linux-gnu- ;;
  armhf) echo arm-linux-gnueabihf- ;;
  esac
}

build_tablewalk() {
  [ ! -x "$tablewalk" ] || return 0
  [ "$tablewalk" = "$project/build/release/tablewalk" ] || fail "--tablewalk: found no command at $tablewalk"
  (cd "$project" && . cmake/prepare.sh && prepare tablewalk)
}

build_plugin() {
  local sources="$here"/plugin
  # shellcheck disable=SC2046 # flags
  step plugin gcc -std=c11 -D_DEFAULT_SOURCE -O2 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden \
    $(pkg-config --cflags glib-2.0) "$sources"/*.c -o "$work/libcapture.so"
}

kernel_arch() {
  case $machine in
  arm64) echo arm64 ;;
  armhf) echo arm ;;
  esac
}

# The cross compiler's own choice for 32 bits is T32, which modules can not be.
module_flags() {
  [ "$machine" = arm64 ] || echo -marm
}

build_module() {
  rm -rf "$guest/module"
  cp -r "$here/guest" "$guest/module"
  make -C "$headers" M="$guest/module" ARCH="$(kernel_arch)" \
    CROSS_COMPILE="$(compiler_prefix)" KCFLAGS="$(module_flags)" CONFIG_DEBUG_INFO_BTF_MODULES= modules
}

build_user() {
  "$(compiler_prefix)gcc" -O2 -static -Wall -Wextra -Werror "$here/guest/user.c" -o "$guest/files/bin/user"
}

# -- the steps that the guest takes --

write_commands() {
  local entry kind command
  for entry in "${commands[@]}"; do
    command=${entry#* }
    if [ "${entry%% *}" = exec ]; then
      printf '%s\n' "$command"
    else
      kind=${command%% *}
      ! wanted "$kind" || printf 'user run %s sh -c %q\n' "$kind" "${command#* }"
    fi
  done
}

write_steps() {
  local size
  # Without a phase of its own the module still tells what snapshots hold.
  echo "insmod /kit.ko sizes=$buffers phases=$phases || echo CAPTURE-FAILED: insmod"
  for size in ${buffers//,/ }; do
    ! wanted "user_heap_$size" || echo "user heap $(size_bytes "$size") || echo CAPTURE-FAILED: user heap $size"
  done
  ! wanted natural_ls || echo 'user run natural_ls ls -lR /bin'
  ! wanted natural_cat || echo "user run natural_cat sh -c 'cat /bin/busybox /proc/vmallocinfo >/tmp/copy'"
  ! wanted natural_fork || echo "user run natural_fork sh -c 'for n in 1 2 3 4; do sh -c true; done'"
  write_commands
}

# The same files give the same bytes: sorted, with one date, owned by root.
pack_files() {
  find "$guest/files" -exec touch -h -d @0 {} + &&
    (cd "$guest/files" && find . | LC_ALL=C sort | cpio --quiet -o -H newc --reproducible --owner 0:0) >"$guest/initrd"
}

build_guest() {
  guest=$work/guest/$abi
  say "building module and user program for Linux $abi"
  rm -rf "$guest"
  mkdir -p "$guest/files/bin"
  step module build_module
  step user build_user
  cp "$root/bin/busybox" "$guest/files/bin/"
  cp "$guest/module/kit.ko" "$guest/files/"
  cp "$here/guest/init" "$guest/files/init"
  local file
  for file in "${added[@]}"; do
    cp "$file" "$guest/files/bin/"
  done
  write_steps >"$guest/files/phases"
  chmod 755 "$guest/files/init" "$guest/files/bin"/*
  step initrd pack_files
}
