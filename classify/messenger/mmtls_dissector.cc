#include "classify/messenger/mmtls_dissector.h"

#include "base/parsed.h"

namespace unopened::classify::messenger {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::uint8_t kHandshake = 0x16;
constexpr std::uint8_t kEarlyData = 0x19;
constexpr std::size_t kHeaderSize = 5;
constexpr std::uint16_t kMaxRecord = 0x4000;

struct Record {
  std::uint8_t type = 0;
  std::uint16_t version = 0;
  std::uint16_t length = 0;
};

// The header, byte by byte, so that a stranger is refused with its first wrong one.
Parsed<Record> ReadHeader(ByteReader& stream) {
  const std::size_t have = stream.size();
  const auto more = [&] {
    return base::Short<Record>(stream, "mmtls: cut", have < kHeaderSize ? kHeaderSize - have : 1);
  };
  Record record;
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  if (!stream.ReadU8(record.type)) return more();
  if (record.type < 0x15 || record.type > kEarlyData || record.type == 0x18) {
    return NotThis{"mmtls: type"};
  }
  if (!stream.ReadU8(major)) return more();
  if (major != 0xf1) return NotThis{"mmtls: version"};
  if (!stream.ReadU8(minor)) return more();
  if (minor != 3 && minor != 4) return NotThis{"mmtls: version"};
  if (!stream.ReadU16(record.length)) return more();
  if (record.length == 0 || record.length > kMaxRecord) return NotThis{"mmtls: length"};
  record.version = static_cast<std::uint16_t>(major << 8 | minor);
  return record;
}

// The first record of a side, whole, with the header of the next or the end of the stream behind
// it.
Parsed<Record> ReadStart(ByteReader stream) {
  const auto parsed = ReadHeader(stream);
  const Record* first = base::Value(parsed);
  if (first == nullptr) return parsed;
  if (!stream.Skip(first->length)) {
    return base::Short<Record>(stream, "mmtls: cut", first->length - stream.size());
  }
  ByteReader rest(stream.rest(), base::End::kOpen);
  const auto next = ReadHeader(rest);
  if (const auto* refusal = std::get_if<NotThis>(&next)) return *refusal;
  if (const auto* need = std::get_if<NeedMore>(&next); need != nullptr && stream.open()) {
    return *need;
  }
  const Record* second = base::Value(next);
  if (second != nullptr && second->version != first->version) return NotThis{"mmtls: version"};
  return *first;
}

Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  if (!flow.start_seen) return NotThis{"mmtls: start not seen"};
  if (!flow.client.empty() && flow.client.rest().front() != kHandshake &&
      flow.client.rest().front() != kEarlyData) {
    return NotThis{"mmtls: start"};
  }
  const auto client = ReadStart(flow.client);
  const auto server = ReadStart(flow.server);
  for (const auto* side : {&client, &server}) {
    if (const auto* refusal = std::get_if<NotThis>(side)) return *refusal;
  }
  const Record* asked = base::Value(client);
  const Record* answered = base::Value(server);
  if (asked == nullptr || answered == nullptr) return NeedMore{};
  if (asked->version != answered->version || answered->type != kHandshake) {
    return NotThis{"mmtls: answer"};
  }
  HandshakeFacts facts;
  facts.protocol = Protocol::kMmtls;
  facts.version = Version::kOther;
  facts.sides = SidesSeen::kBoth;
  facts.evidence = Evidence::kWeak;
  return facts;
}

constexpr Dissector kDissector = {.name = "mmtls", .over_tcp = true, .dissect = &Dissect};

}  // namespace

const Dissector& MmtlsDissector() { return kDissector; }

}  // namespace unopened::classify::messenger
