// QUIC through the classifier, with every dissector of the house asked.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "classify/classifier.h"
#include "tests/support/flow_builder.h"
#include "tests/support/quic_builder.h"
#include "tests/support/tls_builder.h"

namespace unopened::classify::quic {
namespace {

using tests::By;
using tests::CryptoFrame;
using tests::kMs;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint16_t kX25519 = 0x001d;

Octets Hello(std::string_view host) {
  return tests::TlsClientHello()
      .Suites({0x1301})
      .Sni(host)
      .Alpn({"h3"})
      .SupportedVersions({0x0304})
      .SupportedGroups({kX25519})
      .KeyShares({{kX25519, 32}})
      .Message();
}

std::string Initial(Sender sender, const Octets& frames, std::uint32_t packet_number = 0) {
  const Octets chosen = tests::FromHex("c1c2c3c4c5c6c7c8");
  const Octets packet = tests::SealInitial(
      {.sender = sender,
       .key_id = chosen,
       .destination = sender == Sender::kClient ? chosen : tests::FromHex("aabb"),
       .packet_number = packet_number,
       .frames = frames,
       .packet_size = 1200});
  return std::string(packet.begin(), packet.end());
}

class QuicFlow : public testing::Test {
 protected:
  QuicFlow() {
    ClassifierOptions options;
    options.flow_capacity = 256;
    options.tracked_capacity = 64;
    options.prefix_pool_bytes = 1 << 20;
    classifier_ = std::make_unique<Classifier>(options, tests::kTestKey, matcher_, sink_);
  }
  void Feed(By by, const std::string& payload) {
    classifier_->OnSegment(tests::Udp(1, ++packets_ * kMs, by, payload).View());
  }
  const Session& Only() {
    classifier_->Finish(1000 * kMs);
    EXPECT_EQ(sink_.sessions.size(), 1U);
    static const Session kNothing;
    return sink_.sessions.empty() ? kNothing : sink_.sessions.front().session;
  }

  EndpointMatcher matcher_;
  tests::RecordingSink sink_;
  std::unique_ptr<Classifier> classifier_;
  int packets_ = 0;
};

TEST_F(QuicFlow, BothHellosIdentifyTheSession) {
  Feed(By::kClient, Initial(Sender::kClient, CryptoFrame(0, Hello("a.example"))));
  EXPECT_TRUE(sink_.sessions.empty());
  Feed(By::kServer,
       Initial(Sender::kServer,
               CryptoFrame(0, tests::TlsServerHello::Tls13(kX25519, 32).SessionId({}).Message())));
  EXPECT_EQ(sink_.sessions.size(), 1U);
  EXPECT_EQ(Only().protocol, Protocol::kQuic);
  EXPECT_EQ(Only().outcome, Outcome::kIdentified);
  EXPECT_EQ(Only().evidence, Evidence::kProof);
  EXPECT_EQ(Only().key_exchange, KeyExchange::kEcdhe);
}

TEST_F(QuicFlow, HelloThatContradictsTheFirstMakesItAmbiguous) {
  Feed(By::kClient, Initial(Sender::kClient, CryptoFrame(0, Hello("a.example"))));
  Feed(By::kClient, Initial(Sender::kClient, CryptoFrame(0, Hello("b.example")), 1));
  EXPECT_EQ(Only().outcome, Outcome::kAmbiguous);
  EXPECT_EQ(Only().protocol, Protocol::kUnknown);
  EXPECT_EQ(Only().endpoint, kNoEndpoint);
}

}  // namespace
}  // namespace unopened::classify::quic
