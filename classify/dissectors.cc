#include "classify/dissectors.h"

#include <array>

#include "classify/bittorrent/utp_dissector.h"
#include "classify/dtls/dtls_dissector.h"
#include "classify/gquic/gquic_dissector.h"
#include "classify/ike/ike_dissector.h"
#include "classify/messenger/mmtls_dissector.h"
#include "classify/messenger/voice_dissector.h"
#include "classify/mtproto/mtproto_dissector.h"
#include "classify/noise/whatsapp_dissector.h"
#include "classify/opaque/opaque_dissector.h"
#include "classify/openvpn/openvpn_dissector.h"
#include "classify/plaintext/plaintext_dissector.h"
#include "classify/quic/quic_dissector.h"
#include "classify/rtp/rtp_dissector.h"
#include "classify/ssh/banner_dissector.h"
#include "classify/ssh/ssh_dissector.h"
#include "classify/stun/stun_dissector.h"
#include "classify/threema/threema_dissector.h"
#include "classify/tls/tls_dissector.h"
#include "classify/tox/tox_dissector.h"
#include "classify/upgrade/upgrade_dissector.h"
#include "classify/wireguard/wireguard_dissector.h"
#include "classify/zrtp/zrtp_dissector.h"

namespace unopened::classify {

// One line a protocol. Those that speak over one transport are asked in this order.
std::span<const Dissector* const> Dissectors() {
  // clang-format off
  static const std::array kAll = {
      &tls::TlsDissector(),
      &noise::WhatsAppNoiseDissector(),
      &ssh::SshDissector(),
      &quic::QuicDissector(),
      &gquic::GquicDissector(),
      &wireguard::WireGuardDissector(),
      &dtls::DtlsDissector(),
      &zrtp::ZrtpDissector(),
      &stun::StunDissector(),
      &bittorrent::UtpDissector(),
      &messenger::VoiceDissector(),
      &messenger::MmtlsDissector(),
      &mtproto::MtprotoDissector(),
      &threema::ThreemaDissector(),
      &tox::ToxDissector(),
      &rtp::RtpDissector(),
      &openvpn::OpenVpnDissector(),
      &ike::IkeDissector(),
      &plaintext::SignallingDissector(),
      &upgrade::UpgradeDissector(),
      &ssh::SshBannerDissector(),
      &plaintext::AccessDissector(),
      &plaintext::PlaintextDissector(),
      &opaque::OpaqueDissector(),
  };
  // clang-format on
  return kAll;
}

}  // namespace unopened::classify
