#include "classify/ssh/message.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace unopened::classify::ssh {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NotThis;
using base::Parsed;

constexpr std::string_view kMagic = "SSH-";
constexpr std::size_t kCookieSize = 16;
constexpr std::uint8_t kMinPadding = 4;
constexpr std::size_t kMinSoftwareBeforeLf = 4;

std::string_view Text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The protoversion lies between the first and the second hyphen. `cr`: CR stood before LF.
Parsed<Identification> ParseLine(std::string_view line, bool cr) {
  line.remove_prefix(kMagic.size());
  const std::size_t hyphen = line.find('-');
  if (hyphen == std::string_view::npos) return NotThis{"ssh: identification"};
  const std::string_view version = line.substr(0, hyphen);
  const std::string_view software = line.substr(hyphen + 1);
  const bool exact = software.size() >= (cr ? 1 : kMinSoftwareBeforeLf) &&
                     std::ranges::all_of(software, [](char c) { return c >= ' ' && c <= '~'; });
  if (version == "2.0") return Identification{ProtoVersion::kSsh2, exact};
  if (version == "1.99") return Identification{ProtoVersion::kSsh199, exact};
  const bool ssh1 =
      version.size() >= 3 && version.size() <= 4 && version.starts_with("1.") &&
      std::all_of(version.begin() + 2, version.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (ssh1) return Identification{ProtoVersion::kSsh1, exact};
  return NotThis{"ssh: protoversion"};
}

// RFC 4253 §4.2 wants printable US-ASCII; bytes above it are let through, control characters are
// not. Some software sends the whole of a fixed buffer: what follows the text is then zero.
bool IsLineText(std::string_view line) {
  return std::none_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\t';
  });
}

bool ReadNameList(ByteReader& reader, Bytes& out) {
  std::uint32_t length = 0;
  if (!reader.ReadU32(length) || !reader.ReadBytes(length, out)) return false;
  // RFC 4251 §5: names are non-empty printable US-ASCII; an empty list is zero bytes.
  bool at_name_start = true;
  for (const std::uint8_t byte : out) {
    if (byte <= 0x20 || byte >= 0x7f) return false;
    if (byte == ',' && at_name_start) return false;
    at_name_start = byte == ',';
  }
  return out.empty() || !at_name_start;
}

}  // namespace

Parsed<Identification> ReadIdentification(ByteReader& reader, bool preamble_allowed) {
  ByteReader rest = reader;
  // Ends since each turn steps over one line, and kMaxPreambleBytes bounds their sum.
  for (;;) {
    const std::string_view text = Text(rest.rest());
    const std::string_view start = text.substr(0, kMagic.size());
    const bool is_magic = start == kMagic.substr(0, start.size());
    if (!is_magic && !preamble_allowed) return NotThis{"ssh: no identification"};
    const bool preamble = !is_magic;
    const std::size_t limit = preamble ? kMaxPreambleBytes : kMaxIdentification;
    const std::size_t line_feed = text.substr(0, limit).find('\n');
    std::string_view line = text.substr(
        0, line_feed == std::string_view::npos ? std::min(text.size(), limit) : line_feed);
    const bool whole = line_feed != std::string_view::npos;
    const bool cr = line.ends_with('\r');
    if (cr) line.remove_suffix(1);
    if (!preamble) line = line.substr(0, line.find_last_not_of('\0') + 1);
    if (!IsLineText(line)) return NotThis{"ssh: control character"};
    if (!whole) {
      if (text.size() >= limit) return NotThis{"ssh: line too long"};
      return base::Short<Identification>(rest, "ssh: identification cut");
    }
    (void)rest.Skip(line_feed + 1);
    if (!preamble) {
      const Parsed<Identification> parsed = ParseLine(line, cr);
      if (base::Value(parsed) != nullptr) reader = rest;
      return parsed;
    }
    if (reader.size() - rest.size() > kMaxPreambleBytes) return NotThis{"ssh: preamble too long"};
  }
}

Parsed<PacketView> ReadPacket(ByteReader& reader) {
  constexpr std::size_t kLengthSize = 4;
  ByteReader rest = reader;
  std::uint32_t length = 0;
  if (!rest.ReadU32(length)) {
    return base::Short<PacketView>(reader, "ssh: packet cut", kLengthSize - reader.size());
  }
  // Padding length, message number, and the least padding.
  if (length < 2 + kMinPadding || length > kMaxPacketLength) return NotThis{"ssh: packet_length"};
  ByteReader packet;
  if (!rest.ReadReader(length, packet)) {
    return base::Short<PacketView>(reader, "ssh: packet cut", length - rest.size());
  }
  PacketView view;
  std::uint8_t padding = 0;
  if (!packet.ReadU8(padding) || padding < kMinPadding || packet.size() < padding + 1U) {
    return NotThis{"ssh: padding_length"};
  }
  ByteReader payload;
  if (!packet.ReadReader(packet.size() - padding, payload) || !payload.ReadU8(view.message)) {
    return NotThis{"ssh: payload"};
  }
  view.body = payload.rest();
  reader = rest;
  return view;
}

Parsed<KexInitView> ParseKexInit(Bytes body) {
  ByteReader reader(body);
  KexInitView view;
  if (!reader.Skip(kCookieSize)) return NotThis{"ssh: kexinit cookie"};
  const std::array<Bytes*, 10> lists = {&view.kex_algorithms,        &view.host_key_algorithms,
                                        &view.encryption_to_server,  &view.encryption_to_client,
                                        &view.mac_to_server,         &view.mac_to_client,
                                        &view.compression_to_server, &view.compression_to_client,
                                        &view.languages_to_server,   &view.languages_to_client};
  for (Bytes* list : lists) {
    if (!ReadNameList(reader, *list)) return NotThis{"ssh: name-list"};
  }
  std::uint8_t first_kex_packet_follows = 0;
  std::uint32_t reserved = 0;
  if (!reader.ReadU8(first_kex_packet_follows) || !reader.ReadU32(reserved) || !reader.empty()) {
    return NotThis{"ssh: kexinit end"};
  }
  if (view.kex_algorithms.empty()) return NotThis{"ssh: no kex_algorithms"};
  return view;
}

}  // namespace unopened::classify::ssh
