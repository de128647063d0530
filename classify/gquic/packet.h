// Google QUIC's packets before its versions took over the layout and the protection of IETF QUIC:
// Q024 to Q043 by their public header, Q046 by a long one (draft-tsvwg-quic-protocol-02 §6,
// and Chromium's quic_framer.cc). Pure; every view borrows the datagram's bytes. Threads: any.
//
// Packets of the handshake are not encrypted, but carry 12 bytes of a hash over all of themselves
// (FNV-1a of 128 bits). It keeps no secret; it tells 2^96 to one that the bytes are such a packet.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/gquic/frames.h"

namespace unopened::classify::gquic {

inline constexpr std::size_t kConnectionIdSize = 8;
inline constexpr std::size_t kHashSize = 12;

// The two digits of a version: 24 to 43, and 46. What came in between was an experiment.
using VersionNumber = std::uint32_t;
inline constexpr VersionNumber kFirstVersion = 24;
inline constexpr VersionNumber kLastVersion = 46;

struct Packet {
  VersionNumber version = 0;   // 0 where the packet names none
  base::Bytes connection_id;   // empty where a server leaves it out
  base::Bytes other_versions;  // where it names one: further versions, which only a server lists
  base::Bytes header;          // up to the hash
  base::Bytes hash;
  base::Bytes payload;  // private flags before Q034, then frames
  std::size_t packet_number_size = 0;
};

// Reads the packet a whole datagram is. NotThis where it is none. Never NeedMore.
base::Parsed<Packet> ParsePacket(base::Bytes datagram);

// Whether `packet` is a server's list of the versions it speaks: its connection id, and nothing but
// versions behind the first.
bool IsVersionNegotiation(const Packet& packet);

enum class Sender : std::uint8_t { kClient, kServer };
// Whether the hash is that of an unencrypted packet of `version` from `sender`. From Q037 on it
// tells who sent it.
bool HashIsValid(const Packet& packet, VersionNumber version, Sender sender);
// The same for whatever version.
bool HashIsValidInAny(const Packet& packet, Sender sender);

FrameLayout LayoutOf(VersionNumber version, const Packet& packet);
// The frames of a packet whose hash is valid.
base::Bytes FramesOf(VersionNumber version, const Packet& packet);

}  // namespace unopened::classify::gquic
