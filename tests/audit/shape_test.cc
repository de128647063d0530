#include "audit/shape.h"

#include <gtest/gtest.h>

#include <set>

#include "audit/tally.h"
#include "tests/audit/sample_catalogue.h"

namespace unopened::audit::tests {
namespace {

using classify::Session;

TEST(ShapeTest, AOneSidedSessionCarriesOnlyProtocolAndEndpoint) {
  Session s = TlsSession(kWhatsApp);
  s.variant = classify::Variant::kHttp2;
  EXPECT_EQ(ShapeOf(s).facts, s);
  s.sides = classify::SidesSeen::kClientOnly;
  s.offered_only = true;
  s.early_data = classify::EarlyData::kOffered;
  const Session facts = ShapeOf(s).facts;
  EXPECT_EQ(facts.protocol, classify::Protocol::kTls);
  EXPECT_EQ(facts.endpoint, kWhatsApp);
  Session other = s;
  other.version = classify::Version::kTls12;
  other.key_exchange = classify::KeyExchange::kEcdhe;
  other.variant = classify::Variant::kNone;
  EXPECT_EQ(ShapeOf(other).facts, facts);
}

TEST(ShapeTest, WhatIsNotIdentifiedNamesNoProtocolAndNoEndpoint) {
  for (const auto outcome : {classify::Outcome::kOpaque, classify::Outcome::kUnrecognised,
                             classify::Outcome::kMidstream, classify::Outcome::kMidstreamAtStart,
                             classify::Outcome::kNoPayload, classify::Outcome::kAmbiguous}) {
    Session s = TlsSession(kWhatsApp);
    s.outcome = outcome;
    const Session facts = ShapeOf(s).facts;
    EXPECT_EQ(facts.protocol, classify::Protocol::kUnknown);
    EXPECT_EQ(facts.endpoint, classify::kNoEndpoint);
    EXPECT_EQ(facts.evidence, classify::Evidence::kNone);
    EXPECT_EQ(facts.sides, classify::SidesSeen::kBoth);
    s.protocol = classify::Protocol::kEsp;
    EXPECT_EQ(ShapeOf(s).facts.protocol, classify::Protocol::kEsp);
  }
}

TEST(ShapeTest, ReducingTwiceIsReducingOnce) {
  for (std::size_t outcome = 0; outcome < classify::kOutcomeNames.size(); ++outcome) {
    for (std::size_t sides = 0; sides < classify::kSidesSeenNames.size(); ++sides) {
      Session s = TlsSession(kWhatsApp);
      s.outcome = static_cast<classify::Outcome>(outcome);
      s.sides = static_cast<classify::SidesSeen>(sides);
      const Shape once = ShapeOf(s);
      EXPECT_EQ(ShapeOf(once.facts), once);
    }
  }
}

TEST(ShapeTest, CanonicalBytesDifferWhereverShapesDo) {
  const Session base = TlsSession(kNone);
  std::set<std::string> all{CanonicalBytes(Shape{base}, "none")};
  std::size_t shapes = 1;
  const auto bend = [&](auto member, auto value) {
    Session s = base;
    s.*member = value;
    all.insert(CanonicalBytes(Shape{s}, "none"));
    ++shapes;
  };
  bend(&Session::transport, capture::Transport::kUdp);
  bend(&Session::ip_version, capture::IpVersion::kV6);
  bend(&Session::tunnel, capture::TunnelKind::kGre);
  bend(&Session::protocol, classify::Protocol::kQuic);
  bend(&Session::variant, classify::Variant::kDoh);
  bend(&Session::version, classify::Version::kTls12);
  bend(&Session::offered_only, true);
  bend(&Session::key_exchange, classify::KeyExchange::kEcdhe);
  bend(&Session::resumption, classify::Resumption::kResumed);
  bend(&Session::early_data, classify::EarlyData::kOffered);
  bend(&Session::name_visibility, classify::NameVisibility::kAbsent);
  bend(&Session::sides, classify::SidesSeen::kClientOnly);
  bend(&Session::outcome, classify::Outcome::kPlaintext);
  bend(&Session::evidence, classify::Evidence::kProof);
  all.insert(CanonicalBytes(Shape{base}, "whatsapp"));
  EXPECT_EQ(all.size(), shapes + 1);
  // A member that is added must be added to the canonical bytes too: 14 enums and an index.
  EXPECT_EQ(CanonicalBytes(Shape{base}, "").size(), 14U);
  EXPECT_EQ(sizeof(Session), 16U);
}

TEST(ShapeTest, TheProductOfTheEnumsIsBelowItsBound) {
  std::uint64_t product = 2;  // offered_only
  for (const std::size_t size :
       {kTransportNames.size(), kIpVersionNames.size(), kTunnelKindNames.size(),
        classify::kProtocolNames.size(), classify::kVariantNames.size(),
        classify::kVersionNames.size(), classify::kKeyExchangeNames.size(),
        classify::kResumptionNames.size(), classify::kEarlyDataNames.size(),
        classify::kNameVisibilityNames.size(), classify::kSidesSeenNames.size(),
        classify::kOutcomeNames.size(), classify::kEvidenceNames.size()}) {
    product *= size;
  }
  EXPECT_EQ(product, kShapesPerEndpoint);
  EXPECT_LT(product, kShapeSpaceBound);
}

TEST(TallyTest, MergingAddsUpAndTheOrderOfWorkersDoesNotMatter) {
  TallyDelta a;
  a.shapes[ShapeOf(TlsSession(kWhatsApp))] = {1, 2, 3, 4};
  a.losses["not_ip"] = {1, 60};
  a.packets = 4;
  a.bytes = 64;
  a.pending_packets = 7;
  a.pending_bytes = 700;
  a.bounds["flow_table"] = 1;
  TallyDelta b;
  b.shapes[ShapeOf(TlsSession(kWhatsApp))] = {10, 20, 30, 40};
  b.shapes[ShapeOf(PlainHttp())] = {5, 5, 5, 5};
  b.losses["not_ip"] = {2, 120};
  b.losses["dropped_kernel"] = {9, 0};
  b.packets = 46;
  b.bytes = 165;
  b.bounds["flow_table"] = 2;
  TallyDelta ab = a;
  ab.Merge(b);
  TallyDelta ba = b;
  ba.Merge(a);
  EXPECT_EQ(ab.shapes, ba.shapes);
  EXPECT_EQ(ab.losses, ba.losses);
  EXPECT_EQ(ab.bounds, ba.bounds);
  EXPECT_EQ(ab.shapes[ShapeOf(TlsSession(kWhatsApp))], (Counts{11, 22, 33, 44}));
  EXPECT_EQ(ab.losses["not_ip"], (Loss{3, 180}));
  EXPECT_EQ(ab.packets, 50U);
  EXPECT_EQ(ab.bytes, 229U);
  EXPECT_EQ(ab.pending_packets, 7U);
  EXPECT_EQ(ab.pending_bytes, 700U);
  EXPECT_EQ(ab.bounds["flow_table"], 3U);
}

}  // namespace
}  // namespace unopened::audit::tests
