// Connection: one client's attempt to connect, as its first Destination Connection ID names it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_reader.h"
#include "classify/quic/crypto_stream.h"
#include "classify/quic/initial_crypto.h"
#include "classify/quic/packet.h"
#include "classify/quic/version.h"

namespace unopened::classify::quic {

// Keys are derived when first needed, for each version of its own: a server may answer a version 1
// Initial in version 2 (RFC 9368 §2.3, RFC 9369 §4.1), and both derive from the same connection id.
// Allocates nothing. Threads: one.
class Connection {
 public:
  enum class Outcome : std::uint8_t {
    kRefused,   // no valid tag under these keys, or frames no Initial may have
    kRead,      // valid, and its CRYPTO frames are in the streams
    kConflict,  // valid, but it contradicts what the streams hold
  };

  // Forgets all. `destination`: at most kMaxConnectionId bytes.
  void Start(base::Bytes destination);
  // Overwrites the hellos.
  void Clear();

  // Opens an Initial of `sender`, with `plaintext` as scratch, which is overwritten again before it
  // returns.
  Outcome Read(InitialCrypto& crypto, const LongHeader& header, Sender sender,
               std::span<std::uint8_t> plaintext);

  base::Bytes destination() const { return base::Bytes(destination_).first(destination_size_); }
  const CryptoStream& stream(Sender sender) const { return streams_[Index(sender)]; }
  // The version of the latest valid Initial of `sender`; meaningless before the first.
  Version version(Sender sender) const { return kVersions[versions_[Index(sender)]].version; }
  // Whether the server asked this client to come again (a Retry that names this connection).
  bool retried() const { return retried_; }
  void SetRetried() { retried_ = true; }

 private:
  static constexpr std::size_t Index(Sender sender) { return static_cast<std::size_t>(sender); }
  const InitialKeys& KeysOf(std::size_t version, Sender sender);

  std::array<std::uint8_t, kMaxConnectionId> destination_{};
  std::size_t destination_size_ = 0;
  std::array<std::array<InitialKeys, 2>, kVersions.size()> keys_{};
  std::array<std::array<bool, 2>, kVersions.size()> derived_{};
  std::array<CryptoStream, 2> streams_;
  std::array<std::size_t, 2> versions_{};
  bool retried_ = false;
};

}  // namespace unopened::classify::quic
