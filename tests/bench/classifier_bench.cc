// What a packet costs the classifier: of a settled flow, of a new TLS flow from its SYN to its
// settling, of a new QUIC flow, and of a scan. Times are per item: a packet, or a flow.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "classify/classifier.h"
#include "tests/support/flow_builder.h"
#include "tests/support/quic_builder.h"
#include "tests/support/tls_builder.h"

namespace unopened {
namespace {

using capture::TcpFlags;
using tests::By;

class CountingSink final : public classify::SessionSink {
 public:
  classify::CountSlot OnSettled(const classify::SettledFlow& flow) override {
    packets += flow.traffic.packets;
    if (flow.session.outcome == classify::Outcome::kIdentified) ++identified;
    return 0;
  }
  void OnTraffic(classify::CountSlot, std::uint32_t later, std::uint32_t wire_length,
                 bool) override {
    packets += later;
    bytes += wire_length;
  }
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t identified = 0;
};

void SettledPacket(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  CountingSink sink;
  const classify::EndpointMatcher matcher;
  classify::Classifier classifier({}, tests::kTestKey, matcher, sink);
  std::vector<capture::Segment> packets;
  for (std::uint32_t i = 0; i < flows; ++i) {
    capture::Segment packet = tests::Tcp(i, 0, By::kClient, TcpFlags::kRst, 1).segment;
    classifier.OnSegment(packet);
    packet.tcp_flags = TcpFlags::kAck;
    packet.payload_wire_length = 1200;
    packets.push_back(packet);
  }
  std::shuffle(packets.begin(), packets.end(), std::mt19937(1));
  const std::uint64_t before = sink.packets;
  std::size_t next = 0;
  for (auto _ : state) {
    classifier.OnSegment(packets[next]);
    if (++next == packets.size()) next = 0;
  }
  if (sink.packets - before != static_cast<std::uint64_t>(state.iterations())) std::abort();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(SettledPacket)->Arg(1000)->Arg(100'000)->Arg(700'000);

void SettledBatch(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  CountingSink sink;
  const classify::EndpointMatcher matcher;
  classify::Classifier classifier({}, tests::kTestKey, matcher, sink);
  std::vector<capture::Segment> packets;
  for (std::uint32_t i = 0; i < flows; ++i) {
    capture::Segment packet = tests::Tcp(i, 0, By::kClient, TcpFlags::kRst, 1).segment;
    classifier.OnSegment(packet);
    packet.tcp_flags = TcpFlags::kAck;
    packet.payload_wire_length = 1200;
    packets.push_back(packet);
  }
  std::shuffle(packets.begin(), packets.end(), std::mt19937(1));
  constexpr std::size_t kBatch = 512;
  const std::uint64_t before = sink.packets;
  std::size_t next = 0;
  for (auto _ : state) {
    classifier.OnSegments(std::span(packets).subspan(next, kBatch));
    next += kBatch;
    if (next + kBatch > packets.size()) next = 0;
  }
  if (sink.packets - before != kBatch * static_cast<std::uint64_t>(state.iterations())) {
    std::abort();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(kBatch) * state.iterations());
}
BENCHMARK(SettledBatch)->Arg(1000)->Arg(100'000)->Arg(700'000);

void NewTlsFlow(benchmark::State& state) {
  CountingSink sink;
  const classify::EndpointMatcher matcher;
  classify::Classifier classifier({}, tests::kTestKey, matcher, sink);
  const auto client = tests::TlsRecords(tests::TlsClientHello::Browser("www.example").Message());
  const auto server = tests::TlsRecords(tests::TlsServerHello::Tls13(0x11ec, 1120).Message());
  const std::string hello(client.begin(), client.end());
  const std::string answer(server.begin(), server.end());
  std::uint32_t id = 0;
  base::TimeNs now = 0;
  const auto cut = static_cast<std::uint32_t>(1400);  // a browser's hello spans two segments
  std::array<tests::OwnedSegment, 6> flow = {
      tests::Tcp(0, 0, By::kClient, TcpFlags::kSyn, 9),
      tests::Tcp(0, 0, By::kServer, TcpFlags::kSyn | TcpFlags::kAck, 9),
      tests::Tcp(0, 0, By::kClient, TcpFlags::kAck, 10),
      tests::Tcp(0, 0, By::kClient, TcpFlags::kAck, 10, hello.substr(0, cut)),
      tests::Tcp(0, 0, By::kClient, TcpFlags::kAck, 10 + cut, hello.substr(cut)),
      tests::Tcp(0, 0, By::kServer, TcpFlags::kAck, 10, answer)};
  for (auto _ : state) {
    ++id;
    now += 100'000;  // ten thousand new flows a second
    for (tests::OwnedSegment& owned : flow) {
      owned.segment.key = tests::KeyOf(id);
      owned.segment.time = now;
      classifier.OnSegment(owned.View());
    }
    if (id % 10'000 == 0) classifier.Sweep(now);
  }
  if (sink.identified != id) std::abort();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(NewTlsFlow);

// A browser's: two Initials for a post-quantum hello, one for the answer. Each flow has connection
// ids of its own, or its keys would be known from the flow before.
void NewQuicFlow(benchmark::State& state) {
  constexpr std::uint32_t kFlows = 512;
  constexpr std::uint16_t kX25519MlKem768 = 0x11ec;
  const auto hello = tests::TlsClientHello()
                         .Suites({0x1301})
                         .Sni("www.example")
                         .Alpn({"h3"})
                         .SupportedVersions({0x0304})
                         .SupportedGroups({kX25519MlKem768})
                         .KeyShares({{kX25519MlKem768, tests::kPqClientShare}})
                         .Message();
  const auto answer =
      tests::TlsServerHello::Tls13(kX25519MlKem768, tests::kPqServerShare).SessionId({}).Message();
  constexpr std::size_t kCut = 1100;
  const std::vector<std::uint8_t> first(hello.begin(), hello.begin() + kCut);
  const std::vector<std::uint8_t> rest(hello.begin() + kCut, hello.end());
  std::vector<std::array<std::string, 3>> flows;
  for (std::uint32_t i = 0; i < kFlows; ++i) {
    const std::vector<std::uint8_t> id = {
        1, 2, 3, 4, 5, 6, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    const auto seal = [&](bool client, std::uint32_t number, std::vector<std::uint8_t> frames) {
      const auto packet = tests::SealInitial(
          {.sender = client ? classify::quic::Sender::kClient : classify::quic::Sender::kServer,
           .key_id = id,
           .destination = client ? id : std::vector<std::uint8_t>{},
           .packet_number = number,
           .frames = std::move(frames),
           .packet_size = 1250});
      return std::string(packet.begin(), packet.end());
    };
    flows.push_back({seal(true, 0, tests::CryptoFrame(0, first)),
                     seal(true, 1, tests::CryptoFrame(kCut, rest)),
                     seal(false, 0, tests::CryptoFrame(0, answer))});
  }
  CountingSink sink;
  const classify::EndpointMatcher matcher;
  classify::Classifier classifier({}, tests::kTestKey, matcher, sink);
  tests::OwnedSegment client = tests::Udp(0, 0, By::kClient, "");
  tests::OwnedSegment server = tests::Udp(0, 0, By::kServer, "");
  std::uint32_t id = 0;
  base::TimeNs now = 0;
  for (auto _ : state) {
    const auto& flow = flows[id % kFlows];
    ++id;
    now += 100'000;
    for (std::size_t i = 0; i < flow.size(); ++i) {
      capture::Segment segment = (i < 2 ? client : server).segment;
      segment.key = tests::KeyOf(id);
      segment.key.transport = capture::Transport::kUdp;
      segment.time = now;
      segment.payload =
          base::Bytes(reinterpret_cast<const std::uint8_t*>(flow[i].data()), flow[i].size());
      segment.payload_wire_length = static_cast<std::uint32_t>(flow[i].size());
      classifier.OnSegment(segment);
    }
    if (id % 10'000 == 0) classifier.Sweep(now);
  }
  if (sink.identified != id) std::abort();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(NewQuicFlow);

void ScanPacket(benchmark::State& state) {
  CountingSink sink;
  const classify::EndpointMatcher matcher;
  classify::Classifier classifier({}, tests::kTestKey, matcher, sink);
  std::uint32_t id = 0;
  base::TimeNs now = 0;
  tests::OwnedSegment syn = tests::Tcp(0, 0, By::kClient, TcpFlags::kSyn, 9);
  for (auto _ : state) {
    syn.segment.key = tests::KeyOf(++id);
    syn.segment.time = now += 100'000;
    classifier.OnSegment(syn.View());
  }
  classifier.Finish(now);
  if (sink.packets != id) std::abort();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ScanPacket);

}  // namespace
}  // namespace unopened
