// ZRTP over UDP: a list of datagrams, as tests/support/datagram_flow.h reads it.
#include <cstdint>
#include <cstdlib>

#include "classify/zrtp/zrtp_dissector.h"
#include "tests/support/datagram_flow.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unopened;
  const tests::DatagramFlow flow = tests::DatagramsOf(base::Bytes(data, size));
  if (!tests::BrokenDatagramLaw(classify::zrtp::ZrtpDissector(), flow).empty()) std::abort();
  return 0;
}
