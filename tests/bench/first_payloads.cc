// first_payloads: what the classifier says of first payloads that are no handshake.
//
//   random     uniformly random bytes, over TCP and UDP, of one side or of both
//   lookalike  a protocol's first bytes, then random ones: the magic is right, a law is broken
//   head       a recorded flow (tests/captures) whose one side lost its first eight bytes to
//   chance,
//              the very first for certain; not of TLS behind another protocol, whose head this hits
//   byte       a recorded flow with one to three bytes of chance: it may still be what it was, but
//              never something else; TLS behind another protocol may be that one, but never clear;
//              a call may be the STUN that it began with
//
// Prints what was claimed, by mode, protocol and evidence. False are claims at strong or proof; of
// `byte` those of another protocol than the whole flow's. Ends with 1 if there is one.
// One process, one thread; the same seed gives the same run.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/decoder.h"
#include "capture/pcap_file.h"
#include "classify/classifier.h"
#include "tests/bench/look_alikes.h"

namespace unopened {
namespace {

using bench::Flow;
using bench::Message;
using bench::Random;
using capture::Side;
using capture::TcpFlags;
using capture::Transport;
using classify::Evidence;
using classify::Outcome;
using classify::Protocol;

enum class Mode : std::uint8_t { kRandom, kLookAlike, kHead, kByte };
constexpr std::array<std::string_view, 4> kModes = {"random", "lookalike", "head", "byte"};

// What the sink was told of the flow just fed.
class LastSession final : public classify::SessionSink {
 public:
  classify::CountSlot OnSettled(const classify::SettledFlow& flow) override {
    session = flow.session;
    ++settled;
    return 0;
  }
  void OnTraffic(classify::CountSlot, std::uint32_t, std::uint32_t, bool) override {}

  classify::Session session;
  std::uint64_t settled = 0;
};

// Feeds flows one by one: each is settled before the next begins.
class Feeder {
 public:
  Feeder() : classifier_(Options(), kKey, matcher_, sink_) {}

  const classify::Session& Settle(const Flow& flow) {
    ++number_;
    now_ += base::kNsPerSecond;
    const std::uint64_t before = sink_.settled;
    flow.tcp ? FeedTcp(flow) : FeedUdp(flow);
    if (sink_.settled != before + 1) {
      fmt::print(stderr, "first_payloads: a flow was settled {} times\n", sink_.settled - before);
      std::exit(2);
    }
    return sink_.session;
  }

 private:
  static constexpr std::array<std::uint8_t, 16> kKey = {9, 9, 9};

  static classify::ClassifierOptions Options() {
    classify::ClassifierOptions options;
    options.flow_capacity = 1024;
    options.tracked_capacity = 64;
    options.prefix_pool_bytes = 4 << 20;
    options.handshake_limit_ns = base::kNsPerSecond / 2;
    options.idle_limit_ns = base::kNsPerSecond / 2;
    return options;
  }

  capture::Segment Segment(const Flow& flow, bool from_client) const {
    capture::Segment segment;
    segment.key.transport = flow.tcp ? Transport::kTcp : Transport::kUdp;
    segment.key.low = {10, 0, 0, 1};
    segment.key.high = {10, static_cast<std::uint8_t>(number_ >> 16),
                        static_cast<std::uint8_t>(number_ >> 8),
                        static_cast<std::uint8_t>(number_)};
    segment.key.high[0] = 11;
    segment.key.low_port = flow.client_port;
    segment.key.high_port = flow.server_port;
    segment.from = from_client ? Side::kLow : Side::kHigh;
    segment.time = now_;
    segment.wire_length = 54;
    return segment;
  }

  void FeedTcp(const Flow& flow) {
    std::array<std::uint32_t, 2> next = {1000, 2000};
    for (const bool client : {true, false}) {
      capture::Segment syn = Segment(flow, client);
      syn.tcp_flags = client ? TcpFlags::kSyn : TcpFlags::kSyn | TcpFlags::kAck;
      syn.tcp_sequence = next[client ? 0 : 1]++;
      classifier_.OnSegment(syn);
    }
    for (const Message& message : flow.messages()) {
      capture::Segment data = Segment(flow, message.from_client);
      std::uint32_t& sequence = next[message.from_client ? 0 : 1];
      data.tcp_flags = TcpFlags::kAck;
      data.tcp_sequence = sequence;
      data.payload = message.bytes;
      data.payload_wire_length = static_cast<std::uint32_t>(message.bytes.size());
      data.wire_length += data.payload_wire_length;
      sequence += data.payload_wire_length;
      classifier_.OnSegment(data);
    }
    capture::Segment reset = Segment(flow, true);
    reset.tcp_flags = TcpFlags::kRst;
    classifier_.OnSegment(reset);
    Sweep();
  }

  void FeedUdp(const Flow& flow) {
    for (const Message& message : flow.messages()) {
      capture::Segment datagram = Segment(flow, message.from_client);
      datagram.payload = message.bytes;
      datagram.payload_wire_length = static_cast<std::uint32_t>(message.bytes.size());
      datagram.wire_length += datagram.payload_wire_length;
      classifier_.OnSegment(datagram);
    }
    Sweep();
  }

  void Sweep() { classifier_.Sweep(now_ + base::kNsPerSecond - 1); }

  classify::EndpointMatcher matcher_;
  LastSession sink_;
  classify::Classifier classifier_;
  std::uint32_t number_ = 0;
  base::TimeNs now_ = base::kNsPerSecond;
};

// ---- recorded flows

struct Original {
  Flow flow;
  classify::Session session;
  // What its STUN messages are by themselves, where it began with such: they stay whole when the
  // handshake behind them is broken.
  Protocol before = Protocol::kUnknown;
};

Protocol NameStunOf(const Flow& flow, Feeder& feeder) {
  constexpr std::uint8_t kLastOfStun = 3;  // RFC 7983 §7
  Flow before;
  before.tcp = flow.tcp;
  before.client_port = flow.client_port;
  before.server_port = flow.server_port;
  for (const Message& message : flow.messages()) {
    if (flow.tcp || message.bytes.front() > kLastOfStun) continue;
    before.Add(message.from_client).bytes = message.bytes;
  }
  return before.messages().empty() ? Protocol::kUnknown : feeder.Settle(before).protocol;
}

class Recorder final : public capture::PacketSink {
 public:
  void OnPacket(const capture::Packet& packet) override {
    const auto segment = decoder_.Decode(packet);
    if (!segment) return;
    const bool tcp = segment->key.transport == Transport::kTcp;
    if (!tcp && segment->key.transport != Transport::kUdp) return;
    Recorded& flow = flows_[Name(segment->key)];
    const bool opens =
        !tcp || (segment->tcp_flags & (TcpFlags::kSyn | TcpFlags::kAck)) == TcpFlags::kSyn;
    if (!flow.known && opens) {
      flow.known = true;
      flow.client = segment->from;
      flow.flow.tcp = tcp;
      flow.flow.client_port = segment->source_port();
      flow.flow.server_port = segment->destination_port();
    }
    const bool cut = segment->payload.size() != segment->payload_wire_length;
    if (!flow.known || segment->payload.empty() || cut || flow.flow.full()) return;
    Message& message = flow.flow.Add(segment->from == flow.client);
    message.bytes.assign(segment->payload.begin(), segment->payload.end());
  }

  // Those that somebody is recognised in.
  std::vector<Original> Take(Feeder& feeder) {
    std::vector<Original> taken;
    for (auto& [name, recorded] : flows_) {
      if (recorded.flow.messages().empty()) continue;
      const classify::Session session = feeder.Settle(recorded.flow);
      if (session.protocol != Protocol::kUnknown) {
        const Protocol before = NameStunOf(recorded.flow, feeder);
        taken.push_back({std::move(recorded.flow), session, before});
      }
    }
    flows_.clear();
    return taken;
  }

 private:
  struct Recorded {
    bool known = false;
    Side client = Side::kLow;
    Flow flow;
  };
  static std::string Name(const capture::FlowKey& key) {
    return {reinterpret_cast<const char*>(&key), sizeof key};
  }

  capture::Decoder decoder_;
  std::map<std::string, Recorded> flows_;
};

std::vector<Original> ReadCaptures(const std::string& folder, Feeder& feeder) {
  std::vector<Original> all;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".pcap" || extension == ".pcapng") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    auto source = capture::OpenFile(path.string());
    if (!source) continue;
    Recorder recorder;
    while (true) {
      const auto state = (*source)->Dispatch(1024, recorder);
      if (!state || *state == capture::PacketSource::State::kEnd) break;
    }
    for (auto& flow : recorder.Take(feeder)) all.push_back(std::move(flow));
  }
  return all;
}

// What was spoken before TLS, and stays where TLS is broken.
bool IsBehindAnother(const classify::Session& session) {
  return session.protocol == Protocol::kTls &&
         session.variant >= classify::Variant::kSmtpStartTls &&
         session.variant <= classify::Variant::kProxyProtocol;
}

void LoseHead(Flow& flow, Random& random) {
  constexpr std::size_t kHead = 8;
  const bool client = random.Coin();
  bool first = true;
  for (Message& message : flow.messages()) {
    if (message.from_client != client) continue;
    if (first || !flow.tcp) {
      const std::uint8_t was = message.bytes.front();
      random.Fill(std::span(message.bytes).first(std::min(kHead, message.bytes.size())));
      message.bytes.front() = static_cast<std::uint8_t>(was ^ (1 + random.Below(255)));
    }
    first = false;
  }
}

void BendBytes(Flow& flow, Random& random) {
  constexpr std::size_t kReach = 300;
  for (std::uint64_t count = 1 + random.Below(3); count > 0; --count) {
    auto messages = flow.messages();
    Message& message = messages[random.Below(messages.size())];
    const std::size_t reach = std::min(kReach, message.bytes.size());
    message.bytes[random.Below(reach)] ^= static_cast<std::uint8_t>(1 + random.Below(255));
  }
}

// ---- counting

struct Claim {
  Mode mode = Mode::kRandom;
  Protocol protocol = Protocol::kUnknown;
  Evidence evidence = Evidence::kNone;
  friend auto operator<=>(const Claim&, const Claim&) = default;
};

struct Tally {
  std::array<std::uint64_t, kModes.size()> flows{};
  std::array<std::uint64_t, kModes.size()> payloads{};
  std::array<std::uint64_t, kModes.size()> opaque{};
  std::map<Claim, std::uint64_t> claims;
  std::map<Claim, std::uint64_t> wrong;  // of `claims`, those that are false
};

// `original`: where bytes of it were changed, which; else null.
void PrintExample(const Flow& flow, std::string_view what, const Flow* original) {
  fmt::print("  {} over {} to port {}\n", what, flow.tcp ? "tcp" : "udp", flow.server_port);
  for (const Message& message : flow.messages()) {
    std::string hex;
    for (const std::uint8_t byte :
         std::span(message.bytes).first(std::min<std::size_t>(48, message.bytes.size()))) {
      hex += fmt::format("{:02x}", byte);
    }
    fmt::print("    {} {:4} {}\n", message.from_client ? '>' : '<', message.bytes.size(), hex);
  }
  for (std::size_t i = 0; original != nullptr && i < flow.messages().size(); ++i) {
    const auto& was = original->messages()[i].bytes;
    const auto& is = flow.messages()[i].bytes;
    for (std::size_t at = 0; at < is.size(); ++at) {
      if (was[at] == is[at]) continue;
      fmt::print("    message {} byte {}: {:02x} is {:02x}\n", i, at, was[at], is[at]);
    }
  }
}

struct Arguments {
  std::uint64_t payloads = 1'000'000;
  std::uint64_t seed = 1;
  std::string captures = "tests/captures";
  std::string mode = "all";
  std::uint64_t examples = 3;
};

bool Parse(int argc, char** argv, Arguments& out) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view value = argv[i + 1];
    std::uint64_t number = 0;
    const bool is_number =
        std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc();
    if (name == "--payloads" && is_number) {
      out.payloads = number;
    } else if (name == "--seed" && is_number) {
      out.seed = number;
    } else if (name == "--examples" && is_number) {
      out.examples = number;
    } else if (name == "--captures") {
      out.captures = value;
    } else if (name == "--mode") {
      out.mode = value;
    } else {
      return false;
    }
  }
  return argc % 2 == 1;
}

void Print(const Tally& tally, double seconds) {
  std::uint64_t wrong = 0;
  for (std::size_t mode = 0; mode < kModes.size(); ++mode) {
    if (tally.flows[mode] == 0) continue;
    const auto flows = static_cast<double>(tally.flows[mode]);
    fmt::print("{}: {} payloads in {} flows; opaque {:.4f}%\n", kModes[mode], tally.payloads[mode],
               tally.flows[mode], 100 * static_cast<double>(tally.opaque[mode]) / flows);
    for (const auto& [claim, count] : tally.claims) {
      if (claim.mode != static_cast<Mode>(mode)) continue;
      const auto found = tally.wrong.find(claim);
      const std::uint64_t of_it = found == tally.wrong.end() ? 0 : found->second;
      wrong += of_it;
      fmt::print("  {:16} {:8} {:10}  {:.2e} of flows, {} false\n", Name(claim.protocol),
                 Name(claim.evidence), count, static_cast<double>(count) / flows, of_it);
    }
  }
  fmt::print("{} false; {:.0f} s\n", wrong, seconds);
}

int Main(int argc, char** argv) {
  Arguments arguments;
  if (!Parse(argc, argv, arguments)) {
    fmt::print(stderr,
               "usage: first_payloads [--payloads N] [--seed S] [--mode all|random|lookalike|head|"
               "byte] [--captures FOLDER] [--examples N]\n");
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  Random random(arguments.seed);
  Feeder feeder;
  const auto recorded = ReadCaptures(arguments.captures, feeder);
  Tally tally;
  Flow flow;
  std::uint64_t payloads = 0;
  for (std::uint64_t round = 0; payloads < arguments.payloads; ++round) {
    const auto mode = static_cast<Mode>(round % kModes.size());
    const std::string_view name = kModes[static_cast<std::size_t>(mode)];
    if (arguments.mode != "all" && arguments.mode != name) continue;
    std::string_view what = name;
    classify::Session right;
    const Original* original = nullptr;
    if (mode == Mode::kRandom) {
      bench::MakeRandom(random, flow);
    } else if (mode == Mode::kLookAlike) {
      what = bench::MakeLookAlike(random, flow);
    } else {
      if (recorded.empty()) {
        fmt::print(stderr, "first_payloads: no captures in {}\n", arguments.captures);
        return 2;
      }
      original = &recorded[random.Below(recorded.size())];
      if (mode == Mode::kHead && IsBehindAnother(original->session)) continue;
      flow = original->flow;
      right = original->session;
      mode == Mode::kHead ? LoseHead(flow, random) : BendBytes(flow, random);
    }
    const classify::Session& session = feeder.Settle(flow);
    const auto index = static_cast<std::size_t>(mode);
    payloads += flow.messages().size();
    ++tally.flows[index];
    tally.payloads[index] += flow.messages().size();
    if (session.outcome == Outcome::kOpaque) ++tally.opaque[index];
    if (session.protocol == Protocol::kUnknown) continue;
    const Claim claim = {mode, session.protocol, session.evidence};
    ++tally.claims[claim];
    const bool before = original != nullptr && session.protocol == original->before;
    const bool another = session.protocol != right.protocol && !before &&
                         (!IsBehindAnother(right) || session.outcome == Outcome::kPlaintext);
    if (session.evidence < Evidence::kStrong || (mode == Mode::kByte && !another)) continue;
    if (++tally.wrong[claim] > arguments.examples) continue;
    PrintExample(flow,
                 fmt::format("{} as {}, {} ({})", what, Name(session.protocol),
                             Name(session.evidence), Name(right.protocol)),
                 original == nullptr ? nullptr : &original->flow);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  Print(tally, took.count());
  return tally.wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace unopened

int main(int argc, char** argv) { return unopened::Main(argc, argv); }
