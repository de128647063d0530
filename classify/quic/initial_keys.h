// The keys of a connection's Initial packets, from its client's first Destination Connection ID
// (RFC 9001 §5.1-5.2, RFC 9369 §3.3). HKDF with SHA-256, allocating nothing. Pure. Threads: any.
#pragma once

#include <array>
#include <cstdint>

#include "base/byte_reader.h"
#include "classify/quic/version.h"

namespace unopened::classify::quic {

enum class Sender : std::uint8_t { kClient, kServer };

struct InitialKeys {
  std::array<std::uint8_t, 16> key{};
  std::array<std::uint8_t, 12> iv{};
  std::array<std::uint8_t, 16> hp{};
};

// The connection's secret, from which both senders' keys derive.
using InitialSecret = std::array<std::uint8_t, 32>;

// HKDF-Extract (RFC 5869 §2.2) with the version's salt. `client_destination`: at most
// kMaxConnectionId bytes.
InitialSecret ExtractInitialSecret(Salt salt, base::Bytes client_destination);
InitialKeys DeriveInitialKeys(const InitialSecret& secret, const Labels& labels, Sender sender);
// Both steps.
InitialKeys DeriveInitialKeys(const VersionRow& version, base::Bytes client_destination,
                              Sender sender);

// How often this thread derived keys so far.
std::uint64_t InitialKeysDerived();

}  // namespace unopened::classify::quic
