#include "tests/support/gquic_builder.h"

#include <string>

#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

using Octets = std::vector<std::uint8_t>;

void PutTag(Wire& wire, std::string_view tag) { wire.Text(tag).Fill(4 - tag.size(), 0); }

bool BigEndian(unsigned version) { return version >= 39; }

void Put16(Wire& wire, unsigned version, std::uint64_t value) {
  if (BigEndian(version)) {
    wire.U16(value);
  } else {
    wire.U16LE(value);
  }
}

std::uint8_t SizeBits(std::size_t packet_number_size) {
  switch (packet_number_size) {
    case 1:
      return 0x00;
    case 2:
      return 0x10;
    case 4:
      return 0x20;
    default:
      return 0x30;
  }
}

void PutPacketNumber(Wire& wire, const GquicPacket& packet) {
  for (std::size_t i = 0; i < packet.packet_number_size; ++i) {
    const std::size_t place = BigEndian(packet.version) ? packet.packet_number_size - 1 - i : i;
    wire.U8(packet.packet_number >> (8 * place) & 0xff);
  }
}

std::string VersionText(unsigned version) { return "Q0" + std::to_string(version); }

Octets HeaderOf(const GquicPacket& packet) {
  Wire wire;
  if (packet.version >= 44) {
    wire.U8(0xc0 | (packet.packet_number_size - 1)).Text(VersionText(packet.version));
    wire.U8(packet.from_client ? 0x50 : 0x05).Append(packet.connection_id);
  } else {
    wire.U8((packet.names_version ? 0x01 : 0x00) | (packet.connection_id.empty() ? 0x00 : 0x08) |
            SizeBits(packet.packet_number_size));
    wire.Append(packet.connection_id);
    if (packet.names_version) wire.Text(VersionText(packet.version));
  }
  PutPacketNumber(wire, packet);
  return wire.bytes();
}

}  // namespace

// The prime is 2^88 + 0x13b: a shift by eleven bytes, and a product that fits 64 bits a byte.
std::array<std::uint8_t, 16> Fnv1a128(const Octets& bytes) {
  // Least significant byte first while counting.
  std::array<std::uint8_t, 16> state = {0x8d, 0xc5, 0x95, 0x62, 0x75, 0x21, 0xb8, 0x62,
                                        0x42, 0x01, 0xbb, 0x07, 0x2e, 0x27, 0x62, 0x6c};
  for (const std::uint8_t byte : bytes) {
    state[0] ^= byte;
    std::array<std::uint8_t, 16> next{};
    std::uint32_t carry = 0;
    for (std::size_t i = 0; i < state.size(); ++i) {
      carry += state[i] * 0x13bU + (i >= 11 ? state[i - 11] : 0U);
      next[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    state = next;
  }
  return {state.rbegin()[0],  state.rbegin()[1],  state.rbegin()[2],  state.rbegin()[3],
          state.rbegin()[4],  state.rbegin()[5],  state.rbegin()[6],  state.rbegin()[7],
          state.rbegin()[8],  state.rbegin()[9],  state.rbegin()[10], state.rbegin()[11],
          state.rbegin()[12], state.rbegin()[13], state.rbegin()[14], state.rbegin()[15]};
}

Octets GquicMessage(std::string_view tag, const GquicEntries& entries) {
  Wire wire;
  PutTag(wire, tag);
  wire.U16LE(entries.size()).U16(0);
  std::size_t end = 0;
  for (const auto& [name, value] : entries) {
    PutTag(wire, name);
    wire.U32LE(end += value.size());
  }
  for (const auto& [name, value] : entries) wire.Append(value);
  return wire.bytes();
}

Octets GquicInchoateChlo(std::string_view host) {
  return GquicMessage("CHLO", {{"PAD", Octets(700, '-')},
                               {"SNI", Wire().Text(host).bytes()},
                               {"VER", Wire().Text("Q043").bytes()},
                               {"UAID", Wire().Text("Agent of somebody").bytes()},
                               {"PDMD", Wire().Text("X509").bytes()}});
}

Octets GquicFullChlo(std::string_view host) {
  return GquicMessage("CHLO", {{"PAD", Octets(400, '-')},
                               {"SNI", Wire().Text(host).bytes()},
                               {"VER", Wire().Text("Q043").bytes()},
                               {"AEAD", Wire().Text("AESG").bytes()},
                               {"UAID", Wire().Text("Agent of somebody").bytes()},
                               {"SCID", Octets(16, 0x5c)},
                               {"PUBS", Octets(32, 0x77)},
                               {"KEXS", Wire().Text("C255").bytes()}});
}

Octets SealGquic(const GquicPacket& packet) {
  const Octets header = HeaderOf(packet);
  Wire payload;
  if (packet.version < 34) payload.U8(0);  // private flags
  payload.Append(packet.frames);
  const std::size_t around = header.size() + 12 + payload.size();
  if (packet.size > around) payload.Fill(packet.size - around, 0);
  Wire hashed;
  hashed.Append(header).Append(payload.bytes());
  if (packet.version >= 37) hashed.Text(packet.from_client ? "Client" : "Server");
  const auto hash = Fnv1a128(hashed.bytes());
  Wire wire;
  wire.Append(header);
  for (std::size_t i = 0; i < 12; ++i) wire.U8(hash[15 - i]);
  return wire.Append(payload.bytes()).bytes();
}

Octets GquicStreamFrame(unsigned version, std::uint32_t offset, const Octets& data) {
  Wire wire;
  wire.U8(offset == 0 ? 0xa0 : 0xa4).U8(1);
  if (offset != 0) Put16(wire, version, offset);
  Put16(wire, version, data.size());
  return wire.Append(data).bytes();
}

Octets GquicAckFrame(unsigned version) {
  Wire wire;
  // Largest packet in one byte, two ranges with lengths in one byte each, two timestamps.
  if (version < 34) {
    wire.U8(0x60).U8(0x33).U8(9).U16(0x0102);
    wire.U8(2).U8(0).Fill(4, 1).U8(1).Fill(2, 1);
    return wire.U8(1).U8(1).U8(0).U8(0).bytes();
  }
  wire.U8(0x60).U8(9).U16(0x0102).U8(1).U8(3).U8(2).U8(4);
  return wire.U8(2).U8(0).Fill(4, 1).U8(1).Fill(2, 1).bytes();
}

Octets GquicStopWaitingFrame(unsigned version) {
  Wire wire;
  wire.U8(0x06);
  if (version < 34) wire.U8(0x44);
  return wire.U8(1).bytes();
}

Octets GquicCloseFrame(unsigned version, std::string_view reason) {
  Wire wire;
  wire.U8(0x02).U32(0x14);
  Put16(wire, version, reason.size());
  return wire.Text(reason).bytes();
}

Octets GquicVersionNegotiation(const Octets& connection_id,
                               const std::vector<std::string_view>& versions) {
  Wire wire;
  wire.U8(0x09).Append(connection_id);
  for (const std::string_view version : versions) wire.Text(version);
  return wire.bytes();
}

}  // namespace unopened::tests
