// Upgrades from any bytes: the first two bytes of the input are the length of the client's
// direction, the rest is split there. Also the walk over a certificate, over all of it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "base/byte_reader.h"
#include "classify/tls/certificate.h"
#include "classify/upgrade/upgrade_dissector.h"

using unopened::base::ByteReader;
using unopened::base::Bytes;
using unopened::base::End;
using unopened::classify::FlowView;
namespace upgrade = unopened::classify::upgrade;

namespace {

// A line's end, the beginning of TLS, and neither.
constexpr std::uint8_t kFillers[] = {0x0a, 0x16, 0xff};

FlowView View(Bytes client, Bytes server, End end) {
  FlowView flow;
  flow.start_seen = true;
  flow.client = ByteReader(client, end);
  flow.server = ByteReader(server, end);
  return flow;
}

std::vector<std::uint8_t> Longer(Bytes bytes, std::uint8_t filler) {
  std::vector<std::uint8_t> longer(bytes.begin(), bytes.end());
  longer.insert(longer.end(), 40, filler);
  return longer;
}

void CheckFlow(Bytes client, Bytes server) {
  const auto& dissector = upgrade::UpgradeDissector();
  if (unopened::base::IsNeedMore(dissector.dissect(View(client, server, End::kFinal)))) {
    __builtin_trap();
  }
  const auto open = dissector.dissect(View(client, server, End::kOpen));
  if (const auto* need = std::get_if<unopened::base::NeedMore>(&open)) {
    if (need->at_least == 0) __builtin_trap();
    return;
  }
  for (const std::uint8_t filler : kFillers) {
    const auto more_client = Longer(client, filler);
    const auto more_server = Longer(server, filler);
    if (!(dissector.dissect(View(more_client, more_server, End::kOpen)) == open)) {
      __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const auto names = unopened::classify::tls::ParseCertificateNames(ByteReader(input));
  if (unopened::base::IsNeedMore(names)) __builtin_trap();
  ByteReader reader(input);
  std::uint16_t split = 0;
  if (!reader.ReadU16(split)) return 0;
  const Bytes both = reader.rest();
  const std::size_t client = std::min<std::size_t>(split, both.size());
  CheckFlow(both.first(client), both.subspan(client));
  return 0;
}
