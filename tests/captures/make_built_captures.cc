// Makes the captures that no software at hand can make: WhatsApp's Noise link, named services,
// scans, noise, damaged files. Byte for byte the same in every run.
//
//   make_built_captures write DIR    writes them all under DIR (tests/captures)
//   make_built_captures check DIR    exits 1 unless DIR holds exactly these bytes
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/captures/tls_bytes.h"
#include "tests/support/capture_builder.h"
#include "tests/support/wire.h"

namespace unopened::tests {
namespace {

using FileBytes = std::vector<std::uint8_t>;

const HostPort kClient{"198.51.100.20", 50'000};
const HostPort kClient6{"2001:db8:20::20", 50'000};

HostPort Client(std::uint16_t port) { return {kClient.address, port}; }
HostPort Server(std::uint8_t host, std::uint16_t port) {
  return {"192.0.2." + std::to_string(host), port};
}
HostPort Server6(std::uint16_t port) { return {"2001:db8:10::10", port}; }

// --- WhatsApp
// ----------------------------------------------------------------------------------------------------------
// A frame of the Noise link: its length in three bytes, then the message.
FileBytes NoiseFrame(const FileBytes& message) {
  return Wire().Prefixed24([&](Wire& w) { w.Append(message); }).bytes();
}

// Protocol buffers' length-delimited field (wire type 2); lengths below 128 take one byte, below
// 16384 two.
void BytesField(Wire& out, std::uint8_t number, const FileBytes& value) {
  out.U8(static_cast<std::uint8_t>(number << 3 | 2));
  if (value.size() < 128) {
    out.U8(value.size());
  } else {
    out.U8((value.size() & 0x7f) | 0x80).U8(value.size() >> 7);
  }
  out.Append(value);
}

// The handshake message of Noise XX: an outer field tells whose (2 client's, 3 server's, 4 client's
// last), its fields are the ephemeral key, the encrypted static key, the encrypted payload.
FileBytes NoiseMessage(std::uint8_t outer, const std::vector<FileBytes>& fields,
                       std::uint8_t first_field) {
  Wire inner;
  std::uint8_t number = first_field;
  for (const auto& field : fields) BytesField(inner, number++, field);
  Wire message;
  BytesField(message, outer, inner.bytes());
  return NoiseFrame(message.bytes());
}

void WhatsAppLink(TcpConversation& tcp, const FileBytes& prologue, std::uint64_t seed) {
  tcp.Handshake();
  Wire first;
  first.Append(prologue).Append(NoiseMessage(2, {RandomLooking(32, seed)}, 1));
  tcp.Client(first.bytes());
  tcp.Server(NoiseMessage(
      3, {RandomLooking(32, seed + 1), RandomLooking(48, seed + 2), RandomLooking(230, seed + 3)},
      1));
  tcp.Client(NoiseMessage(4, {RandomLooking(48, seed + 4), RandomLooking(310, seed + 5)}, 1));
  tcp.Server(NoiseFrame(RandomLooking(420, seed + 6)));
  tcp.Client(NoiseFrame(RandomLooking(96, seed + 7)));
  tcp.Server(NoiseFrame(RandomLooking(64, seed + 8)));
  tcp.Close();
}

void TlsSession(TcpConversation& tcp, const TlsClient& client) {
  tcp.Handshake();
  tcp.Client(ClientFirstFlight(client));
  tcp.Server(ServerFirstFlight(client));
  tcp.Client(ClientSecondFlight(client));
  tcp.Server(ServerSecondFlight(client));
  tcp.Client(ApplicationData(180, client.seed + 40));
  tcp.Server(ApplicationData(900, client.seed + 41));
  tcp.Close();
}

FileBytes WhatsApp2024() {
  std::vector<Frame> frames;
  const base::TimeNs start = TimeOf("2024-06-03T12:00:00Z");
  TcpConversation chat(frames, Client(50'001), Server(31, 5222), start);
  WhatsAppLink(chat, FromHex("57 41 06 03"), 1'000);
  // The same link over IPv6, with the routing preamble that names an edge: "ED", a version, a
  // length, a blob.
  TcpConversation routed(frames, kClient6, Server6(443), start + 3 * base::kNsPerSecond);
  WhatsAppLink(routed, FromHex("45 44 00 01 00 00 04 08 0c 08 02 57 41 06 03"), 2'000);
  // Media go over TLS.
  TcpConversation media(frames, Client(50'002), Server(32, 443), start + 5 * base::kNsPerSecond);
  TlsSession(media, {"mmg.whatsapp.net", {"h2", "http/1.1"}, true, false, 3'000});
  return WriteCapture(frames, CaptureFormat::kPcapMicroseconds);
}

// Before Noise: after the same kind of prologue, frames that open with a short list's tag (0xf8)
// and its size.
FileBytes ListFrame(std::uint8_t items, std::size_t size, std::uint64_t seed) {
  return NoiseFrame(Wire().U8(0xf8).U8(items).Append(RandomLooking(size, seed)).bytes());
}

FileBytes WhatsApp2015() {
  std::vector<Frame> frames;
  const base::TimeNs start = TimeOf("2015-06-01T12:00:00Z");
  TcpConversation chat(frames, Client(50'011), Server(31, 5222), start);
  Wire first;
  first.Append(FromHex("57 41 01 05")).Append(ListFrame(5, 30, 4'000));
  chat.Handshake().Client(first.bytes()).Server(ListFrame(5, 44, 4'001));
  chat.Client(NoiseFrame(RandomLooking(140, 4'002))).Server(NoiseFrame(RandomLooking(220, 4'003)));
  chat.Close();
  TcpConversation media(frames, Client(50'012), Server(32, 443), start + 5 * base::kNsPerSecond);
  TlsSession(media, {"mmg.whatsapp.net", {}, false, false, 5'000});
  return WriteCapture(frames, CaptureFormat::kPcapMicroseconds);
}

// --- Named services over TLS
// -------------------------------------------------------------------------------------------
FileBytes Services(std::string_view when, bool tls13, const std::vector<TlsClient>& clients,
                   CaptureFormat format) {
  std::vector<Frame> frames;
  const base::TimeNs start = TimeOf(when);
  std::uint16_t i = 0;
  for (TlsClient client : clients) {
    client.tls13 = tls13;
    client.seed = 10'000 + 100 * i;
    const bool apns = !client.alpn.empty() && client.alpn[0] == "apns-pack-v1";
    TcpConversation tcp(frames, Client(static_cast<std::uint16_t>(51'000 + i)),
                        Server(static_cast<std::uint8_t>(50 + i), apns ? 5223 : 443),
                        start + i * base::kNsPerSecond);
    TlsSession(tcp, client);
    ++i;
  }
  return WriteCapture(frames, format);
}

TlsClient Web(const std::string& name, bool hybrid = false) {
  return {name, {"h2", "http/1.1"}, true, hybrid, 1};
}

FileBytes Messenger2019() {
  return Services("2019-06-03T12:00:00Z", true, {Web("www.messenger.com"), Web("www.facebook.com")},
                  CaptureFormat::kPcapMicroseconds);
}
FileBytes Messenger2024() {
  return Services("2024-06-03T12:00:00Z", true, {Web("www.messenger.com"), Web("www.facebook.com")},
                  CaptureFormat::kPcapMicroseconds);
}
FileBytes Services2025() {
  return Services("2025-06-03T12:00:00Z", true,
                  {
                      {"grpc.chat.signal.org", {"h2"}, true, true, 1},
                      {"1-courier.push.apple.com", {"apns-pack-v1"}, true, false, 1},
                      Web("web.telegram.org", true),
                      Web("i.instagram.com", true),
                      Web("scontent.xx.fbcdn.net", true),
                      Web("gateway.discord.gg"),
                      Web("us04web.zoom.us"),
                      Web("prod-nginz-https.wire.com"),
                      Web("ds-apip.threema.ch"),
                      Web("www.viber.com"),
                      Web("gd2.line-apps.com"),
                      Web("www.wechat.com"),
                      Web("www.example.org", true),
                      {"", {"h2"}, true, false, 1},  // no name at all
                  },
                  CaptureFormat::kPcapNg);
}

// --- What is no session of anything
// -----------------------------------------------------------------------------------
FileBytes Scans() {
  std::vector<Frame> frames;
  const base::TimeNs start = TimeOf("2025-06-03T13:00:00Z");
  for (std::uint16_t i = 0; i < 16; ++i) {
    TcpConversation probe(frames, Client(static_cast<std::uint16_t>(52'000 + i)),
                          Server(10, static_cast<std::uint16_t>(20 + i)), start + i * 10'000'000);
    probe.Syn();
    if (i % 2 == 0) probe.Reset();
  }
  // UDP: empty datagrams, and one byte that nobody answers.
  for (std::uint16_t i = 0; i < 8; ++i) {
    UdpConversation probe(frames, Client(static_cast<std::uint16_t>(53'000 + i)),
                          Server(10, static_cast<std::uint16_t>(6'000 + i)),
                          start + base::kNsPerSecond + i * 10'000'000);
    probe.Client(i % 2 == 0 ? FileBytes{} : FileBytes{0});
  }
  return WriteCapture(frames, CaptureFormat::kPcapMicroseconds);
}

FileBytes Unnamed() {
  std::vector<Frame> frames;
  const base::TimeNs start = TimeOf("2025-06-03T14:00:00Z");
  // Random from the first byte, both ways: opaque.
  TcpConversation opaque(frames, Client(54'000), Server(20, 8'388), start);
  opaque.Handshake().Client(RandomLooking(611, 1)).Server(RandomLooking(1'300, 2));
  opaque.Client(RandomLooking(90, 3)).Close();
  UdpConversation opaque_udp(frames, Client(54'001), Server(20, 33'445),
                             start + base::kNsPerSecond / 2);
  opaque_udp.Client(RandomLooking(400, 4))
      .Server(RandomLooking(380, 5))
      .Client(RandomLooking(60, 6));
  // A protocol nobody knows, with structure: unrecognised.
  TcpConversation strange(frames, Client(54'002), Server(20, 7'777), start + base::kNsPerSecond);
  Wire hello;
  hello.U32(0x00000010).U32(1).Text("NODE").U32(7).Fill(12, 0);
  strange.Handshake().Client(hello.bytes()).Server(hello.bytes()).Close();
  // The middle of a connection whose start was not seen.
  TcpConversation midstream(frames, Client(54'003), Server(20, 443),
                            start + 2 * base::kNsPerSecond);
  midstream.Server(ApplicationData(700, 7)).Client(ApplicationData(90, 8));
  midstream.Server(ApplicationData(300, 9));
  return WriteCapture(frames, CaptureFormat::kPcapMicroseconds);
}

// TLS inside 802.1Q and QinQ, nanosecond stamps, a hello in small segments.
FileBytes Vlan() {
  std::vector<Frame> frames;
  const base::TimeNs start = TimeOf("2025-06-03T15:00:00Z") + 123;
  WireOptions one;
  one.vlans = {100};
  TcpConversation tagged(frames, Client(55'000), Server(30, 443), start, one);
  TlsSession(tagged, {"www.example.org", {"h2"}, true, true, 20'000});
  WireOptions two;
  two.vlans = {200, 300};
  two.segment_bytes = 100;
  TcpConversation stacked(frames, kClient6, Server6(443), start + base::kNsPerSecond, two);
  TlsSession(stacked, {"www.example.org", {"http/1.1"}, false, false, 21'000});
  return WriteCapture(frames, CaptureFormat::kPcapNanoseconds);
}

// What a tap on one fibre of two sees: the client's half.
FileBytes OneDirection() {
  std::vector<Frame> both;
  TcpConversation tcp(both, Client(56'000), Server(40, 443), TimeOf("2025-06-03T15:30:00Z"));
  TlsSession(tcp, {"grpc.chat.signal.org", {"h2"}, true, true, 30'000});
  std::vector<Frame> half;
  const std::uint8_t client_mac_end = both.front().bytes[11];
  for (const Frame& frame : both) {
    if (frame.bytes[11] == client_mac_end) half.push_back(frame);
  }
  return WriteCapture(half, CaptureFormat::kPcapMicroseconds);
}

// --- Damaged files
// ------------------------------------------------------------------------------------------------------
FileBytes First(const FileBytes& bytes, std::size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

// A whole capture of one session, for bending.
FileBytes Whole(CaptureFormat format) {
  return Services("2025-06-03T16:00:00Z", true, {Web("www.example.org")}, format);
}

FileBytes AbsurdLength() {
  const FileBytes whole = Whole(CaptureFormat::kPcapMicroseconds);
  Wire out;
  // After the whole: a record header that promises two gigabytes.
  return out.Append(whole)
      .U32LE(1'748'966'500)
      .U32LE(0)
      .U32LE(0x7fffffff)
      .U32LE(0x7fffffff)
      .bytes();
}

FileBytes TwoLinkTypes() {
  // Appended to a section of Ethernet: an interface of raw IP (101) and a packet on it.
  Wire out;
  out.Append(Whole(CaptureFormat::kPcapNg));
  out.U32LE(1).U32LE(20).U16LE(101).U16LE(0).U32LE(262'144).U32LE(20);
  out.U32LE(6).U32LE(52).U32LE(1).U32LE(0x00063698).U32LE(0).U32LE(20).U32LE(20);
  out.Append(FromHex("45000014000040004006 0000 c6336414 c000020a")).U32LE(52);
  return out.bytes();
}

struct Built {
  std::string path;
  std::function<FileBytes()> make;
};

const std::vector<Built>& AllBuilt() {
  static const std::vector<Built> all = {
      {"whatsapp_2015.pcap", WhatsApp2015},
      {"whatsapp_2024.pcap", WhatsApp2024},
      {"messenger_2019.pcap", Messenger2019},
      {"messenger_2024.pcap", Messenger2024},
      {"services_2025.pcapng", Services2025},
      {"scans.pcap", Scans},
      {"unnamed.pcap", Unnamed},
      {"one_direction_2025.pcap", OneDirection},
      {"vlan_nanoseconds.pcap", Vlan},
      {"damaged/empty.pcap", [] { return FileBytes{}; }},
      {"damaged/header_only.pcap",
       [] { return WriteCapture({}, CaptureFormat::kPcapMicroseconds); }},
      {"damaged/half_a_header.pcap",
       [] { return First(Whole(CaptureFormat::kPcapMicroseconds), 11); }},
      {"damaged/garbage.pcap", [] { return RandomLooking(4'096, 99); }},
      {"damaged/truncated_tail.pcap",
       [] {
         const FileBytes whole = Whole(CaptureFormat::kPcapMicroseconds);
         return First(whole, whole.size() - 30);
       }},
      {"damaged/truncated_tail.pcapng",
       [] {
         const FileBytes whole = Whole(CaptureFormat::kPcapNg);
         return First(whole, whole.size() - 30);
       }},
      {"damaged/absurd_length.pcap", AbsurdLength},
      {"damaged/two_link_types.pcapng", TwoLinkTypes},
  };
  return all;
}

int Run(const std::string& command, const std::filesystem::path& folder) {
  int wrong = 0;
  for (const Built& built : AllBuilt()) {
    const FileBytes bytes = built.make();
    const auto path = folder / built.path;
    if (command == "write") {
      std::filesystem::create_directories(path.parent_path());
      std::ofstream file(path, std::ios::binary | std::ios::trunc);
      file.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
      if (!file.flush()) {
        std::cerr << path << ": could not be written\n";
        ++wrong;
      }
      continue;
    }
    std::ifstream file(path, std::ios::binary);
    const std::string committed{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || committed != std::string(bytes.begin(), bytes.end())) {
      std::cerr << path << ": differs from what its builder makes\n";
      ++wrong;
    }
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace unopened::tests

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 2 || (words[0] != "write" && words[0] != "check")) {
    std::cerr << "usage: make_built_captures write|check DIR\n";
    return 2;
  }
  return unopened::tests::Run(words[0], words[1]);
}
