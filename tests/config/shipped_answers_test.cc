// The shipped catalogue and the published table together: what a session with a known host or
// protocol is answered on a day.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "audit/assessment.h"
#include "classify/endpoint_matcher.h"
#include "config/config.h"

namespace unopened::config {
namespace {

constexpr const char* kNoisePrologue = "(noise)";

struct Case {
  const char* host;
  const char* day;
  const char* live_content;
  const char* reason;
};

audit::Assessment Answer(const audit::Catalogue& catalogue, const std::string& host,
                         const std::string& day) {
  classify::HandshakeFacts facts;
  const bool noise = host == kNoisePrologue;
  facts.protocol = noise ? classify::Protocol::kWhatsAppNoise : classify::Protocol::kTls;
  if (!noise) facts.transient.sni.Set(host);
  const auto match = classify::EndpointMatcher(catalogue.rules).Match(facts);
  classify::Session session;
  session.protocol = facts.protocol;
  session.version = noise ? classify::Version::kNone : classify::Version::kTls13;
  session.key_exchange = noise ? classify::KeyExchange::kNoiseDh : classify::KeyExchange::kPqHybrid;
  session.resumption = classify::Resumption::kNone;
  session.sides = classify::SidesSeen::kBoth;
  session.outcome = classify::Outcome::kIdentified;
  session.endpoint = match.endpoint;
  session.evidence = match.endpoint == classify::kNoEndpoint
                         ? classify::Evidence::kStrong
                         : std::min(classify::Evidence::kStrong, match.evidence);
  base::Day at = 0;
  EXPECT_TRUE(base::ParseDay(day, at)) << day;
  return audit::Assess(audit::ShapeOf(session), catalogue, at);
}

TEST(ShippedAnswers, LiveContentOfTheProviderIsWhatTheFactsOfTheDayCarry) {
  const auto outcome = Load(std::string(UNOPENED_SOURCE_DIR) + "/config");
  ASSERT_EQ("", FormatProblems(outcome.problems));
  for (const Case& c : {
           Case{"g.whatsapp.net", "2015-06-01", "unknown", "no_fact_at_date"},
           Case{"g.whatsapp.net", "2016-04-04", "unknown", "no_fact_at_date"},
           Case{"g.whatsapp.net", "2016-04-05", "could_not", "policy_e2ee_always"},
           Case{"web.whatsapp.com", "2026-11-25", "could_not", "policy_e2ee_always"},
           Case{kNoisePrologue, "2016-04-04", "unknown", "no_fact_at_date"},
           Case{kNoisePrologue, "2019-06-01", "could_not", "policy_e2ee_always"},
           Case{"www.whatsapp.com", "2024-06-01", "unknown", "no_fact"},
           Case{"edge-mqtt.facebook.com", "2019-06-01", "undetermined", "policy_e2ee_optional"},
           Case{"edge-mqtt.facebook.com", "2024-06-01", "conditional", "policy_e2ee_default"},
           Case{"www.messenger.com", "2023-12-05", "undetermined", "policy_e2ee_optional"},
           Case{"www.messenger.com", "2023-12-06", "conditional", "policy_e2ee_default"},
           Case{"www.facebook.com", "2024-06-01", "unknown", "group_endpoint"},
           Case{"static.xx.fbcdn.net", "2024-06-01", "unknown", "group_endpoint"},
           Case{"courier.push.apple.com", "2024-06-01", "unknown", "group_endpoint"},
           Case{"chat.signal.org", "2015-06-01", "unknown", "unverified_fact"},
           Case{"chat.signal.org", "2024-06-01", "could_not", "policy_e2ee_always"},
           Case{"textsecure-service.whispersystems.org", "2019-06-01", "unknown", "weak_evidence"},
           Case{"updates.signal.org", "2024-06-01", "unknown", "no_fact"},
           Case{"svrb.signal.org", "2026-06-01", "unknown", "no_fact"},
           Case{"web.telegram.org", "2019-06-01", "unknown", "unverified_fact"},
           Case{"web.telegram.org", "2022-06-01", "undetermined", "scopes_differ"},
           Case{"web.telegram.org", "2026-06-01", "undetermined", "scopes_differ"},
           Case{"apip.threema.ch", "2024-06-01", "could_not", "policy_e2ee_always"},
           Case{"safe.threema.ch", "2024-06-01", "unknown", "no_fact"},
           Case{"prod-nginz-https.wire.com", "2015-06-01", "undetermined", "scopes_differ"},
           Case{"prod-nginz-https.wire.com", "2024-06-01", "could_not", "policy_e2ee_always"},
           Case{"viber.com", "2024-06-01", "conditional", "policy_e2ee_default"},
           Case{"uts-front.line-apps.com", "2024-06-01", "conditional", "policy_e2ee_default"},
           Case{"wx.qq.com", "2024-06-01", "could", "policy_not_e2ee"},
           Case{"discord.com", "2026-06-01", "undetermined", "scopes_differ"},
           Case{"zoom.us", "2024-06-01", "undetermined", "policy_e2ee_optional"},
           Case{"edge-chat.instagram.com", "2024-06-01", "undetermined", "policy_e2ee_optional"},
           Case{"edge-chat.instagram.com", "2026-06-01", "could", "policy_not_e2ee"},
           Case{"www.example.org", "2024-06-01", "unknown", "no_endpoint"},
       }) {
    const auto live =
        Answer(outcome.loaded.catalogue, c.host, c.day).provider_for(audit::Category::kLiveContent);
    EXPECT_EQ(c.live_content, audit::Name(live.answer)) << c.host << " " << c.day;
    EXPECT_EQ(c.reason, audit::Name(live.reason)) << c.host << " " << c.day;
  }
}

TEST(ShippedAnswers, AConditionalAnswerNamesTheExceptions) {
  const auto outcome = Load(std::string(UNOPENED_SOURCE_DIR) + "/config");
  const auto live = Answer(outcome.loaded.catalogue, "www.messenger.com", "2024-06-01")
                        .provider_for(audit::Category::kLiveContent);
  EXPECT_NE(std::string::npos, live.condition.find("Marketplace")) << live.condition;
}

TEST(ShippedAnswers, AnUndatedSourceAnswersFromTheDayItWasRead) {
  const auto outcome = Load(std::string(UNOPENED_SOURCE_DIR) + "/config");
  const auto before = Answer(outcome.loaded.catalogue, "g.whatsapp.net", "2026-11-22")
                          .provider_for(audit::Category::kSubscriberIdentity);
  EXPECT_EQ("unknown", audit::Name(before.answer));
  ASSERT_TRUE(before.earliest_source);
  EXPECT_EQ("2026-11-23", base::FormatDay(*before.earliest_source));
  const auto after = Answer(outcome.loaded.catalogue, "g.whatsapp.net", "2026-11-23")
                         .provider_for(audit::Category::kSubscriberIdentity);
  EXPECT_EQ("could", audit::Name(after.answer));
}

}  // namespace
}  // namespace unopened::config
