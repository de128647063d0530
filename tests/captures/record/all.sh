#!/usr/bin/env bash
# Records every capture of tests/captures/ that real software can make. Run by a person, as root; no test runs it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../../packaging/install-packages" record
for script in tls web ssh wireguard dns mail starttls dtls stun webrtc zrtp openvpn ipsec; do
  echo "==> $script"
  "$here/$script.sh"
done
