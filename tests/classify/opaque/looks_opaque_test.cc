#include "classify/opaque/looks_opaque.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "classify/opaque/opaque_dissector.h"
#include "tests/support/wire.h"

namespace unopened::classify::opaque {
namespace {

using base::ByteReader;
using base::End;
using tests::Wire;
using Payload = std::vector<std::uint8_t>;
using Random = std::mt19937_64;  // the same numbers everywhere

std::uint64_t Below(Random& random, std::uint64_t end) { return random() % end; }

Payload RandomBytes(Random& random, std::size_t size) {
  Payload bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Payload FromAlphabet(Random& random, std::string_view alphabet) {
  Payload bytes(kSampleSize);
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(alphabet[Below(random, alphabet.size())]);
  }
  return bytes;
}

Payload Behind(const Payload& header, Random& random) {
  Payload bytes = RandomBytes(random, header.size() + kSampleSize);
  std::copy(header.begin(), header.end(), bytes.begin());
  return bytes;
}

struct LookAlike {
  std::string name;
  std::function<Payload(Random&)> make;
  double most = 0;  // share that may look opaque
};

// What strangers' first bytes are when they are not encrypted. docs/protocols/opaque.md has the
// table of what this measures.
std::vector<LookAlike> LookAlikes() {
  constexpr std::string_view kBase64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return {
      {"base64", [=](Random& r) { return FromAlphabet(r, kBase64); }},
      {"hexadecimal", [](Random& r) { return FromAlphabet(r, "0123456789abcdef"); }},
      {"Latin text", [](Random& r) { return FromAlphabet(r, "etaoin shrdlu,.ETA\r\n0123"); }},
      {"UTF-8 of Cyrillic letters",
       [](Random& r) {
         Wire wire;
         while (wire.size() < kSampleSize) wire.U16(0xd090 + Below(r, 48));
         return wire.bytes();
       }},
      {"UTF-8 of Han characters",
       [](Random& r) {
         Wire wire;
         while (wire.size() < kSampleSize) {
           const std::uint64_t c = 0x4e00 + Below(r, 0x5000);
           wire.U8(0xe0 | c >> 12).U8(0x80 | (c >> 6 & 0x3f)).U8(0x80 | (c & 0x3f));
         }
         return wire.bytes();
       }},
      {"UTF-16 of Latin text",
       [](Random& r) {
         Wire wire;
         while (wire.size() < kSampleSize) wire.U16LE(0x20 + Below(r, 95));
         return wire.bytes();
       }},
      {"32-bit integers of up to a million",
       [](Random& r) {
         Wire wire;
         while (wire.size() < kSampleSize) wire.U32LE(Below(r, 1'000'000));
         return wire.bytes();
       }},
      {"single-precision floats between -1 and 1",
       [](Random& r) {
         Wire wire;
         while (wire.size() < kSampleSize) {
           const auto value = static_cast<float>(static_cast<double>(r() >> 11) * 0x1p-52 - 1);
           wire.U32LE(std::bit_cast<std::uint32_t>(value));
         }
         return wire.bytes();
       }},
      {"double-precision floats between 0 and 1000",
       [](Random& r) {
         Wire wire;
         while (wire.size() < kSampleSize) {
           const double value = static_cast<double>(r() >> 11) * 0x1p-53 * 1000;
           const auto bits = std::bit_cast<std::uint64_t>(value);
           wire.U32LE(bits & 0xffffffff).U32LE(bits >> 32);
         }
         return wire.bytes();
       },
       0.02},
      {"16-bit sound",
       [](Random& r) {
         Wire wire;
         std::int32_t level = 0;
         while (wire.size() < kSampleSize) {
           level += static_cast<std::int32_t>(Below(r, 801)) - 400;
           wire.U16LE(static_cast<std::uint16_t>(level));
         }
         return wire.bytes();
       }},
      {"fields of type, length and short value",
       [](Random& r) {
         Wire wire;
         while (wire.size() < kSampleSize) {
           const auto size = 1 + Below(r, 8);
           wire.U8(1 + Below(r, 30)).U8(size);
           for (std::uint64_t i = 0; i < size; ++i) wire.U8(r() & 0xff);
         }
         return wire.bytes();
       },
       0.01},
      {"a length of 32 bits before random bytes",
       [](Random& r) { return Behind(Wire().U32(64 + Below(r, 1000)).bytes(), r); }},
      {"a gzip stream",
       [](Random& r) {
         return Behind({0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 2, 3}, r);
       }},
      {"a zlib stream",
       [](Random& r) {
         return Behind({0x78, 0x9c}, r);
       }},
      {"a zstd frame behind a header of its own",
       [](Random& r) {
         return Behind({9, 0x41, 0x87, 0xee, 0x28, 0xb5, 0x2f, 0xfd}, r);
       }},
      {"a JPEG picture",
       [](Random& r) {
         return Behind({0xff, 0xd8, 0xff, 0xe0}, r);
       }},
  };
}

double ShareThatLooksOpaque(const std::function<Payload(Random&)>& make) {
  constexpr int kSamples = 4000;
  Random random(1);
  int opaque = 0;
  for (int i = 0; i < kSamples; ++i) opaque += LooksOpaque(make(random)) ? 1 : 0;
  return static_cast<double>(opaque) / kSamples;
}

TEST(LooksOpaque, SaysNoOfWhatIsNotRandom) {
  for (const auto& [name, make, most] : LookAlikes()) {
    const double share = ShareThatLooksOpaque(make);
    EXPECT_LE(share, most) << name;
    RecordProperty(name, std::to_string(share));
  }
}

TEST(LooksOpaque, SaysYesOfNearlyAllRandomBytes) {
  const double share = ShareThatLooksOpaque([](Random& r) { return RandomBytes(r, kSampleSize); });
  EXPECT_GE(share, 0.95);
  EXPECT_LT(share, 1);  // some random bytes look like text
}

// No rule tells a compressed stream without its magic from an encrypted one, and this one does not
// claim to.
TEST(LooksOpaque, TakesAStreamWithoutItsMagicForRandom) {
  Random random(3);
  const Payload stream = RandomBytes(random, kSampleSize);
  ASSERT_TRUE(LooksOpaque(stream));
  EXPECT_FALSE(LooksOpaque(Behind({0x78, 0x9c}, random)));
}

TEST(LooksOpaque, NeedsItsSampleAndReadsNoMore) {
  Random random(3);
  Payload bytes = RandomBytes(random, kSampleSize);
  ASSERT_TRUE(LooksOpaque(bytes));
  EXPECT_FALSE(LooksOpaque(base::Bytes(bytes).first(kSampleSize - 1)));
  bytes.resize(kSampleSize + 500);
  EXPECT_TRUE(LooksOpaque(bytes));
}

class Opaque : public ::testing::Test {
 protected:
  Opaque() {
    Random random(3);
    client_ = RandomBytes(random, kSampleSize);
    server_ = RandomBytes(random, kSampleSize);
  }

  static base::Parsed<HandshakeFacts> AskTcp(const Payload& client, const Payload& server,
                                             End end) {
    FlowView view;
    view.datagrams_open = false;
    view.client = ByteReader(client, end);
    view.server = ByteReader(server, end);
    return OpaqueDissector().dissect(view);
  }
  static base::Parsed<HandshakeFacts> AskUdp(const Payload& client, const Payload& server,
                                             bool open) {
    FlowView view;
    view.transport = capture::Transport::kUdp;
    std::vector<Datagram> datagrams;
    const auto size = [](const Payload& b) { return static_cast<std::uint32_t>(b.size()); };
    if (!client.empty()) datagrams.push_back({client, size(client), true});
    if (!server.empty()) datagrams.push_back({server, size(server), false});
    view.datagrams = datagrams;
    view.datagrams_open = open;
    return OpaqueDissector().dissect(view);
  }

  Payload client_;
  Payload server_;
};

TEST_F(Opaque, IsWeakEvidenceOfBothSidesOrOne) {
  const auto both = AskTcp(client_, server_, End::kOpen);
  ASSERT_NE(nullptr, base::Value(both));
  EXPECT_EQ(SidesSeen::kBoth, base::Value(both)->sides);
  EXPECT_EQ(Evidence::kWeak, base::Value(both)->evidence);
  EXPECT_EQ(Protocol::kUnknown, base::Value(both)->protocol);
  EXPECT_FALSE(base::Value(both)->plaintext);
  const auto one = AskTcp(client_, {}, End::kFinal);
  ASSERT_NE(nullptr, base::Value(one));
  EXPECT_EQ(SidesSeen::kClientOnly, base::Value(one)->sides);
}

TEST_F(Opaque, WaitsForItsSamplesAndRefusesShortOnes) {
  const Payload part(client_.begin(), client_.end() - 1);
  EXPECT_EQ((base::Parsed<HandshakeFacts>(base::NeedMore{1})), AskTcp(part, {}, End::kOpen));
  EXPECT_TRUE(base::IsNeedMore(AskTcp(client_, {}, End::kOpen)));
  EXPECT_TRUE(base::IsNotThis(AskTcp(part, server_, End::kFinal)));
}

TEST_F(Opaque, IsRefutedByAnAnswerThatIsText) {
  EXPECT_TRUE(base::IsNotThis(AskTcp(client_, {'E', 'R', 'R', '\r', '\n'}, End::kFinal)));
  EXPECT_TRUE(base::IsNotThis(AskTcp(client_, Payload(kSampleSize, 'a'), End::kOpen)));
}

TEST_F(Opaque, NeedsBothSidesOverUdpAndNoHeaderInCommon) {
  EXPECT_NE(nullptr, base::Value(AskUdp(client_, server_, true)));
  EXPECT_TRUE(base::IsNeedMore(AskUdp(client_, {}, true)));
  EXPECT_TRUE(base::IsNotThis(AskUdp(client_, {}, false)));
  Payload rtp = server_;
  rtp[0] = client_[0];
  EXPECT_TRUE(base::IsNotThis(AskUdp(client_, rtp, true)));
}

}  // namespace
}  // namespace unopened::classify::opaque
