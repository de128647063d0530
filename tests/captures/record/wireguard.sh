#!/usr/bin/env bash
# Records wireguard-go: one handshake, a few pings inside the tunnel, keepalives. Writes tests/captures/wireguard.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
cd "$work"
umask 077
for side in a b; do
  wg genkey > "$side.key"
  wg pubkey < "$side.key" > "$side.pub"
done
start a env LOG_LEVEL=error $client wireguard-go -f wga$$
start b env LOG_LEVEL=error $server wireguard-go -f wgb$$
$client wg set wga$$ private-key a.key listen-port 51820 peer "$(cat b.pub)" allowed-ips 10.99.0.2/32 endpoint 192.0.2.10:51820 persistent-keepalive 1
$server wg set wgb$$ private-key b.key listen-port 51820 peer "$(cat a.pub)" allowed-ips 10.99.0.1/32
tunnel() {
  $client ip addr add 10.99.0.1/24 dev wga$$
  $server ip addr add 10.99.0.2/24 dev wgb$$
  $server ip link set wgb$$ up
  $client ip link set wga$$ up
  sleep 1
  $client ping -qc3 -i 0.3 -W2 10.99.0.2 > ping.log || true
  sleep 2
}
record wireguard 'udp port 51820' tunnel
keep wireguard 60
