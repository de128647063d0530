// Any two sides of a flow: protocols in clear and the opaque rule keep the laws of base/parsed.h.
//
// Input: a byte of flags (1: UDP, 2: the start was not seen), the ports' choice, the length of the
// client's side, then both sides.
#include <array>
#include <cstdint>
#include <vector>

#include "base/byte_reader.h"
#include "classify/opaque/opaque_dissector.h"
#include "classify/plaintext/plaintext_dissector.h"
#include "classify/upgrade/upgrade_dissector.h"

using unopened::base::ByteReader;
using unopened::base::Bytes;
using unopened::base::End;
using unopened::classify::Datagram;
using unopened::classify::Dissector;
using unopened::classify::FlowView;

namespace {

constexpr std::array<std::uint16_t, 8> kPorts = {9999, 53, 67, 123, 138, 514, 5353, 5355};

// A line's end, the beginning of TLS, and neither.
constexpr std::array<std::uint8_t, 3> kFillers = {0x0a, 0x16, 0xff};

struct Sides {
  std::vector<std::uint8_t> client;
  std::vector<std::uint8_t> server;
};

FlowView View(const Sides& sides, std::uint8_t flags, std::uint16_t port, bool open,
              std::array<Datagram, 2>& datagrams) {
  FlowView view;
  view.client_port = 40000;
  view.server_port = port;
  view.start_seen = (flags & 2) == 0;
  view.datagrams_open = false;
  if ((flags & 1) == 0) {
    view.client = ByteReader(sides.client, open ? End::kOpen : End::kFinal);
    view.server = ByteReader(sides.server, open ? End::kOpen : End::kFinal);
    return view;
  }
  view.transport = unopened::capture::Transport::kUdp;
  view.datagrams_open = open;
  std::size_t count = 0;
  for (const auto* side : {&sides.client, &sides.server}) {
    if (side->empty()) continue;
    datagrams[count++] = {*side, static_cast<std::uint32_t>(side->size()), side == &sides.client};
  }
  view.datagrams = std::span(datagrams).first(count);
  return view;
}

void CheckLaws(const Dissector& dissector, const Sides& sides, std::uint8_t flags,
               std::uint16_t port) {
  std::array<Datagram, 2> datagrams;
  const auto final_answer = dissector.dissect(View(sides, flags, port, false, datagrams));
  if (unopened::base::IsNeedMore(final_answer)) __builtin_trap();
  const auto open = dissector.dissect(View(sides, flags, port, true, datagrams));
  if (const auto* need = std::get_if<unopened::base::NeedMore>(&open); need != nullptr) {
    if (need->at_least == 0) __builtin_trap();
    return;
  }
  if ((flags & 1) != 0) return;  // a datagram does not grow
  Sides longer = sides;
  for (const std::uint8_t filler : kFillers) {
    longer.client.insert(longer.client.end(), 40, filler);
    longer.server.insert(longer.server.end(), 40, filler);
    if (!(dissector.dissect(View(longer, flags, port, true, datagrams)) == open)) {
      __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(Bytes(data, size));
  std::uint8_t flags = 0;
  std::uint8_t port = 0;
  ByteReader client;
  if (!reader.ReadU8(flags) || !reader.ReadU8(port) || !reader.ReadPrefixed8(client)) return 0;
  const Sides sides = {{client.rest().begin(), client.rest().end()},
                       {reader.rest().begin(), reader.rest().end()}};
  for (const Dissector* dissector : {&unopened::classify::plaintext::SignallingDissector(),
                                     &unopened::classify::upgrade::UpgradeDissector(),
                                     &unopened::classify::plaintext::PlaintextDissector(),
                                     &unopened::classify::opaque::OpaqueDissector()}) {
    if ((flags & 1) == 0 ? dissector->over_tcp : dissector->over_udp) {
      CheckLaws(*dissector, sides, flags, kPorts[port % kPorts.size()]);
    }
  }
  return 0;
}
