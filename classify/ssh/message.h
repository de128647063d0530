// The readable start of an SSH connection: identification strings and KEXINIT (RFC 4253 §4.2, §6,
// §7.1). Pure parsers; every view borrows the reader's bytes. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"

namespace unopened::classify::ssh {

// The protoversion of an identification string. 1.99 is a server that speaks both (RFC 4253 §5.1).
enum class ProtoVersion : std::uint8_t { kSsh1, kSsh199, kSsh2 };

inline constexpr std::size_t kMaxIdentification = 255;     // with CR LF (RFC 4253 §4.2)
inline constexpr std::size_t kMaxPreambleBytes = 4096;     // lines a server may send before
inline constexpr std::uint32_t kMaxPacketLength = 35'000;  // RFC 4253 §6.1

// The software version and the comment are stepped over and never kept: they describe a person's
// machine.
struct Identification {
  ProtoVersion version = ProtoVersion::kSsh2;
  // A software version in printable US-ASCII and CR LF (RFC 4253 §4.2); before a bare LF it has
  // four letters or more, since chance writes fewer.
  bool exact = false;
  friend bool operator==(const Identification&, const Identification&) = default;
};

// Reads one identification string from `reader`, which is moved behind it only on success. Lines
// before it are stepped over where `preamble_allowed` (a server's right alone). Bare LF ends a line
// too, as SSH-1 software sends it.
base::Parsed<Identification> ReadIdentification(base::ByteReader& reader, bool preamble_allowed);

// One binary packet of the unencrypted beginning: its payload's first byte and the rest of the
// payload.
struct PacketView {
  std::uint8_t message = 0;
  base::Bytes body;
};

inline constexpr std::uint8_t kMessageDisconnect = 1;
inline constexpr std::uint8_t kMessageIgnore = 2;
inline constexpr std::uint8_t kMessageUnimplemented = 3;
inline constexpr std::uint8_t kMessageDebug = 4;
inline constexpr std::uint8_t kMessageKexInit = 20;

// Reads one binary packet; `reader` is moved behind it only on success.
base::Parsed<PacketView> ReadPacket(base::ByteReader& reader);

// The ten name-lists of SSH_MSG_KEXINIT, each as it stands on the wire: names with commas between.
struct KexInitView {
  base::Bytes kex_algorithms;
  base::Bytes host_key_algorithms;
  base::Bytes encryption_to_server;
  base::Bytes encryption_to_client;
  base::Bytes mac_to_server;
  base::Bytes mac_to_client;
  base::Bytes compression_to_server;
  base::Bytes compression_to_client;
  base::Bytes languages_to_server;
  base::Bytes languages_to_client;
};

// Parses the body of an SSH_MSG_KEXINIT, which is whole. Never NeedMore.
base::Parsed<KexInitView> ParseKexInit(base::Bytes body);

}  // namespace unopened::classify::ssh
