// WireGuard: a list of datagrams, each a byte of flags, two of size and the bytes.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/byte_reader.h"
#include "classify/wireguard/wireguard_dissector.h"

namespace {

using namespace unopened;
using classify::wireguard::WireGuardDissector;

constexpr std::uint8_t kFromClient = 0x01;
constexpr std::uint8_t kSnapped = 0x02;
constexpr std::size_t kMaxDatagrams = 40;

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader input(base::Bytes(data, size));
  std::vector<classify::Datagram> datagrams;
  std::uint8_t flags = 0;
  base::ByteReader body;
  while (datagrams.size() < kMaxDatagrams && input.ReadU8(flags) && input.ReadPrefixed16(body)) {
    const auto length = static_cast<std::uint32_t>(body.size());
    datagrams.push_back(
        {body.rest(), (flags & kSnapped) != 0 ? length + 84 : length, (flags & kFromClient) != 0});
  }
  classify::FlowView flow;
  flow.transport = capture::Transport::kUdp;
  bool settled = false;
  base::Parsed<classify::HandshakeFacts> first = base::NeedMore{};
  for (std::size_t count = 0; count <= datagrams.size(); ++count) {
    flow.datagrams = std::span(datagrams).first(count);
    flow.datagrams_open = true;
    const auto answer = WireGuardDissector().dissect(flow);
    if (settled) {
      Require(answer == first);
    } else if (!base::IsNeedMore(answer)) {
      settled = true;
      first = answer;
    }
    const auto last = WireGuardDissector().partial(flow);
    Require(!base::IsNeedMore(last));
    if (const auto* facts = base::Value(last)) {
      // Proof takes both sides.
      Require(facts->evidence == classify::Evidence::kWeak ||
              facts->sides == classify::SidesSeen::kBoth);
    }
  }
  return 0;
}
