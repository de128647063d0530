#include "classify/plaintext/binary_protocols.h"

#include <algorithm>

namespace unopened::classify::plaintext {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::uint16_t kMdnsPort = 5353;
constexpr std::uint16_t kLlmnrPort = 5355;

struct DnsHeader {
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::uint16_t additionals = 0;
  bool response() const { return (flags & 0x8000) != 0; }
  unsigned opcode() const { return flags >> 11 & 0x0fU; }
  unsigned rcode() const { return flags & 0x0fU; }
  bool reserved() const { return (flags & 0x0040) != 0; }
};

bool ReadDnsHeader(ByteReader& reader, DnsHeader& out) {
  return reader.Skip(2) && reader.ReadU16(out.flags) && reader.ReadU16(out.questions) &&
         reader.ReadU16(out.answers) && reader.ReadU16(out.authorities) &&
         reader.ReadU16(out.additionals);
}

enum class NameEnd : std::uint8_t { kWhole, kCut, kWrong };

// Labels to the root or to a compression pointer. `any_byte`: multicast names are UTF-8.
NameEnd SkipDnsName(ByteReader& reader, bool any_byte) {
  constexpr int kMaxLabels = 64;  // more than the head holds
  for (int i = 0; i < kMaxLabels; ++i) {
    std::uint8_t size = 0;
    if (!reader.ReadU8(size)) return NameEnd::kCut;
    if (size == 0) return NameEnd::kWhole;
    if ((size & 0xc0) == 0xc0) return reader.Skip(1) ? NameEnd::kWhole : NameEnd::kCut;
    if (size > 63) return NameEnd::kWrong;
    Bytes label;
    const bool cut = !reader.ReadBytes(size, label);
    if (cut) label = reader.rest();
    const bool text = std::all_of(label.begin(), label.end(),
                                  [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
    if (!text && !any_byte) return NameEnd::kWrong;
    if (cut) return NameEnd::kCut;
  }
  return NameEnd::kWrong;
}

constexpr bool IsDnsClass(std::uint16_t value) {
  const unsigned plain = value & 0x7fffU;  // the top bit is multicast DNS's own (RFC 6762 §5.4)
  return plain == 1 || plain == 3 || plain == 4 || plain == 254 || plain == 255;
}

// The header and the first entry of a message that `reader` starts at.
Fit DnsMessage(const Head& head, ByteReader reader, bool response, bool multicast) {
  DnsHeader header;
  if (!ReadDnsHeader(reader, header)) return TooShort(head);
  if (header.response() != response || header.opcode() > 6 || header.opcode() == 3 ||
      header.reserved()) {
    return Fit::kNo;
  }
  constexpr std::uint16_t kMostEntries = 256;
  if (std::max({header.questions, header.answers, header.authorities, header.additionals}) >
      kMostEntries) {
    return Fit::kNo;
  }
  const bool asks = header.questions == 1 || (multicast && header.questions > 0);
  if (!asks && !(multicast && header.answers > 0)) return Fit::kNo;
  if (!response && !multicast && (header.rcode() != 0 || header.answers > 0)) return Fit::kNo;
  switch (SkipDnsName(reader, multicast)) {
    case NameEnd::kWrong:
      return Fit::kNo;
    case NameEnd::kCut:
      // Longer than the head, or cut by the snap length.
      return TooShort(head, head.wire_length > head.bytes.size() || head.bytes.size() >= kHeadSize
                                ? Fit::kYes
                                : Fit::kNo);
    case NameEnd::kWhole:
      break;
  }
  std::uint16_t type = 0;
  std::uint16_t name_class = 0;
  if (!reader.ReadU16(type) || !reader.ReadU16(name_class)) {
    return TooShort(head, head.wire_length > head.bytes.size() || head.bytes.size() >= kHeadSize
                              ? Fit::kYes
                              : Fit::kNo);
  }
  return type != 0 && IsDnsClass(name_class) ? Fit::kYes : Fit::kNo;
}

Fit DnsOverTcp(const Head& head, bool response) {
  auto reader = head.reader();
  std::uint16_t length = 0;
  if (!reader.ReadU16(length)) return TooShort(head);
  // A header, a name of the root, type and class.
  if (length < 17) return Fit::kNo;
  return DnsMessage(head, reader, response, false);
}

bool UsesPort(const Head& head, std::uint16_t port) {
  return head.port == port || head.peer_port == port;
}

Fit Ntp(const Head& head, bool request) {
  constexpr std::uint32_t kSize = 48;
  auto reader = head.reader();
  std::uint8_t first = 0;
  std::uint8_t stratum = 0;
  std::uint8_t poll = 0;
  if (!reader.ReadU8(first) || !reader.ReadU8(stratum) || !reader.ReadU8(poll)) return Fit::kNo;
  const unsigned version = first >> 3 & 7U;
  const unsigned mode = first & 7U;
  const bool right_mode = request ? mode == 1 || mode == 3 : mode == 2 || mode == 4 || mode == 5;
  // A MAC or extension fields are multiples of four (RFC 5905 §7.5).
  const bool right_size = head.wire_length >= kSize && head.wire_length % 4 == 0;
  if (version < 1 || version > 4 || !right_mode || !right_size || stratum > 16 || poll > 17) {
    return Fit::kNo;
  }
  return UsesPort(head, 123) ? Fit::kYes : Fit::kLike;
}

// RFC 2131: BOOTP's fixed part and the options' cookie are 240 bytes, of which the head is too
// short to show more than the first fields.
Fit Dhcp(const Head& head, std::uint8_t operation) {
  auto reader = head.reader();
  std::uint8_t op = 0;
  std::uint8_t hardware = 0;
  std::uint8_t address_size = 0;
  std::uint8_t hops = 0;
  std::uint16_t flags = 0;
  if (!reader.ReadU8(op) || !reader.ReadU8(hardware) || !reader.ReadU8(address_size) ||
      !reader.ReadU8(hops) || !reader.Skip(6) || !reader.ReadU16(flags)) {
    return Fit::kNo;
  }
  const bool ports = UsesPort(head, 67);
  const bool fields = op == operation && hardware == 1 && address_size == 6 && hops <= 16 &&
                      (flags & 0x7fff) == 0 && head.wire_length >= 240;
  return ports && fields ? Fit::kYes : Fit::kNo;
}

// A BER length (X.690 §8.1.3) of at most two bytes.
bool ReadBerLength(ByteReader& reader, std::uint32_t& out) {
  std::uint8_t first = 0;
  if (!reader.ReadU8(first)) return false;
  if (first < 0x80) {
    out = first;
    return true;
  }
  std::uint8_t byte = 0;
  std::uint16_t word = 0;
  if (first == 0x81 && reader.ReadU8(byte)) {
    out = byte;
    return true;
  }
  if (first == 0x82 && reader.ReadU16(word)) {
    out = word;
    return true;
  }
  return false;
}

}  // namespace

Fit DnsQuery(const Head& head) { return DnsMessage(head, head.reader(), false, false); }
Fit DnsResponse(const Head& head) { return DnsMessage(head, head.reader(), true, false); }
Fit DnsQueryOverTcp(const Head& head) { return DnsOverTcp(head, false); }
Fit DnsResponseOverTcp(const Head& head) { return DnsOverTcp(head, true); }

Fit Mdns(const Head& head) {
  if (!UsesPort(head, kMdnsPort)) return Fit::kNo;
  return Best(DnsMessage(head, head.reader(), false, true),
              DnsMessage(head, head.reader(), true, true));
}

Fit Llmnr(const Head& head) {
  if (!UsesPort(head, kLlmnrPort)) return Fit::kNo;
  return Best(DnsMessage(head, head.reader(), false, true),
              DnsMessage(head, head.reader(), true, true));
}

Fit NtpClient(const Head& head) { return Ntp(head, true); }
Fit NtpServer(const Head& head) { return Ntp(head, false); }

bool NtpEchoes(const Head& request, const Head& answer) {
  constexpr std::size_t kOrigin = 24;
  constexpr std::size_t kTransmit = 40;
  auto sent = request.reader();
  auto echoed = answer.reader();
  std::uint64_t transmit = 0;
  std::uint64_t origin = 0;
  return sent.Skip(kTransmit) && sent.ReadU64(transmit) && echoed.Skip(kOrigin) &&
         echoed.ReadU64(origin) && transmit == origin && transmit != 0;
}

Fit DhcpRequest(const Head& head) { return Dhcp(head, 1); }
Fit DhcpReply(const Head& head) { return Dhcp(head, 2); }

Fit Snmp(const Head& head) {
  auto reader = head.reader();
  std::uint8_t tag = 0;
  std::uint32_t length = 0;
  Bytes version;
  if (!reader.ReadU8(tag) || tag != 0x30 || !ReadBerLength(reader, length)) return Fit::kNo;
  // The message is the datagram.
  if (head.bytes.size() - reader.size() + length != head.wire_length) return Fit::kNo;
  if (!reader.ReadBytes(3, version) || version[0] != 0x02 || version[1] != 0x01 || version[2] > 1) {
    return Fit::kNo;
  }
  std::uint8_t community_tag = 0;
  ByteReader community;
  std::uint8_t pdu = 0;
  if (!reader.ReadU8(community_tag) || community_tag != 0x04 || !reader.ReadPrefixed8(community) ||
      !reader.ReadU8(pdu)) {
    return Fit::kNo;
  }
  if (pdu < 0xa0 || pdu > 0xa8) return Fit::kNo;
  // The PDU ends with the message, and begins with its number, or a trap's object (RFC 1157 §4.1).
  constexpr std::uint8_t kTrap = 0xa4;
  const std::size_t hidden = head.wire_length - head.bytes.size();
  std::uint8_t field = 0;
  ByteReader first;
  if (!ReadBerLength(reader, length) || length != reader.size() + hidden) return Fit::kNo;
  const bool has_field = reader.ReadU8(field) && reader.ReadPrefixed8(first);
  return has_field && !first.empty() &&
                 (pdu == kTrap ? field == 0x06 : field == 0x02 && first.size() <= 5)
             ? Fit::kYes
             : Fit::kNo;
}

Fit NetbiosName(const Head& head) {
  auto reader = head.reader();
  DnsHeader header;
  std::uint8_t name_size = 0;
  Bytes name;
  if (!ReadDnsHeader(reader, header) || !reader.ReadU8(name_size) || name_size != 0x20 ||
      !reader.ReadBytes(32, name)) {
    return Fit::kNo;
  }
  // RFC 1001 §14.1: half a byte a letter from A to P.
  const bool encoded =
      std::all_of(name.begin(), name.end(), [](std::uint8_t c) { return c >= 'A' && c <= 'P'; });
  return encoded && header.questions + header.answers >= 1 ? Fit::kYes : Fit::kNo;
}

Fit NetbiosDatagram(const Head& head) {
  auto reader = head.reader();
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint16_t source_port = 0;
  if (!reader.ReadU8(type) || !reader.ReadU8(flags) || !reader.Skip(6) ||
      !reader.ReadU16(source_port)) {
    return Fit::kNo;
  }
  const bool fields = type >= 0x10 && type <= 0x16 && (flags & 0xf0) == 0 && source_port == 138;
  return fields && UsesPort(head, 138) ? Fit::kYes : Fit::kNo;
}

Fit MqttConnect(const Head& head) {
  auto reader = head.reader();
  std::uint8_t type = 0;
  if (!reader.ReadU8(type)) return TooShort(head);
  if (type != 0x10) return Fit::kNo;
  // §1.5.5: up to four bytes of seven bits each.
  for (int i = 0;; ++i) {
    std::uint8_t byte = 0;
    if (i == 4) return Fit::kNo;
    if (!reader.ReadU8(byte)) return TooShort(head);
    if ((byte & 0x80) == 0) break;
  }
  Head name = head;
  name.bytes = reader.rest();
  using namespace std::string_view_literals;
  const Fit four = Best(StartsWith(name, "\0\4MQTT\4"sv), StartsWith(name, "\0\4MQTT\5"sv));
  return Best(four, StartsWith(name, "\0\6MQIsdp\3"sv));
}

Fit MqttConnack(const Head& head) {
  auto reader = head.reader();
  std::uint8_t type = 0;
  std::uint8_t length = 0;
  std::uint8_t flags = 0;
  if (!reader.ReadU8(type)) return TooShort(head);
  if (type != 0x20) return Fit::kNo;
  if (!reader.ReadU8(length) || !reader.ReadU8(flags)) return TooShort(head);
  return length >= 2 && flags <= 1 ? Fit::kLike : Fit::kNo;
}

Fit BitTorrentHandshake(const Head& head) {
  return StartsWith(head,
                    "\x13"
                    "BitTorrent protocol");
}

Fit BitTorrentDht(const Head& head) {
  // BEP 5: a dictionary whose first key is the query's arguments, the response, or the error.
  Fit best = Fit::kNo;
  for (const std::string_view start : {"d1:ad2:id20:", "d1:rd2:id20:", "d1:eli20", "d2:ip6:"}) {
    best = Best(best, StartsWith(head, start));
  }
  return best;
}

Fit TelnetNegotiation(const Head& head) {
  constexpr std::uint8_t kIac = 0xff;
  constexpr std::uint8_t kSubnegotiation = 0xfa;
  constexpr std::uint8_t kWill = 0xfb;
  constexpr std::uint8_t kLastOption = 50;  // of those IANA has assigned, but for 255
  auto reader = head.reader();
  // Two commands in a row name the protocol: of random bytes one beginning in a hundred thousand
  // looks like a single one.
  for (int commands = 0; commands < 2; ++commands) {
    std::uint8_t iac = 0;
    std::uint8_t command = 0;
    std::uint8_t option = 0;
    if (!reader.ReadU8(iac)) return TooShort(head, commands == 1 ? Fit::kLike : Fit::kNo);
    if (iac != kIac) {
      if (commands == 1) return Fit::kLike;
      const Line line = FirstLine(head.text());
      if (!IsPrintable(line.text)) return Fit::kNo;
      return line.ended ? Fit::kLike : TooShort(head, Fit::kLike);
    }
    if (!reader.ReadU8(command)) return TooShort(head);
    if (command == kSubnegotiation && commands == 1) return Fit::kYes;
    if (command < kWill || command == kIac) return Fit::kNo;
    if (!reader.ReadU8(option)) return TooShort(head);
    if (option > kLastOption && option != 255) return Fit::kNo;
  }
  return Fit::kYes;
}

}  // namespace unopened::classify::plaintext
