#include "audit/shape.h"

namespace unopened::audit {
namespace {

using classify::Outcome;
using classify::Protocol;
using classify::Session;

// Named by the IP header alone, so the name holds whatever became of the flow.
bool IsPortless(Protocol protocol) {
  switch (protocol) {
    case Protocol::kEsp:
    case Protocol::kAh:
    case Protocol::kSctp:
    case Protocol::kIcmp:
    case Protocol::kOtherIp:
      return true;
    default:
      return false;
  }
}

void ClearHandshake(Session& session, classify::KeyExchange key_exchange,
                    classify::Resumption resumption) {
  session.variant = classify::Variant::kNone;
  session.version = classify::Version::kNone;
  session.offered_only = false;
  session.key_exchange = key_exchange;
  session.resumption = resumption;
  session.early_data = classify::EarlyData::kNone;
  session.name_visibility = classify::NameVisibility::kNotApplicable;
}

}  // namespace

Shape ShapeOf(const Session& session) {
  Shape shape{session};
  Session& facts = shape.facts;
  switch (facts.outcome) {
    case Outcome::kIdentified:
      // A stranger can send one side alone, as often and in as many forms as he likes.
      if (facts.sides != classify::SidesSeen::kBoth) {
        ClearHandshake(facts, classify::KeyExchange::kUnknown, classify::Resumption::kUnknown);
      }
      break;
    case Outcome::kPlaintext: {
      const bool unused = facts.variant == classify::Variant::kStartTlsUnused;
      ClearHandshake(facts, classify::KeyExchange::kNone, classify::Resumption::kNone);
      if (unused) facts.variant = classify::Variant::kStartTlsUnused;
      break;
    }
    case Outcome::kOpaque:
    case Outcome::kUnrecognised:
    case Outcome::kMidstream:
    case Outcome::kMidstreamAtStart:
    case Outcome::kNoPayload:
    case Outcome::kAmbiguous:
      ClearHandshake(facts, classify::KeyExchange::kUnknown, classify::Resumption::kUnknown);
      if (!IsPortless(facts.protocol)) facts.protocol = Protocol::kUnknown;
      facts.evidence = classify::Evidence::kNone;
      facts.endpoint = classify::kNoEndpoint;
      break;
  }
  return shape;
}

std::string CanonicalBytes(const Shape& shape, std::string_view endpoint_id) {
  const Session& f = shape.facts;
  const auto byte = [](auto v) { return static_cast<char>(v); };
  std::string bytes = {byte(f.transport),    byte(f.ip_version),      byte(f.tunnel),
                       byte(f.protocol),     byte(f.variant),         byte(f.version),
                       byte(f.offered_only), byte(f.key_exchange),    byte(f.resumption),
                       byte(f.early_data),   byte(f.name_visibility), byte(f.sides),
                       byte(f.outcome),      byte(f.evidence)};
  bytes += endpoint_id;
  return bytes;
}

}  // namespace unopened::audit
