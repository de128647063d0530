// WhatsApp's Noise channel from any bytes: the first two bytes of the input are the length of the
// client's direction, the rest is split there.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "classify/noise/whatsapp_dissector.h"
#include "classify/noise/whatsapp_message.h"
#include "tests/support/laws.h"

using unopened::base::ByteReader;
using unopened::base::Bytes;
using unopened::base::End;
namespace noise = unopened::classify::noise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(Bytes(data, size));
  std::uint16_t split = 0;
  if (!reader.ReadU16(split)) return 0;
  const Bytes both = reader.rest();
  unopened::tests::CheckLawsOnAnything(
      both, [](ByteReader bytes) { return noise::ParseWhatsAppClientStart(bytes); });
  unopened::tests::CheckLawsOnAnything(
      both, [](ByteReader bytes) { return noise::ParseWhatsAppServerHello(bytes); });

  const std::size_t client = std::min<std::size_t>(split, both.size());
  unopened::classify::FlowView flow;
  flow.client = ByteReader(both.first(client), End::kOpen);
  flow.server = ByteReader(both.subspan(client), End::kOpen);
  const auto open = noise::WhatsAppNoiseDissector().dissect(flow);
  flow.client = ByteReader(both.first(client), End::kFinal);
  flow.server = ByteReader(both.subspan(client), End::kFinal);
  const auto last = noise::WhatsAppNoiseDissector().partial(flow);
  if (unopened::base::IsNeedMore(last)) __builtin_trap();
  if (!unopened::base::IsNeedMore(open) && !(open == last)) __builtin_trap();
  return 0;
}
