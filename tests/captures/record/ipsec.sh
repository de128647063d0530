#!/usr/bin/env bash
# Records strongSwan: IKEv2 and IKEv1 (main mode, aggressive mode) on port 500; and IKEv2 as behind a NAT, with its
# messages in fragments, and ESP in UDP from strongSwan's own IPsec, so that no kernel needs to have it. Writes
# tests/captures/ike*.pcap and esp_udp.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
cd "$work"
umask 077

# daemon SIDE PLUGINS...: charon in that side's namespace.
daemon() {
  local side=$1
  shift
  cat > "$side.conf" << EOF
charon-systemd {
  load = random nonce openssl curve25519 gmp hmac kdf pem pkcs1 pkcs8 x509 pubkey socket-default vici updown $*
  plugins { vici { socket = unix://$work/$side.vici } }
  fragment_size = 220
  retransmit_timeout = 2
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  journal { default = -1 }
  filelog { log { path = $work/$side.charon.log } }
}
EOF
  start "$side" env STRONGSWAN_CONF="$work/$side.conf" ${!side} /usr/sbin/charon-systemd
  sleep 1
}

# connection VERSION PROPOSAL OPTIONS: the same on both sides; the key is drawn anew.
connection() {
  local secret inner local_inner peer_inner side local_address peer_address
  secret=$(openssl rand -hex 16)
  for side in client server; do
    if [ "$side" = client ]; then
      local_address=198.51.100.20 peer_address=192.0.2.10 local_inner=10.99.0.1/32 peer_inner=10.99.0.2/32
    else
      local_address=192.0.2.10 peer_address=198.51.100.20 local_inner=10.99.0.2/32 peer_inner=10.99.0.1/32
    fi
    mkdir -p "$side.swanctl"
    cat > "$side.swanctl/swanctl.conf" << EOF
connections { lab {
  version = $1
  proposals = $2
  mobike = no
  $3
  local_addrs = $local_address
  remote_addrs = $peer_address
  local { auth = psk
    id = $side.example.org }
  remote { auth = psk }
  children { net { local_ts = $local_inner
    remote_ts = $peer_inner
    esp_proposals = aes128gcm16-x25519 } }
} }
secrets { ike { secret = $secret } }
EOF
    SWANCTL_DIR="$work/$side.swanctl" swanctl --load-all --uri "unix://$work/$side.vici" > "$side.load.log" 2>&1
  done
}
initiate() { timeout 8 swanctl --initiate "$@" --timeout 5 --uri "unix://$work/client.vici" > initiate.log 2>&1; }
terminate() { timeout 8 swanctl --terminate --ike lab --force --uri "unix://$work/client.vici" > terminate.log 2>&1 || true; }

daemon client kernel-netlink
daemon server kernel-netlink
connection 2 aes256gcm16-prfsha384-x25519 'childless = force'
record ike2 'udp port 500' initiate --ike lab
keep ike2 20
terminate
connection 2 aes128-sha256-modp2048 'childless = force'
record ike2_modp 'udp port 500' initiate --ike lab
keep ike2_modp 20
terminate
connection 1 aes128-sha256-modp2048 ''
record ike1_main 'udp port 500' initiate --ike lab
keep ike1_main 20
terminate
connection 1 aes128-sha256-ecp256 'aggressive = yes'
record ike1_aggressive 'udp port 500' initiate --ike lab
keep ike1_aggressive 20
terminate
for pid in "${background[@]}"; do stop "$pid"; done
background=()

for side in client server; do
  inner=10.99.0.1
  if [ "$side" = server ]; then inner=10.99.0.2; fi
  ${!side} ip addr add "$inner/32" dev lo
done
daemon client kernel-libipsec kernel-netlink
daemon server kernel-libipsec kernel-netlink
connection 2 aes128gcm16-prfsha256-ecp256 'encap = yes
  fragmentation = force'
tunnel() {
  initiate --child net
  $client ping -qc5 -i 0.3 -W2 -I 10.99.0.1 10.99.0.2 > ping.log 2>&1 || true
}
record ike2_nat 'udp port 500 or udp port 4500' tunnel
keep ike2_nat 40
# The same SA's packets, without the handshake they belong to.
more() { $client ping -qc6 -i 0.3 -W2 -I 10.99.0.1 10.99.0.2 > ping.log 2>&1 || true; }
record esp_udp 'udp port 4500' more
keep esp_udp 20
