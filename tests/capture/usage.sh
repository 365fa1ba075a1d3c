#!/bin/bash
# The command line of the capture kit: what it refuses, before anything is fetched.
# usage: usage.sh SOURCE
set -u
capture=$1/traces/capture/capture
passed=0
failed=0

check() { # WORDS COMMAND...
  local words=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $words"
  fi
}

refuses() { # TEXT ARGUMENT...
  local text=$1 said status
  shift
  said=$("$capture" "$@" 2>&1)
  status=$?
  [ "$status" -eq 2 ] && [ "$(wc -l <<<"$said")" -eq 1 ] && grep -qF -- "$text" <<<"$said" && return
  echo "exit status $status: $said"
  return 1
}

says() { # TEXT ARGUMENT...
  local text=$1
  shift
  "$capture" "$@" 2>&1 | grep -qF -- "$text"
}

check "--help" says "Usage: traces/capture/capture [OPTION]..." --help
check "--list" says "vmalloc_huge_4m" --list --buffers 4m
check "--list: small buffers" says "lin_kmalloc_64k" --list --buffers 64k
check "unknown option" refuses "found '--kernal', expected an option" --kernal arm64
check "no value" refuses "--kernel: found nothing, expected a value" --kernel
check "unknown kernel" refuses "--kernel: found 'amd64', expected one of: arm64 arm64-16k cloud-arm64 rt-arm64 armmp armmp-lpae rt-armmp" --kernel amd64
check "unknown version" refuses "--linux: found '5.10', expected one of: 6.1 6.12" --linux 5.10
check "16K before 6.12" refuses "--linux: found 6.1, expected 6.12" --kernel arm64-16k --linux 6.1
check "32 bits after 6.1" refuses "--linux: found 6.12, expected 6.1 for armmp-lpae" --kernel armmp-lpae --linux 6.12
check "memory" refuses "--memory: found '1T', expected a size as 512M or 1G" --memory 1T
check "image" refuses "--image: found no file '/nowhere'" --image /nowhere --headers /nowhere
check "headers alone" refuses "--image: found no file ''" --headers /nowhere
check "headers" refuses "--headers: found no .config and include/config/kernel.release in '/nowhere'" --image "$0" --headers /nowhere
check "rodata" refuses "--rodata: found 'full', expected one of: on off" --kernel armmp --rodata full
check "KPTI on 32 bits" refuses "--kpti: found kernel armmp, expected one of 64 bits" --kernel armmp --kpti
check "CPUs" refuses "--cpus: found '9', expected 1 to 8" --cpus 9
check "CPUs: no number" refuses "--cpus: found 'two', expected 1 to 8" --cpus two
check "buffers" refuses "--buffers: found '3m', expected a power of two" --buffers 64k,3m
check "phases" refuses "--phases: found 'vmalloc_2m', expected kinds that --list prints" --phases vmalloc_2m
check "phases: one's own" says "natural_ls" --run mine:true --phases mine --list
check "run" refuses "--run: found 'true', expected KIND:COMMAND" --run true
check "add" refuses "--add: found no file '/nowhere'" --add /nowhere

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
