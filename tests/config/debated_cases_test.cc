// The cases that are argued about, with the shipped catalogue: each must come out as its sources
// carry it, and as no more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/config/shipped.h"

namespace unopened::config {
namespace {

using audit::Answer;
using audit::Category;
using audit::Name;
using ::testing::HasSubstr;

struct ScopeCase {
  const char* service;
  const char* scope;
  const char* day;
  const char* live_content;
  const char* reason;
};

TEST(DebatedCases, LiveContentFollowsTheScopesPolicyOfTheDay) {
  for (const ScopeCase& c : {
           ScopeCase{"whatsapp", "messages", "2016-04-04", "unknown", "unverified_fact"},
           ScopeCase{"whatsapp", "messages", "2016-04-05", "could_not", "policy_e2ee_always"},
           ScopeCase{"whatsapp", "messages", "2019-11-18", "could_not", "policy_e2ee_always"},
           ScopeCase{"whatsapp", "calls", "2026-11-23", "could_not", "policy_e2ee_always"},
           ScopeCase{"whatsapp", "backups", "2019-11-18", "could", "policy_not_e2ee"},
           ScopeCase{"whatsapp", "backups", "2021-10-14", "undetermined", "policy_e2ee_optional"},
           ScopeCase{"messenger", "messages", "2023-12-05", "undetermined", "policy_e2ee_optional"},
           ScopeCase{"messenger", "messages", "2023-12-06", "conditional", "policy_e2ee_default"},
           ScopeCase{"instagram", "messages", "2026-05-08", "undetermined", "policy_e2ee_optional"},
           ScopeCase{"instagram", "messages", "2026-05-09", "could", "policy_not_e2ee"},
           ScopeCase{"cloudflare_warp", "tunnel", "2026-11-23", "conditional", "tunnel_provider"},
           ScopeCase{"proton_vpn", "tunnel", "2026-11-23", "conditional", "tunnel_provider"},
           ScopeCase{"mullvad", "tunnel", "2026-11-23", "unknown", "unverified_fact"},
           ScopeCase{"private_relay", "tunnel", "2022-01-09", "unknown", "no_fact_at_date"},
           ScopeCase{"private_relay", "tunnel", "2022-01-10", "conditional", "tunnel_provider"},
           ScopeCase{"icloud", "data_us", "2022-12-12", "could", "policy_not_e2ee"},
           ScopeCase{"icloud", "data_us", "2022-12-13", "undetermined", "policy_e2ee_optional"},
           ScopeCase{"icloud", "data_uk_new", "2025-02-20", "undetermined", "policy_e2ee_optional"},
           ScopeCase{"icloud", "data_uk_new", "2025-02-21", "could", "policy_not_e2ee"},
           ScopeCase{"icloud", "data_uk_enrolled", "2025-02-21", "undetermined",
                     "policy_e2ee_optional"},
           ScopeCase{"icloud_mail", "mail", "2025-06-01", "could", "policy_not_e2ee"},
           ScopeCase{"telegram", "secret_chats", "2024-10-01", "undetermined",
                     "policy_e2ee_optional"},
           ScopeCase{"telegram", "cloud_chats", "2024-10-01", "could", "policy_not_e2ee"},
           // Nobody's word but the writer's: claimed, never said.
           ScopeCase{"tuta", "internal", "2026-11-23", "unknown", "unverified_fact"},
           ScopeCase{"mega", "files", "2026-11-23", "unknown", "unverified_fact"},
           ScopeCase{"anydesk", "sessions", "2026-11-23", "unknown", "unverified_fact"},
           ScopeCase{"teamviewer", "sessions", "2026-11-23", "unknown", "unverified_fact"},
           ScopeCase{"briar", "messages", "2026-11-23", "unknown", "unverified_fact"},
           ScopeCase{"session", "messages", "2024-10-21", "unknown", "unverified_fact"},
           ScopeCase{"session", "messages", "2024-10-22", "could_not", "policy_e2ee_always"},
           ScopeCase{"google_meet", "legacy_calls", "2026-02-01", "unknown", "no_fact_at_date"},
           ScopeCase{"wickr_me", "messages", "2024-01-01", "not_applicable",
                     "policy_not_applicable"},
           ScopeCase{"skype", "calls", "2026-01-01", "not_applicable", "policy_not_applicable"},
       }) {
    const audit::Finding live =
        AssessScope(c.service, c.scope, c.day).provider_for(Category::kLiveContent);
    const std::string where = std::string(c.service) + "." + c.scope + " " + c.day;
    EXPECT_EQ(c.live_content, Name(live.answer)) << where;
    EXPECT_EQ(c.reason, Name(live.reason)) << where;
  }
}

TEST(DebatedCases, WhatsAppIsSaidByPolicyOfPersonalMessagesAndCalls) {
  const audit::Finding live =
      AssessScope("whatsapp", "messages", "2019-11-18").provider_for(Category::kLiveContent);
  const std::string words = audit::Describe(live);
  EXPECT_THAT(words, HasSubstr("could not, by service policy since 2016-04-05"));
  EXPECT_THAT(words, HasSubstr("personal messages"));
}

TEST(DebatedCases, AConditionNamesWhatIsNotCovered) {
  EXPECT_THAT(AssessScope("messenger", "messages", "2024-06-01")
                  .provider_for(Category::kLiveContent)
                  .condition,
              HasSubstr("chats with businesses"));
}

TEST(DebatedCases, WhatOnlyALaterSourceStatesIsUnknownAndSaysWhichIsTheEarliest) {
  for (const auto& [category, earliest] : std::vector<std::pair<Category, std::string>>{
           {Category::kMessageRoutingMetadata, "2021-01-07"},
           {Category::kSubscriberIdentity, "2026-11-23"},
           {Category::kContacts, "2021-11-30"},
       }) {
    const audit::Finding finding =
        AssessScope("whatsapp", "messages", "2019-11-18").provider_for(category);
    EXPECT_EQ(Answer::kUnknown, finding.answer) << Name(category);
    EXPECT_EQ("unknown (earliest source " + earliest + ")", audit::Describe(finding));
  }
}

TEST(DebatedCases, TelegramIsUndetermined) {
  const classify::EndpointMatcher matcher(Catalogue().rules);
  for (const char* host : {"web.telegram.org", "t.me"}) {
    const audit::Assessment assessed = audit::Assess(
        audit::ShapeOf(TlsTo(matcher.MatchHost(host).endpoint)), Catalogue(), DayAt("2024-10-01"));
    EXPECT_EQ(Answer::kUndetermined, assessed.provider_for(Category::kLiveContent).answer);
    EXPECT_EQ(audit::Verdict::kUndetermined, assessed.verdict);
  }
}

TEST(DebatedCases, OnesOwnSshServerIsNobodyElsesAndATunnelOfOneselfOrAProviderIsUndetermined) {
  classify::Session ssh = TlsTo(classify::kNoEndpoint);
  ssh.protocol = classify::Protocol::kSsh;
  ssh.version = classify::Version::kNone;
  ssh.evidence = classify::Evidence::kProof;
  const audit::Assessment own =
      audit::Assess(audit::ShapeOf(ssh), Catalogue(), DayAt("2026-11-23"));
  EXPECT_EQ(Answer::kCouldNot, own.provider_for(Category::kLiveContent).answer);
  EXPECT_EQ(audit::Reason::kOwnKeys, own.provider_for(Category::kLiveContent).reason);
  EXPECT_EQ(audit::Verdict::kOwnKeys, own.verdict);

  classify::Session tunnel = ssh;
  tunnel.protocol = classify::Protocol::kWireGuard;
  EXPECT_EQ(Answer::kUndetermined,
            audit::Assess(audit::ShapeOf(tunnel), Catalogue(), DayAt("2026-11-23"))
                .provider_for(Category::kLiveContent)
                .answer);
}

struct UnderCase {
  const char* service;
  const char* scope;
  const char* instrument;
  const char* day;
  Category category;
  const char* answer;
};

audit::Disclosed Under(const UnderCase& c) {
  const audit::Service& service = Catalogue().services[ServiceNumber(c.service)];
  return audit::DiscloseAll(AssessScope(c.service, c.scope, c.day).provider,
                            FindInstrument(c.instrument), service.jurisdiction,
                            DayAt(c.day))[static_cast<std::size_t>(c.category)];
}

TEST(DebatedCases, AnInstrumentObtainsWhatItReachesOfWhatIsHeld) {
  for (const UnderCase& c : {
           // WhatsApp's pen register gives source and destination, Signal has none to give.
           UnderCase{"whatsapp", "messages", "us_pen_trap", "2024-06-01",
                     Category::kMessageRoutingMetadata, "could"},
           UnderCase{"signal", "messages", "us_pen_trap", "2024-06-01",
                     Category::kMessageRoutingMetadata, "could_not"},
           // Signal: creation and last connection, nothing else.
           UnderCase{"signal", "messages", "us_subpoena", "2024-06-01", Category::kAccountDates,
                     "could"},
           UnderCase{"signal", "messages", "us_subpoena", "2024-06-01", Category::kLastConnection,
                     "could"},
           UnderCase{"signal", "messages", "us_warrant", "2024-06-01", Category::kIpLogs,
                     "could_not"},
           UnderCase{"signal", "messages", "us_warrant", "2024-06-01", Category::kContacts,
                     "could_not"},
           UnderCase{"signal", "messages", "us_warrant", "2024-06-01", Category::kGroupMembership,
                     "could_not"},
           UnderCase{"signal", "messages", "us_warrant", "2024-06-01", Category::kStoredContent,
                     "could_not"},
           UnderCase{"signal", "messages", "us_title3", "2024-06-01", Category::kLiveContent,
                     "could_not"},
           UnderCase{"whatsapp", "messages", "us_warrant", "2024-06-01", Category::kStoredContent,
                     "could_not"},
           UnderCase{"whatsapp", "messages", "us_warrant", "2024-06-01", Category::kBackups,
                     "conditional"},
           UnderCase{"whatsapp", "messages", "us_warrant", "2024-06-01", Category::kLiveContent,
                     "not_authorised"},
           UnderCase{"messenger", "messages", "us_title3", "2024-06-01", Category::kLiveContent,
                     "conditional"},
           UnderCase{"instagram", "messages", "us_title3", "2026-06-01", Category::kLiveContent,
                     "could"},
           // iCloud: with and without Advanced Data Protection.
           UnderCase{"icloud", "data_us", "us_warrant", "2022-06-01", Category::kBackups, "could"},
           UnderCase{"icloud", "data_us", "us_warrant", "2024-06-01", Category::kBackups,
                     "conditional"},
           // A US instrument does not bind a Swiss provider; legal assistance has no day of force.
           UnderCase{"proton_mail", "internal", "us_warrant", "2026-11-23",
                     Category::kMessageRoutingMetadata, "not_authorised"},
           UnderCase{"proton_mail", "internal", "mlat", "2026-11-23",
                     Category::kMessageRoutingMetadata, "unknown"},
           UnderCase{"proton_mail", "internal", "mlat", "2026-11-23", Category::kStoredContent,
                     "could_not"},
           UnderCase{"telegram", "cloud_chats", "us_title3", "2026-11-23", Category::kLiveContent,
                     "not_authorised"},
           // European Production Orders since 2026-08-18: a German provider is bound, of a US one
           // without an establishment nobody here knows.
           UnderCase{"tuta", "internal", "eu_epoc_content", "2026-08-17", Category::kStoredContent,
                     "not_authorised"},
           UnderCase{"tuta", "internal", "eu_epoc_content", "2026-08-18", Category::kStoredContent,
                     "could_not"},
           UnderCase{"tuta", "internal", "eu_epoc_traffic", "2026-08-18",
                     Category::kMessageRoutingMetadata, "could"},
           UnderCase{"snapchat", "text", "eu_epoc_traffic", "2026-08-18",
                     Category::kMessageRoutingMetadata, "unknown"},
           UnderCase{"matrix_element", "private_rooms", "uk_ti_warrant", "2026-07-21",
                     Category::kMessageRoutingMetadata, "could"},
       }) {
    EXPECT_EQ(c.answer, Name(Under(c).answer))
        << c.service << " " << c.instrument << " " << Name(c.category) << " " << c.day << ": "
        << Name(Under(c).capability) << " x " << Name(Under(c).reach) << " ("
        << Name(Under(c).reason) << ")";
  }
}

TEST(DebatedCases, APenRegisterReturnsContentOfNobody) {
  const auto& services = Catalogue().services;
  for (const audit::Service& service : services) {
    for (const audit::Scope& scope : service.scopes) {
      for (const Category category :
           {Category::kStoredContent, Category::kLiveContent, Category::kBackups}) {
        const UnderCase c{service.id.c_str(), scope.id.c_str(), "us_pen_trap",
                          "2026-11-23",       category,         "not_authorised"};
        EXPECT_EQ(Answer::kNotAuthorised, Under(c).answer) << service.id << "." << scope.id;
      }
    }
  }
}

TEST(DebatedCases, WhatWasEncryptedForItsUsersAloneCouldNotHaveBeenScanned) {
  struct Case {
    const char* service;
    const char* scope;
    const char* day;
    const char* answer;
    Category decided_by;
  };
  for (const Case& c : {
           Case{"whatsapp", "messages", "2024-06-01", "could_not", Category::kLiveContent},
           Case{"signal", "messages", "2024-06-01", "could_not", Category::kLiveContent},
           Case{"signal", "messages", "2015-06-01", "unknown", Category::kLiveContent},
           Case{"messenger", "messages", "2024-06-01", "conditional", Category::kLiveContent},
           Case{"instagram", "messages", "2026-06-01", "could", Category::kLiveContent},
           Case{"icloud_mail", "mail", "2025-06-01", "could", Category::kLiveContent},
           Case{"icloud", "data_us", "2024-06-01", "conditional", Category::kStoredContent},
           Case{"tuta", "internal", "2026-11-23", "unknown", Category::kLiveContent},
       }) {
    const audit::Scanning scanning =
        audit::CouldHaveScanned(AssessScope(c.service, c.scope, c.day).provider);
    EXPECT_EQ(c.answer, Name(scanning.answer)) << c.service << " " << c.day;
    EXPECT_EQ(Name(c.decided_by), Name(scanning.decided_by)) << c.service << " " << c.day;
    EXPECT_EQ(scanning.answer, scanning.because.answer) << c.service << " " << c.day;
  }
}

TEST(DebatedCases, PracticeStandsBesideTheAnswerAndChangesNone) {
  struct Case {
    const char* service;
    const char* scope;
    const char* instrument;
    Category category;
    const char* outcome;
    const char* answer;
  };
  for (const Case& c : {
           Case{"whatsapp", "messages", "us_pen_trap", Category::kMessageRoutingMetadata,
                "produced", "could"},
           // Said to be declined or impossible, and still what the facts carry.
           Case{"telegram", "cloud_chats", "us_warrant", Category::kStoredContent, "declined",
                "not_authorised"},
           Case{"imessage", "messages", "us_pen_trap", Category::kMessageRoutingMetadata,
                "stated_unable", "conditional"},
           Case{"icloud", "data_uk_new", "uk_tcn", Category::kBackups, "declined", "unknown"},
           Case{"signal", "messages", "us_subpoena", Category::kSubscriberIdentity, "stated_unable",
                "conditional"},
       }) {
    const auto& instruments = Catalogue().instruments;
    const auto number = static_cast<std::uint16_t>(
        std::ranges::find(instruments, c.instrument, &audit::Instrument::id) - instruments.begin());
    const audit::Practice* practice = audit::FindPractice(Catalogue(), ServiceNumber(c.service),
                                                          number, c.category, DayAt("2026-11-23"));
    ASSERT_NE(nullptr, practice) << c.service << " " << c.instrument;
    EXPECT_EQ(c.outcome, Name(practice->outcome)) << c.service << " " << c.instrument;
    EXPECT_EQ(c.answer,
              Name(Under({c.service, c.scope, c.instrument, "2026-11-23", c.category, ""}).answer))
        << c.service << " " << c.instrument;
  }
}

}  // namespace
}  // namespace unopened::config
