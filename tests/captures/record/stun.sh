#!/usr/bin/env bash
# Records coturn: a STUN binding, and a relay over UDP and over TCP with long-term credentials, so that the server says
# its realm. Writes tests/captures/stun.pcap and turn_{udp,tcp}.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
cd "$work"
start coturn $server turnserver -n -L 192.0.2.10 -E 192.0.2.10 -m 1 --lt-cred-mech -u user:secret -r turn.example.org \
  --no-tls --no-dtls --no-cli --allow-loopback-peers --pidfile "$work/coturn.pid" --log-file stdout
sleep 1
# relay OPTIONS...: two allocations that send each other three messages.
relay() {
  timeout 20 $client turnutils_uclient -y -c -n 3 -m 1 -l 120 -u user -w secret "$@" 192.0.2.10 > relay.log 2>&1
}
record stun 'udp port 3478' timeout 10 $client turnutils_stunclient 192.0.2.10
keep stun
record turn_udp 'udp port 3478' relay
keep turn_udp 80
record turn_tcp 'tcp port 3478' relay -t
keep turn_tcp 120
