#!/usr/bin/env bash
# Records browsers and curl against Caddy: HTTP in clear, HTTP/2 over TLS 1.3, HTTP/3 over QUIC. Chromium offers the
# hybrid X25519MLKEM768 (Caddy 2.6 chooses X25519) and a GREASE encrypted_client_hello; its hello spans two segments
# and several Initials. Writes tests/captures/{http,curl_h2,chromium_tls,chromium_quic}.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
make_certificate
chmod -R a+rX "$work"
cat > "$work/Caddyfile" <<C
{
  admin off
  auto_https disable_redirects
  storage file_system $work/caddy
}
https://www.example.org {
  tls $work/cert.pem $work/key.pem
  respond "hello"
}
http://www.example.org {
  respond "hello"
}
C
cd "$work"
start caddy env HOME="$work" $server caddy run --config Caddyfile --adapter caddyfile
sleep 1
pin=$(openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)

browse() {
  local name=$1
  shift
  HOME=$work timeout 40 $client chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --user-data-dir="$work/$name-profile" --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --disable-extensions --host-resolver-rules='MAP www.example.org 192.0.2.10, MAP * ~NOTFOUND' \
    --ignore-certificate-errors-spki-list="$pin" "$@" --dump-dom https://www.example.org/ > "$name.dom" 2> "$name.log"
  grep -o '<body.*' "$name.dom" | cut -c1-80
}

record http 'tcp port 80' $client curl -sS http://www.example.org/
echo
keep http
record curl_h2 'tcp port 443' $client curl -sSk --http2 https://www.example.org/
echo
keep curl_h2
record chromium_tls 'tcp port 443' browse tls --disable-quic
keep chromium_tls 120
record chromium_quic 'udp port 443' browse quic --enable-quic --origin-to-force-quic-on=www.example.org:443
keep chromium_quic 120
