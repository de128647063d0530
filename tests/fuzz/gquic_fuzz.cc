// Google QUIC: the input is a list of datagrams (tests/support/datagram_flow.h), of which those
// with flag 4 are frames that get a packet and a hash around them here, so that the fuzzer comes
// behind the hash; flag 8 makes such a packet one of Q025, else it is of Q043.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/byte_reader.h"
#include "classify/gquic/gquic_dissector.h"
#include "classify/gquic/message.h"
#include "tests/support/datagram_flow.h"
#include "tests/support/gquic_builder.h"
#include "tests/support/laws.h"

namespace {

using namespace unopened;

constexpr std::uint8_t kFromClient = 0x01;
constexpr std::uint8_t kSealed = 0x04;
constexpr std::uint8_t kOldVersion = 0x08;
constexpr std::size_t kMaxDatagrams = 12;

std::vector<std::uint8_t> Seal(base::Bytes frames, std::uint8_t flags) {
  return tests::SealGquic({.version = (flags & kOldVersion) != 0 ? 25U : 43U,
                           .from_client = (flags & kFromClient) != 0,
                           .names_version = (flags & kFromClient) != 0,
                           .connection_id = {1, 2, 3, 4, 5, 6, 7, 8},
                           .frames = {frames.begin(), frames.end()}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::Bytes bytes(data, size);
  tests::CheckLawsOnAnything(
      bytes, [](base::ByteReader reader) { return classify::gquic::ParseMessage(reader); });
  base::ByteReader input(bytes);
  tests::DatagramFlow flow;
  std::uint8_t flags = 0;
  base::ByteReader body;
  while (flow.size() < kMaxDatagrams && input.ReadU8(flags) && input.ReadPrefixed16(body)) {
    const base::Bytes rest = body.rest();
    flow.push_back({(flags & kFromClient) != 0,
                    (flags & kSealed) != 0 ? Seal(rest, flags)
                                           : std::vector<std::uint8_t>(rest.begin(), rest.end())});
  }
  if (!tests::BrokenDatagramLaw(classify::gquic::GquicDissector(), flow).empty()) std::abort();
  return 0;
}
