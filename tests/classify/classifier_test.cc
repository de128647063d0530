// What a flow is settled as, by which cause and when. The dissectors are toys (flow_builder.h).
#include "classify/classifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "tests/support/flow_builder.h"

namespace unopened::classify {
namespace {

using capture::TcpFlags;
using tests::By;
using tests::kMs;
using tests::kSecond;
using tests::OwnedSegment;
using tests::Settled;
using tests::Tcp;
using tests::ToyHello;
using tests::Udp;

constexpr std::uint8_t kSyn = TcpFlags::kSyn;
constexpr std::uint8_t kSynAck = TcpFlags::kSyn | TcpFlags::kAck;
constexpr std::uint8_t kAck = TcpFlags::kAck;
constexpr std::uint8_t kFin = TcpFlags::kFin | TcpFlags::kAck;
constexpr std::uint8_t kRst = TcpFlags::kRst;
constexpr std::uint32_t kClientIsn = 0xfffffff0;  // so that every hello wraps
constexpr std::uint32_t kServerIsn = 5000;
constexpr std::uint32_t kC = kClientIsn + 1;  // first payload byte of each side
constexpr std::uint32_t kS = kServerIsn + 1;

ClassifierOptions SmallOptions() {
  ClassifierOptions options;
  options.flow_capacity = 256;
  options.tracked_capacity = 64;
  options.prefix_pool_bytes = 1 << 20;
  options.dissectors = tests::ToyDissectors();
  return options;
}

class ClassifierTest : public ::testing::Test {
 protected:
  void Use(const ClassifierOptions& options) {
    options_ = options;
    classifier_ = std::make_unique<Classifier>(options_, tests::kTestKey, matcher_, sink_);
  }
  void SetUp() override { Use(SmallOptions()); }

  void Feed(const OwnedSegment& owned) { classifier_->OnSegment(owned.View()); }
  void Feed(const std::vector<OwnedSegment>& all) {
    for (const OwnedSegment& owned : all) Feed(owned);
  }
  void OpenTcp(std::uint32_t id = 1, base::TimeNs at = 0) {
    Feed(Tcp(id, at, By::kClient, kSyn, kClientIsn));
    Feed(Tcp(id, at, By::kServer, kSynAck, kServerIsn));
  }
  const std::vector<Settled>& sessions() const { return sink_.sessions; }
  // The only session there must be.
  const Settled& Only() {
    EXPECT_EQ(sessions().size(), 1U);
    static const Settled kNothing;
    return sessions().empty() ? kNothing : sessions().front();
  }
  std::uint64_t Settlings(SettleCause cause) const {
    return classifier_->stats().settled[static_cast<std::size_t>(cause)].Get();
  }

  ClassifierOptions options_;
  EndpointMatcher matcher_;
  tests::RecordingSink sink_;
  std::unique_ptr<Classifier> classifier_;
};

TEST_F(ClassifierTest, AHandshakeOfBothSidesIsIdentifiedAtItsLastByte) {
  OpenTcp();
  Feed(Tcp(1, 10 * kMs, By::kClient, kAck, kC, ToyHello('T', 200)));
  EXPECT_TRUE(sessions().empty());
  EXPECT_EQ(classifier_->stats().pending_packets.Get(), 3U);
  Feed(Tcp(1, 20 * kMs, By::kServer, kAck, kS, ToyHello('t', 100)));

  EXPECT_EQ(Only().session.outcome, Outcome::kIdentified);
  EXPECT_EQ(Only().session.protocol, Protocol::kTls);
  EXPECT_EQ(Only().session.evidence, Evidence::kProof);
  EXPECT_EQ(Only().cause, SettleCause::kComplete);
  EXPECT_EQ(Only().settled_at, 20 * kMs);
  EXPECT_EQ(Only().first_time, 0);
  EXPECT_EQ(Only().traffic.packets, 4U);
  EXPECT_TRUE(Only().traffic.conversation);
  EXPECT_FALSE(Only().has_key);
  EXPECT_EQ(classifier_->stats().pending_packets.Get(), 0U);

  Feed(Tcp(1, 30 * kMs, By::kClient, kAck, kC + 202, "application data"));
  EXPECT_EQ(Only().later_packets, 1U);
  EXPECT_FALSE(Only().became_conversation) << "it was one already";
}

TEST_F(ClassifierTest, EverySplitAndOrderOfTheSegmentsGivesTheSameSession) {
  const std::string hello = ToyHello('T', 200);
  const std::string answer = ToyHello('t', 90);
  for (std::size_t first = 1; first < hello.size() - 1; first += 13) {
    for (std::size_t second = first + 1; second < hello.size(); second += 29) {
      std::vector<OwnedSegment> pieces = {
          Tcp(1, kMs, By::kClient, kAck, kC, hello.substr(0, first)),
          Tcp(1, kMs, By::kClient, kAck, kC + static_cast<std::uint32_t>(first),
              hello.substr(first, second - first)),
          Tcp(1, kMs, By::kClient, kAck, kC + static_cast<std::uint32_t>(second),
              hello.substr(second)),
          Tcp(1, kMs, By::kServer, kAck, kS, answer)};
      std::vector<int> order(pieces.size());
      std::iota(order.begin(), order.end(), 0);
      do {
        SetUp();
        sink_.sessions.clear();
        OpenTcp();
        for (const int i : order) Feed(pieces[static_cast<std::size_t>(i)]);
        ASSERT_EQ(sessions().size(), 1U);
        ASSERT_EQ(Only().session.outcome, Outcome::kIdentified);
        ASSERT_EQ(Only().session.sides, SidesSeen::kBoth);
        ASSERT_EQ(Only().cause, SettleCause::kComplete);
        ASSERT_EQ(Only().traffic.packets, 6U);
      } while (std::ranges::next_permutation(order).found);
    }
  }
}

TEST_F(ClassifierTest, RepeatedAndOverlappingCopiesThatAgreeChangeNothing) {
  const std::string hello = ToyHello('T', 100);
  OpenTcp();
  Feed(Tcp(1, 0, By::kClient, kSyn, kClientIsn));  // retransmitted SYN
  Feed(Tcp(1, 1, By::kClient, kAck, kC + 50, hello.substr(50, 30)));
  Feed(Tcp(1, 2, By::kClient, kAck, kC, hello.substr(0, 60)));
  Feed(Tcp(1, 3, By::kClient, kAck, kC, hello.substr(0, 60)));
  Feed(Tcp(1, 4, By::kClient, kAck, kC - 1, std::string(1, '\0')));  // keep-alive probe
  Feed(Tcp(1, 5, By::kClient, kAck, kC + 40, hello.substr(40)));
  Feed(Tcp(1, 6, By::kServer, kAck, kS, ToyHello('t', 1)));
  EXPECT_EQ(Only().session.outcome, Outcome::kIdentified);
  EXPECT_EQ(classifier_->stats().overlap_conflicts.Get(), 0U);
}

TEST_F(ClassifierTest, CopiesThatDifferAreAmbiguousWhicheverCameFirst) {
  const std::string hello = ToyHello('T', 100);
  std::string injected = hello;
  injected[70] = '!';
  for (const auto& [first, second] : {std::pair(hello, injected), std::pair(injected, hello)}) {
    for (const std::uint32_t from : {0U, 60U}) {  // in order, and beyond a hole
      SetUp();
      sink_.sessions.clear();
      OpenTcp();
      Feed(Tcp(1, 1, By::kClient, kAck, kC + from, first.substr(from, 20)));
      Feed(Tcp(1, 2, By::kClient, kAck, kC + 60, first.substr(60, 20)));
      Feed(Tcp(1, 3, By::kClient, kAck, kC + 65, second.substr(65, 20)));
      Feed(Tcp(1, 4, By::kServer, kAck, kS, ToyHello('t', 1)));
      EXPECT_EQ(Only().session.outcome, Outcome::kAmbiguous);
      EXPECT_EQ(Only().session.protocol, Protocol::kUnknown);
      EXPECT_EQ(Only().session.evidence, Evidence::kNone);
      EXPECT_EQ(classifier_->stats().overlap_conflicts.Get(), 1U);
    }
  }
}

TEST_F(ClassifierTest, TheClientIsWhoeverOpened) {
  struct Case {
    std::string name;
    OwnedSegment first;
    capture::Side client;
  };
  for (const Case& c : {Case{"SYN", Tcp(1, 0, By::kServer, kSyn, 1), capture::Side::kHigh},
                        Case{"SYN-ACK", Tcp(1, 0, By::kServer, kSynAck, 1), capture::Side::kLow},
                        Case{"data", Tcp(1, 0, By::kServer, kAck, 1, "x"), capture::Side::kHigh},
                        Case{"datagram", Udp(1, 0, By::kServer, "x"), capture::Side::kHigh}}) {
    SetUp();
    sink_.sessions.clear();
    Feed(c.first);
    classifier_->Finish(kSecond);
    EXPECT_EQ(Only().client, c.client) << c.name;
  }
}

TEST_F(ClassifierTest, AnAnswerThatOvertakesTheSynGivesTheSameSession) {
  Feed(Tcp(1, 0, By::kServer, kSynAck, kServerIsn));
  Feed(Tcp(1, 1, By::kServer, kAck, kS, ToyHello('t', 5)));
  Feed(Tcp(1, 2, By::kClient, kSyn, kClientIsn));
  Feed(Tcp(1, 3, By::kClient, kAck, kC, ToyHello('T', 5)));
  EXPECT_EQ(Only().session.outcome, Outcome::kIdentified);
  EXPECT_EQ(Only().client, capture::Side::kLow);
  EXPECT_EQ(Only().traffic.packets, 4U);
}

TEST_F(ClassifierTest, DataInTheSynIsTheStreamsBeginning) {
  const std::string hello = ToyHello('T', 60);
  Feed(Tcp(1, 0, By::kClient, kSyn, kClientIsn, hello.substr(0, 20)));
  Feed(Tcp(1, 1, By::kServer, kSynAck, kServerIsn, ToyHello('t', 3)));
  Feed(Tcp(1, 2, By::kClient, kAck, kC + 20, hello.substr(20)));
  EXPECT_EQ(Only().session.outcome, Outcome::kIdentified);
}

TEST_F(ClassifierTest, AWholeHandshakeWithoutItsSynIsIdentifiedButNothingLessIs) {
  struct Case {
    std::string payload;
    Outcome with_syn;
    Outcome without;
  };
  const std::string blob(32, static_cast<char>(0xf1));
  for (const Case& c : {Case{ToyHello('T', 9), Outcome::kIdentified, Outcome::kIdentified},
                        Case{"PLAIN text", Outcome::kPlaintext, Outcome::kMidstream},
                        Case{"# login", Outcome::kPlaintext, Outcome::kMidstream},
                        Case{blob, Outcome::kOpaque, Outcome::kMidstream},
                        Case{"garbage", Outcome::kUnrecognised, Outcome::kMidstream}}) {
    for (const bool syn : {true, false}) {
      SetUp();
      sink_.sessions.clear();
      if (syn) OpenTcp();
      Feed(Tcp(1, 1, By::kClient, kAck, kC, c.payload));
      Feed(Tcp(1, 2, By::kServer, kAck, kS, ToyHello('t', 9)));
      classifier_->Finish(kSecond);
      EXPECT_EQ(Only().session.outcome, syn ? c.with_syn : c.without) << c.payload;
    }
  }
}

TEST_F(ClassifierTest, MidstreamAtALiveStartIsItsOwnOutcomeForOneIdlePeriod) {
  classifier_->SetLiveStart(10 * kSecond);
  Feed(Tcp(1, 70 * kSecond, By::kClient, kAck, 7, "garbage"));
  Feed(Tcp(2, 70 * kSecond + 1, By::kClient, kAck, 7, "garbage"));
  ASSERT_EQ(sessions().size(), 2U);
  EXPECT_EQ(sessions()[0].session.outcome, Outcome::kMidstreamAtStart);
  EXPECT_EQ(sessions()[1].session.outcome, Outcome::kMidstream);
}

TEST_F(ClassifierTest, OneSideAloneIsWeakEvidence) {
  OpenTcp();
  Feed(Tcp(1, kMs, By::kClient, kAck, kC, ToyHello('T', 30)));
  Feed(Tcp(1, 2 * kMs, By::kServer, kRst, kS));
  EXPECT_EQ(Only().session.outcome, Outcome::kIdentified);
  EXPECT_EQ(Only().session.sides, SidesSeen::kClientOnly);
  EXPECT_EQ(Only().session.evidence, Evidence::kWeak);
  EXPECT_EQ(Only().cause, SettleCause::kFinOrRst);
}

TEST_F(ClassifierTest, TheEndpointsRuleCanOnlyWeakenTheEvidence) {
  EndpointRules rules;
  rules.hosts = {{"toy.example", 7}};
  const EndpointMatcher matcher(rules);
  classifier_->SetMatcher(matcher);
  OpenTcp();
  Feed(Tcp(1, kMs, By::kClient, kAck, kC, ToyHello('T', 30)));
  Feed(Tcp(1, kMs, By::kServer, kAck, kS, ToyHello('t', 30)));
  EXPECT_EQ(Only().session.endpoint, 7);
  EXPECT_EQ(Only().session.evidence, Evidence::kStrong) << "proof of the protocol, strong by host";
}

TEST_F(ClassifierTest, AKnownFrontsNameIsNotTheHostThatIsMeant) {
  EndpointRules rules;
  rules.hosts = {{"toy.example", 7}};
  rules.known_fronts = {"toy.example"};
  const EndpointMatcher matcher(rules);
  classifier_->SetMatcher(matcher);
  OpenTcp();
  Feed(Tcp(1, kMs, By::kClient, kAck, kC, ToyHello('T', 30)));
  Feed(Tcp(1, kMs, By::kServer, kAck, kS, ToyHello('t', 30)));
  EXPECT_EQ(Only().session.endpoint, kNoEndpoint);
  EXPECT_EQ(Only().session.name_visibility, NameVisibility::kKnownFront);
}

TEST_F(ClassifierTest, AScanHasNoPayload) {
  Feed(Tcp(1, 0, By::kClient, kSyn, 1));
  Feed(Tcp(1, kMs, By::kServer, kRst, 0));
  EXPECT_EQ(Only().session.outcome, Outcome::kNoPayload);
  EXPECT_EQ(Only().cause, SettleCause::kFinOrRst);
  EXPECT_FALSE(Only().traffic.conversation);
}

TEST_F(ClassifierTest, BothFinsSettleOnceEachSidesBytesAreThere) {
  const std::string hello = ToyHello('T', 10);
  OpenTcp();
  Feed(Tcp(1, 1, By::kServer, kFin, kS));
  Feed(Tcp(1, 2, By::kClient, kFin, kC + 5, hello.substr(5)));
  EXPECT_TRUE(sessions().empty()) << "five bytes are still on their way";
  Feed(Tcp(1, 3, By::kClient, kAck, kC, hello.substr(0, 5) + "beyond the FIN"));
  EXPECT_EQ(Only().session.outcome, Outcome::kAmbiguous)
      << "the same sequence numbers carried other bytes";

  SetUp();
  sink_.sessions.clear();
  OpenTcp();
  Feed(Tcp(1, 1, By::kServer, kFin, kS));
  Feed(Tcp(1, 2, By::kClient, kFin, kC + 5, hello.substr(5)));
  Feed(Tcp(1, 3, By::kClient, kAck, kC, hello.substr(0, 5)));
  EXPECT_EQ(Only().session.outcome, Outcome::kIdentified);
  Feed(Tcp(1, 4, By::kServer, kAck, kS + 1));
  EXPECT_EQ(Only().later_packets, 1U) << "the tail belongs to the settled flow";
}

TEST_F(ClassifierTest, TheHandshakeDeadlineIsExactAndIndependentOfSweeps) {
  const base::TimeNs limit = options_.handshake_limit_ns;
  OpenTcp();
  Feed(Tcp(1, kSecond, By::kClient, kAck, kC, "T"));
  Feed(Tcp(1, kSecond + limit, By::kClient, kAck, kC + 1));  // the last instant
  EXPECT_TRUE(sessions().empty());
  Feed(Tcp(1, kSecond + limit + 1, By::kServer, kAck, kS, "late"));
  EXPECT_EQ(Only().cause, SettleCause::kHandshakeTimeout);
  EXPECT_EQ(Only().settled_at, kSecond + limit);
  EXPECT_EQ(Only().traffic.packets, 4U);
  EXPECT_EQ(Only().later_packets, 1U);
  EXPECT_TRUE(Only().became_conversation);
}

TEST_F(ClassifierTest, TheIdleDeadlineIsExactAndWhatComesLaterIsAnotherSession) {
  const base::TimeNs limit = options_.idle_limit_ns;
  Feed(Tcp(1, 0, By::kClient, kSyn, 1));
  Feed(Tcp(1, limit, By::kServer, kSynAck, 9));
  classifier_->Sweep(2 * limit);  // the last instant is not over
  EXPECT_TRUE(sessions().empty());
  Feed(Tcp(1, 2 * limit + 1, By::kClient, kAck, 2));
  EXPECT_EQ(Only().cause, SettleCause::kIdle);
  EXPECT_EQ(Only().settled_at, 2 * limit);
  EXPECT_EQ(Only().traffic.packets, 2U);
  classifier_->Finish(2 * limit + 1);
  ASSERT_EQ(sessions().size(), 2U);
  EXPECT_EQ(sessions()[1].cause, SettleCause::kEndOfInput);
}

TEST_F(ClassifierTest, ASettledFlowIsKnownUntilItsIdleLimitAndNoLonger) {
  const base::TimeNs limit = options_.idle_limit_ns;
  for (const auto& [gap, count] :
       {std::pair<base::TimeNs, std::size_t>(limit, 1), {limit + 1, 2}}) {
    SetUp();
    sink_.sessions.clear();
    Feed(Udp(1, 0, By::kClient, "x"));
    Feed(Udp(1, gap, By::kClient, "x"));
    EXPECT_EQ(sessions().size(), count);
  }
}

TEST_F(ClassifierTest, AnotherSynOnUsedPortsOpensAnotherSession) {
  struct Case {
    std::string name;
    std::vector<OwnedSegment> before;
    OwnedSegment syn;
    std::size_t sessions;  // once all is settled
  };
  const OwnedSegment another = Tcp(1, 9, By::kClient, kSyn, 77777);
  const OwnedSegment again = Tcp(1, 9, By::kClient, kSyn, kClientIsn);
  const OwnedSegment syn = Tcp(1, 0, By::kClient, kSyn, kClientIsn);
  const OwnedSegment reset = Tcp(1, 1, By::kServer, kRst, 0);
  const OwnedSegment hello = Tcp(1, 1, By::kClient, kAck, kC, "T");
  const OwnedSegment stray = Tcp(1, 0, By::kClient, kAck, 5, "stray");
  for (const Case& c :
       {Case{"settled, another", {syn, reset}, another, 2},
        Case{"settled, a copy", {syn, reset}, again, 1},
        Case{"no payload yet, another", {syn}, another, 2},
        Case{"no payload yet, a copy", {syn}, again, 1},
        Case{"in its handshake: ignored", {syn, hello}, another, 1},
        Case{"midstream and settled", {stray}, another, 2},
        Case{"from the other side, at once", {syn}, Tcp(1, 9, By::kServer, kSyn, 4), 1}}) {
    SetUp();
    sink_.sessions.clear();
    Feed(c.before);
    Feed(c.syn);
    classifier_->Finish(kSecond);
    EXPECT_EQ(sessions().size(), c.sessions) << c.name;
    EXPECT_EQ(sink_.packets(), c.before.size() + 1) << c.name;
  }
}

TEST_F(ClassifierTest, PlaintextIsReadForSixtyFourBytesOfADirectionAtMost) {
  OpenTcp();
  Feed(Tcp(1, 1, By::kServer, kAck, kS, std::string(500, 'z')));
  Feed(Tcp(1, 1, By::kClient, kAck, kC, "PLAY" + std::string(500, 'z')));
  EXPECT_EQ(Only().session.outcome, Outcome::kUnrecognised);
  Feed(Tcp(2, 2, By::kClient, kSyn, kClientIsn));
  Feed(Tcp(2, 3, By::kServer, kAck, kS, std::string(500, static_cast<char>(0xee))));
  Feed(Tcp(2, 4, By::kClient, kAck, kC, "PLAIN" + std::string(500, 'y')));
  EXPECT_LE(tests::MostBytesShownInClear(), 64U);
  EXPECT_GT(tests::MostBytesShownInClear(), 0U);
}

TEST_F(ClassifierTest, PayloadWithoutProgressSettles) {
  OpenTcp();
  Feed(Tcp(1, 1, By::kClient, kAck, kC, "T"));
  for (std::uint32_t i = 0; i < options_.payload_packets_without_progress; ++i) {
    EXPECT_TRUE(sessions().empty());
    Feed(Tcp(1, 2 + i, By::kClient, kAck, kC, "T"));
  }
  EXPECT_EQ(Only().cause, SettleCause::kNoProgress);
}

TEST_F(ClassifierTest, TheCapOfADirectionEndsItsBytes) {
  ClassifierOptions options = SmallOptions();
  options.prefix_cap_bytes = 100;
  Use(options);
  OpenTcp();
  Feed(Tcp(1, 1, By::kClient, kAck, kC, ToyHello('T', 98) + std::string(300, 'd')));
  EXPECT_TRUE(sessions().empty()) << "the server may still answer";
  Feed(Tcp(1, 2, By::kServer, kAck, kS, ToyHello('t', 20)));
  EXPECT_EQ(Only().cause, SettleCause::kComplete);

  Use(options);
  sink_.sessions.clear();
  OpenTcp();
  Feed(Tcp(1, 1, By::kClient, kAck, kC, ToyHello('T', 99)));
  EXPECT_EQ(Only().session.outcome, Outcome::kUnrecognised) << "one byte too long";

  Use(options);
  sink_.sessions.clear();
  OpenTcp();
  Feed(Tcp(1, 1, By::kClient, kAck, kC, ToyHello('T', 98)));
  for (std::uint32_t i = 0; i < options_.payload_packets_without_progress; ++i) {
    Feed(Tcp(1, 2 + i, By::kClient, kAck, kC + 100 * (i + 1), std::string(100, 'd')));
  }
  EXPECT_EQ(Only().cause, SettleCause::kPrefixCap);
  EXPECT_EQ(Only().session.sides, SidesSeen::kClientOnly);
}

TEST_F(ClassifierTest, ASnappedPayloadEndsItsDirection) {
  const std::string hello = ToyHello('T', 200);
  OpenTcp();
  OwnedSegment snapped = Tcp(1, 1, By::kClient, kAck, kC, hello);
  snapped.payload.resize(40);
  Feed(snapped);
  EXPECT_EQ(Only().session.outcome, Outcome::kUnrecognised);
  EXPECT_EQ(Only().cause, SettleCause::kRefused);
  EXPECT_EQ(Only().traffic.bytes, 3 * tests::kHeaderBytes + hello.size()) << "as on the wire";
}

TEST_F(ClassifierTest, DatagramsAreShownInOrderOfArrivalAndBothSidesComplete) {
  Feed(Udp(1, 0, By::kClient, "U one"));
  Feed(Udp(1, 1, By::kClient, "U two"));
  Feed(Udp(1, 2, By::kServer, "u"));
  EXPECT_EQ(Only().session.protocol, Protocol::kQuic);
  EXPECT_EQ(Only().session.transport, capture::Transport::kUdp);
  EXPECT_EQ(Only().cause, SettleCause::kComplete);
}

TEST_F(ClassifierTest, OneSidedDatagramsSettleAfterTheirBound) {
  for (std::uint32_t i = 0; i < 40; ++i) Feed(Udp(1, i, By::kClient, "U"));
  EXPECT_EQ(Only().cause, SettleCause::kPrefixCap);
  EXPECT_EQ(Only().session.sides, SidesSeen::kClientOnly);
  EXPECT_EQ(Only().session.evidence, Evidence::kWeak);
  EXPECT_EQ(sink_.packets(), 40U);
}

TEST_F(ClassifierTest, ProtocolsWithoutPortsAreSettledByTheirHeaderAlone) {
  struct Case {
    capture::Transport transport;
    Protocol protocol;
    Outcome outcome;
    Evidence evidence;
  };
  using capture::Transport;
  for (const Case& c :
       {Case{Transport::kEsp, Protocol::kEsp, Outcome::kIdentified, Evidence::kWeak},
        Case{Transport::kAh, Protocol::kAh, Outcome::kIdentified, Evidence::kWeak},
        Case{Transport::kSctp, Protocol::kSctp, Outcome::kUnrecognised, Evidence::kNone},
        Case{Transport::kIcmp, Protocol::kIcmp, Outcome::kPlaintext, Evidence::kWeak},
        Case{Transport::kOtherIp, Protocol::kOtherIp, Outcome::kUnrecognised, Evidence::kNone}}) {
    SetUp();
    sink_.sessions.clear();
    OwnedSegment owned = Udp(1, 0, By::kClient, "payload");
    owned.segment.key.transport = c.transport;
    Feed(owned);
    owned.segment.from = capture::Side::kHigh;
    Feed(owned);
    EXPECT_EQ(Only().session.protocol, c.protocol);
    EXPECT_EQ(Only().session.outcome, c.outcome);
    EXPECT_EQ(Only().session.evidence, c.evidence);
    EXPECT_EQ(Only().traffic.packets, 1U);
    EXPECT_EQ(Only().later_packets, 1U);
    EXPECT_TRUE(Only().became_conversation);
  }
}

TEST_F(ClassifierTest, KeysAreThereOnlyWhereTheyWereAskedFor) {
  Feed(Udp(1, 0, By::kClient, "x"));
  EXPECT_FALSE(Only().has_key);
  SetUp();
  sink_.sessions.clear();
  classifier_->KeepKeys();
  Feed(Udp(1, 0, By::kClient, "x"));
  EXPECT_TRUE(Only().has_key);
  EXPECT_EQ(Only().key, tests::KeyOf(1, capture::Transport::kUdp));
}

TEST_F(ClassifierTest, EachCauseIsCountedOnce) {
  Feed(Udp(1, 0, By::kClient, "U"));
  Feed(Udp(1, 1, By::kServer, "u"));
  Feed(Udp(2, 2, By::kClient, "?"));
  Feed(Tcp(3, 3, By::kClient, kRst, 0));
  Feed(Udp(4, 4, By::kClient, "U"));
  classifier_->Finish(5);
  EXPECT_EQ(Settlings(SettleCause::kComplete), 1U);
  EXPECT_EQ(Settlings(SettleCause::kRefused), 1U);
  EXPECT_EQ(Settlings(SettleCause::kFinOrRst), 1U);
  EXPECT_EQ(Settlings(SettleCause::kEndOfInput), 1U);
  EXPECT_EQ(classifier_->stats().opened.Get(), 4U);
  EXPECT_EQ(classifier_->stats().flows_in_table.Get(), 0U);
  EXPECT_EQ(classifier_->stats().flows_tracked.Get(), 0U);
}

}  // namespace
}  // namespace unopened::classify
