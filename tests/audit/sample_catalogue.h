// A small catalogue, by hand, with the cases that are argued about: values as in the real one where
// it has them.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "audit/catalogue.h"
#include "audit/shape.h"
#include "base/clock.h"

namespace unopened::audit::tests {

inline base::Day DayAt(std::string_view text) {
  base::Day day = 0;
  if (!base::ParseDay(text, day)) std::abort();
  return day;
}

inline base::TimeNs TimeAt(std::string_view day, std::int64_t seconds = 0) {
  return (DayAt(day) * base::kSecondsPerDay + seconds) * base::kNsPerSecond;
}

struct Dates {
  std::string_view from;
  std::string_view until;
  std::string_view source_date;
};

inline Provenance Cited(std::string source, Dates dates, Verified verified = Verified::kYes) {
  Provenance p;
  p.source = std::move(source);
  if (!dates.from.empty()) p.from = DayAt(dates.from);
  if (!dates.until.empty()) p.until = DayAt(dates.until);
  if (!dates.source_date.empty()) p.source_date = DayAt(dates.source_date);
  p.verified = verified;
  return p;
}

// The endpoints' places in SampleCatalogue().endpoints.
enum SampleEndpoint : classify::EndpointId {
  kNone,
  kWhatsApp,
  kMessenger,
  kTelegram,
  kFacebook,
  kApplePush,
  kVpn,
  kUnverified,
  kUndated,
  kContradicted,
  kBare,
};

inline Catalogue SampleCatalogue() {
  Catalogue c;
  c.digest = std::string(64, 'a');
  const auto interval = [](Policy policy, Provenance provenance, std::string exceptions = "") {
    return PolicyInterval{policy, std::move(exceptions), std::move(provenance)};
  };
  const auto service = [&c](std::string id, std::string title, std::string jurisdiction,
                            std::vector<Scope> scopes, std::vector<Capability> capabilities) {
    c.services.push_back({std::move(id), std::move(title), "its provider", std::move(jurisdiction),
                          DayAt("2026-11-23"), std::move(scopes), std::move(capabilities)});
  };
  service("whatsapp", "WhatsApp", "US; IE for European Region",
          {{"messages",
            "personal messages and calls",
            {interval(Policy::kE2eeAlways,
                      Cited("announcement of 2016-04-05", {"2016-04-05", "", ""}))}}},
          {{Category::kSubscriberIdentity, Answer::kCould, "name, phone number", "",
            Cited("law enforcement page", {"", "", "2021-01-07"})},
           {Category::kStoredContent, Answer::kCouldNot, "undelivered messages stay encrypted", "",
            Cited("law enforcement page", {"2016-04-05", "", ""})},
           {Category::kBackups, Answer::kConditional,
            "unless the user turned on encrypted backup, offered since 2021-10-14",
            "Apple or Google", Cited("press", {"", "", "2021-10-14"})},
           {Category::kContacts, Answer::kCould, "address book", "",
            Cited("press", {"", "", "2021-11-30"}, Verified::kPartly)},
           {Category::kIpLogs, Answer::kConditional, "if available", "", Cited("page", {})}});
  service("messenger", "Messenger", "US; IE",
          {{"chats",
            "personal chats and calls",
            {interval(Policy::kE2eeOptional, Cited("press", {"2016-07-08", "2023-12-05", ""})),
             interval(Policy::kE2eeDefault, Cited("announcement", {"2023-12-06", "", ""}),
                      "business and community chats")}}},
          {});
  service(
      "telegram", "Telegram", "AE (Dubai); BVI",
      {{"cloud",
        "cloud chats",
        {interval(Policy::kInTransitOnly,
                  Cited("press", {"2013-08-14", "", ""}, Verified::kPartly))}},
       {"secret",
        "secret chats",
        {interval(Policy::kE2eeOptional, Cited("press", {"2013-10-08", "", ""}))}},
       {"calls", "calls", {interval(Policy::kE2eeAlways, Cited("press", {"2017-03-30", "", ""}))}}},
      {});
  service("facebook", "Facebook", "US; IE",
          {{"all",
            "posts and pages",
            {interval(Policy::kInTransitOnly, Cited("guidelines", {"", "", "2014-01-01"}))}}},
          {});
  service("apple", "Apple push", "US; IE",
          {{"push",
            "push notifications",
            {interval(Policy::kInTransitOnly, Cited("guide", {"2011-10-12", "", ""}))}}},
          {});
  service("vpn", "A commercial VPN", "PA",
          {{"tunnel",
            "tunnel",
            {interval(Policy::kTunnelProvider, Cited("terms", {"2015-01-01", "", ""}))}}},
          {});
  service("unverified", "Says so itself", "CH",
          {{"all",
            "messages",
            {interval(Policy::kE2eeAlways,
                      Cited("own page", {"2016-01-01", "", ""}, Verified::kPartly))}}},
          {{Category::kStoredContent, Answer::kCouldNot, "", "",
            Cited("own page", {"2016-01-01", "", ""}, Verified::kNo)}});
  service("undated", "Undated", "any",
          {{"all", "messages", {interval(Policy::kE2eeAlways, Cited("own page", {}))}}},
          {{Category::kStoredContent, Answer::kCouldNot, "", "", Cited("own page", {})}});
  service("contradicted", "An archive may be on", "US",
          {{"all",
            "messages",
            {interval(Policy::kE2eeAlways, Cited("press", {"2016-01-01", "", ""}))}}},
          {{Category::kLiveContent, Answer::kConditional, "the customer may add an archive", "",
            Cited("terms", {"2016-01-01", "", ""})}});
  service("bare", "Nothing declared", "US", {}, {});

  c.endpoints.push_back({"none", "no endpoint", false, {}, {}});
  const auto endpoint = [&c](std::string id, bool group, std::vector<std::uint16_t> services) {
    Endpoint e{std::move(id), "", group, services, {}};
    e.title = e.id;
    for (const std::uint16_t s : services) {
      for (std::size_t i = 0; i < c.services[s].scopes.size(); ++i) {
        e.scopes.push_back({s, static_cast<std::uint16_t>(i)});
      }
    }
    c.endpoints.push_back(std::move(e));
  };
  endpoint("whatsapp", false, {0});
  endpoint("messenger", false, {1});
  endpoint("telegram", false, {2});
  endpoint("facebook", false, {3});
  endpoint("apple_push", true, {4, 0});
  endpoint("vpn", false, {5});
  endpoint("unverified", false, {6});
  endpoint("undated", false, {7});
  endpoint("contradicted", false, {8});
  endpoint("bare", false, {9});

  Instrument warrant;
  warrant.id = "us_warrant";
  warrant.title = "Search warrant";
  warrant.jurisdiction = "US";
  warrant.section = "18 USC 2703(a)";
  warrant.binds = "providers";
  warrant.in_force_from = DayAt("1986-10-21");
  for (Instrument::Row& row : warrant.rows)
    row = {Reach::kInScope, "", "18 USC 2703", Verified::kYes};
  warrant.rows[static_cast<std::size_t>(Category::kLiveContent)].reach = Reach::kOutOfScope;
  warrant.rows[static_cast<std::size_t>(Category::kRecordedCiphertext)] = {};
  c.instruments.push_back(warrant);
  Instrument pen;
  pen.id = "us_pen_trap";
  pen.title = "Pen register";
  pen.jurisdiction = "US";
  pen.section = "18 USC 3123";
  pen.binds = "providers";
  pen.in_force_from = DayAt("1986-10-21");
  for (Instrument::Row& row : pen.rows) {
    row = {Reach::kOutOfScope, "no content", "18 USC 3127(3)", Verified::kYes};
  }
  pen.rows[static_cast<std::size_t>(Category::kIpLogs)].reach = Reach::kInScope;
  pen.rows[static_cast<std::size_t>(Category::kMessageRoutingMetadata)].reach = Reach::kInScope;
  pen.rows[static_cast<std::size_t>(Category::kLastConnection)].reach = Reach::kConditional;
  c.instruments.push_back(pen);

  c.network_operator.as_of = DayAt("2014-01-01");
  c.network_operator.tls_inspection_none = true;
  c.network_operator.answers[static_cast<std::size_t>(Category::kSubscriberIdentity)] =
      Answer::kCould;
  return c;
}

// A TLS 1.3 session with both sides seen; what a test is about is changed on the result.
inline classify::Session TlsSession(classify::EndpointId endpoint) {
  classify::Session s;
  s.protocol = classify::Protocol::kTls;
  s.version = classify::Version::kTls13;
  s.key_exchange = classify::KeyExchange::kPqHybrid;
  s.resumption = classify::Resumption::kNone;
  s.name_visibility = classify::NameVisibility::kVisible;
  s.sides = classify::SidesSeen::kBoth;
  s.outcome = classify::Outcome::kIdentified;
  s.evidence = classify::Evidence::kStrong;
  s.endpoint = endpoint;
  return s;
}

inline classify::Session PlainHttp() {
  classify::Session s;
  s.protocol = classify::Protocol::kHttp;
  s.sides = classify::SidesSeen::kBoth;
  s.outcome = classify::Outcome::kPlaintext;
  s.evidence = classify::Evidence::kStrong;
  return s;
}

}  // namespace unopened::audit::tests
