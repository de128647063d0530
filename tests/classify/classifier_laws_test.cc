// Laws that hold for any traffic: every packet is counted once, every session is settled once, and
// nothing depends on when somebody swept.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <span>
#include <tuple>
#include <vector>

#include "classify/classifier.h"
#include "tests/support/flow_builder.h"

namespace unopened::classify {
namespace {

using capture::TcpFlags;
using tests::By;
using tests::kMs;
using tests::kSecond;
using tests::OwnedSegment;
using tests::Settled;

constexpr base::TimeNs kWindow = 60 * kSecond;

// One connection as its ends sent it: hellos in pieces, some data, an end or none.
void AddConnection(std::mt19937& random, std::uint32_t id, base::TimeNs start,
                   std::vector<OwnedSegment>& out) {
  const auto pick = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  const std::uint32_t client_isn = static_cast<std::uint32_t>(random());
  const std::uint32_t server_isn = static_cast<std::uint32_t>(random());
  base::TimeNs at = start;
  const auto step = [&] { return at += static_cast<base::TimeNs>(pick(40)) * kMs; };
  if (pick(8) != 0) out.push_back(Tcp(id, step(), By::kClient, TcpFlags::kSyn, client_isn));
  if (pick(8) != 0) {
    out.push_back(Tcp(id, step(), By::kServer, TcpFlags::kSyn | TcpFlags::kAck, server_isn));
  }
  const std::string_view kinds[] = {"toy", "plain", "blob", "junk"};
  const std::string_view kind = kinds[pick(4)];
  std::string client = tests::ToyHello('T', pick(250));
  if (kind == "plain") client = "PLAIN" + std::string(pick(200), 'p');
  if (kind == "blob") client = std::string(pick(200), static_cast<char>(0xd7));
  if (kind == "junk") client = std::string(pick(3), 'j');
  std::string server = tests::ToyHello('t', pick(250)) + std::string(pick(600), 'd');
  const auto send = [&](By by, std::uint32_t isn, const std::string& bytes) {
    for (std::size_t from = 0; from < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(bytes.size() - from, 1 + pick(180));
      out.push_back(Tcp(id, step(), by, TcpFlags::kAck, isn + 1 + static_cast<std::uint32_t>(from),
                        bytes.substr(from, size)));
      if (pick(40) == 0) at += 12 * kSecond;
      if (pick(80) == 0) at += 65 * kSecond;
      from += size;
    }
  };
  send(By::kClient, client_isn, client);
  send(By::kServer, server_isn, server);
  const std::uint32_t end = pick(4);
  if (end == 0) out.push_back(Tcp(id, step(), By::kClient, TcpFlags::kRst, 0));
  if (end <= 2) {
    const auto client_end = client_isn + 1 + static_cast<std::uint32_t>(client.size());
    const auto server_end = server_isn + 1 + static_cast<std::uint32_t>(server.size());
    out.push_back(Tcp(id, step(), By::kClient, TcpFlags::kFin | TcpFlags::kAck, client_end));
    out.push_back(Tcp(id, step(), By::kServer, TcpFlags::kFin | TcpFlags::kAck, server_end));
  }
}

// Connections and datagrams, in part lost, repeated and out of order, in order of time.
std::vector<OwnedSegment> Traffic(std::uint32_t seed, std::uint32_t connections) {
  std::mt19937 random(seed);
  std::vector<OwnedSegment> sent;
  for (std::uint32_t i = 0; i < connections; ++i) {
    const base::TimeNs start = static_cast<base::TimeNs>(random() % 300'000) * kMs;
    if (random() % 3 == 0) {
      for (auto n = random() % 30; n > 0; --n) {
        const By by = random() % 2 == 0 ? By::kClient : By::kServer;
        const std::string payload(random() % 80, "Uux"[random() % 3]);
        const base::TimeNs at = start + static_cast<base::TimeNs>(random() % 90'000) * kMs;
        sent.push_back(tests::Udp(i % 40, at, by, payload));
      }
    } else {
      AddConnection(random, i % 40, start, sent);
    }
  }
  std::vector<OwnedSegment> seen;
  for (const OwnedSegment& segment : sent) {
    if (random() % 25 == 0) continue;
    seen.push_back(segment);
    if (random() % 20 == 0) seen.push_back(segment);
    if (random() % 10 == 0)
      seen.back().segment.time += static_cast<base::TimeNs>(random() % 200) * kMs;
  }
  std::ranges::stable_sort(seen, {}, [](const OwnedSegment& s) { return s.segment.time; });
  return seen;
}

ClassifierOptions Options() {
  ClassifierOptions options;
  options.flow_capacity = 4096;
  options.tracked_capacity = 1024;
  options.prefix_pool_bytes = 8 << 20;
  options.dissectors = tests::ToyDissectors();
  return options;
}

// What a window's log would say: sessions settled in it, and traffic by session, unordered.
struct Window {
  std::vector<std::tuple<Session, SettleCause, base::TimeNs, base::TimeNs, std::uint64_t,
                         std::uint64_t, bool>>
      settled;
  std::map<Session, std::pair<std::uint64_t, std::uint64_t>> later;
  std::uint64_t pending = 0;
  friend bool operator==(const Window&, const Window&) = default;
};

class WindowSink final : public SessionSink {
 public:
  CountSlot OnSettled(const SettledFlow& flow) override {
    windows.back().settled.emplace_back(flow.session, flow.cause, flow.first_time, flow.settled_at,
                                        flow.traffic.packets, flow.traffic.bytes,
                                        flow.traffic.conversation);
    sessions_.push_back(flow.session);
    return static_cast<CountSlot>(sessions_.size() - 1);
  }
  void OnTraffic(CountSlot slot, std::uint32_t later, std::uint32_t wire_length,
                 bool becomes_conversation) override {
    auto& [packets, bytes] = windows.back().later[sessions_.at(slot)];
    packets += later + (becomes_conversation ? 1'000'000 : 0);
    bytes += wire_length;
  }

  std::vector<Window> windows{1};

 private:
  std::vector<Session> sessions_;
};

// `cadence`: sweeps between the windows' ends, 0 for none.
std::vector<Window> Windows(const std::vector<OwnedSegment>& traffic, base::TimeNs cadence) {
  WindowSink sink;
  const EndpointMatcher matcher;
  Classifier classifier(Options(), tests::kTestKey, matcher, sink);
  base::TimeNs window_end = kWindow;
  base::TimeNs next_sweep = 0;
  for (const OwnedSegment& owned : traffic) {
    while (owned.segment.time >= window_end) {
      classifier.Sweep(window_end);
      sink.windows.back().pending = classifier.stats().pending_packets.Get();
      std::ranges::sort(sink.windows.back().settled);
      sink.windows.emplace_back();
      window_end += kWindow;
    }
    if (cadence > 0 && owned.segment.time >= next_sweep) {
      classifier.Sweep(owned.segment.time);
      next_sweep = owned.segment.time + cadence;
    }
    classifier.OnSegment(owned.View());
  }
  classifier.Finish(window_end);
  std::ranges::sort(sink.windows.back().settled);
  return sink.windows;
}

class ClassifierLaws : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(ClassifierLaws, EveryPacketIsCountedOnceAndEverySessionSettledOnce) {
  const auto traffic = Traffic(GetParam(), 300);
  tests::RecordingSink sink;
  const EndpointMatcher matcher;
  Classifier classifier(Options(), tests::kTestKey, matcher, sink);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  for (const OwnedSegment& owned : traffic) {
    classifier.OnSegment(owned.View());
    ++packets;
    bytes += owned.segment.wire_length;
    if (packets % 16 != 0) continue;
    ASSERT_EQ(sink.packets() + classifier.stats().pending_packets.Get(), packets);
    ASSERT_EQ(sink.bytes() + classifier.stats().pending_bytes.Get(), bytes);
  }
  classifier.Finish(traffic.back().segment.time + 1);
  EXPECT_EQ(sink.packets(), packets);
  EXPECT_EQ(sink.bytes(), bytes);
  EXPECT_EQ(classifier.stats().pending_packets.Get(), 0U);
  EXPECT_EQ(classifier.stats().opened.Get(), sink.sessions.size());
  std::uint64_t settled = 0;
  for (const base::Counter& counter : classifier.stats().settled) settled += counter.Get();
  EXPECT_EQ(settled, sink.sessions.size());
  for (const tests::Settled& session : sink.sessions) {
    EXPECT_LE(session.first_time, session.settled_at);
  }
}

TEST_P(ClassifierLaws, HowOftenSomebodySweepsIsNotSeenInAnyWindow) {
  const auto traffic = Traffic(GetParam(), 300);
  const auto expected = Windows(traffic, 0);
  EXPECT_GT(expected.size(), 4U);
  for (const base::TimeNs cadence : {base::TimeNs{1}, 37 * kMs, kSecond, 13 * kSecond}) {
    const auto windows = Windows(traffic, cadence);
    ASSERT_EQ(windows.size(), expected.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
      EXPECT_TRUE(windows[i] == expected[i]) << "window " << i << ", cadence " << cadence;
    }
  }
}

TEST_P(ClassifierLaws, ASettlingFallsIntoTheWindowItsTimeSays) {
  const auto windows = Windows(Traffic(GetParam(), 300), 0);
  for (std::size_t i = 0; i + 1 < windows.size(); ++i) {
    for (const auto& settled : windows[i].settled) {
      EXPECT_EQ(std::get<3>(settled) / kWindow, static_cast<base::TimeNs>(i));
    }
  }
}

TEST_P(ClassifierLaws, BatchesOfAnySizeGiveWhatSingleSegmentsGive) {
  const auto traffic = Traffic(GetParam(), 300);
  std::vector<capture::Segment> views;
  for (const OwnedSegment& owned : traffic) views.push_back(owned.View());
  std::vector<std::vector<Settled>> runs;
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{512}}) {
    tests::RecordingSink sink;
    const EndpointMatcher matcher;
    Classifier classifier(Options(), tests::kTestKey, matcher, sink);
    for (std::span<const capture::Segment> rest = views; !rest.empty();) {
      const std::size_t count = std::min(size, rest.size());
      classifier.OnSegments(rest.first(count));
      rest = rest.subspan(count);
    }
    classifier.Finish(traffic.back().segment.time);
    runs.push_back(sink.sessions);
  }
  for (const auto& run : runs) {
    ASSERT_EQ(run.size(), runs[0].size());
    for (std::size_t i = 0; i < run.size(); ++i) {
      EXPECT_EQ(run[i].session, runs[0][i].session);
      EXPECT_EQ(run[i].traffic.packets, runs[0][i].traffic.packets);
      EXPECT_EQ(run[i].later_bytes, runs[0][i].later_bytes);
    }
  }
}

TEST_P(ClassifierLaws, TheKeyOfTheHashIsNotSeenInAnySession) {
  const auto traffic = Traffic(GetParam(), 300);
  std::vector<std::vector<Session>> runs;
  for (const std::uint8_t salt : {std::uint8_t{0}, std::uint8_t{99}}) {
    tests::RecordingSink sink;
    const EndpointMatcher matcher;
    auto key = tests::kTestKey;
    key[0] ^= salt;
    Classifier classifier(Options(), key, matcher, sink);
    for (const OwnedSegment& owned : traffic) classifier.OnSegment(owned.View());
    classifier.Finish(traffic.back().segment.time);
    runs.emplace_back();
    for (const tests::Settled& settled : sink.sessions) runs.back().push_back(settled.session);
  }
  EXPECT_EQ(runs[0], runs[1]);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ClassifierLaws, ::testing::Range(1U, 13U));

}  // namespace
}  // namespace unopened::classify
