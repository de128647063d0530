#include "classify/messenger/voice_dissector.h"

#include <algorithm>
#include <array>
#include <utility>

#include "classify/opaque/random_start.h"

namespace unopened::classify::messenger {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;

// What a question is, and what an answer to it.
using Asks = bool (*)(const Datagram& datagram);
using Answers = bool (*)(const Datagram& question, const Datagram& answer);

struct Handshake {
  Protocol protocol = Protocol::kUnknown;
  Evidence evidence = Evidence::kWeak;
  Asks is_question = nullptr;
  Answers is_answer = nullptr;
};

bool AreZero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// ---- Discord

constexpr std::uint32_t kDiscoverySize = 74;
constexpr std::uint16_t kDiscoveryLength = 70;
constexpr std::size_t kAddressSize = 64;

// Reads a discovery packet of `type`; false for anything else.
bool ReadDiscovery(const Datagram& datagram, std::uint16_t type, std::uint32_t& ssrc,
                   Bytes& address) {
  ByteReader reader(datagram.bytes);
  std::uint16_t got = 0;
  std::uint16_t length = 0;
  return datagram.wire_length == kDiscoverySize && reader.ReadU16(got) && got == type &&
         reader.ReadU16(length) && length == kDiscoveryLength && reader.ReadU32(ssrc) &&
         reader.ReadBytes(kAddressSize, address);
}

bool IsDiscovery(const Datagram& datagram) {
  std::uint32_t ssrc = 0;
  Bytes address;
  return ReadDiscovery(datagram, 1, ssrc, address) && AreZero(address);
}

// The address is text and zeros to the field's end.
bool IsAddress(Bytes field) {
  const auto end = std::ranges::find(field, 0);
  const bool text = std::all_of(field.begin(), end, [](std::uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '.' || c == ':';
  });
  return text && end - field.begin() >= 2 &&
         AreZero(field.subspan(static_cast<std::size_t>(end - field.begin())));
}

bool AnswersDiscovery(const Datagram& question, const Datagram& answer) {
  std::uint32_t asked = 0;
  std::uint32_t answered = 0;
  Bytes address;
  return ReadDiscovery(question, 1, asked, address) &&
         ReadDiscovery(answer, 2, answered, address) && asked == answered && IsAddress(address);
}

bool IsKeepalive(const Datagram& datagram) {
  ByteReader reader(datagram.bytes);
  std::uint32_t magic = 0;
  std::uint32_t counter = 0;
  constexpr std::uint32_t kMost = 1 << 24;  // years of them
  return datagram.wire_length == 8 && reader.ReadU32(magic) && magic == 0x1337cafe &&
         reader.ReadU32LE(counter) && counter < kMost;
}

bool AnswersKeepalive(const Datagram& question, const Datagram& answer) {
  return IsKeepalive(answer) && std::ranges::equal(question.bytes, answer.bytes);
}

// ---- Zoom

constexpr std::size_t kZoomNonce = 16;
constexpr std::size_t kZoomTime = 4;
constexpr std::uint32_t kSmallestZoomHello = 64;
constexpr std::uint32_t kSmallestZoomAnswer = 27;

struct ZoomHello {
  Bytes nonce;
  Bytes time;
};

// 1, 0, flags, the nonce, seven zeros and a byte, the time twice, ...
bool ReadZoomHello(const Datagram& datagram, ZoomHello& hello) {
  ByteReader reader(datagram.bytes);
  std::uint8_t kind = 0;
  std::uint8_t zero = 0;
  Bytes zeros;
  Bytes again;
  return datagram.wire_length >= kSmallestZoomHello && reader.ReadU8(kind) && kind == 1 &&
         reader.ReadU8(zero) && zero == 0 && reader.Skip(1) &&
         reader.ReadBytes(kZoomNonce, hello.nonce) && reader.ReadBytes(7, zeros) &&
         AreZero(zeros) && reader.Skip(1) && reader.ReadBytes(kZoomTime, hello.time) &&
         reader.ReadBytes(kZoomTime, again) && opaque::MayBeRandom(hello.nonce);
}

bool IsZoomHello(const Datagram& datagram) {
  ZoomHello hello;
  return ReadZoomHello(datagram, hello);
}

bool AnswersZoomHello(const Datagram& question, const Datagram& answer) {
  ZoomHello hello;
  ByteReader reader(answer.bytes);
  std::uint8_t kind = 0;
  std::uint8_t zero = 0;
  Bytes nonce;
  Bytes time;
  return ReadZoomHello(question, hello) && answer.wire_length >= kSmallestZoomAnswer &&
         reader.ReadU8(kind) && kind == 2 && reader.ReadU8(zero) && zero == 0 && reader.Skip(1) &&
         reader.ReadBytes(kZoomNonce, nonce) && std::ranges::equal(nonce, hello.nonce) &&
         reader.Skip(4) && reader.ReadBytes(kZoomTime, time) &&
         std::ranges::equal(time, hello.time);
}

constexpr std::array<Handshake, 3> kHandshakes = {{
    {Protocol::kDiscordVoice, Evidence::kStrong, &IsDiscovery, &AnswersDiscovery},
    {Protocol::kDiscordVoice, Evidence::kWeak, &IsKeepalive, &AnswersKeepalive},
    {Protocol::kZoom, Evidence::kStrong, &IsZoomHello, &AnswersZoomHello},
}};

bool IsQuestion(const Datagram& datagram) {
  return std::ranges::any_of(
      kHandshakes, [&](const Handshake& handshake) { return handshake.is_question(datagram); });
}

// By its kind alone: its question may be on its way.
bool MayBeAnswer(const Datagram& datagram) {
  return datagram.bytes.size() >= 2 && (datagram.bytes[0] == 2 || datagram.bytes[1] == 2);
}

const Handshake* HandshakeOf(const Datagram& a, const Datagram& b) {
  if (a.from_client == b.from_client) return nullptr;
  for (const Handshake& handshake : kHandshakes) {
    for (const auto& [question, answer] : {std::pair(&a, &b), std::pair(&b, &a)}) {
      if (handshake.is_question(*question) && handshake.is_answer(*question, *answer)) {
        return &handshake;
      }
    }
  }
  return nullptr;
}

// The two sides' datagrams reach the tap in any order, so each is held against all before it. A
// question is the first of its side, so it is among the first two.
base::Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  bool asked = false;
  for (std::size_t i = 0; i < flow.datagrams.size(); ++i) {
    const Datagram& datagram = flow.datagrams[i];
    asked = asked || IsQuestion(datagram);
    if (!asked && (i > 0 || !MayBeAnswer(datagram))) return NotThis{"voice: none known"};
    for (const Datagram& before : flow.datagrams.first(i)) {
      const Handshake* handshake = HandshakeOf(before, datagram);
      if (handshake == nullptr) continue;
      HandshakeFacts facts;
      facts.protocol = handshake->protocol;
      facts.sides = SidesSeen::kBoth;
      facts.evidence = handshake->evidence;
      return facts;
    }
  }
  if (flow.datagrams_open) return NeedMore{};
  return NotThis{"voice: unanswered"};
}

constexpr Dissector kDissector = {.name = "voice", .over_udp = true, .dissect = &Dissect};

}  // namespace

const Dissector& VoiceDissector() { return kDissector; }

}  // namespace unopened::classify::messenger
