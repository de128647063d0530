#!/usr/bin/env bash
# Records DTLS between OpenSSL's own client and server: cookie, fragments, use_srtp, resumption, a pre-shared key, and
# version 1.0. Writes tests/captures/dtls_*.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
make_certificate
cd "$work"

# serve PORT OPTIONS...
serve() {
  local port=$1
  shift
  start "server$port" $server openssl s_server -accept "192.0.2.10:$port" -quiet "$@"
}
# connect PORT OPTIONS...: a handshake, a few bytes, a close.
connect() {
  local port=$1
  shift
  (sleep 0.6; echo hello; sleep 0.4; echo Q) |
    timeout 6 $client openssl s_client -connect "192.0.2.10:$port" "$@" > "client$port.log" 2>&1 || true
}
# exchange NAME PORT CLIENT_OPTIONS -- SERVER_OPTIONS
exchange() {
  local name=$1 port=$2 client_options=()
  shift 2
  while [ "$1" != -- ]; do client_options+=("$1"); shift; done
  shift
  serve "$port" "$@"
  local pid=$started
  record "$name" "udp port $port" connect "$port" "${client_options[@]}"
  stop "$pid"
  grep -m1 'Cipher is' "client$port.log" | sed 's/^/  /' || true
  keep "$name"
}
certificate=(-cert cert.pem -key key.pem)
secret=00112233445566778899aabbccddeeff

# -listen asks for a cookie before it answers; at 300 bytes a message takes several datagrams.
exchange dtls12_cookie 4433 -dtls1_2 -mtu 300 -servername server.example.org -- \
  -dtls1_2 -listen -mtu 300 "${certificate[@]}"
exchange dtls12_srtp 4434 -dtls1_2 -use_srtp SRTP_AES128_CM_SHA1_80 -- \
  -dtls1_2 -use_srtp SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80 "${certificate[@]}"
exchange dtls12_psk 4435 -dtls1_2 -psk $secret -cipher PSK-AES128-GCM-SHA256 -- \
  -dtls1_2 -nocert -psk $secret -cipher PSK
exchange dtls10 4436 -dtls1 -cipher AES128-SHA:@SECLEVEL=0 -- -dtls1 -cipher ALL:@SECLEVEL=0 "${certificate[@]}"

serve 4437 -dtls1_2 "${certificate[@]}"
pid=$started
resume() {
  connect 4437 -dtls1_2 -sess_out ticket.pem
  connect 4437 -dtls1_2 -sess_in ticket.pem
}
record dtls12_resumption 'udp port 4437' resume
stop "$pid"
grep -m1 Reused client4437.log | sed 's/^/  /' || true
keep dtls12_resumption
