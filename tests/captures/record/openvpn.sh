#!/usr/bin/env bash
# Records OpenVPN: each way of wrapping the control channel, over UDP and TCP, up to the first data packets. Writes
# tests/captures/openvpn_*.pcap.
. "$(dirname "$0")/lab.sh"
open_lab
cd "$work"
umask 077
# Small keys keep the captures small.
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -new -key ca.key -days 30 -subj /CN=ca.example.org -out ca.pem
for side in server client; do
  openssl ecparam -name prime256v1 -genkey -noout -out "$side.key"
  openssl req -new -key "$side.key" -subj "/CN=$side.example.org" -out "$side.csr"
  openssl x509 -req -in "$side.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out "$side.pem" 2> /dev/null
done
openvpn --genkey secret shared.key
openvpn --genkey tls-crypt-v2-server v2_server.key
openvpn --tls-crypt-v2 v2_server.key --genkey tls-crypt-v2-client v2_client.key

common="--dev null --dev-type tun --ca ca.pem --dh none --ping 1 --disable-dco --data-ciphers AES-256-GCM"
try() {
  local mode=$1 transport=$2 server_options=$3 client_options=$4
  local server_proto=udp4 client_proto=udp4
  if [ "$transport" = tcp ]; then server_proto=tcp4-server client_proto=tcp4-client; fi
  # shellcheck disable=SC2086
  start "server_${mode}_$transport" $server openvpn $common --mode server --tls-server --proto $server_proto \
    --local 192.0.2.10 --port 1194 --cert server.pem --key server.key $server_options
  local listening=$started
  # shellcheck disable=SC2086
  record "openvpn_${mode}_$transport" 'port 1194' $client timeout -s INT 3 openvpn $common --tls-client \
    --proto $client_proto --remote 192.0.2.10 1194 --nobind --log client.log --cert client.pem --key client.key $client_options || true
  stop "$listening"
  keep "openvpn_${mode}_$transport" "${max_packets:-40}"
}
for transport in udp tcp; do
  try plain $transport '' ''
  try tls_auth $transport '--auth SHA256 --tls-auth shared.key 0' '--auth SHA256 --tls-auth shared.key 1'
  try tls_crypt $transport '--tls-crypt shared.key' '--tls-crypt shared.key'
  try tls_crypt_v2 $transport '--tls-crypt-v2 v2_server.key' '--tls-crypt-v2 v2_client.key'
done
