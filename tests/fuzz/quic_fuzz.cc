// QUIC from both ends of its crypto. The input is a list of datagrams: a byte of flags, two of size
// and the bytes, which are the datagram itself or, so that the fuzzer gets behind the AEAD, the
// frames of an Initial that is sealed here.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/byte_reader.h"
#include "classify/quic/quic_dissector.h"
#include "tests/support/quic_builder.h"

namespace {

using namespace unopened;
using classify::quic::QuicDissector;
using classify::quic::Sender;

constexpr std::uint8_t kFromClient = 0x01;
constexpr std::uint8_t kSealed = 0x02;
constexpr std::uint8_t kVersion2 = 0x04;
constexpr std::uint8_t kSnapped = 0x08;
constexpr std::size_t kMaxDatagrams = 12;

struct Sent {
  std::vector<std::uint8_t> bytes;
  bool from_client;
  bool snapped;
};

std::vector<std::uint8_t> Seal(base::Bytes frames, std::uint8_t flags) {
  const std::vector<std::uint8_t> chosen = {1, 2, 3, 4, 5, 6, 7, 8};
  const bool client = (flags & kFromClient) != 0;
  return tests::SealInitial(
      {.version = (flags & kVersion2) != 0 ? classify::quic::kVersion2 : classify::quic::kVersion1,
       .sender = client ? Sender::kClient : Sender::kServer,
       .key_id = chosen,
       .destination = client ? chosen : std::vector<std::uint8_t>{9},
       .frames = std::vector<std::uint8_t>(frames.begin(), frames.end()),
       .packet_size = 1200});
}

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader input(base::Bytes(data, size));
  std::vector<Sent> sent;
  std::uint8_t flags = 0;
  base::ByteReader body;
  while (sent.size() < kMaxDatagrams && input.ReadU8(flags) && input.ReadPrefixed16(body)) {
    const base::Bytes bytes = body.rest();
    sent.push_back({(flags & kSealed) != 0 ? Seal(bytes, flags)
                                           : std::vector<std::uint8_t>(bytes.begin(), bytes.end()),
                    (flags & kFromClient) != 0, (flags & kSnapped) != 0});
  }
  std::vector<classify::Datagram> datagrams;
  for (const Sent& each : sent) {
    const auto length = static_cast<std::uint32_t>(each.bytes.size());
    datagrams.push_back({each.bytes, each.snapped ? length + 900 : length, each.from_client});
  }
  classify::FlowView flow;
  flow.transport = capture::Transport::kUdp;
  flow.options.fingerprints = true;

  // Final: once settled, later datagrams change nothing. Partial: never asks for more.
  bool settled = false;
  base::Parsed<classify::HandshakeFacts> first = base::NeedMore{};
  for (std::size_t count = 0; count <= datagrams.size(); ++count) {
    flow.datagrams = std::span(datagrams).first(count);
    flow.datagrams_open = true;
    const auto answer = QuicDissector().dissect(flow);
    if (settled) {
      Require(answer == first);
    } else if (!base::IsNeedMore(answer)) {
      settled = true;
      first = answer;
    }
    flow.datagrams_open = false;
    const auto last = QuicDissector().partial(flow);
    Require(!base::IsNeedMore(last));
    Require(last == QuicDissector().dissect(flow));
    if (const auto* facts = base::Value(last)) {
      Require(facts->protocol == classify::Protocol::kQuic ||
              facts->protocol == classify::Protocol::kGquic);
      Require(facts->evidence == classify::Evidence::kProof);
      Require(!facts->offered_only || facts->transient.cipher == 0);
    }
  }
  return 0;
}
