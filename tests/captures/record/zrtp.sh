#!/usr/bin/env bash
# Records a ZRTP key agreement between two engines of libbzrtp. Writes tests/captures/zrtp.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
peer=$(dirname "$(readlink -f "$0")")/zrtp_peer.py
cd "$work"
agree() {
  $server python3 "$peer" 192.0.2.10 198.51.100.20 16384 2002 5 > server.log 2>&1 &
  sleep 0.5
  timeout 8 $client python3 "$peer" 198.51.100.20 192.0.2.10 16384 1001 4
  wait $!
}
record zrtp 'udp port 16384' agree
keep zrtp 80
