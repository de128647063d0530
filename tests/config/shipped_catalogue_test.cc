// The shipped config/ as the product loads it: it has no problem, and the cases that must come out
// right do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "classify/endpoint_matcher.h"
#include "config/config.h"
#include "config/provenance.h"
#include "tests/config/shipped.h"

namespace unopened::config {
namespace {

using audit::Category;
using audit::Verified;

const audit::Service& FindService(const std::string& id) {
  const auto at = std::ranges::find(Catalogue().services, id, &audit::Service::id);
  if (at == Catalogue().services.end()) ADD_FAILURE() << "no service " << id;
  return at == Catalogue().services.end() ? Catalogue().services.front() : *at;
}

bool AnswersFor(const audit::Provenance& provenance, const std::string& day) {
  const auto days = AnsweredDays(provenance);
  return days && days->first <= DayAt(day) && DayAt(day) <= days->last;
}

// "e2ee_always yes", or "-" where no interval answers for the day.
std::string PolicyAt(const std::string& service, const std::string& scope, const std::string& day) {
  std::string found = "-";
  const auto& scopes = FindService(service).scopes;
  const auto at = std::ranges::find(scopes, scope, &audit::Scope::id);
  if (at == scopes.end()) return "no scope " + scope;
  for (const auto& interval : at->intervals) {
    if (!AnswersFor(interval.provenance, day)) continue;
    EXPECT_EQ("-", found) << "two intervals answer";
    found = std::string(audit::Name(interval.policy)) + " " +
            std::string(audit::Name(interval.provenance.verified));
  }
  return found;
}

std::string CapabilityAt(const std::string& service, Category category, const std::string& day) {
  std::string found = "-";
  for (const auto& capability : FindService(service).capabilities) {
    if (capability.category != category || !AnswersFor(capability.provenance, day)) continue;
    EXPECT_EQ("-", found) << "two rows answer";
    found = std::string(audit::Name(capability.value)) + " " +
            std::string(audit::Name(capability.provenance.verified));
  }
  return found;
}

std::string EndpointOf(const std::string& host) {
  const classify::EndpointMatcher matcher(Catalogue().rules);
  return Catalogue().endpoint(matcher.MatchHost(host).endpoint).id;
}

const audit::Endpoint& FindEndpoint(const std::string& id) {
  const auto at = std::ranges::find(Catalogue().endpoints, id, &audit::Endpoint::id);
  if (at == Catalogue().endpoints.end()) ADD_FAILURE() << "no endpoint " << id;
  return at == Catalogue().endpoints.end() ? Catalogue().endpoints.front() : *at;
}

std::vector<std::string> ScopesOf(const std::string& endpoint) {
  std::vector<std::string> names;
  for (const auto& reached : FindEndpoint(endpoint).scopes) {
    const auto& service = Catalogue().services[reached.service];
    names.push_back(service.id + "." + service.scopes[reached.scope].id);
  }
  return names;
}

TEST(ShippedCatalogue, LoadsWithoutAProblem) {
  EXPECT_EQ("", FormatProblems(Shipped().problems));
  EXPECT_EQ(64U, Catalogue().digest.size());
}

TEST(ShippedCatalogue, ItsGatewayFileStatesTheDefaults) {
  const GatewayConfig defaults;
  EXPECT_EQ(DigestOf(defaults), Shipped().loaded.gateway.digest);
}

// Services that have rows on what their provider could hand over, and how many; the other 23 have
// none. Two of iCloud's ten categories differ before and after a day: three rows and two.
TEST(ShippedCatalogue, HoldsSixtyFiveServicesWithTheirCapabilities) {
  EXPECT_EQ(65U, Catalogue().services.size());
  std::map<std::string, std::size_t> rows;
  for (const auto& service : Catalogue().services) {
    if (!service.capabilities.empty()) rows[service.id] = service.capabilities.size();
  }
  std::map<std::string, std::size_t> expected = {
      {"aws_wickr", 3},   {"facebook", 6}, {"google_chat", 1},  {"google_drive", 1},
      {"google_meet", 1}, {"icloud", 13},  {"icloud_mail", 6},  {"linkedin_dm", 2},
      {"mega", 5},        {"onedrive", 3}, {"outlook_mail", 3}, {"skype", 2}};
  for (const char* id : {"discord",        "facetime",  "gmail",         "google_messages_rcs",
                         "imessage",       "instagram", "kakaotalk",     "line",
                         "matrix_element", "messenger", "private_relay", "proton_mail",
                         "proton_vpn",     "session",   "signal",        "simplex",
                         "slack",          "snapchat",  "teams",         "telegram",
                         "threema",        "tiktok_dm", "tuta",          "viber",
                         "wechat",         "whatsapp",  "wickr_me",      "wire",
                         "x_dm",           "zoom"}) {
    expected[id] = 10;
  }
  EXPECT_EQ(expected, rows);
}

// Ten categories each; recorded_ciphertext has no reach in any source.
TEST(ShippedCatalogue, HoldsSixteenInstrumentsWithTheirDatesOfForce) {
  std::map<std::string, std::string> in_force;
  for (const auto& instrument : Catalogue().instruments) {
    in_force[instrument.id] =
        instrument.in_force_from ? base::FormatDay(*instrument.in_force_from) : "-";
    for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
      const bool recorded = i == static_cast<std::size_t>(Category::kRecordedCiphertext);
      EXPECT_EQ(recorded, instrument.rows[i].source.empty()) << instrument.id << " " << i;
    }
  }
  EXPECT_EQ((std::map<std::string, std::string>{{"au_tan", "2018-12-09"},
                                                {"au_tar", "2018-12-09"},
                                                {"au_tcn", "2018-12-09"},
                                                {"cloud_act_order", "2018-03-31"},
                                                {"eu_epoc_content", "2026-08-18"},
                                                {"eu_epoc_subscriber", "2026-08-18"},
                                                {"eu_epoc_traffic", "2026-08-18"},
                                                {"eu_epoc_userid", "2026-08-18"},
                                                {"mlat", "-"},
                                                {"uk_tcn", "-"},
                                                {"uk_ti_warrant", "2018-06-27"},
                                                {"us_2703d", "1986-10-21"},
                                                {"us_pen_trap", "1986-10-21"},
                                                {"us_subpoena", "1986-10-21"},
                                                {"us_title3", "1986-10-21"},
                                                {"us_warrant", "1986-10-21"}}),
            in_force);
}

// documented_disclosures: 67 cases of 15 providers.
TEST(ShippedCatalogue, HoldsSixtySevenCasesOfPractice) {
  std::map<std::string, std::size_t> cases;
  std::map<audit::PracticeOutcome, std::size_t> outcomes;
  for (const audit::Practice& practice : Catalogue().practices) {
    ++cases[Catalogue().services[practice.service].id];
    ++outcomes[practice.outcome];
    EXPECT_FALSE(practice.provenance.source.empty());
  }
  EXPECT_EQ(67U, Catalogue().practices.size());
  EXPECT_EQ((std::map<std::string, std::size_t>{{"facetime", 1},
                                                {"icloud", 3},
                                                {"imessage", 6},
                                                {"instagram", 3},
                                                {"line", 2},
                                                {"messenger", 6},
                                                {"proton_mail", 3},
                                                {"proton_vpn", 1},
                                                {"signal", 11},
                                                {"snapchat", 1},
                                                {"telegram", 3},
                                                {"threema", 5},
                                                {"viber", 4},
                                                {"wechat", 3},
                                                {"whatsapp", 12},
                                                {"wickr_me", 3}}),
            cases);
  EXPECT_EQ(5U, outcomes[audit::PracticeOutcome::kDeclined]);
  EXPECT_EQ(20U, outcomes[audit::PracticeOutcome::kStatedUnable]);
}

// The table of hosts has 132 names; services have further ones of their own.
TEST(ShippedCatalogue, HoldsTheRulesThatNameEndpoints) {
  const auto& rules = Catalogue().rules;
  EXPECT_GE(rules.hosts.size(), 132U);
  const classify::EndpointMatcher matcher(rules);
  for (const char* name : {"prod-nginz-https.wire.com",
                           "prod-nginz-ssl.wire.com",
                           "prod-assets.wire.com",
                           "turn.prod-calling.wire.com",
                           "de.prod.wire.com",
                           "wire-app.wire.com",
                           "clientblacklist.wire.com",
                           "wire.com",
                           "booking-loco.kakao.com",
                           "ticket-loco.kakao.com",
                           "talk.kakao.com",
                           "kakao.com",
                           "kakaocdn.net",
                           "viber.com",
                           "viber.co",
                           "viber.me",
                           "vbcdn.com",
                           "vbcdn.net",
                           "line-apps.com",
                           "line-scdn.net",
                           "line-cdn.net",
                           "gcld-line.com",
                           "edge-chat.instagram.com",
                           "gateway.instagram.com",
                           "instagram.com",
                           "i.instagram.com",
                           "cdninstagram.com",
                           "igcdn.com",
                           "fbmessenger.com",
                           "messenger.com",
                           "m.me",
                           "qq.com",
                           "gtimg.com",
                           "qpic.cn",
                           "qlogo.cn",
                           "idqqimg.com",
                           "weixin.com",
                           "servicewechat.com",
                           "rcs.telephony.goog",
                           "jibemobile.com",
                           "jibe.google.com",
                           "messages.google.com",
                           "mtalk.google.com",
                           "teams.microsoft.com",
                           "teams.cloud.microsoft",
                           "ng.msg.teams.microsoft.com",
                           "trouter.teams.microsoft.com",
                           "notifications.teams.microsoft.com",
                           "lync.com",
                           "teams.live.com",
                           "skype.com",
                           "skypeassets.com",
                           "wbx2.com",
                           "ciscospark.com",
                           "webexcontent.com",
                           "webex.com",
                           "webexapis.com",
                           "meet.google.com",
                           "stream.meet.google.com",
                           "meetings.googleapis.com",
                           "workspace.turns.goog",
                           "meet.turns.goog",
                           "facetime.apple.com",
                           "push.apple.com",
                           "imap.mail.me.com",
                           "smtp.mail.me.com",
                           "me.com",
                           "icloud.com",
                           "outlook.office365.com",
                           "outlook.com",
                           "hotmail.com",
                           "office365.com",
                           "live.com",
                           "imap.mail.yahoo.com",
                           "smtp.mail.yahoo.com",
                           "yahoo.com",
                           "yimg.com",
                           "app.tuta.com",
                           "tuta.com",
                           "tutanota.com",
                           "tutanota.de",
                           "tuta.io",
                           "mega.nz",
                           "mega.io",
                           "mega.co.nz",
                           "g.api.mega.co.nz",
                           "userstorage.mega.co.nz",
                           "messaging-pro-prod.wickr.com",
                           "filev2.getsession.org",
                           "seed1.getsession.org",
                           "seed2.getsession.org",
                           "seed3.getsession.org",
                           "meet.jit.si",
                           "x.com",
                           "twitter.com",
                           "twimg.com",
                           "t.co",
                           "api.mullvad.net",
                           "dns.mullvad.net",
                           "nordvpn.com",
                           "nordcdn.com",
                           "engage.cloudflareclient.com",
                           "cloudflareclient.com",
                           "cloudflarewarp.com",
                           "warp.plus",
                           "cloudflare-dns.com",
                           "one.one.one.one",
                           "mozilla.cloudflare-dns.com",
                           "teamviewer.com",
                           "teamviewer.us",
                           "client-teamviewer-com.trafficmanager.net",
                           "net.anydesk.com",
                           "anydesk.com",
                           "proton.me",
                           "protonmail.com",
                           "pm.me",
                           "protonvpn.com",
                           "protonvpn.ch",
                           "sc-gw.com",
                           "sc-static.net",
                           "snapkit.co",
                           "stun.threema.ch",
                           "signal.art",
                           "signal.group",
                           "signal.link",
                           "signal.me",
                           "signal.tube",
                           "1drv.ms",
                           "1drv.com",
                           "onedrive.com",
                           "livefilestore.com",
                           "dropboxusercontent.com"}) {
    EXPECT_NE(classify::kNoEndpoint, matcher.MatchHost(name).endpoint) << name;
    EXPECT_EQ(matcher.MatchHost(name).endpoint,
              matcher.MatchHost(std::string("a.") + name).endpoint)
        << name;
  }
}

TEST(ShippedCatalogue, NamesTheEndpointOfAnAlpnARealmAndACertificate) {
  const classify::EndpointMatcher matcher(Catalogue().rules);
  struct Case {
    const char* alpn;
    const char* realm;
    const char* certificate;
    const char* endpoint;
    classify::Evidence evidence;
  };
  for (const Case& c : {
           Case{"smp/1", "", "", "simplex", classify::Evidence::kStrong},
           Case{"xftp/1", "", "", "simplex", classify::Evidence::kStrong},
           Case{"xmpp-client", "", "", "xmpp", classify::Evidence::kStrong},
           Case{"anydesk/6.2.0/windows", "", "", "anydesk", classify::Evidence::kStrong},
           Case{"h2-fb;h2", "", "", "meta_client", classify::Evidence::kWeak},
           Case{"h2;http/1.1", "", "", "none", classify::Evidence::kNone},
           Case{"", "signal.org", "", "signal", classify::Evidence::kStrong},
           Case{"", "telegram.org", "", "telegram", classify::Evidence::kWeak},
           Case{"", "viber.com", "", "viber", classify::Evidence::kWeak},
           Case{"", "example.org", "", "none", classify::Evidence::kNone},
           Case{"", "", "*.webex.com", "webex", classify::Evidence::kStrong},
           Case{"", "", "kakao.com", "kakao", classify::Evidence::kStrong},
           Case{"", "", "notkakao.com", "none", classify::Evidence::kNone},
       }) {
    classify::HandshakeFacts facts;
    facts.transient.alpn.Set(c.alpn);
    facts.transient.realm.Set(c.realm);
    facts.transient.certificate_name.Set(c.certificate);
    const auto match = matcher.Match(facts);
    const std::string where = std::string(c.alpn) + c.realm + c.certificate;
    EXPECT_EQ(c.endpoint, Catalogue().endpoint(match.endpoint).id) << where;
    EXPECT_EQ(c.evidence, match.evidence) << where;
  }
}

// What nothing on the wire authenticates carries no claim, whatever the dissector says.
TEST(ShippedCatalogue, TheFormsOfServicesOwnProtocolsAreWeak) {
  const classify::EndpointMatcher matcher(Catalogue().rules);
  for (const auto& [protocol, endpoint] : std::map<classify::Protocol, std::string>{
           {classify::Protocol::kThreemaCsp, "threema"},
           {classify::Protocol::kMtproto, "telegram"},
           {classify::Protocol::kViber, "viber"},
           {classify::Protocol::kLine, "line"},
           {classify::Protocol::kMmtls, "wechat"},
           {classify::Protocol::kZoom, "zoom"},
           {classify::Protocol::kSkype, "skype_teams"},
           {classify::Protocol::kDiscordVoice, "discord_voice"},
       }) {
    classify::HandshakeFacts facts;
    facts.protocol = protocol;
    const auto match = matcher.Match(facts);
    EXPECT_EQ(endpoint, Catalogue().endpoint(match.endpoint).id);
    EXPECT_EQ(classify::Evidence::kWeak, match.evidence) << endpoint;
  }
}

TEST(ShippedCatalogue, CarriesTheReachesOfTheSecondCheck) {
  struct Case {
    const char* instrument;
    Category category;
    audit::Reach reach;
    Verified verified;
  };
  for (const Case& c : {
           Case{"us_subpoena", Category::kLastConnection, audit::Reach::kInScope, Verified::kYes},
           Case{"us_subpoena", Category::kIpLogs, audit::Reach::kConditional, Verified::kYes},
           Case{"us_subpoena", Category::kStoredContent, audit::Reach::kOutOfScope, Verified::kYes},
           Case{"us_title3", Category::kIpLogs, audit::Reach::kConditional, Verified::kPartly},
           Case{"us_title3", Category::kLiveContent, audit::Reach::kInScope, Verified::kYes},
           Case{"us_2703d", Category::kStoredContent, audit::Reach::kOutOfScope, Verified::kPartly},
           Case{"us_warrant", Category::kLiveContent, audit::Reach::kOutOfScope, Verified::kYes},
           Case{"us_pen_trap", Category::kLastConnection, audit::Reach::kConditional,
                Verified::kYes},
           Case{"cloud_act_order", Category::kBackups, audit::Reach::kConditional, Verified::kYes},
           Case{"uk_ti_warrant", Category::kStoredContent, audit::Reach::kInScope, Verified::kYes},
           Case{"uk_tcn", Category::kLiveContent, audit::Reach::kConditional, Verified::kYes},
           Case{"au_tcn", Category::kBackups, audit::Reach::kConditional, Verified::kPartly},
           Case{"mlat", Category::kStoredContent, audit::Reach::kConditional, Verified::kYes},
           Case{"eu_epoc_userid", Category::kSubscriberIdentity, audit::Reach::kOutOfScope,
                Verified::kYes},
           Case{"eu_epoc_subscriber", Category::kIpLogs, audit::Reach::kConditional, Verified::kNo},
           Case{"eu_epoc_content", Category::kMessageRoutingMetadata, audit::Reach::kOutOfScope,
                Verified::kYes},
       }) {
    const auto at =
        std::ranges::find(Catalogue().instruments, c.instrument, &audit::Instrument::id);
    ASSERT_NE(Catalogue().instruments.end(), at) << c.instrument;
    const auto& row = at->rows[static_cast<std::size_t>(c.category)];
    EXPECT_EQ(c.reach, row.reach) << c.instrument << " " << audit::Name(c.category);
    EXPECT_EQ(c.verified, row.verified) << c.instrument << " " << audit::Name(c.category);
  }
}

struct PolicyCase {
  const char* service;
  const char* scope;
  const char* day;
  const char* policy;
};

TEST(ShippedCatalogue, StatesThePolicyOfTheDay) {
  for (const PolicyCase& c : {
           PolicyCase{"whatsapp", "messages", "2014-06-01", "-"},
           PolicyCase{"whatsapp", "messages", "2016-04-04", "e2ee_default partly"},
           PolicyCase{"whatsapp", "messages", "2016-04-05", "e2ee_always yes"},
           PolicyCase{"whatsapp", "messages", "2026-11-24", "e2ee_always yes"},
           PolicyCase{"whatsapp", "calls", "2016-04-04", "-"},
           PolicyCase{"whatsapp", "calls", "2016-04-05", "e2ee_always yes"},
           PolicyCase{"whatsapp", "backups", "2021-10-13", "none yes"},
           PolicyCase{"whatsapp", "backups", "2021-10-14", "e2ee_optional yes"},
           PolicyCase{"whatsapp", "website", "2024-01-01", "-"},
           PolicyCase{"messenger", "messages", "2016-07-30", "-"},
           PolicyCase{"messenger", "messages", "2019-06-01", "e2ee_optional yes"},
           PolicyCase{"messenger", "messages", "2023-12-05", "e2ee_optional yes"},
           PolicyCase{"messenger", "messages", "2023-12-06", "e2ee_default yes"},
           PolicyCase{"messenger", "messages", "2024-06-01", "e2ee_default yes"},
           PolicyCase{"signal", "messages", "2015-01-01", "e2ee_always partly"},
           PolicyCase{"signal", "messages", "2016-10-04", "e2ee_always yes"},
           PolicyCase{"telegram", "cloud_chats", "2024-09-28", "in_transit_only partly"},
           PolicyCase{"telegram", "cloud_chats", "2024-09-29", "in_transit_only yes"},
           PolicyCase{"telegram", "secret_chats", "2021-12-13", "e2ee_optional partly"},
           PolicyCase{"telegram", "secret_chats", "2021-12-14", "e2ee_optional yes"},
           PolicyCase{"telegram", "calls", "2024-01-01", "e2ee_always yes"},
           PolicyCase{"threema", "messages", "2024-01-01", "e2ee_always yes"},
           PolicyCase{"viber", "messages", "2024-01-01", "e2ee_default yes"},
           PolicyCase{"wire", "messages", "2016-03-09", "in_transit_only yes"},
           PolicyCase{"wire", "messages", "2016-03-10", "e2ee_always yes"},
           PolicyCase{"wire", "calls", "2015-06-01", "e2ee_always yes"},
           PolicyCase{"line", "text", "2016-06-01", "e2ee_optional yes"},
           PolicyCase{"line", "text", "2017-01-01", "e2ee_default yes"},
           PolicyCase{"wechat", "messages", "2022-01-01", "in_transit_only yes"},
           PolicyCase{"discord", "audio_video", "2026-03-30", "e2ee_default yes"},
           PolicyCase{"discord", "audio_video", "2026-03-31", "e2ee_always yes"},
           PolicyCase{"discord", "text", "2026-11-24", "in_transit_only yes"},
           PolicyCase{"zoom", "meetings", "2020-10-25", "-"},
           PolicyCase{"zoom", "meetings", "2020-10-26", "e2ee_optional yes"},
           PolicyCase{"instagram", "messages", "2026-05-08", "e2ee_optional yes"},
           PolicyCase{"instagram", "messages", "2026-05-09", "in_transit_only yes"},
           PolicyCase{"imessage", "messages", "2024-01-01", "e2ee_always yes"},
           PolicyCase{"facetime", "calls", "2024-01-01", "e2ee_always yes"},
           PolicyCase{"tor", "circuits", "2026-11-24", "not_applicable no"},
           PolicyCase{"aws_wickr", "messages", "2022-11-27", "-"},
           PolicyCase{"aws_wickr", "messages", "2022-11-28", "e2ee_always yes"},
           PolicyCase{"wickr_me", "messages", "2023-12-31", "e2ee_always yes"},
           PolicyCase{"apple_rcs", "messages", "2026-05-10", "none partly"},
           PolicyCase{"apple_rcs", "messages", "2026-05-11", "e2ee_default yes"},
           PolicyCase{"google_messages_rcs", "messages", "2021-06-29", "e2ee_optional yes"},
           PolicyCase{"google_messages_rcs", "messages", "2021-06-30", "e2ee_default yes"},
           PolicyCase{"google_meet", "legacy_calls", "2016-08-16", "e2ee_always yes"},
           PolicyCase{"gmail", "workspace_cse", "2023-02-28", "e2ee_optional yes"},
           PolicyCase{"gmail", "workspace_any", "2025-10-02", "e2ee_optional yes"},
           PolicyCase{"matrix_element", "private_rooms", "2020-05-05", "e2ee_optional yes"},
           PolicyCase{"matrix_element", "private_rooms", "2020-05-06", "e2ee_default yes"},
           PolicyCase{"kakaotalk", "secret_chats", "2014-12-08", "e2ee_optional yes"},
           PolicyCase{"kakaotalk", "secret_groups", "2016-01-01", "e2ee_optional partly"},
           PolicyCase{"proton_mail", "internal", "2014-05-16", "e2ee_always yes"},
           PolicyCase{"teams", "calls", "2021-12-14", "e2ee_optional yes"},
           PolicyCase{"teams", "premium_meetings", "2024-01-01", "e2ee_optional yes"},
           PolicyCase{"teams", "chat_meetings", "2026-11-24", "in_transit_only yes"},
           PolicyCase{"webex", "messaging", "2026-11-24", "in_transit_only yes"},
           PolicyCase{"x_dm", "encrypted_dm", "2025-05-28", "e2ee_optional yes"},
           PolicyCase{"x_dm", "chat", "2025-07-01", "e2ee_optional yes"},
           PolicyCase{"skype", "private_conversations", "2018-09-01", "e2ee_optional partly"},
           PolicyCase{"snapchat", "snaps", "2026-11-24", "e2ee_default no"},
           PolicyCase{"jitsi", "meetings", "2020-04-12", "e2ee_optional yes"},
           PolicyCase{"tiktok_dm", "messages", "2026-11-24", "in_transit_only yes"},
       }) {
    EXPECT_EQ(c.policy, PolicyAt(c.service, c.scope, c.day))
        << c.service << " " << c.scope << " " << c.day;
  }
}

TEST(ShippedCatalogue, StatesTheCapabilityOfTheDay) {
  struct Case {
    const char* service;
    Category category;
    const char* day;
    const char* capability;
  };
  for (const Case& c : {
           Case{"whatsapp", Category::kLiveContent, "2016-04-04", "-"},
           Case{"whatsapp", Category::kLiveContent, "2016-04-05", "could_not yes"},
           Case{"whatsapp", Category::kStoredContent, "2024-01-01", "could_not yes"},
           Case{"whatsapp", Category::kBackups, "2024-01-01", "conditional yes"},
           Case{"whatsapp", Category::kGroupMembership, "2026-11-23", "could partly"},
           Case{"messenger", Category::kLiveContent, "2019-06-01", "-"},
           Case{"messenger", Category::kLiveContent, "2024-06-01", "conditional yes"},
           Case{"messenger", Category::kGroupMembership, "2026-11-23", "could no"},
           Case{"signal", Category::kSubscriberIdentity, "2026-11-23", "conditional yes"},
           Case{"signal", Category::kLiveContent, "2016-10-03", "-"},
           Case{"signal", Category::kLiveContent, "2016-10-04", "could_not yes"},
           Case{"viber", Category::kStoredContent, "2026-11-23", "conditional yes"},
           Case{"viber", Category::kContacts, "2026-11-23", "conditional yes"},
           Case{"imessage", Category::kGroupMembership, "2026-11-23", "unknown no"},
           Case{"facetime", Category::kBackups, "2026-11-23", "unknown no"},
           Case{"wire", Category::kGroupMembership, "2026-11-23", "could yes"},
           Case{"wire", Category::kBackups, "2026-11-23", "could_not no"},
           Case{"instagram", Category::kLiveContent, "2026-05-09", "conditional partly"},
           Case{"wechat", Category::kLastConnection, "2026-11-23", "conditional yes"},
           Case{"line", Category::kIpLogs, "2026-11-23", "conditional yes"},
           Case{"aws_wickr", Category::kLiveContent, "2026-11-23", "could_not yes"},
           Case{"wickr_me", Category::kSubscriberIdentity, "2023-12-31", "could_not yes"},
           Case{"wickr_me", Category::kSubscriberIdentity, "2024-01-01", "-"},
           Case{"kakaotalk", Category::kLiveContent, "2016-10-16", "conditional yes"},
           Case{"proton_mail", Category::kStoredContent, "2025-06-30", "could_not yes"},
           Case{"proton_mail", Category::kMessageRoutingMetadata, "2026-11-23", "could yes"},
           Case{"tuta", Category::kStoredContent, "2024-06-30", "could_not yes"},
           Case{"tuta", Category::kBackups, "2026-11-23", "could_not no"},
           Case{"session", Category::kBackups, "2026-11-23", "could_not no"},
           Case{"mega", Category::kBackups, "2024-11-07", "could_not partly"},
           Case{"matrix_element", Category::kBackups, "2025-08-14", "could_not yes"},
           Case{"snapchat", Category::kIpLogs, "2025-07-01", "conditional yes"},
           Case{"private_relay", Category::kMessageRoutingMetadata, "2026-11-23",
                "conditional yes"},
           Case{"skype", Category::kIpLogs, "2025-05-06", "-"},
           Case{"telegram", Category::kIpLogs, "2024-09-22", "-"},
           Case{"telegram", Category::kIpLogs, "2024-09-23", "conditional yes"},
       }) {
    EXPECT_EQ(c.capability, CapabilityAt(c.service, c.category, c.day))
        << c.service << " " << audit::Name(c.category) << " " << c.day;
  }
  for (const auto& capability : FindService("whatsapp").capabilities) {
    if (capability.category == Category::kBackups) {
      EXPECT_EQ("Apple or Google", capability.holder);
    }
  }
}

TEST(ShippedCatalogue, NamesTheEndpointOfAHost) {
  for (const auto& [host, endpoint] : std::map<std::string, std::string>{
           {"g.whatsapp.net", "whatsapp"},
           {"mmg-fna.whatsapp.net", "whatsapp"},
           {"web.whatsapp.com", "whatsapp"},
           {"www.whatsapp.com", "whatsapp_site"},
           {"notwhatsapp.net", "none"},
           {"grpc.chat.signal.org", "signal"},
           {"cdsi.signal.org", "signal_discovery"},
           {"svrb.signal.org", "signal_recovery"},
           {"www.signal.org", "signal_site"},
           {"www.messenger.com", "messenger"},
           {"edge-mqtt.facebook.com", "messenger"},
           {"mqtt-mini.facebook.com", "messenger"},
           {"www.facebook.com", "facebook_messenger"},
           {"static.xx.fbcdn.net", "meta_cdn"},
           {"connect.facebook.net", "facebook"},
           {"edge-chat.instagram.com", "instagram_dm"},
           {"www.instagram.com", "instagram"},
           {"1-courier.push.apple.com", "apple_push"},
           {"facetime.apple.com", "facetime_link"},
           {"www.apple.com", "none"},
           {"web.telegram.org", "telegram"},
           {"apip.threema.ch", "threema"},
           {"safe.threema.ch", "threema_safe"},
           {"threema.ch", "threema_site"},
           {"media.cdn.viber.com", "viber"},
           {"uts-front.line-apps.com", "line"},
           {"obs.line-scdn.net", "line_web"},
           {"wx.qq.com", "wechat"},
           {"mail.qq.com", "tencent"},
           {"query.ess.apple.com", "apple_identity"},
           {"mask.icloud.com", "private_relay"},
           {"gateway.icloud.com", "icloud_shared"},
           {"imap.mail.me.com", "icloud_mail"},
           {"mtalk.google.com", "google_push"},
           {"mail.google.com", "gmail"},
           {"mail.proton.me", "proton_account"},
           {"teams.live.com", "teams"},
           {"login.live.com", "microsoft_365"},
           {"onedrive.live.com", "onedrive"},
           {"outlook.office365.com", "outlook_mail"},
           {"www.office365.com", "microsoft_365"},
           {"api.skype.com", "skype_teams"},
           {"relay-1.net.anydesk.com", "anydesk"},
           {"www.anydesk.com", "anydesk_site"},
           {"gateway.discord.gg", "discord"},
           {"zoomfr84zc.zoom.us", "zoom"},
           {"prod-nginz-https.wire.com", "wire"},
           {"wire-app.wire.com", "wire_site"},
       }) {
    EXPECT_EQ(endpoint, EndpointOf(host)) << host;
  }
}

TEST(ShippedCatalogue, SaysWhatIsReachableAtAnEndpoint) {
  using testing::ElementsAre;
  EXPECT_THAT(ScopesOf("whatsapp"), ElementsAre("whatsapp.calls", "whatsapp.messages"))
      << "not the backup, which lies with Apple or Google";
  EXPECT_THAT(ScopesOf("messenger"), ElementsAre("messenger.messages"));
  EXPECT_THAT(ScopesOf("telegram"),
              ElementsAre("telegram.calls", "telegram.cloud_chats", "telegram.secret_chats"));
  EXPECT_THAT(ScopesOf("apple_push"),
              ElementsAre("apple_rcs.messages", "facetime.calls", "imessage.messages"));
  EXPECT_THAT(ScopesOf("meta_cdn"), ElementsAre("facebook.posts", "instagram.feed",
                                                "instagram.messages", "messenger.messages"));
}

TEST(ShippedCatalogue, SharedNamesAreGroupsAndAppleHasNoEndpointOfItsOwn) {
  std::set<std::string> groups;
  for (const auto& endpoint : Catalogue().endpoints) {
    if (endpoint.group) groups.insert(endpoint.id);
    EXPECT_EQ(endpoint.group, endpoint.services.size() > 1) << endpoint.id;
  }
  EXPECT_EQ((std::set<std::string>{"apple_identity", "apple_push", "facebook_messenger",
                                   "google_content", "google_push", "icloud_shared", "meta_cdn",
                                   "meta_client", "microsoft_365", "proton_account", "rcs_jibe",
                                   "skype_teams", "tencent"}),
            groups);
  classify::HandshakeFacts facts;
  facts.protocol = classify::Protocol::kTls;
  facts.transient.alpn.Set("apns-pack-v1");
  const classify::EndpointMatcher matcher(Catalogue().rules);
  EXPECT_EQ("apple_push", Catalogue().endpoint(matcher.Match(facts).endpoint).id);
}

TEST(ShippedCatalogue, TheNoisePrologueNamesWhatsAppStrongly) {
  classify::HandshakeFacts facts;
  facts.protocol = classify::Protocol::kWhatsAppNoise;
  const classify::EndpointMatcher matcher(Catalogue().rules);
  const auto match = matcher.Match(facts);
  EXPECT_EQ("whatsapp", Catalogue().endpoint(match.endpoint).id);
  EXPECT_EQ(classify::Evidence::kStrong, match.evidence);
}

TEST(ShippedCatalogue, NoUnconfirmedFactSaysCouldNotUnmarked) {
  for (const auto& service : Catalogue().services) {
    for (const auto& capability : service.capabilities) {
      EXPECT_FALSE(capability.provenance.source.empty()) << service.id;
      if (capability.provenance.source.find("own knowledge") != std::string::npos) {
        EXPECT_NE(Verified::kYes, capability.provenance.verified)
            << service.id << " " << audit::Name(capability.category);
      }
    }
  }
}

}  // namespace
}  // namespace unopened::config
