// Tox, uTP, Discord and Zoom over UDP: a list of datagrams, each a byte of flags, two of size and
// the bytes.
#include <cstdint>

#include "base/byte_reader.h"
#include "classify/bittorrent/utp_dissector.h"
#include "classify/messenger/voice_dissector.h"
#include "classify/tox/tox_dissector.h"
#include "tests/support/datagram_flow.h"

using namespace unopened;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tests::DatagramFlow flow = tests::DatagramsOf(base::Bytes(data, size));
  for (const classify::Dissector* dissector :
       {&classify::tox::ToxDissector(), &classify::bittorrent::UtpDissector(),
        &classify::messenger::VoiceDissector()}) {
    if (!tests::BrokenDatagramLaw(*dissector, flow).empty()) __builtin_trap();
  }
  return 0;
}
