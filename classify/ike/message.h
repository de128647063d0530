// IKE messages as far as an observer needs them: the header, the chain of payloads, and the group
// a responder chose (RFC 7296 §3, RFC 2408 §3, RFC 2409). Pure. Threads: any.
//
// Identities, certificates, vendor ids and nonces are stepped over by their length and never looked
// at.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/protocol.h"

namespace unopened::classify::ike {

inline constexpr std::size_t kHeaderSize = 28;
inline constexpr std::size_t kMaxPayloads = 64;     // of one message
inline constexpr std::size_t kMaxProposals = 64;    // of one SA payload
inline constexpr std::size_t kMaxTransforms = 256;  // of one proposal

// RFC 2408 §3.1, RFC 2409 appendix A; RFC 7296 §3.1 and IANA's registry.
enum class Exchange : std::uint8_t {
  kBase = 1,
  kMainMode = 2,
  kAuthOnly = 3,
  kAggressive = 4,
  kInformationalV1 = 5,
  kTransaction = 6,  // "mode config"
  kQuickMode = 32,
  kNewGroup = 33,
  kSaInit = 34,
  kAuth = 35,
  kCreateChildSa = 36,
  kInformational = 37,
  kSessionResume = 38,  // RFC 5723
  kIntermediate = 43,   // RFC 9242
  kFollowupKe = 44,     // RFC 9370
};

struct Message {
  std::uint64_t initiator_spi = 0;
  std::uint64_t responder_spi = 0;  // 0: not drawn yet
  Version version = Version::kIke2;
  Exchange exchange = Exchange::kSaInit;
  bool response = false;   // IKEv2: the R flag
  bool initiator = false;  // IKEv2: the I flag, of the one who began the SA
  bool encrypted = false;  // IKEv1: the E flag. IKEv2: an SK or SKF payload ends the chain
  std::uint32_t message_id = 0;
  bool well_formed = true;  // the chain of payloads ends where the message does
  bool has_sa = false;
  // Of the SA payload, where it chooses: one proposal, one transform of each type. 0: none said, or
  // it is an offer.
  std::uint16_t group = 0;
  // IKEv2: the SA payload chose an additional key exchange by ML-KEM (RFC 9370).
  bool additional_ml_kem = false;
};

// Reads one message: `datagram` holds it and nothing else, `wire_length` long. A datagram that was
// snapped is refused. The header must be exact; a chain that is not is said, since what stands in
// it may be anybody's extension. Never NeedMore.
base::Parsed<Message> ParseMessage(base::Bytes datagram, std::size_t wire_length);

// The key exchange a group stands for (IANA, "Transform Type 4 - Key Exchange Method"; "Group
// Description"). kUnknown for one that is not known.
KeyExchange KeyExchangeOf(std::uint16_t group);

}  // namespace unopened::classify::ike
