// MTProto from any bytes: the first two bytes of the input are the length of the client's
// direction, the rest is split there. Obfuscated streams are among the seeds.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "classify/mtproto/message.h"
#include "classify/mtproto/mtproto_dissector.h"
#include "tests/support/laws.h"

using unopened::base::ByteReader;
using unopened::base::Bytes;
using unopened::base::End;
namespace classify = unopened::classify;
namespace mtproto = unopened::classify::mtproto;

namespace {

void CheckParser(Bytes bytes) {
  using mtproto::Framing;
  using mtproto::Sender;
  for (const Framing framing :
       {Framing::kAbridged, Framing::kIntermediate, Framing::kPaddedIntermediate, Framing::kFull}) {
    for (const Sender sender : {Sender::kClient, Sender::kServer}) {
      unopened::tests::CheckLawsOnAnything(bytes, [&](ByteReader reader) {
        return mtproto::ParseFirstMessage(framing, sender, reader);
      });
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader(Bytes(data, size));
  std::uint16_t split = 0;
  if (!reader.ReadU16(split)) return 0;
  const Bytes both = reader.rest();
  CheckParser(both);
  const std::size_t client = std::min<std::size_t>(split, both.size());
  classify::FlowView flow;
  flow.start_seen = true;
  flow.client = ByteReader(both.first(client), End::kOpen);
  flow.server = ByteReader(both.subspan(client), End::kOpen);
  const auto open = mtproto::MtprotoDissector().dissect(flow);
  flow.client = ByteReader(both.first(client), End::kFinal);
  flow.server = ByteReader(both.subspan(client), End::kFinal);
  const auto last = mtproto::MtprotoDissector().partial(flow);
  if (unopened::base::IsNeedMore(last)) __builtin_trap();
  if (!unopened::base::IsNeedMore(open) && !(open == last)) __builtin_trap();
  if (const auto* facts = unopened::base::Value(last)) {
    const bool both_seen = facts->sides == classify::SidesSeen::kBoth;
    if (!both_seen && facts->evidence > classify::Evidence::kWeak) __builtin_trap();
  }
  return 0;
}
