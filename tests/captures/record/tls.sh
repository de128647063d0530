#!/usr/bin/env bash
# Records TLS between OpenSSL's own client and server: the versions, key exchanges and resumptions that one program
# can show. Writes tests/captures/tls_*.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
make_certificate
cd "$work"

# serve PORT OPTIONS...
serve() {
  local port=$1
  shift
  start "server$port" $server openssl s_server -accept "$port" -cert cert.pem -key key.pem -quiet "$@"
}
# connect PORT OPTIONS...: a handshake, a few bytes, a close.
connect() {
  local port=$1
  shift
  (sleep 0.4; echo hello; sleep 0.4; echo Q) |
    timeout 5 $client openssl s_client -connect "192.0.2.10:$port" -servername server.example.org "$@" \
      > "client$port.log" 2>&1 || true
}
# exchange NAME PORT CLIENT_OPTIONS -- SERVER_OPTIONS
exchange() {
  local name=$1 port=$2 client_options=()
  shift 2
  while [ "$1" != -- ]; do client_options+=("$1"); shift; done
  shift
  serve "$port" "$@"
  local pid=$started
  record "$name" "tcp port $port" connect "$port" "${client_options[@]}"
  stop "$pid"
  grep -m1 'Cipher is' "client$port.log" | sed 's/^/  /' || true
  keep "$name"
}

exchange tls12_ecdhe 4433 -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 -alpn h2,http/1.1 -- -tls1_2 -alpn http/1.1
exchange tls12_static_rsa 4434 -tls1_2 -cipher AES128-GCM-SHA256 -- -tls1_2 -cipher AES128-GCM-SHA256
exchange tls12_ffdhe 4435 -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 -- -tls1_2
exchange tls10 4436 -tls1 -cipher ALL:@SECLEVEL=0 -- -tls1 -cipher ALL:@SECLEVEL=0
exchange tls13 4437 -tls1_3 -alpn h2,http/1.1 -- -tls1_3 -alpn http/1.1
exchange tls13_hello_retry 4438 -tls1_3 -groups X25519:P-384 -- -tls1_3 -groups P-384
exchange tls_refused 4439 -tls1_2 -- -tls1_3

# Resumption: the first connection fetches a ticket, the second offers it. TLS 1.3 twice: with a new (EC)DHE share, and
# with early data; TLS 1.2 by session ticket.
serve 4440 -tls1_3
pid=$started
resume13() {
  connect 4440 -tls1_3 -sess_out ticket13.pem
  connect 4440 -tls1_3 -sess_in ticket13.pem
}
record tls13_resumption 'tcp port 4440' resume13
stop "$pid"
grep -m1 Reused client4440.log | sed 's/^/  /' || true
keep tls13_resumption

serve 4441 -tls1_3 -early_data -max_early_data 16384
pid=$started
echo 'early words' > early.txt
early() {
  connect 4441 -tls1_3 -sess_out ticket_early.pem
  connect 4441 -tls1_3 -sess_in ticket_early.pem -early_data early.txt
}
record tls13_early_data 'tcp port 4441' early
stop "$pid"
grep -m1 -i 'early data' client4441.log | sed 's/^/  /' || true
keep tls13_early_data

serve 4442 -tls1_2
pid=$started
resume12() {
  connect 4442 -tls1_2 -sess_out ticket12.pem
  connect 4442 -tls1_2 -sess_in ticket12.pem
}
record tls12_resumption 'tcp port 4442' resume12
stop "$pid"
keep tls12_resumption

# Pre-shared keys without a certificate: TLS 1.2's pure PSK, where whoever holds the key reads the recording.
start psk $server openssl s_server -accept 4443 -nocert -quiet -tls1_2 -psk 00112233445566778899aabbccddeeff -cipher PSK
pid=$started
record tls12_psk 'tcp port 4443' connect 4443 -tls1_2 -psk 00112233445566778899aabbccddeeff -cipher PSK-AES128-GCM-SHA256
stop "$pid"
keep tls12_psk
