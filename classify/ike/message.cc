#include "classify/ike/message.h"

#include <array>

namespace unopened::classify::ike {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

constexpr std::uint8_t kVersion1 = 0x10;
constexpr std::uint8_t kVersion2 = 0x20;
// RFC 2408 §3.1: encryption, commit, authentication only. RFC 7296 §3.1: initiator, response; what
// else is set is ignored.
constexpr std::uint8_t kEncryptedV1 = 0x01;
constexpr std::uint8_t kFlagsV1 = 0x07;
constexpr std::uint8_t kInitiatorV2 = 0x08;
constexpr std::uint8_t kResponseV2 = 0x20;

constexpr std::uint8_t kNoPayload = 0;
constexpr std::uint8_t kSaV1 = 1;
constexpr std::uint8_t kFragmentV1 = 132;  // of a vendor: pieces of a whole message
constexpr std::uint8_t kSaV2 = 33;
constexpr std::uint8_t kEncryptedV2 = 46;
constexpr std::uint8_t kEncryptedFragmentV2 = 53;  // RFC 7383 §2.5

constexpr std::uint8_t kKeyExchangeTransform = 4;
constexpr std::uint8_t kFirstAdditionalTransform = 6;  // RFC 9370 §2.2.1
constexpr std::uint8_t kLastAdditionalTransform = 12;
constexpr std::uint16_t kGroupAttribute = 4;  // RFC 2409 appendix A, Group Description
constexpr std::uint16_t kShortAttribute = 0x8000;
constexpr std::uint32_t kIpsecDoi = 1;

constexpr std::uint16_t kFirstMlKem = 35;  // ML-KEM-512, -768, -1024
constexpr std::uint16_t kLastMlKem = 37;
constexpr bool IsMlKem(std::uint16_t group) { return group >= kFirstMlKem && group <= kLastMlKem; }

// The generic header of payloads, proposals and transforms: what follows, a reserved byte, the
// length with the header itself (RFC 7296 §3.2, §3.3.1-2).
bool ReadBlock(ByteReader& reader, std::uint8_t& next, ByteReader& body) {
  constexpr std::size_t kSize = 4;
  ByteReader probe = reader;
  std::uint8_t reserved = 0;
  std::uint16_t length = 0;
  if (!probe.ReadU8(next) || !probe.ReadU8(reserved) || !probe.ReadU16(length) || length < kSize ||
      !probe.ReadReader(length - kSize, body)) {
    return false;
  }
  reader = probe;
  return true;
}

struct Proposal {
  ByteReader transforms;
  std::uint8_t count = 0;  // of transforms
};

bool ReadProposal(ByteReader body, Proposal& out) {
  std::uint8_t number = 0;
  std::uint8_t protocol = 0;
  std::uint8_t spi_size = 0;
  if (!body.ReadU8(number) || !body.ReadU8(protocol) || !body.ReadU8(spi_size) ||
      !body.ReadU8(out.count) || !body.Skip(spi_size)) {
    return false;
  }
  out.transforms = body;
  return true;
}

// The one proposal of an SA that chooses. False where there are more, or none.
bool ReadOnlyProposal(ByteReader sa, Proposal& out) {
  std::uint8_t next = 0;
  ByteReader body;
  return ReadBlock(sa, next, body) && next == 0 && sa.empty() && ReadProposal(body, out);
}

void ReadSaV1(ByteReader sa, Message& message) {
  std::uint32_t doi = 0;
  std::uint32_t situation = 0;
  Proposal proposal;
  std::uint8_t next = 0;
  ByteReader transform;
  // After its header: number, id, two reserved bytes.
  if (!sa.ReadU32(doi) || doi != kIpsecDoi || !sa.ReadU32(situation) ||
      !ReadOnlyProposal(sa, proposal) || proposal.count != 1 ||
      !ReadBlock(proposal.transforms, next, transform) || next != 0 || !transform.Skip(4)) {
    return;
  }
  std::uint16_t type = 0;
  std::uint16_t value = 0;
  for (std::size_t i = 0; i < kMaxTransforms && transform.ReadU16(type); ++i) {
    if (!transform.ReadU16(value)) return;
    if ((type & kShortAttribute) == 0) {
      if (!transform.Skip(value)) return;
    } else if ((type & ~kShortAttribute) == kGroupAttribute) {
      message.group = value;
    }
  }
}

void ReadSaV2(ByteReader sa, Message& message) {
  Proposal proposal;
  if (!ReadOnlyProposal(sa, proposal)) return;
  std::uint16_t group = 0;
  bool ml_kem = false;
  std::uint8_t next = 0;
  ByteReader transform;
  for (std::size_t i = 0; i < kMaxTransforms && !proposal.transforms.empty(); ++i) {
    std::uint8_t type = 0;
    std::uint8_t reserved = 0;
    std::uint16_t id = 0;
    if (!ReadBlock(proposal.transforms, next, transform) || !transform.ReadU8(type) ||
        !transform.ReadU8(reserved) || !transform.ReadU16(id)) {
      return;
    }
    if (type == kKeyExchangeTransform) {
      if (group != 0) return;  // two: an offer
      group = id;
    }
    const bool additional = type >= kFirstAdditionalTransform && type <= kLastAdditionalTransform;
    ml_kem |= additional && IsMlKem(id);
  }
  message.group = group;
  message.additional_ml_kem = ml_kem;
}

// The first piece of a message begins with that message's own header, and its SA payload is the
// first of all (RFC 2409 §5).
void ReadFirstFragment(ByteReader fragment, Message& message) {
  std::uint16_t id = 0;
  std::uint8_t number = 0;
  std::uint8_t last = 0;
  std::uint64_t initiator_spi = 0;
  std::uint64_t responder_spi = 0;
  std::uint8_t type = 0;
  std::uint8_t next = 0;
  ByteReader sa;
  if (!fragment.ReadU16(id) || !fragment.ReadU8(number) || number != 1 || !fragment.ReadU8(last) ||
      !fragment.ReadU64(initiator_spi) || initiator_spi != message.initiator_spi ||
      !fragment.ReadU64(responder_spi) || responder_spi != message.responder_spi ||
      !fragment.ReadU8(type) || type != kSaV1 || !fragment.Skip(11) ||
      !ReadBlock(fragment, next, sa)) {
    return;
  }
  message.has_sa = true;
  ReadSaV1(sa, message);
}

// Walks the chain of payloads, which must end where the message does.
bool WalkPayloads(ByteReader reader, std::uint8_t type, Message& message) {
  const bool v2 = message.version == Version::kIke2;
  if (!v2 && message.encrypted) return !reader.empty();
  for (std::size_t i = 0; i < kMaxPayloads && type != kNoPayload; ++i) {
    const std::uint8_t current = type;
    ByteReader body;
    if (!ReadBlock(reader, type, body)) return false;
    if (v2 && (current == kEncryptedV2 || current == kEncryptedFragmentV2)) {
      message.encrypted = true;  // its next payload is the first inside
      return reader.empty();
    }
    if (!v2 && current == kFragmentV1) {
      ReadFirstFragment(body, message);
      return reader.empty();
    }
    if (current != (v2 ? kSaV2 : kSaV1) || message.has_sa) continue;
    message.has_sa = true;
    v2 ? ReadSaV2(body, message) : ReadSaV1(body, message);
  }
  return type == kNoPayload && reader.empty();
}

bool IsExchangeOf(Version version, std::uint8_t exchange) {
  if (version == Version::kIke1) {
    return (exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33;
  }
  return exchange >= 34 && exchange <= 44;
}

}  // namespace

Parsed<Message> ParseMessage(Bytes datagram, std::size_t wire_length) {
  ByteReader reader(datagram);
  Message message;
  std::uint8_t next = 0;
  std::uint8_t version = 0;
  std::uint8_t exchange = 0;
  std::uint8_t flags = 0;
  std::uint32_t length = 0;
  if (!reader.ReadU64(message.initiator_spi) || !reader.ReadU64(message.responder_spi) ||
      !reader.ReadU8(next) || !reader.ReadU8(version) || !reader.ReadU8(exchange) ||
      !reader.ReadU8(flags) || !reader.ReadU32(message.message_id) || !reader.ReadU32(length)) {
    return NotThis{"ike: cut"};
  }
  if (version != kVersion1 && version != kVersion2) return NotThis{"ike: version"};
  if (length != wire_length) return NotThis{"ike: length"};
  if (datagram.size() != wire_length) return NotThis{"ike: cut"};
  if (message.initiator_spi == 0) return NotThis{"ike: initiator SPI"};
  message.version = version == kVersion1 ? Version::kIke1 : Version::kIke2;
  if (!IsExchangeOf(message.version, exchange)) return NotThis{"ike: exchange type"};
  message.exchange = static_cast<Exchange>(exchange);
  if (message.version == Version::kIke1) {
    if ((flags & ~kFlagsV1) != 0) return NotThis{"ike: flags"};
    message.encrypted = (flags & kEncryptedV1) != 0;
  } else {
    message.initiator = (flags & kInitiatorV2) != 0;
    message.response = (flags & kResponseV2) != 0;
  }
  message.well_formed = WalkPayloads(reader, next, message);
  return message;
}

KeyExchange KeyExchangeOf(std::uint16_t group) {
  if (IsMlKem(group)) return KeyExchange::kPq;
  switch (group) {
    case 1:  // MODP (RFC 2409, RFC 3526), with subgroups of prime order (RFC 5114)
    case 2:
    case 5:
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
    case 22:
    case 23:
    case 24:
      return KeyExchange::kFfdhe;
    case 3:  // curves over GF(2^n) (RFC 2409), NIST's (RFC 5903, RFC 5114), Brainpool (RFC 6954)
    case 4:
    case 19:
    case 20:
    case 21:
    case 25:
    case 26:
    case 27:
    case 28:
    case 29:
    case 30:
    case 31:  // Curve25519, Curve448 (RFC 8031), GOST (RFC 9385)
    case 32:
    case 33:
    case 34:
      return KeyExchange::kEcdhe;
    default:
      return KeyExchange::kUnknown;
  }
}

}  // namespace unopened::classify::ike
