# The command line.

kernel=arm64 linux='' rodata='' buffers=64k,4m,64m phases='' output='' cpus=1 memory='' cpu='' append=''
image='' headers='' kaslr=no kpti=no lpa2=no keep_raw=no list=no
tablewalk=''
added=() commands=()

usage() {
  cat <<'EOF'
Usage: traces/capture/capture [OPTION]...

Boots a Debian kernel under QEMU, runs workloads in it and writes every access they make, kernel and user half, with
the translation tables, as containers (.twt) that tablewalk plays: one for each kind of phase, with several CPUs one
for each of them too. Fetches and builds all it needs (Debian 12, root or sudo for the compilers), and in the end holds
every physical address against a walk of the captured tables. The same options give the same bytes.

The machine:
  --kernel NAME        arm64 (if not given), arm64-16k, cloud-arm64, rt-arm64, armmp, armmp-lpae or rt-armmp
  --linux VERSION      6.1 or 6.12; if not given 6.1, for arm64-16k 6.12; 32 bits have 6.1
  --image FILE         a kernel of yours (Image, zImage, vmlinuz) in place of Debian's, with
  --headers FOLDER     what its modules are built against: the folder that it was built in, or its headers
  --rodata MODE        on, off or (arm64) full: how the linear map is made; if not given what Debian has: full on
                       arm64, on on 32 bits. With full the linear map is made of pages, else of blocks
  --kaslr              put the kernel at a random place (the same in every run)
  --kpti               unmap the kernel while user code runs (arm64)
  --lpa2               52 bits of address (a kernel that is configured for them)
  --cpus N             1 to 8; 1 if not given
  --cpu MODEL          QEMU's name of the CPU; if not given cortex-a76, with --lpa2 max, on 32 bits cortex-a15
  --memory SIZE        of the machine; if not given 1G, on 32 bits 512M (at most 3G)
  --append WORDS       more of the kernel's command line

What runs:
  --phases LIST        only these kinds, with commas; all if not given (--list prints them)
  --buffers LIST       sizes of buffers, powers of two; 64k,4m,64m if not given
  --add FILE           put a program of yours (static, for the guest's architecture) into the guest's /bin
  --run KIND:COMMAND   run a shell command and capture it as a phase of KIND
  --exec COMMAND       run a shell command that marks its phases itself (guest/marker.h)

What comes out:
  --output FOLDER      build/capture/out/NAME if not given, with a NAME from the options
  --keep-raw           keep the raw streams and snapshots too
  --tablewalk FILE     the command to import with; build/release/tablewalk if not given
  --list               print the kinds of phases and exit
  --help               print this

Examples:
  traces/capture/capture --phases lin_pages_4m,vmalloc_4m --buffers 4m      a first try
  traces/capture/capture --rodata on                                        the linear map in blocks
  traces/capture/capture --kernel armmp --phases natural_ls                 user and kernel of 32 bits
  traces/capture/capture --add ./server --run server:'server --requests 100' --phases server
  traces/capture/capture --image ~/linux/out/arch/arm64/boot/Image --headers ~/linux/out
EOF
}

bad_usage() {
  say "$*"
  exit 2
}

one_of() {
  local option=$1 value=$2 word
  shift 2
  for word; do
    [ "$word" != "$value" ] || return 0
  done
  bad_usage "$option: found '$value', expected one of: $*"
}

is_number() { [[ $1 =~ ^[0-9]+$ ]]; }

# "4m" to bytes; nothing if it is no power of two of at least a page of 4K.
size_bytes() {
  local text=${1,,} bytes
  [[ $text =~ ^([0-9]+)([km]?)$ ]] || return 0
  bytes=${BASH_REMATCH[1]}
  case ${BASH_REMATCH[2]} in
  k) bytes=$((bytes << 10)) ;;
  m) bytes=$((bytes << 20)) ;;
  esac
  [ "$bytes" -ge 4096 ] && [ $((bytes & (bytes - 1))) -eq 0 ] && echo "$bytes" || true
}

check_buffers() {
  local size
  for size in ${buffers//,/ }; do
    [ -n "$(size_bytes "$size")" ] ||
      bad_usage "--buffers: found '$size', expected a power of two of at least 4k, as 64k or 4m"
  done
}

# Debian's kernel.
choose_kernel() {
  one_of --kernel "$kernel" arm64 arm64-16k cloud-arm64 rt-arm64 armmp armmp-lpae rt-armmp
  case $kernel in
  arm64-16k) machine=arm64 linux=${linux:-6.12} ;;
  *arm64) machine=arm64 linux=${linux:-6.1} ;;
  *) machine=armhf linux=${linux:-6.1} ;;
  esac
  one_of --linux "$linux" 6.1 6.12
  [ "$kernel $linux" != "arm64-16k 6.1" ] || bad_usage "--linux: found 6.1, expected 6.12 for arm64-16k"
  [ "$machine $linux" != "armhf 6.12" ] || bad_usage "--linux: found 6.12, expected 6.1 for $kernel"
}

# A kernel of the user's own; what it is stands in what its modules are built against.
choose_own_kernel() {
  [ -f "$image" ] || bad_usage "--image: found no file '$image'"
  [ -f "$headers/.config" ] && [ -f "$headers/include/config/kernel.release" ] ||
    bad_usage "--headers: found no .config and include/config/kernel.release in '$headers', expected a configured kernel's"
  image=$(realpath "$image") headers=$(realpath "$headers")
  machine=armhf
  ! grep -q '^CONFIG_ARM64=y' "$headers/.config" || machine=arm64
  kernel=own-$(cat "$headers/include/config/kernel.release") linux=''
}

check_options() {
  if [ -n "$image$headers" ]; then choose_own_kernel; else choose_kernel; fi
  case $machine in
  arm64) rodata=${rodata:-full} memory=${memory:-1G} ;;
  *) rodata=${rodata:-on} memory=${memory:-512M} ;;
  esac
  if [ "$machine" = arm64 ]; then
    one_of --rodata "$rodata" on off full
  else
    one_of --rodata "$rodata" on off
    [ "$kpti" = no ] || bad_usage "--kpti: found kernel $kernel, expected one of 64 bits"
    [ "$lpa2" = no ] || bad_usage "--lpa2: found kernel $kernel, expected one of 64 bits"
    [ "$kaslr" = no ] || bad_usage "--kaslr: found kernel $kernel, expected one of 64 bits"
  fi
  is_number "$cpus" && [ "$cpus" -ge 1 ] && [ "$cpus" -le 8 ] || bad_usage "--cpus: found '$cpus', expected 1 to 8"
  [[ $memory =~ ^[0-9]+[MG]$ ]] || bad_usage "--memory: found '$memory', expected a size as 512M or 1G"
  check_buffers
  check_phases
}

check_phases() {
  local kind entry known
  known=$(list_kinds)
  for entry in "${commands[@]}"; do
    [ "${entry%% *}" != run ] || known="$known $(cut -d' ' -f2 <<<"$entry")"
  done
  for kind in ${phases//,/ }; do
    [[ " ${known//$'\n'/ } " == *" $kind "* ]] || bad_usage "--phases: found '$kind', expected kinds that --list prints"
  done
}

name_output() {
  local name="$kernel${linux:+-$linux}-rodata-$rodata${given_memory:+-$given_memory}${cpu:+-$cpu}" option
  for option in kaslr kpti lpa2; do
    [ "${!option}" = no ] || name=$name-$option
  done
  [ "$cpus" = 1 ] || name=$name-${cpus}cpus
  name=$name${append:+-$append}
  name=${name//[^A-Za-z0-9._=-]/_}
  output=$(realpath -m "${output:-$project/build/capture/out/$name}")
  [[ $output != *,* ]] || bad_usage "--output: found '$output', expected a path without a comma"
}

parse_options() {
  while [ $# -gt 0 ]; do
    case $1 in
    --kernel | --linux | --rodata | --cpus | --memory | --phases | --buffers | --output | --tablewalk | --cpu | \
      --append | --image | --headers)
      [ $# -ge 2 ] || bad_usage "$1: found nothing, expected a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --add | --run | --exec)
      [ $# -ge 2 ] || bad_usage "$1: found nothing, expected a value"
      add_workload "$1" "$2"
      shift
      ;;
    --kaslr | --kpti | --lpa2 | --list) printf -v "${1#--}" yes ;;
    --keep-raw) keep_raw=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) bad_usage "found '$1', expected an option (see --help)" ;;
    esac
    shift
  done
  given_memory=$memory
  check_options
  if [ "$list" = yes ]; then
    list_kinds
    exit 0
  fi
  name_output
}

add_workload() {
  case $1 in
  --add)
    [ -f "$2" ] || bad_usage "--add: found no file '$2'"
    added+=("$2")
    ;;
  --run)
    [[ $2 =~ ^[A-Za-z0-9_-]{1,31}:.+ ]] ||
      bad_usage "--run: found '$2', expected KIND:COMMAND, the kind of letters, digits, _ and -"
    commands+=("run ${2%%:*} ${2#*:}")
    ;;
  --exec) commands+=("exec $2") ;;
  esac
}

# -- kinds of phases --

natural_kinds="natural_ls natural_cat natural_fork"

kernel_kinds() {
  local size
  for size in ${buffers//,/ }; do
    if [ "$(size_bytes "$size")" -le 65536 ]; then
      printf '%s\n' "lin_kmalloc_$size" "vmalloc_$size"
    else
      printf '%s\n' "lin_pages_$size" "vmap_alias_$size" "vmalloc_$size" "vmalloc_huge_$size"
    fi
  done
  printf '%s\n' module_data_64k ktext_64k memcpy crc32 vmallocfree_cycle
}

user_kinds() {
  local size
  for size in ${buffers//,/ }; do
    echo "user_heap_$size"
  done
}

list_kinds() {
  kernel_kinds
  user_kinds
  printf '%s\n' $natural_kinds
}

wanted() {
  [ -z "$phases" ] || [[ ",$phases," == *",$1,"* ]]
}

any_wanted() {
  local kind
  for kind; do
    ! wanted "$kind" || return 0
  done
  return 1
}
