#include "config/canonical.h"

#include <openssl/evp.h>

#include <array>
#include <optional>
#include <type_traits>

namespace unopened::config {
namespace {

class Lines {
 public:
  void Add(std::string_view key, std::string_view value) {
    text_.append(key).append(" ");
    // A line break inside a value must not look like the next line.
    for (const char c : value) {
      if (c == '\\' || c == '\n') text_ += '\\';
      text_ += c == '\n' ? 'n' : c;
    }
    text_ += '\n';
  }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void Add(std::string_view key, Integer value) {
    Add(key, std::string_view(std::to_string(value)));
  }
  void Add(std::string_view key, std::optional<base::Day> day) {
    Add(key, std::string_view(day ? base::FormatDay(*day) : std::string("-")));
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void Add(Lines& lines, const audit::Provenance& provenance) {
  lines.Add("source", provenance.source);
  lines.Add("source_date", provenance.source_date);
  lines.Add("from", provenance.from);
  lines.Add("until", provenance.until);
  lines.Add("verified", audit::Name(provenance.verified));
  lines.Add("note", provenance.note);
}

void Add(Lines& lines, const audit::Service& service) {
  lines.Add("service", service.id);
  lines.Add("title", service.title);
  lines.Add("provider", service.provider);
  lines.Add("jurisdiction", service.jurisdiction);
  lines.Add("as_of", std::optional(service.as_of));
  for (const auto& scope : service.scopes) {
    lines.Add("scope", scope.id);
    lines.Add("title", scope.title);
    for (const auto& interval : scope.intervals) {
      lines.Add("policy", audit::Name(interval.policy));
      lines.Add("exceptions", interval.exceptions);
      Add(lines, interval.provenance);
    }
  }
  for (const auto& capability : service.capabilities) {
    lines.Add("capability", audit::Name(capability.category));
    lines.Add("value", audit::Name(capability.value));
    lines.Add("condition", capability.condition);
    lines.Add("holder", capability.holder);
    Add(lines, capability.provenance);
  }
}

void Add(Lines& lines, const audit::Endpoint& endpoint, const audit::Catalogue& catalogue) {
  lines.Add("endpoint", endpoint.id);
  lines.Add("title", endpoint.title);
  lines.Add("group", endpoint.group);
  for (const auto index : endpoint.services) lines.Add("of", catalogue.services[index].id);
  for (const auto& reached : endpoint.scopes) {
    const auto& service = catalogue.services[reached.service];
    lines.Add("reaches", service.id + "." + service.scopes[reached.scope].id);
  }
}

void Add(Lines& lines, const audit::Instrument& instrument) {
  lines.Add("instrument", instrument.id);
  lines.Add("title", instrument.title);
  lines.Add("jurisdiction", instrument.jurisdiction);
  lines.Add("section", instrument.section);
  lines.Add("binds", instrument.binds);
  lines.Add("in_force_from", instrument.in_force_from);
  if (instrument.in_force_until) lines.Add("in_force_until", instrument.in_force_until);
  for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
    const auto& row = instrument.rows[i];
    lines.Add(audit::kCategoryNames[i], audit::Name(row.reach));
    lines.Add("note", row.note);
    lines.Add("source", row.source);
    lines.Add("verified", audit::Name(row.verified));
  }
}

void Add(Lines& lines, const audit::Practice& practice, const audit::Catalogue& catalogue) {
  lines.Add("practice", catalogue.services[practice.service].id);
  lines.Add("under", catalogue.instruments[practice.instrument].id);
  lines.Add("category", audit::Name(practice.category));
  lines.Add("outcome", audit::Name(practice.outcome));
  lines.Add("condition", practice.condition);
  Add(lines, practice.provenance);
}

void Add(Lines& lines, const classify::EndpointRules& rules, const audit::Catalogue& catalogue) {
  for (const auto& [kind, names] :
       {std::pair("host", &rules.hosts), std::pair("certificate", &rules.certificates),
        std::pair("realm", &rules.realms)}) {
    for (const auto& rule : *names) {
      lines.Add(kind, rule.suffix);
      lines.Add("names", catalogue.endpoint(rule.endpoint).id);
      lines.Add("evidence", classify::Name(rule.evidence));
    }
  }
  for (const auto& rule : rules.alpns) {
    lines.Add("alpn", rule.alpn);
    lines.Add("names", catalogue.endpoint(rule.endpoint).id);
    lines.Add("evidence", classify::Name(rule.evidence));
  }
  for (const auto& rule : rules.signatures) {
    lines.Add("signature", classify::Name(rule.protocol));
    lines.Add("names", catalogue.endpoint(rule.endpoint).id);
    lines.Add("evidence", classify::Name(rule.evidence));
  }
  for (const auto& rule : rules.fingerprints) {
    lines.Add("ja4", rule.ja4);
    lines.Add("names", catalogue.endpoint(rule.endpoint).id);
  }
  for (const auto& front : rules.known_fronts) lines.Add("front", front);
}

void Add(Lines& lines, const audit::OperatorDeclaration& declaration) {
  lines.Add("tls_inspection_none", declaration.tls_inspection_none);
  lines.Add("operator_as_of", declaration.as_of);
  for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
    lines.Add(audit::kCategoryNames[i], audit::Name(declaration.answers[i]));
  }
}

}  // namespace

std::string CanonicalForm(const audit::Catalogue& catalogue) {
  Lines lines;
  lines.Add("catalogue", 1);
  for (const auto& service : catalogue.services) Add(lines, service);
  for (const auto& endpoint : catalogue.endpoints) Add(lines, endpoint, catalogue);
  for (const auto& instrument : catalogue.instruments) Add(lines, instrument);
  for (const auto& practice : catalogue.practices) Add(lines, practice, catalogue);
  Add(lines, catalogue.rules, catalogue);
  Add(lines, catalogue.network_operator);
  return lines.Take();
}

std::string CanonicalForm(const GatewayConfig& gateway) {
  Lines lines;
  lines.Add("gateway", 1);
  lines.Add("tap", gateway.tap);
  lines.Add("legal_basis", gateway.legal_basis);
  for (const auto& interface : gateway.interfaces) lines.Add("interface", interface);
  lines.Add("filter", gateway.filter);
  lines.Add("snap_length", gateway.snap_length);
  lines.Add("buffer_mib", gateway.buffer_mib);
  lines.Add("promiscuous", gateway.promiscuous);
  lines.Add("workers", gateway.workers);
  lines.Add("window_seconds", gateway.window_seconds);
  lines.Add("log_folder", gateway.log_folder);
  lines.Add("log_origin", gateway.log_origin);
  lines.Add("listen_address", gateway.listen_address);
  const classify::ClassifierOptions& classifier = gateway.classifier;
  lines.Add("flow_capacity", classifier.flow_capacity);
  lines.Add("tracked_capacity", classifier.tracked_capacity);
  lines.Add("prefix_cap_bytes", classifier.prefix_cap_bytes);
  lines.Add("prefix_pool_bytes", classifier.prefix_pool_bytes);
  lines.Add("plaintext_cap_bytes", classifier.plaintext_cap_bytes);
  lines.Add("payload_packets_without_progress", classifier.payload_packets_without_progress);
  lines.Add("handshake_limit_ns", classifier.handshake_limit_ns);
  lines.Add("idle_limit_ns", classifier.idle_limit_ns);
  Add(lines, gateway.network_operator);
  return lines.Take();
}

std::string Sha256Hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1) {
    return {};
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[hash[i] >> 4];
    hex += kDigits[hash[i] & 15];
  }
  return hex;
}

}  // namespace unopened::config
