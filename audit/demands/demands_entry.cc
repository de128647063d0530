#include "audit/demands/demands_entry.h"

#include "audit/blind.h"
#include "audit/members.h"
#include "audit/recorder.h"

namespace unopened::audit {
namespace {

std::string Text(const Json& body) {
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Amount ReadAmount(Members& m, std::string_view key) {
  const std::string text = m.Text(key);
  const auto amount = Amount::Parse(text);
  if (!amount) {
    m.Wrong(key, "is no amount");
    return {};
  }
  return *amount;
}

Demand ReadRow(Members m, Trouble& trouble) {
  Demand demand;
  demand.id = m.Text("id");
  demand.from = m.Day("from");
  demand.until = m.Day("until");
  demand.instrument = m.Text("instrument");
  demand.jurisdiction = m.Text("jurisdiction");
  demand.authority = m.OneOf<Authority>("authority", kAuthorityNames);
  demand.subject = m.Text("subject");
  demand.basis = m.OneOf<DemandBasis>("basis", kDemandBasisNames);
  m.Elements("sources", [&](const Json& value, const std::string& path) {
    demand.sources.push_back(ReadString(value, path, trouble));
  });
  demand.demands = ReadAmount(m, "demands");
  demand.accounts = ReadAmount(m, "accounts");
  demand.encryption_met = ReadAmount(m, "encryption_met");
  const Json& categories = m.Any("categories");
  if (!trouble.any() && !categories.is_object()) m.Wrong("categories", "is no object");
  if (!trouble.any()) {
    for (const auto& [name, outcomes] : categories.items()) {
      const auto category = base::FromName<Category>(kCategoryNames, name);
      if (!category) {
        m.Wrong("categories", "names none: " + name);
        break;
      }
      Members inner(outcomes, "categories." + name, trouble);
      Outcomes& out = demand.categories[*category];
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = ReadAmount(inner, kDemandOutcomeNames[i]);
      inner.End();
    }
  }
  m.End();
  return demand;
}

}  // namespace

Json DemandJson(const Demand& demand) {
  Json categories = Json::object();
  for (const auto& [category, outcomes] : demand.categories) {
    Json& out = categories[std::string(Name(category))];
    out = Json::object();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      out[std::string(kDemandOutcomeNames[i])] = outcomes[i].Text();
    }
  }
  return {{"id", demand.id},
          {"from", base::FormatDay(demand.from)},
          {"until", base::FormatDay(demand.until)},
          {"instrument", demand.instrument},
          {"jurisdiction", demand.jurisdiction},
          {"authority", Name(demand.authority)},
          {"subject", demand.subject},
          {"basis", Name(demand.basis)},
          {"sources", demand.sources},
          {"demands", demand.demands.Text()},
          {"accounts", demand.accounts.Text()},
          {"encryption_met", demand.encryption_met.Text()},
          {"categories", std::move(categories)}};
}

std::string Write(const DemandsEntry& entry) {
  Json rows = Json::array();
  for (const Demand& demand : entry.demands) rows.push_back(DemandJson(demand));
  return Text({{"type", "demands"},
               {"day", base::FormatDay(entry.day)},
               {"part", entry.part},
               {"parts", entry.parts},
               {"demands", std::move(rows)}});
}

base::Result<Demand> ReadDemand(const Json& body) {
  Trouble trouble;
  Demand demand = ReadRow(Members(body, "", trouble), trouble);
  if (trouble.any()) return base::Fail(base::Failure::kLog, trouble.what, trouble.where);
  return demand;
}

base::Result<DemandsEntry> ReadDemands(const Json& body) {
  return Read<DemandsEntry>(body, "demands", [](Members& m, DemandsEntry& entry, Trouble& trouble) {
    entry.day = m.Day("day");
    entry.part = m.Uint32("part");
    entry.parts = m.Uint32("parts");
    m.Elements("demands", [&](const Json& value, const std::string& path) {
      entry.demands.push_back(ReadRow(Members(value, path, trouble), trouble));
    });
  });
}

std::vector<std::string> WriteDemands(base::Day day, const std::vector<Demand>& demands) {
  constexpr std::size_t kRoom = kMaxEntryBytes - kBlindBytes - 256;
  std::vector<DemandsEntry> parts(1);
  std::size_t used = 0;
  for (const Demand& demand : demands) {
    const std::size_t size = Text(DemandJson(demand)).size() + 1;
    if (used != 0 && used + size > kRoom) {
      parts.emplace_back();
      used = 0;
    }
    used += size;
    parts.back().demands.push_back(demand);
  }
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].day = day;
    parts[i].part = static_cast<std::uint32_t>(i + 1);
    parts[i].parts = static_cast<std::uint32_t>(parts.size());
    bodies.push_back(Write(parts[i]));
  }
  return bodies;
}

}  // namespace unopened::audit
