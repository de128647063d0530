#!/usr/bin/env bash
# Records dig against dnsmasq, over UDP (IPv4 and IPv6) and TCP. Writes tests/captures/dns.pcapng, a pcapng on purpose.
. "$(dirname "$0")/lab.sh"
open_lab
cd "$work"
start dnsmasq $server dnsmasq --keep-in-foreground --no-resolv --no-hosts --pid-file= --user=root --conf-file=/dev/null \
  --listen-address=192.0.2.10,2001:db8:10::10 --bind-interfaces --address=/www.example.org/192.0.2.10
ask() {
  for name in www.example.org mail.example.org; do $client dig +short +tries=1 +time=2 @192.0.2.10 "$name"; done
  $client dig +short +tries=1 +time=2 @2001:db8:10::10 www.example.org
  $client dig +short +tcp +tries=1 +time=2 @192.0.2.10 www.example.org
}
record dns 'port 53' ask
keep dns
editcap -F pcapng "$captures/dns.pcap" "$captures/dns.pcapng"
rm "$captures/dns.pcap"
