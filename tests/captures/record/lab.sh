# A small laboratory for recording: two network namespaces joined by a veth pair, with addresses and names that are
# reserved for documentation (RFC 5737, RFC 3849, RFC 2606). Sourced by the other scripts here; needs root and the
# packages of packaging/packages/record.txt.
#
#   client 198.51.100.20, 2001:db8:20::20   <- tap ->   server 192.0.2.10, 2001:db8:10::10
#
# Keys and certificates are made anew for each recording in $work and are gone when the script ends.
set -euo pipefail
captures=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
ns_client=unopened-client-$$
ns_server=unopened-server-$$
client="ip netns exec $ns_client"
server="ip netns exec $ns_server"
background=()

close_lab() {
  for pid in "${background[@]}"; do kill "$pid" 2> /dev/null || true; done
  sleep 0.3
  ip netns del "$ns_client" 2> /dev/null || true
  ip netns del "$ns_server" 2> /dev/null || true
  rm -rf "$work" "/etc/netns/$ns_client"
}

open_lab() {
  trap close_lab EXIT
  ip netns add "$ns_client"
  ip netns add "$ns_server"
  $client ip link set lo up
  $server ip link set lo up
  ip link add tap netns "$ns_client" type veth peer name tap netns "$ns_server"
  # Addresses at once, frames as they would be on a wire: no duplicate detection, no offloads.
  $client sysctl -qw net.ipv6.conf.tap.accept_dad=0 net.ipv6.conf.tap.router_solicitations=0
  $server sysctl -qw net.ipv6.conf.tap.accept_dad=0 net.ipv6.conf.tap.router_solicitations=0
  $client ethtool -K tap tx off sg off tso off gso off gro off > /dev/null 2>&1
  $server ethtool -K tap tx off sg off tso off gso off gro off > /dev/null 2>&1
  $client ip link set tap address 02:00:5e:00:53:20
  $server ip link set tap address 02:00:5e:00:53:10
  $client ip addr add 198.51.100.20/24 dev tap
  $client ip addr add 2001:db8:20::20/64 dev tap
  $server ip addr add 192.0.2.10/24 dev tap
  $server ip addr add 2001:db8:10::10/64 dev tap
  $client ip link set tap up
  $server ip link set tap up
  $client ip route add 192.0.2.0/24 dev tap
  $client ip -6 route add 2001:db8:10::/64 dev tap
  $server ip route add 198.51.100.0/24 dev tap
  $server ip -6 route add 2001:db8:20::/64 dev tap
  mkdir -p "/etc/netns/$ns_client"
  printf '192.0.2.10 www.example.org server.example.org\n' > "/etc/netns/$ns_client/hosts"
  printf 'nameserver 192.0.2.10\n' > "/etc/netns/$ns_client/resolv.conf"
  # Neighbours first, so that the captures begin with the protocol they are about.
  $client ping -qc1 -W1 192.0.2.10 > /dev/null
  $client ping -qc1 -W1 2001:db8:10::10 > /dev/null
}

# A self-signed certificate for example.org: $work/cert.pem and $work/key.pem.
make_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=www.example.org \
    -addext 'subjectAltName=DNS:www.example.org,DNS:server.example.org,DNS:example.org' \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null
}

# Runs a command until the lab closes; its output goes to $work/NAME.log.
start() {
  local name=$1
  shift
  "$@" > "$work/$name.log" 2>&1 < <(exec sleep 60) &
  background+=($!)
  started=$!
  sleep 0.8
}
stop() {
  kill "$1" 2> /dev/null || true
  wait "$1" 2> /dev/null || true
}

# record NAME FILTER COMMAND...: what the client's end of the wire sees while COMMAND runs, into $work/NAME.pcap; or
# another interface of the client's, $interface.
# Immediate mode, since packets of an unfinished ring block would be lost at the end.
record() {
  local name=$1 filter=$2
  shift 2
  # shellcheck disable=SC2086
  $client tcpdump -Z root --immediate-mode -U -s 0 -i "${interface:-tap}" -w "$work/$name.pcap" $filter > "$work/tcpdump.log" 2>&1 &
  local tcpdump=$!
  sleep 0.7
  "$@" || echo "  $name: the command ended with status $?" >&2
  sleep 0.5
  kill -INT "$tcpdump"
  wait "$tcpdump" || true
}

# keep NAME [MAX_PACKETS]: the recording becomes tests/captures/NAME.pcap.
keep() {
  local name=$1 max=${2:-400}
  editcap -F pcap -r "$work/$name.pcap" "$captures/$name.pcap" "1-$max"
  printf '%-28s %s packets, %s bytes\n' "$name.pcap" \
    "$(capinfos -Mrc "$captures/$name.pcap" | awk 'END{print $NF}')" "$(stat -c %s "$captures/$name.pcap")"
}
