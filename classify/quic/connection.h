// Connection: one client's attempt to connect, as its first Destination Connection ID names it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_reader.h"
#include "classify/quic/crypto_stream.h"
#include "classify/quic/initial_crypto.h"
#include "classify/quic/initial_keys.h"
#include "classify/quic/packet.h"
#include "classify/quic/version.h"

namespace unopened::classify::quic {

// Keys are derived when first needed: for the client's version, and for one that is compatible with
// it, since a server may answer in that (RFC 9368 §2.3, RFC 9369 §4.1); both derive from the same
// connection id. Allocates nothing. Threads: one.
class Connection {
 public:
  enum class Outcome : std::uint8_t {
    kRefused,   // no valid tag under these keys, or frames no Initial may have
    kRead,      // valid, and its handshake's bytes are in the streams
    kConflict,  // valid, but it contradicts what the streams hold
  };

  // Forgets all. `destination`: at most kMaxConnectionId bytes. `version`: a row of kVersions.
  void Start(base::Bytes destination, std::size_t version);
  // Overwrites the hellos.
  void Clear();

  // Opens an Initial of `sender`, with `plaintext` as scratch, which is overwritten again before it
  // returns.
  Outcome Read(InitialCrypto& crypto, const LongHeader& header, Sender sender,
               std::span<std::uint8_t> plaintext);

  base::Bytes destination() const { return base::Bytes(destination_).first(destination_size_); }
  const CryptoStream& stream(Sender sender) const { return streams_[Index(sender)]; }
  // Whether an Initial of `sender` was read.
  bool heard(Sender sender) const { return heard_[Index(sender)]; }
  // The version of the latest Initial of `sender`; that of the connection's start before the first.
  const VersionRow& version(Sender sender) const { return kVersions[versions_[Index(sender)]]; }
  std::size_t first_version() const { return schedules_[0].version; }
  // Whether the server asked this client to come again (a Retry that names this connection).
  bool retried() const { return retried_; }
  void SetRetried() { retried_ = true; }

 private:
  struct Schedule {
    std::size_t version = 0;
    bool extracted = false;
    std::array<bool, 2> derived{};
    InitialSecret secret{};
    std::array<InitialKeys, 2> keys{};
  };

  static constexpr std::size_t Index(Sender sender) { return static_cast<std::size_t>(sender); }
  const InitialKeys& KeysOf(Schedule& schedule, Sender sender);
  Outcome Take(base::Bytes frames, std::size_t packet_number_size, Sender sender);

  std::array<std::uint8_t, kMaxConnectionId> destination_{};
  std::size_t destination_size_ = 0;
  std::array<Schedule, 2> schedules_;  // of the client's version, of a compatible one
  std::array<CryptoStream, 2> streams_;
  std::array<std::size_t, 2> versions_{};
  std::array<bool, 2> heard_{};
  bool retried_ = false;
};

}  // namespace unopened::classify::quic
