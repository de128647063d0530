#!/bin/sh
# run.sh MAKER SOURCE WORK: makes a log, has the Go program check it, then changes one byte and
# expects the Go program to refuse it.
set -eu
maker=$1 source=$2 work=$3
rm -rf "$work/log" "$work/aside"
mkdir -p "$work/aside"

export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE="$work/go-cache" CGO_ENABLED=0
(cd "$source" && go build -o "$work/check_log" check_log.go)

"$maker" "$work/log" "$work/aside"
# Whoever checks a log has its folder and its public key, not its secrets.
mv "$work/log/keys" "$work/aside/keys"
"$work/check_log" "$work/log" "$work/aside"

bend() {  # FILE OFFSET: changes one byte
  cp "$work/log/$1" "$work/aside/kept"
  printf '!' | dd of="$work/log/$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
  if "$work/check_log" "$work/log" "$work/aside" >"$work/aside/refused" 2>&1; then
    echo "a changed byte in $1 was not noticed" >&2
    exit 1
  fi
  echo "refused with a changed byte in $1: $(tail -n 1 "$work/aside/refused")"
  cp "$work/aside/kept" "$work/log/$1"
}
bend tile/entries/100 40
bend tile/0/100 40
bend checkpoint 16
