// OpenVPN: the first byte's lowest bit says TCP, the next two bits its ports; then a list of
// datagrams, or of pieces of the two directions, each a byte of flags, two of size and the bytes.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/byte_reader.h"
#include "classify/openvpn/openvpn_dissector.h"

namespace {

using namespace unopened;

constexpr std::uint8_t kTcp = 0x01;
constexpr std::uint8_t kNatTraversal = 0x02;
constexpr std::uint8_t kFromClient = 0x01;
constexpr std::uint8_t kSnapped = 0x02;
constexpr std::size_t kMaxPieces = 48;

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckLast(classify::FlowView flow) {
  flow.client = base::ByteReader(flow.client.rest(), base::End::kFinal);
  flow.server = base::ByteReader(flow.server.rest(), base::End::kFinal);
  flow.datagrams_open = false;
  const auto last = classify::openvpn::OpenVpnDissector().partial(flow);
  Require(!base::IsNeedMore(last));
  const auto* facts = base::Value(last);
  // More than weak takes both sides.
  Require(facts == nullptr || facts->evidence <= classify::Evidence::kWeak ||
          facts->sides == classify::SidesSeen::kBoth);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader input(base::Bytes(data, size));
  std::uint8_t options = 0;
  std::uint8_t flags = 0;
  base::ByteReader body;
  if (!input.ReadU8(options)) return 0;
  classify::FlowView flow;
  flow.server_port = (options & kNatTraversal) != 0 ? 4500 : 500;
  const bool tcp = (options & kTcp) != 0;
  flow.transport = tcp ? capture::Transport::kTcp : capture::Transport::kUdp;
  std::vector<classify::Datagram> datagrams;
  std::vector<std::uint8_t> client, server;
  bool settled = false;
  base::Parsed<classify::HandshakeFacts> first = base::NeedMore{};
  for (std::size_t i = 0; i < kMaxPieces && input.ReadU8(flags) && input.ReadPrefixed16(body);
       ++i) {
    const bool from_client = (flags & kFromClient) != 0;
    const auto length = static_cast<std::uint32_t>(body.size());
    if (tcp) {
      auto& stream = from_client ? client : server;
      stream.insert(stream.end(), body.rest().begin(), body.rest().end());
      flow.client = base::ByteReader(client, base::End::kOpen);
      flow.server = base::ByteReader(server, base::End::kOpen);
    } else {
      datagrams.push_back(
          {body.rest(), (flags & kSnapped) != 0 ? length + 84 : length, from_client});
      flow.datagrams = datagrams;
    }
    const auto answer = classify::openvpn::OpenVpnDissector().dissect(flow);
    if (const auto* need = std::get_if<base::NeedMore>(&answer)) Require(need->at_least > 0);
    if (settled && base::IsNotThis(first)) Require(base::IsNotThis(answer));
    if (!settled && !base::IsNeedMore(answer)) {
      settled = true;
      first = answer;
    }
    CheckLast(flow);
  }
  return 0;
}
