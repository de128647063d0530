// Catalogue: the cited facts that assessments rest on, as plain values. config/ reads them from
// TOML; nothing here is a literal fact. Immutable once built; a reload makes another one. Threads:
// any may read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/enum_names.h"
#include "classify/endpoint_matcher.h"
#include "classify/session.h"

namespace unopened::audit {

// What a service promises for one scope, by its own policy.
enum class Policy : std::uint8_t {
  kNone,
  kInTransitOnly,
  kE2eeOptional,
  kE2eeDefault,
  kE2eeAlways,
  kUserKeys,
  kTunnelProvider,
  kNotApplicable,
  kUnknown,
};
inline constexpr std::array<std::string_view, 9> kPolicyNames = {
    "none",      "in_transit_only", "e2ee_optional",  "e2ee_default", "e2ee_always",
    "user_keys", "tunnel_provider", "not_applicable", "unknown"};

enum class Category : std::uint8_t {
  kSubscriberIdentity,
  kAccountDates,
  kLastConnection,
  kIpLogs,
  kContacts,
  kGroupMembership,
  kMessageRoutingMetadata,
  kStoredContent,
  kLiveContent,
  kBackups,
  kRecordedCiphertext,
};
inline constexpr std::size_t kCategoryCount = 11;
inline constexpr std::array<std::string_view, kCategoryCount> kCategoryNames = {
    "subscriber_identity",
    "account_dates",
    "last_connection",
    "ip_logs",
    "contacts",
    "group_membership",
    "message_routing_metadata",
    "stored_content",
    "live_content",
    "backups",
    "recorded_ciphertext"};

enum class Answer : std::uint8_t {
  kCould,
  kCouldNot,
  kConditional,
  kUndetermined,
  kNotAuthorised,
  kNotApplicable,
  kUnknown,
};
inline constexpr std::array<std::string_view, 7> kAnswerNames = {
    "could",          "could_not",      "conditional", "undetermined",
    "not_authorised", "not_applicable", "unknown"};

enum class Reach : std::uint8_t { kInScope, kOutOfScope, kConditional, kUnknown };
inline constexpr std::array<std::string_view, 4> kReachNames = {"in_scope", "out_of_scope",
                                                                "conditional", "unknown"};

enum class Party : std::uint8_t { kProvider, kOperator };
inline constexpr std::array<std::string_view, 2> kPartyNames = {"provider", "operator"};

// How well a fact was confirmed. Only kYes can carry a could_not.
enum class Verified : std::uint8_t { kNo, kPartly, kYes };
inline constexpr std::array<std::string_view, 3> kVerifiedNames = {"no", "partly", "yes"};

constexpr std::string_view Name(Policy v) { return kPolicyNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Category v) { return kCategoryNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Answer v) { return kAnswerNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Reach v) { return kReachNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Party v) { return kPartyNames[static_cast<std::size_t>(v)]; }
constexpr std::string_view Name(Verified v) { return kVerifiedNames[static_cast<std::size_t>(v)]; }

// Where a fact is from and for which days it answers: inside [from, until] where they are given,
// else at and after source_date; without any of the three it answers no day. `until` is the last
// day, inclusive.
struct Provenance {
  std::string source;
  std::optional<base::Day> source_date;
  std::optional<base::Day> from;
  std::optional<base::Day> until;
  Verified verified = Verified::kNo;
  std::string note;
};

struct PolicyInterval {
  Policy policy = Policy::kUnknown;
  std::string exceptions;  // for e2ee_default: what is not covered, in words
  Provenance provenance;
};

// One thing a service does whose content has its own policy: messages, calls, backups...
struct Scope {
  std::string id;
  std::string title;  // "personal messages and calls"
  std::vector<PolicyInterval> intervals;
};

struct Capability {
  Category category = Category::kSubscriberIdentity;
  Answer value = Answer::kUnknown;
  std::string condition;
  std::string holder;
  Provenance provenance;
};

struct Service {
  std::string id;
  std::string title;
  std::string provider;  // who operates it
  std::string jurisdiction;
  base::Day as_of = 0;
  std::vector<Scope> scopes;
  std::vector<Capability> capabilities;
};

struct ScopeRef {
  std::uint16_t service = 0;  // index into Catalogue::services
  std::uint16_t scope = 0;    // index into that service's scopes
};

struct Endpoint {
  std::string id;  // a metric label and a word in the log: "whatsapp", "apple_push"
  std::string title;
  bool group = false;                   // shared by several services: never a claim on one of them
  std::vector<std::uint16_t> services;  // indices; one unless `group`
  std::vector<ScopeRef> scopes;         // what can be reached there
};

struct Instrument {
  std::string id;
  std::string title;
  std::string jurisdiction;
  std::string section;
  std::string binds;
  std::optional<base::Day> in_force_from;
  std::optional<base::Day> in_force_until;  // the last day; nothing while it is in force
  struct Row {
    Reach reach = Reach::kUnknown;
    std::string note;
    std::string source;
    Verified verified = Verified::kNo;
  };
  std::array<Row, kCategoryCount> rows;  // recorded_ciphertext has none in the sources: unknown
};

// What is documented of a provider under an instrument: handed over, refused, or said not to be
// there. It stands beside an answer and never alters one.
enum class PracticeOutcome : std::uint8_t { kProduced, kDeclined, kStatedUnable };
inline constexpr std::array<std::string_view, 3> kPracticeOutcomeNames = {"produced", "declined",
                                                                          "stated_unable"};
constexpr std::string_view Name(PracticeOutcome v) {
  return kPracticeOutcomeNames[static_cast<std::size_t>(v)];
}

struct Practice {
  std::uint16_t service = 0;     // index into Catalogue::services
  std::uint16_t instrument = 0;  // index into Catalogue::instruments
  Category category = Category::kSubscriberIdentity;
  PracticeOutcome outcome = PracticeOutcome::kProduced;
  std::string condition;
  Provenance provenance;
};

// What the operator of the tapped network declares of itself ([operator] in gateway.toml).
struct OperatorDeclaration {
  bool tls_inspection_none = false;  // tls_inspection = "none"
  std::array<Answer, kCategoryCount> answers{Answer::kUnknown, Answer::kUnknown, Answer::kUnknown,
                                             Answer::kUnknown, Answer::kUnknown, Answer::kUnknown,
                                             Answer::kUnknown, Answer::kUnknown, Answer::kUnknown,
                                             Answer::kUnknown, Answer::kUnknown};
  std::optional<base::Day> as_of;
};

struct Catalogue {
  std::vector<Service> services;
  std::vector<Endpoint> endpoints;  // [0] is the endpoint "none"
  std::vector<Instrument> instruments;
  std::vector<Practice> practices;  // in order of service, instrument, category, first day
  OperatorDeclaration network_operator;
  classify::EndpointRules rules;
  std::string digest;  // SHA-256, lower-case hex, over the canonical form (config/canonical.h)

  const Endpoint& endpoint(classify::EndpointId id) const {
    return endpoints[id < endpoints.size() ? id : 0];
  }
};

}  // namespace unopened::audit
