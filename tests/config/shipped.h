// The catalogue as it is shipped, and questions put to it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "audit/assessment.h"
#include "audit/disclosure.h"
#include "classify/endpoint_matcher.h"
#include "config/config.h"

namespace unopened::config {

inline const LoadOutcome& Shipped() {
  static const LoadOutcome outcome = Load(std::string(UNOPENED_SOURCE_DIR) + "/config");
  return outcome;
}

inline const audit::Catalogue& Catalogue() { return Shipped().loaded.catalogue; }

inline base::Day DayAt(const std::string& text) {
  base::Day day = 0;
  EXPECT_TRUE(base::ParseDay(text, day)) << text;
  return day;
}

// A session whose handshake leaves nothing to ask: TLS 1.3, both sides, no ticket.
inline classify::Session TlsTo(classify::EndpointId endpoint) {
  classify::Session session;
  session.protocol = classify::Protocol::kTls;
  session.version = classify::Version::kTls13;
  session.key_exchange = classify::KeyExchange::kPqHybrid;
  session.resumption = classify::Resumption::kNone;
  session.sides = classify::SidesSeen::kBoth;
  session.outcome = classify::Outcome::kIdentified;
  session.endpoint = endpoint;
  session.evidence = classify::Evidence::kStrong;
  return session;
}

// The catalogue with one endpoint more for each scope, at which that scope alone can be reached.
struct Asked {
  audit::Catalogue catalogue;
  std::map<std::string, classify::EndpointId> endpoints;  // by "service.scope"
};
inline const Asked& ByScope() {
  static const Asked asked = [] {
    Asked all{Catalogue(), {}};
    for (std::size_t i = 0; i < all.catalogue.services.size(); ++i) {
      const audit::Service& service = all.catalogue.services[i];
      for (std::size_t j = 0; j < service.scopes.size(); ++j) {
        const std::string name = service.id + "." + service.scopes[j].id;
        all.endpoints[name] = static_cast<classify::EndpointId>(all.catalogue.endpoints.size());
        const auto number = static_cast<std::uint16_t>(i);
        all.catalogue.endpoints.push_back(
            {name, name, false, {number}, {{number, static_cast<std::uint16_t>(j)}}});
      }
    }
    return all;
  }();
  return asked;
}

inline std::uint16_t ServiceNumber(const std::string& id) {
  const auto& services = Catalogue().services;
  const auto at = std::ranges::find(services, id, &audit::Service::id);
  EXPECT_NE(services.end(), at) << "no service " << id;
  return static_cast<std::uint16_t>(at - services.begin());
}

inline const audit::Instrument& FindInstrument(const std::string& id) {
  const auto& instruments = Catalogue().instruments;
  const auto at = std::ranges::find(instruments, id, &audit::Instrument::id);
  EXPECT_NE(instruments.end(), at) << "no instrument " << id;
  return *at;
}

// Of one scope of one service on one day, as if a session had reached that scope alone.
inline audit::Assessment AssessScope(const std::string& service, const std::string& scope,
                                     const std::string& day) {
  const auto at = ByScope().endpoints.find(service + "." + scope);
  if (at == ByScope().endpoints.end()) {
    ADD_FAILURE() << service << " has no scope " << scope;
    return {};
  }
  return audit::Assess(audit::ShapeOf(TlsTo(at->second)), ByScope().catalogue, DayAt(day));
}

}  // namespace unopened::config
