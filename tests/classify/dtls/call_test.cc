// Calls through the whole classifier: what a flow is called when STUN, DTLS, ZRTP and media share
// it (RFC 7983), and how long it is watched for that.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "classify/classifier.h"
#include "tests/support/dtls_builder.h"
#include "tests/support/flow_builder.h"
#include "tests/support/stun_builder.h"
#include "tests/support/wire.h"
#include "tests/support/zrtp_builder.h"

namespace unopened::classify {
namespace {

using tests::By;
using tests::kMs;
using tests::kSecond;
using Octets = std::vector<std::uint8_t>;

class Call : public testing::Test {
 protected:
  void Send(By by, const Octets& bytes) {
    const auto segment =
        tests::Udp(1, now_ += 20 * kMs, by, std::string(bytes.begin(), bytes.end()));
    classifier_.OnSegment(segment.View());
  }
  void CheckPath(std::uint8_t transaction) {
    Send(By::kClient, tests::IceCheck(transaction));
    Send(By::kServer, tests::IceAnswer(transaction));
  }
  void SendMedia(By by, int packets) {
    for (int i = 0; i < packets; ++i) {
      ++sequence_;
      Send(by, tests::Wire()
                   .U8(0x80)
                   .U8(96)
                   .U16(sequence_)
                   .U32(sequence_ * 160U)
                   .U32(by == By::kClient ? 7 : 8)
                   .Fill(60, 0xe1)
                   .bytes());
    }
  }
  const Session& Only() {
    EXPECT_EQ(sink_.sessions.size(), 1U);
    return sink_.sessions.at(0).session;
  }
  void Finish() { classifier_.Finish(now_ + 1); }

  tests::RecordingSink sink_;
  EndpointMatcher matcher_;
  Classifier classifier_{SmallOptions(), tests::kTestKey, matcher_, sink_};
  base::TimeNs now_ = kSecond;
  std::uint16_t sequence_ = 0;

 private:
  static ClassifierOptions SmallOptions() {
    ClassifierOptions options;
    options.flow_capacity = 1024;
    options.tracked_capacity = 64;
    options.prefix_pool_bytes = 1 << 20;
    return options;
  }
};

Octets Offer() {
  auto hello = tests::TlsClientHello::Tls12("").LegacyVersion(tests::kDtls12);
  return tests::DtlsFragment(
      1, 0, tests::DtlsClientBody(hello.Suites({0x002f}).Extension(14, {0, 2, 0, 1, 0})));
}
Octets Answer() {
  auto hello = tests::TlsServerHello().LegacyVersion(tests::kDtls12).Suite(0x002f);
  return tests::DtlsFragment(2, 0, tests::DtlsServerBody(hello.Extension(14, {0, 2, 0, 1, 0})));
}

TEST_F(Call, WithDtlsBehindIceIsDtlsSrtp) {
  CheckPath(1);
  CheckPath(2);
  CheckPath(3);
  Send(By::kServer, Offer());  // whoever opened the flow
  Send(By::kClient, Answer());
  EXPECT_EQ(sink_.sessions.size(), 1U) << "settled by the answer";
  SendMedia(By::kClient, 5);
  EXPECT_EQ(Only().protocol, Protocol::kDtls);
  EXPECT_EQ(Only().variant, Variant::kDtlsSrtp);
  EXPECT_EQ(Only().evidence, Evidence::kProof);
}

TEST_F(Call, WithMediaRightBehindIceIsStunAtTheFirstPacketOfIt) {
  CheckPath(1);
  EXPECT_TRUE(sink_.sessions.empty());
  SendMedia(By::kClient, 1);
  EXPECT_EQ(Only().protocol, Protocol::kStun);
  EXPECT_EQ(Only().evidence, Evidence::kProof);
}

TEST_F(Call, ThatNeverBeginsIsStunOnceTenSecondsHavePassed) {
  CheckPath(1);
  now_ += 11 * kSecond;
  classifier_.Sweep(now_);
  EXPECT_EQ(Only().protocol, Protocol::kStun);
  EXPECT_EQ(sink_.sessions.at(0).cause, SettleCause::kHandshakeTimeout);
}

TEST_F(Call, WhosePathIsCheckedForEverIsStunAtABoundedNumberOfDatagrams) {
  for (int i = 0; i < 40 && sink_.sessions.empty(); ++i) CheckPath(static_cast<std::uint8_t>(i));
  EXPECT_EQ(Only().protocol, Protocol::kStun);
  EXPECT_LE(sink_.sessions.at(0).traffic.packets, 32U);
}

TEST_F(Call, WithZrtpAmongItsMediaIsZrtp) {
  SendMedia(By::kClient, 1);
  Send(By::kClient, tests::ZrtpHello(7));
  Send(By::kServer, tests::ZrtpHello(8));
  SendMedia(By::kServer, 1);
  Send(By::kClient, tests::ZrtpCommit(7, "X255"));
  Send(By::kServer, tests::ZrtpDhPart1(8));
  EXPECT_EQ(Only().protocol, Protocol::kZrtp);
  EXPECT_EQ(Only().key_exchange, KeyExchange::kEcdhe);
}

TEST_F(Call, OfMediaAloneIsRtpAndSaysNothingOfEncryption) {
  SendMedia(By::kClient, 3);
  SendMedia(By::kServer, 3);
  EXPECT_EQ(Only().protocol, Protocol::kRtp);
  EXPECT_EQ(Only().outcome, Outcome::kIdentified);
  EXPECT_EQ(Only().evidence, Evidence::kWeak);
  EXPECT_EQ(Only().key_exchange, KeyExchange::kUnknown);
}

TEST_F(Call, HeardInOneDirectionIsWeak) {
  SendMedia(By::kClient, 6);
  Finish();
  EXPECT_EQ(Only().protocol, Protocol::kRtp);
  EXPECT_EQ(Only().sides, SidesSeen::kClientOnly);
}

}  // namespace
}  // namespace unopened::classify
