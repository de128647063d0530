#include "tests/bench/look_alikes.h"

#include <algorithm>

namespace unopened::bench {
namespace {

// What a side begins with. "??" is a random byte; behind it all is random, to `size` bytes, or of
// any size where that is 0. A law that the rest would have to keep is in `broken`.
struct Pattern {
  std::string_view name;
  bool tcp;
  std::uint16_t port;
  std::string_view client;
  std::size_t client_size;
  std::string_view server;
  std::size_t server_size;
  std::string_view broken;
};

constexpr std::array<Pattern, 72> kPatterns = {{
    {"tls", true, 443, "16 03 01 02 00 01 00 01 fc 03 03", 0, "16 03 03 00 7a 02 00 00 76 03 03", 0,
     "the hello's inner lengths"},
    {"tls record", true, 443, "16 03 01", 0, "16 03 03", 0, "length and hello"},
    {"ssh", true, 22, "53 53 48 2d 32 2e 30 2d", 0, "53 53 48 2d 32 2e 30 2d", 0, "a line of text"},
    {"whatsapp", true, 5222, "57 41 06 03 00 00 24 12 22", 0, "00 01 5e 1a db", 0, "the fields"},
    {"whatsapp prologue", true, 443, "57 41 06 03", 0, "", 0, "length and hello"},
    {"whatsapp preamble", true, 443, "45 44 00 01 00 00 04", 0, "", 0, "the prologue"},
    {"mtproto abridged", true, 443, "ef 0a 00 00 00 00 00 00 00 00", 0,
     "15 00 00 00 00 00 00 00 00", 0, "message id and constructor"},
    {"mtproto abridged, encrypted", true, 443, "ef 0a", 0, "0a", 0, "one key"},
    {"mtproto intermediate", true, 443, "ee ee ee ee 28 00 00 00", 0, "28 00 00 00", 0, "one key"},
    {"mtproto padded", true, 443, "dd dd dd dd 3c 00 00 00", 0, "48 00 00 00", 0, "one key"},
    {"mtproto full", true, 443, "34 00 00 00 00 00 00 00", 0, "34 00 00 00 00 00 00 00", 0,
     "the checksum"},
    {"threema's sizes", true, 5222, "", 239, "", 134, "the length of 20"},
    {"threema's first frame", true, 5222, "", 239, "", 300, "the length of 20"},
    {"tox relay's sizes", true, 3389, "", 300, "", 300, "lengths"},
    {"mmtls", true, 8080, "16 f1 04", 0, "16 f1 04", 0, "length and chain"},
    {"openvpn over tcp", true, 1194, "00 2a 38", 44, "00 36 40", 56, "the session echoed"},
    {"http", true, 80, "47 45 54 20 2f", 0, "48 54 54 50 2f 31 2e 31 20", 0, "text"},
    {"smtp", true, 25, "45 48 4c 4f 20", 0, "32 32 30 20", 0, "text"},
    {"imap", true, 143, "61 31 20 4c 4f", 0, "2a 20 4f", 0, "commands"},
    {"pop3", true, 110, "43 41 50", 0, "2b 4f", 0, "commands"},
    {"xmpp", true, 5222, "3c 73 74 72 65 61 6d 3a", 0, "3c 73 74 72 65 61 6d 3a", 0, "the stream"},
    {"rdp", true, 3389, "03 00 00 13 0e e0", 19, "03 00 00 13 0e d0", 19, "what is offered"},
    {"mysql", true, 3306, "20 00 00 01", 0, "4a 00 00 00 0a 38", 0, "flags and zeros"},
    {"postgresql", true, 5432, "00 00 00 29 00 03 00 00", 0, "52 00 00 00 0c", 0, "a parameter"},
    {"redis", true, 6379, "2a 31 0d 0a 24", 0, "2b", 0, "a length"},
    {"amqp", true, 5672, "41 4d 51 50", 0, "01 00 00", 0, "a version"},
    {"vnc", true, 5900, "52 46 42 20 30 30", 0, "52 46 42 20 30 30", 0, "digits"},
    {"ldap", true, 389, "30 2c 02 01 01 60", 0, "30 0c 02 01 01 60", 0, "a response"},
    {"socks", true, 1080, "05 01 00", 0, "05 00", 0, "the request"},
    {"rpc over tcp", true, 2049, "80 00 00 40 ?? ?? ?? ?? 00 00 00 00 00 00 00 02", 0,
     "80 00 00 40 ?? ?? ?? ?? 00 00 00 01", 0, "program and transaction"},
    {"modbus", true, 502, "?? ?? 00 00 00 06", 12, "?? ?? 00 00 00 05", 11, "the transaction"},
    {"kerberos over tcp", true, 88, "00 00 00 a0 6a", 0, "00 00 00 a0 6b", 0, "tags"},
    {"bittorrent", true, 6881, "13 42 69 74 54 6f 72 72 65 6e 74 20 70 72 6f 74 6f 63 6f 6d", 68,
     "13 42 69 74 54 6f 72 72 65 6e 74 20 70 72 6f 74 6f 63 6f 6d", 68, "the last letter"},
    {"stun over tcp", true, 3478, "00 01 00 08 21 12 a4 42", 28, "01 01 00 0c 21 12 a4 42", 32,
     "the transaction"},
    {"smtp by name", true, 25, "45 48 4c 4f 20", 0, "32 32 30 20 61 20 53 4d 54 50", 0, "text"},
    {"imap login", true, 143, "61 31 20 43 41 50 41 42 49 4c 49 54 59", 0, "2a 20 4f 4b 20", 0,
     "text"},
    {"pop3 by name", true, 110, "55 53 45 52 20", 0, "2b 4f 4b 20 50 4f 50 33", 0, "text"},
    {"ftp", true, 21, "55 53 45 52 20", 0, "32 32 30 20 46 54 50", 0, "text"},
    {"irc", true, 6667, "4e 49 43 4b 20", 0, "3a 61 20 4e 4f 54 49 43 45 20", 0, "text"},
    {"nntp", true, 119, "4d 4f 44 45 20 52 45 41 44 45 52", 0, "32 30 30 20 6e 65 77 73", 0,
     "text"},
    {"sieve", true, 4190, "41 55 54 48 45 4e 54 49 43 41 54 45 20 22", 0,
     "22 49 4d 50 4c 45 4d 45 4e 54 41 54 49 4f 4e 22 20 22", 0, "text"},
    {"xmpp stream", true, 5222, "3c 73 74 72 65 61 6d 3a 73 74 72 65 61 6d", 0,
     "3c 73 74 72 65 61 6d 3a 73 74 72 65 61 6d", 0, "text"},
    {"http status", true, 80, "47 45 54 20 2f", 0, "48 54 54 50 2f 31 2e 31 20 32 30 30", 0,
     "text"},
    {"rtsp", true, 554, "4f 50 54 49 4f 4e 53 20 72 74 73 70 3a 2f 2f", 0,
     "52 54 53 50 2f 31 2e 30 20 32 30 30", 0, "text"},
    {"sip over tcp", true, 5060, "49 4e 56 49 54 45 20 73 69 70 3a", 0,
     "53 49 50 2f 32 2e 30 20 32 30 30", 0, "text"},
    {"openvpn with tls-crypt", false, 1194, "38 ?? ?? ?? ?? ?? ?? ?? ?? 00 00 00 01 65", 54,
     "40 ?? ?? ?? ?? ?? ?? ?? ?? 00 00 00 01 65", 66, "a session that goes on"},
    {"quic 1", false, 443, "c3 00 00 00 01 08", 1200, "c3 00 00 00 01 00 08", 1200, "the AEAD tag"},
    {"quic 2", false, 443, "d3 6b 33 43 cf 08", 1200, "d3 6b 33 43 cf 00 08", 1200, "the AEAD tag"},
    {"gquic", false, 443, "0d ?? ?? ?? ?? ?? ?? ?? ?? 51 30 34 33 01", 1350, "08", 0,
     "the message"},
    {"dtls", false, 443, "16 fe fd 00 00 00 00 00 00 00 00 00 c8 01 00 00 bc 00 00 00 00 00", 213,
     "16 fe fd 00 00 00 00 00 00 00 00 00 50 02 00 00 44", 93, "the hello's inner lengths"},
    {"wireguard", false, 51820, "01 00 00 00", 148, "02 00 00 00", 92, "the index echoed"},
    {"wireguard's sizes", false, 51820, "01", 148, "02", 92, "reserved zeros"},
    {"stun", false, 3478, "00 01 00 08 21 12 a4 42", 28, "01 01 00 0c 21 12 a4 42", 32,
     "the transaction and attributes"},
    {"ike", false, 500, "?? ?? ?? ?? ?? ?? ?? ?? 00 00 00 00 00 00 00 00 21 20 22 08 00 00 00 00",
     200, "?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? 21 20 22 20 00 00 00 00", 200,
     "length and SPI"},
    {"openvpn", false, 1194, "38", 14, "40", 26, "the session echoed"},
    {"zrtp", false, 5004, "10 00 ?? ?? 5a 52 54 50", 128, "10 00 ?? ?? 5a 52 54 50", 128,
     "the checksum"},
    {"rtp", false, 5004, "80 00", 172, "80 00", 172, "a sequence"},
    {"dns", false, 53, "?? ?? 01 00 00 01 00 00 00 00 00 00", 0,
     "?? ?? 81 80 00 01 00 01 00 00 00 00", 0, "a name"},
    {"ntp", false, 123, "23", 48, "24", 48, "stratum and echo"},
    {"tox", false, 33445, "02", 113, "04", 238, "a repeated key"},
    {"utp", false, 6881, "41 00", 20, "21 00", 20, "id and number"},
    {"discord", false, 50004, "00 01 00 46", 74, "00 02 00 46", 74, "zeros and SSRC"},
    {"zoom", false, 8801, "01 00 02", 107, "02 00 01", 35, "what is echoed"},
    {"snmp", false, 161, "30 2c 02 01 01 04", 46, "30 2c 02 01 01 04", 46, "lengths"},
    {"dhcp", false, 67, "01 01 06", 300, "02 01 06", 300, "fields"},
    {"radius", false, 1812, "01 ?? 00 44", 68, "02 ?? 00 44", 68, "attributes"},
    {"coap", false, 5683, "42 01", 24, "62 45", 24, "what is echoed"},
    {"kerberos", false, 88, "6a 81 a0 30", 163, "6b 81 a0 30", 163, "tags"},
    {"rpc", false, 2049, "?? ?? ?? ?? 00 00 00 00 00 00 00 02", 100, "?? ?? ?? ?? 00 00 00 01", 60,
     "program and transaction"},
    {"a tracker", false, 6969, "00 00 04 17 27 10 19", 16, "00 00 00 00", 16, "the magic"},
    {"dht", false, 6881, "64 31 3a 61 64 32 3a 69 64", 100, "64 31 3a 72 64 32 3a 69 64", 100,
     "its first key"},
    {"sip", false, 5060, "49 4e 56 49 54 45 20", 0, "53 49 50 2f 32 2e", 0, "text"},
}};

std::uint8_t Hex(char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

// Random bytes, then the pattern over their start.
void Write(Random& random, std::string_view pattern, std::size_t size, Message& message) {
  message.bytes.resize(std::max(size, (pattern.size() + 1) / 3));
  random.Fill(message.bytes);
  for (std::size_t i = 0; i * 3 + 1 < pattern.size(); ++i) {
    if (pattern[i * 3] == '?') continue;
    message.bytes[i] =
        static_cast<std::uint8_t>(Hex(pattern[i * 3]) << 4 | Hex(pattern[i * 3 + 1]));
  }
}

// Mostly short, as first payloads are; now and then a full segment.
std::size_t AnySize(Random& random) {
  const std::uint64_t kind = random.Below(10);
  if (kind < 5) return 1 + random.Below(128);
  if (kind < 9) return 129 + random.Below(472);
  return 601 + random.Below(860);
}

constexpr std::array<std::uint16_t, 16> kPorts = {443,  53,   5222, 500,  4500, 3478, 1194, 22,
                                                  8801, 6881, 5683, 1812, 123,  80,   25,   9999};

}  // namespace

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    word = z ^ z >> 31;
  }
}

std::uint64_t Random::Next() {
  const auto rotate = [](std::uint64_t x, int k) { return x << k | x >> (64 - k); };
  const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate(state_[3], 45);
  return result;
}

void Random::Fill(std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = Next();
    for (std::size_t j = i; j < std::min(i + 8, bytes.size()); ++j) {
      bytes[j] = static_cast<std::uint8_t>(word);
      word >>= 8;
    }
  }
}

void MakeRandom(Random& random, Flow& flow) {
  flow.Clear();
  flow.tcp = random.Coin();
  flow.client_port = static_cast<std::uint16_t>(32768 + random.Below(28000));
  flow.server_port = kPorts[random.Below(kPorts.size())];
  const bool both = random.Coin();
  const bool client_first = random.Below(4) != 0;
  for (const bool first : {true, false}) {
    if (!first && !both) break;
    Write(random, "", AnySize(random), flow.Add(first == client_first));
  }
}

std::string_view MakeLookAlike(Random& random, Flow& flow) {
  const Pattern& pattern = kPatterns[random.Below(kPatterns.size())];
  flow.Clear();
  flow.tcp = pattern.tcp;
  flow.client_port = static_cast<std::uint16_t>(32768 + random.Below(28000));
  flow.server_port = pattern.port;
  const auto size = [&](std::size_t fixed) { return fixed != 0 ? fixed : AnySize(random); };
  // The answer looks like the protocol's, or is random, or is missing.
  const std::uint64_t answer = random.Below(4);
  Write(random, pattern.client, size(pattern.client_size), flow.Add(true));
  if (answer == 3) return pattern.name;
  const std::string_view server = answer == 2 ? std::string_view() : pattern.server;
  Write(random, server, size(pattern.server_size), flow.Add(false));
  return pattern.name;
}

}  // namespace unopened::bench
