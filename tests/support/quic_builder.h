// Builds the packets of a QUIC handshake as an endpoint sends them: frames, sealed Initials of both
// sides, Retry. For tests, fuzz seeds, captures and benchmarks; the connection ids are the
// caller's, so each call can make a fresh connection. Allocates freely; aborts where OpenSSL fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "classify/quic/initial_crypto.h"
#include "classify/quic/version.h"
#include "tests/support/wire.h"

namespace unopened::tests {

// RFC 9000 §16, in the shortest form; in `size` bytes (1, 2, 4, 8) where that is given.
void PutVarint(Wire& wire, std::uint64_t value, std::size_t size = 0);

std::vector<std::uint8_t> CryptoFrame(std::uint64_t offset, const std::vector<std::uint8_t>& data);
// The same in Google's framing (Q050, T050, T051).
std::vector<std::uint8_t> GoogleCryptoFrame(std::uint64_t offset,
                                            const std::vector<std::uint8_t>& data);
// Acknowledges one packet, ECN counts zero where asked for.
std::vector<std::uint8_t> AckFrame(std::uint64_t packet_number, bool ecn = false);
// A transport's CONNECTION_CLOSE.
std::vector<std::uint8_t> CloseFrame(std::uint64_t error, std::string_view reason);

struct InitialSpec {
  std::uint32_t version = classify::quic::kVersion1;
  std::uint32_t protect_as = 0;  // the version whose keys seal it; 0: `version`
  classify::quic::Sender sender = classify::quic::Sender::kClient;
  // What the keys derive from: the client's first Destination Connection ID, or after a Retry the
  // server's.
  std::vector<std::uint8_t> key_id{};
  std::vector<std::uint8_t> destination{};
  std::vector<std::uint8_t> source{};
  std::vector<std::uint8_t> token{};
  std::uint32_t packet_number = 0;
  std::size_t packet_number_size = 1;
  std::vector<std::uint8_t> frames{};
  std::size_t packet_size = 0;     // PADDING frames are added up to this; 0: as short as it gets
  std::uint8_t reserved_bits = 0;  // two bits that RFC 9000 wants to be zero
  bool fixed_bit = true;           // cleared by who greases it (RFC 9287)
};

// One sealed Initial packet: a datagram, or a part of one.
std::vector<std::uint8_t> SealInitial(const InitialSpec& spec);

// A Retry that answers an Initial sent to `original_destination`, with its integrity tag or, up to
// draft 24, with that id.
std::vector<std::uint8_t> RetryPacket(std::uint32_t version,
                                      const std::vector<std::uint8_t>& original_destination,
                                      const std::vector<std::uint8_t>& destination,
                                      const std::vector<std::uint8_t>& source,
                                      const std::vector<std::uint8_t>& token);

// A long header of any type with `size` bytes of noise behind it: 0-RTT and Handshake packets,
// which nobody on the path can open.
std::vector<std::uint8_t> OpaqueLongPacket(std::uint32_t version, classify::quic::PacketType type,
                                           const std::vector<std::uint8_t>& destination,
                                           const std::vector<std::uint8_t>& source,
                                           std::size_t size);

}  // namespace unopened::tests
