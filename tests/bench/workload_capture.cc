// Makes the captures that tests/bench/run measures with: the same bytes in every run.
//
//   workload_capture KIND OUT.pcap FLOWS [PACKETS]
//
//   tls, pq, quic  new flows of one kind, up to the server's hello: a TLS 1.3 hello of 517 bytes, a
//                  browser's post-quantum one of two segments, a QUIC connection of one Initial
//                  each way. Every QUIC flow has connection ids of its own: no key can be known
//                  from another flow.
//   flows          40 % tls, 40 % pq, 20 % quic
//   bulk           FLOWS TLS connections, then PACKETS data segments of 1400 bytes, in turn
//   noise          DNS, HTTP, scans and random datagrams, without any handshake
//
// Flows are interleaved, 64 at a time.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/capture_builder.h"
#include "tests/support/quic_builder.h"
#include "tests/support/tls_builder.h"
#include "tests/support/wire.h"

namespace unopened {
namespace {

using tests::Frame;
using tests::HostPort;
using tests::TlsClientHello;
using tests::TlsServerHello;
using Bytes = std::vector<std::uint8_t>;
using Frames = std::vector<Frame>;

constexpr std::uint16_t kX25519 = 29;
constexpr std::uint16_t kX25519MlKem768 = 0x11ec;
constexpr std::uint16_t kPadding = 21;
constexpr base::TimeNs kStart = 1'735'689'600'000'000'000;  // 2025-01-01
constexpr base::TimeNs kBetweenPackets = 10'000;

class PcapWriter {
 public:
  explicit PcapWriter(const char* path) : file_(std::fopen(path, "wb")), buffer_(1 << 20) {
    if (file_ == nullptr) {
      std::perror(path);
      std::exit(4);
    }
    std::setvbuf(file_, buffer_.data(), _IOFBF, buffer_.size());
    const std::array<std::uint32_t, 6> header = {0xa1b23c4d, 0x00040002, 0, 0, 262144, 1};
    std::fwrite(header.data(), sizeof header, 1, file_);
  }
  ~PcapWriter() { std::fclose(file_); }
  PcapWriter(const PcapWriter&) = delete;
  PcapWriter& operator=(const PcapWriter&) = delete;

  void Write(const Bytes& frame) {
    now_ += kBetweenPackets;
    const auto size = static_cast<std::uint32_t>(frame.size());
    const std::array<std::uint32_t, 4> header = {static_cast<std::uint32_t>(now_ / 1'000'000'000),
                                                 static_cast<std::uint32_t>(now_ % 1'000'000'000),
                                                 size, size};
    std::fwrite(header.data(), sizeof header, 1, file_);
    std::fwrite(frame.data(), 1, frame.size(), file_);
    ++packets_;
  }
  std::uint64_t packets() const { return packets_; }

 private:
  std::FILE* file_;
  std::vector<char> buffer_;
  base::TimeNs now_ = kStart;
  std::uint64_t packets_ = 0;
};

HostPort Client(std::uint32_t flow) {
  return {"10." + std::to_string(flow >> 16 & 0xff) + "." + std::to_string(flow >> 8 & 0xff) + "." +
              std::to_string(flow & 0xff),
          static_cast<std::uint16_t>(32768 + (flow >> 20) * 977 + flow % 977)};
}
HostPort Server(std::uint32_t flow, std::uint16_t port) {
  return {"192.0.2." + std::to_string(1 + flow % 250), port};
}

// What the servers of this file repeat.
const Bytes kSessionId(32, 0x5e);

TlsClientHello ClientHello(std::uint16_t group, std::size_t share, std::string_view alpn) {
  TlsClientHello hello;
  hello.Suites({0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f})
      .Sni("www.example")
      .Alpn({alpn})
      .SupportedVersions({0x0304, 0x0303})
      .SupportedGroups({group, 23, 24})
      .SignatureAlgorithms({0x0403, 0x0804, 0x0401})
      .KeyShares({{group, share}});
  return hello;
}

void TlsFlow(std::uint32_t flow, const Bytes& hello, const Bytes& answer, Frames& out) {
  tests::TcpConversation(out, Client(flow), Server(flow, 443), kStart)
      .Handshake()
      .Client(hello)
      .Server(answer);
}

void ClassicFlow(std::uint32_t flow, Frames& out) {
  static const Bytes hello = [] {
    constexpr std::size_t kRecord = 517;  // padded to it (RFC 7685), record header included
    TlsClientHello padded = ClientHello(kX25519, 32, "h2").SessionId(kSessionId);
    const std::size_t bare = tests::TlsRecords(padded.Message()).size();
    return tests::TlsRecords(padded.Extension(kPadding, Bytes(kRecord - bare - 4)).Message());
  }();
  static const Bytes answer = tests::TlsRecords(TlsServerHello::Tls13(kX25519, 32).Message());
  TlsFlow(flow, hello, answer, out);
}

void PostQuantumFlow(std::uint32_t flow, Frames& out) {
  static const Bytes hello = tests::TlsRecords(
      ClientHello(kX25519MlKem768, tests::kPqClientShare, "h2").SessionId(kSessionId).Message());
  static const Bytes answer =
      tests::TlsRecords(TlsServerHello::Tls13(kX25519MlKem768, tests::kPqServerShare).Message());
  TlsFlow(flow, hello, answer, out);
}

void QuicFlow(std::uint32_t flow, Frames& out) {
  static const Bytes hello = ClientHello(kX25519, 32, "h3").Message();
  static const Bytes answer = TlsServerHello::Tls13(kX25519, 32).SessionId({}).Message();
  const Bytes id = tests::Wire().U32(0x01020304).U32(flow).bytes();
  const Bytes own = tests::Wire().U32(flow).bytes();
  const auto seal = [&](bool client, const Bytes& message) {
    return tests::SealInitial(
        {.sender = client ? classify::quic::Sender::kClient : classify::quic::Sender::kServer,
         .key_id = id,
         .destination = client ? id : Bytes{},
         .source = client ? Bytes{} : own,
         .frames = tests::CryptoFrame(0, message),
         .packet_size = 1250});
  };
  tests::UdpConversation(out, Client(flow), Server(flow, 443), kStart)
      .Client(seal(true, hello))
      .Server(seal(false, answer));
}

Bytes DnsMessage(std::uint32_t flow, bool answer) {
  tests::Wire wire;
  wire.U16(flow).U16(answer ? 0x8180 : 0x0100).U16(1).U16(answer ? 1 : 0).U16(0).U16(0);
  wire.Prefixed8([&](tests::Wire& label) { label.Text("host" + std::to_string(flow)); });
  wire.Prefixed8([](tests::Wire& label) { label.Text("example"); }).U8(0).U16(1).U16(1);
  if (answer) wire.U16(0xc00c).U16(1).U16(1).U32(300).U16(4).U32(0xc0000201);
  return wire.bytes();
}

Bytes Text(std::string_view text) { return {text.begin(), text.end()}; }

void NoiseFlow(std::uint32_t flow, Frames& out) {
  switch (flow % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
      tests::UdpConversation(out, Client(flow), Server(flow, 53), kStart)
          .Client(DnsMessage(flow, false))
          .Server(DnsMessage(flow, true));
      return;
    case 4:
    case 5:
      tests::TcpConversation(out, Client(flow), Server(flow, 80), kStart)
          .Handshake()
          .Client(Text("GET /" + std::to_string(flow) +
                       " HTTP/1.1\r\nHost: www.example\r\nAccept: */*\r\n\r\n"))
          .Server(Text("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n" + std::string(600, 'x')))
          .Close();
      return;
    case 6:
    case 7:
    case 8:
      tests::TcpConversation(out, Client(flow), Server(flow, static_cast<std::uint16_t>(flow)),
                             kStart)
          .Syn();
      return;
    default:
      tests::UdpConversation(out, Client(flow), Server(flow, 9000), kStart)
          .Client(tests::RandomLooking(100 + flow % 900, flow));
      return;
  }
}

using MakeFlow = std::function<void(std::uint32_t flow, Frames& out)>;

void WriteFlows(std::uint32_t flows, const MakeFlow& make, PcapWriter& writer) {
  constexpr std::uint32_t kAtOnce = 64;
  for (std::uint32_t first = 0; first < flows; first += kAtOnce) {
    std::array<Frames, kAtOnce> group;
    for (std::uint32_t i = 0; i < kAtOnce && first + i < flows; ++i) make(first + i, group[i]);
    for (std::size_t at = 0, left = 1; left > 0; ++at) {
      left = 0;
      for (const Frames& frames : group) {
        if (at >= frames.size()) continue;
        writer.Write(frames[at].bytes);
        ++left;
      }
    }
  }
}

void WriteBulk(std::uint32_t flows, std::uint64_t packets, PcapWriter& writer) {
  WriteFlows(flows, ClassicFlow, writer);
  std::vector<Bytes> data;
  for (std::uint32_t flow = 0; flow < flows; ++flow) {
    Frames frames;
    tests::TcpConversation(frames, Client(flow), Server(flow, 443), kStart)
        .Server(tests::RandomLooking(1400, flow));
    data.push_back(frames.front().bytes);
  }
  for (std::uint64_t i = 0; i < packets; ++i) writer.Write(data[i % data.size()]);
}

int Run(std::string_view kind, const char* path, std::uint32_t flows, std::uint64_t packets) {
  PcapWriter writer(path);
  if (kind == "tls") {
    WriteFlows(flows, ClassicFlow, writer);
  } else if (kind == "pq") {
    WriteFlows(flows, PostQuantumFlow, writer);
  } else if (kind == "quic") {
    WriteFlows(flows, QuicFlow, writer);
  } else if (kind == "flows") {
    const auto mixed = [](std::uint32_t flow, Frames& out) {
      const std::uint32_t which = flow % 5;
      which < 2   ? ClassicFlow(flow, out)
      : which < 4 ? PostQuantumFlow(flow, out)
                  : QuicFlow(flow, out);
    };
    WriteFlows(flows, mixed, writer);
  } else if (kind == "bulk") {
    WriteBulk(flows, packets, writer);
  } else if (kind == "noise") {
    WriteFlows(flows, NoiseFlow, writer);
  } else {
    std::fprintf(stderr, "workload_capture: no kind '%s'\n", std::string(kind).c_str());
    return 2;
  }
  std::printf("%llu packets\n", static_cast<unsigned long long>(writer.packets()));
  return 0;
}

}  // namespace
}  // namespace unopened

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: workload_capture KIND OUT.pcap FLOWS [PACKETS]\n");
    return 2;
  }
  const auto flows = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
  const std::uint64_t packets = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 0;
  return unopened::Run(argv[1], argv[2], flows, packets);
}
