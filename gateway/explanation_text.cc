// An Explanation in words: for a terminal, for a document, for a program.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/explanation.h"

namespace unopened::gateway {
namespace {

using audit::Answer;
using audit::Finding;
using nlohmann::ordered_json;

struct Mark {
  std::string_view utf8;
  std::string_view ascii;
  int colour;  // of 256
};

// The marks of docs/wording.md: colour only repeats them.
constexpr Mark MarkOf(Answer answer) {
  switch (answer) {
    case Answer::kCouldNot:
      return {"██", "##", 75};
    case Answer::kConditional:
      return {"╱╱", "//", 178};
    case Answer::kUndetermined:
      return {"??", "??", 140};
    case Answer::kCould:
      return {"≡≡", "==", 215};
    case Answer::kNotAuthorised:
      return {"──", "--", 248};
    case Answer::kNotApplicable:
      return {"  ", "  ", 248};
    case Answer::kUnknown:
      break;
  }
  return {"··", "..", 248};
}

std::string Spaced(std::string_view word) {
  std::string text(word);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string Bold(const std::string& text, const ViewStyle& style) {
  return style.colour ? "\033[1m" + text + "\033[0m" : text;
}

// A mark and a word in so many columns.
std::string Cell(Answer answer, std::size_t columns, const ViewStyle& style) {
  const Mark mark = MarkOf(answer);
  const std::string word = Spaced(Name(answer));
  const std::string padding(columns - std::min(columns, 3 + word.size()), ' ');
  const std::string text = std::string(style.utf8 ? mark.utf8 : mark.ascii) + " " + word;
  return (style.colour ? fmt::format("\033[38;5;{}m{}\033[0m", mark.colour, text) : text) + padding;
}

// Text in lines of at most `width` columns, each after `indent`.
std::string Wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (used != 0 && indent + used + 1 + word.size() > width) {
      out += '\n';
      used = 0;
    }
    if (used == 0) {
      out += std::string(indent, ' ');
    } else {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
  }
  return out + "\n";
}

// The latest date of the facts it rests on, and the weakest confirmation.
std::string AsOf(const Finding& finding) {
  std::optional<base::Day> day;
  for (const auto& source : finding.sources) {
    if (source.source_date) day = std::max(day.value_or(*source.source_date), *source.source_date);
  }
  return day ? base::FormatDay(*day) : "-";
}
std::string VerifiedWord(const Finding& finding) {
  if (finding.sources.empty()) return "-";
  audit::Verified weakest = audit::Verified::kYes;
  for (const auto& source : finding.sources) weakest = std::min(weakest, source.verified);
  return std::string(Name(weakest));
}

std::string PolicyText(const audit::ScopePolicy& policy) {
  std::string text = policy.title + ": " + Spaced(Name(policy.policy));
  if (policy.provenance && policy.provenance->from) {
    text += " since " + base::FormatDay(*policy.provenance->from);
  }
  if (policy.provenance && policy.provenance->until) {
    text += " until " + base::FormatDay(*policy.provenance->until);
  }
  if (!policy.exceptions.empty()) text += ", except " + policy.exceptions;
  if (policy.policy == audit::Policy::kUnknown && policy.earliest_source) {
    text += " (earliest source " + base::FormatDay(*policy.earliest_source) + ")";
  }
  return text;
}

}  // namespace

std::string InForceText(const audit::Instrument& instrument) {
  if (!instrument.in_force_until) return "";
  return ", in force until " + base::FormatDay(*instrument.in_force_until);
}

namespace {

std::string ReachText(const audit::Disclosed& obtained) {
  switch (obtained.reason) {
    case audit::ReachReason::kByRow:
      return Spaced(Name(obtained.reach));
    case audit::ReachReason::kNotInForce:
      return "not in force";
    case audit::ReachReason::kForceUnknown:
      return "in force since when is unknown";
    case audit::ReachReason::kNotBinding:
      return "does not bind it";
    case audit::ReachReason::kBindingUnknown:
      return "whether it binds is unknown";
  }
  return "";
}

std::string PracticeText(const audit::Practice* practice) {
  if (practice == nullptr) return "-";
  std::string text = Spaced(Name(practice->outcome));
  if (practice->provenance.source_date) {
    text += " " + base::FormatDay(*practice->provenance.source_date).substr(0, 4);
  }
  return text;
}

std::string Title(const Explanation& explanation) {
  return explanation.service != nullptr
             ? explanation.service->title + " (" + explanation.service->id + ")"
             : "A session to no known service";
}

std::string ScanningText(const audit::Scanning& scanning) {
  return Spaced(Name(scanning.answer)) + ", by its " + Spaced(Name(scanning.decided_by)) + ": " +
         Describe(scanning.because);
}

ordered_json FindingJson(const Finding& finding) {
  ordered_json json;
  json["answer"] = Name(finding.answer);
  json["reason"] = Name(finding.reason);
  json["says"] = Describe(finding);
  json["claimed"] = finding.claimed ? Name(*finding.claimed) : "";
  json["condition"] = finding.condition;
  json["holder"] = finding.holder;
  json["unverified"] = finding.unverified ? "yes" : "no";
  json["earliest_source"] =
      finding.earliest_source ? base::FormatDay(*finding.earliest_source) : "";
  json["scopes"] = finding.scopes;
  json["sources"] = ordered_json::array();
  const auto day = [](const std::optional<base::Day>& d) {
    return d ? base::FormatDay(*d) : std::string();
  };
  for (const auto& source : finding.sources) {
    json["sources"].push_back({{"source", source.source},
                               {"source_date", day(source.source_date)},
                               {"from", day(source.from)},
                               {"until", day(source.until)},
                               {"verified", Name(source.verified)},
                               {"note", source.note}});
  }
  return json;
}

ordered_json ObtainedJson(const std::optional<audit::Disclosed>& obtained) {
  if (!obtained) return ordered_json::object();
  return {{"answer", Name(obtained->answer)},
          {"reach", Name(obtained->reach)},
          {"reach_reason", Name(obtained->reason)},
          {"reach_verified", Name(obtained->reach_verified)}};
}

ordered_json PracticeJson(const audit::Practice* practice) {
  if (practice == nullptr) return ordered_json::object();
  const auto& provenance = practice->provenance;
  return {{"outcome", Name(practice->outcome)},
          {"condition", practice->condition},
          {"source", provenance.source},
          {"source_date", provenance.source_date ? base::FormatDay(*provenance.source_date) : ""},
          {"verified", Name(provenance.verified)}};
}

}  // namespace

std::string ExplanationTable(const Explanation& explanation, const ViewStyle& style) {
  const std::size_t width = 100;
  std::string out =
      Bold(Title(explanation), style) + " on " + base::FormatDay(explanation.day) + "\n";
  if (explanation.service != nullptr) {
    out += "provider      " + explanation.service->provider + "\n";
    out += "jurisdiction  " + explanation.service->jurisdiction + "\n";
  }
  out += "session       " + explanation.session + "\n";
  if (explanation.instrument != nullptr) {
    out += "instrument    " + explanation.instrument->title + " (" + explanation.instrument->id +
           "), " + explanation.instrument->section + InForceText(*explanation.instrument) + "\n";
  }
  if (explanation.endpoints.empty()) {
    out +=
        "\nNo host or signature is its own: contact with it is never claimed, and nothing is "
        "said.\n";
  }
  for (const ExplainedEndpoint& endpoint : explanation.endpoints) {
    out += "\n";
    if (explanation.service != nullptr) {
      out += Bold("At " + endpoint.title, style) + "\n";
      for (const auto& policy : endpoint.policies) out += Wrapped(PolicyText(policy), 2, width);
    }
    const bool under = explanation.instrument != nullptr;
    out += Bold(under ? fmt::format("{:<25} {:<17} {:<17} {:<17} {:<15}", "CATEGORY",
                                    "PROVIDER HOLDS", "UNDER IT", "OPERATOR, SO", "DOCUMENTED")
                      : fmt::format("{:<25} {:<17} {:<17} {:<11} {:<8}", "CATEGORY", "PROVIDER",
                                    "ACCESS OPERATOR", "AS OF", "VERIFIED"),
                style) +
           "\n";
    for (const ExplainedCategory& row : endpoint.categories) {
      out += fmt::format("{:<25} ", Spaced(Name(row.category)));
      out += Cell(row.provider.answer, 18, style);
      if (under) {
        out += Cell(row.provider_obtained->answer, 18, style);
        out += Cell(row.operator_obtained->answer, 18, style);
        out += PracticeText(row.practice) + "\n";
      } else {
        out += Cell(row.access_operator.answer, 18, style);
        out += fmt::format("{:<11} {}\n", AsOf(row.provider), VerifiedWord(row.provider));
      }
    }
    out += "\n" + Bold("Why", style) + "\n";
    for (const ExplainedCategory& row : endpoint.categories) {
      out += "  " + Spaced(Name(row.category)) + "\n";
      out += Wrapped("provider " + Describe(row.provider), 4, width);
      if (under) {
        out += Wrapped("reach: " + ReachText(*row.provider_obtained) +
                           "; so: " + Spaced(Name(row.provider_obtained->answer)),
                       4, width);
        if (row.practice != nullptr) {
          out +=
              Wrapped("documented: " + Spaced(Name(row.practice->outcome)) +
                          (row.practice->condition.empty() ? "" : ", " + row.practice->condition) +
                          " [" + row.practice->provenance.source + "]",
                      4, width);
        }
      }
      out += Wrapped("operator " + Describe(row.access_operator), 4, width);
    }
    if (explanation.service != nullptr) {
      out += "  could the provider have scanned content, to report it\n";
      out += Wrapped(ScanningText(endpoint.scanning), 4, width);
    }
  }
  out += "\ncatalogue " + explanation.catalogue + "; this is no legal advice\n";
  return out;
}

std::string ExplanationMarkdown(const Explanation& explanation) {
  std::string out = "# " + Title(explanation) + ", " + base::FormatDay(explanation.day) + "\n\n";
  if (explanation.service != nullptr) {
    out += "Provider: " + explanation.service->provider +
           ". Jurisdiction: " + explanation.service->jurisdiction + ".  \n";
  }
  out += "Session: " + explanation.session + ".  \n";
  if (explanation.instrument != nullptr) {
    out += "Instrument: " + explanation.instrument->title + ", " + explanation.instrument->section +
           InForceText(*explanation.instrument) + ".  \n";
  }
  const auto cell = [](const std::string& text) {
    std::string safe;
    for (const char c : text) safe += c == '|' ? "\\|" : std::string(1, c);
    return safe;
  };
  for (const ExplainedEndpoint& endpoint : explanation.endpoints) {
    if (explanation.service != nullptr) {
      out += "\n## " + endpoint.title + "\n\n";
      for (const auto& policy : endpoint.policies) out += "- " + PolicyText(policy) + "\n";
    }
    const bool under = explanation.instrument != nullptr;
    out += under ? "\n| category | provider holds | under the instrument | access operator, so | "
                   "documented | why |\n|---|---|---|---|---|---|\n"
                 : "\n| category | provider | access operator | as of | verified | why |\n"
                   "|---|---|---|---|---|---|\n";
    for (const ExplainedCategory& row : endpoint.categories) {
      out += "| " + Spaced(Name(row.category)) + " | " + Spaced(Name(row.provider.answer)) + " | ";
      if (under) {
        out += Spaced(Name(row.provider_obtained->answer)) + " (" +
               ReachText(*row.provider_obtained) + ") | " +
               Spaced(Name(row.operator_obtained->answer)) + " | " + PracticeText(row.practice);
      } else {
        out += Spaced(Name(row.access_operator.answer)) + " | " + AsOf(row.provider) + " | " +
               VerifiedWord(row.provider);
      }
      out += " | " + cell(Describe(row.provider)) + " |\n";
    }
    if (explanation.service != nullptr) {
      out += "\nCould the provider have scanned content, to report it: " +
             ScanningText(endpoint.scanning) + ".\n";
    }
  }
  out += "\nCatalogue " + explanation.catalogue + ". This is no legal advice.\n";
  return out;
}

ordered_json ExplanationJson(const Explanation& explanation) {
  ordered_json json;
  json["service"] = explanation.service != nullptr ? explanation.service->id : "";
  json["title"] = explanation.service != nullptr ? explanation.service->title : "";
  json["provider"] = explanation.service != nullptr ? explanation.service->provider : "";
  json["jurisdiction"] = explanation.service != nullptr ? explanation.service->jurisdiction : "";
  json["at"] = base::FormatDay(explanation.day);
  json["session"] = explanation.session;
  json["instrument"] = explanation.instrument != nullptr ? explanation.instrument->id : "";
  json["catalogue"] = explanation.catalogue;
  json["endpoints"] = ordered_json::array();
  for (const ExplainedEndpoint& endpoint : explanation.endpoints) {
    ordered_json one;
    one["endpoint"] = endpoint.id;
    one["title"] = endpoint.title;
    one["policies"] = ordered_json::array();
    for (const auto& policy : endpoint.policies) {
      one["policies"].push_back({{"service", policy.service},
                                 {"scope", policy.scope},
                                 {"title", policy.title},
                                 {"policy", Name(policy.policy)},
                                 {"exceptions", policy.exceptions}});
    }
    one["categories"] = ordered_json::array();
    for (const ExplainedCategory& row : endpoint.categories) {
      one["categories"].push_back({{"category", Name(row.category)},
                                   {"provider", FindingJson(row.provider)},
                                   {"provider_obtained", ObtainedJson(row.provider_obtained)},
                                   {"operator", FindingJson(row.access_operator)},
                                   {"operator_obtained", ObtainedJson(row.operator_obtained)},
                                   {"practice", PracticeJson(row.practice)}});
    }
    one["could_have_scanned"] = {{"answer", Name(endpoint.scanning.answer)},
                                 {"decided_by", Name(endpoint.scanning.decided_by)},
                                 {"says", Describe(endpoint.scanning.because)}};
    json["endpoints"].push_back(std::move(one));
  }
  return json;
}

}  // namespace unopened::gateway
