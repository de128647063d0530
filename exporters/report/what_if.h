// What if a service's policy were another: a period answered again under assumptions. Counts do not
// move, only answers do; an assumption is never written to a log. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/catalogue.h"
#include "base/clock.h"
#include "base/result.h"

namespace unopened::exporters::report {

struct Assumption {
  std::string service;
  std::string scope;
  audit::Policy policy = audit::Policy::kUnknown;
  std::optional<base::Day> from;  // none: always
  std::string Text() const;       // as it was given
};

// Reads "whatsapp:messages=in_transit_only" or "messenger:chats=e2ee_always@2019-11-01". kUsage
// with what is wrong.
base::Result<Assumption> ParseAssumption(std::string_view text);

// A copy of `catalogue` in which the assumptions are facts. From an assumption's day on its scope
// has that policy and no cited fact on the provider's live content speaks against it; everything
// else, stored content above all, stays as it is cited. kUsage where it has no such service or
// scope, with those that it has.
base::Result<std::unique_ptr<audit::Catalogue>> Assumed(const audit::Catalogue& catalogue,
                                                        const std::vector<Assumption>& assumptions);

}  // namespace unopened::exporters::report
