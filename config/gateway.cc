#include "config/gateway.h"

#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include "config/table_reader.h"

namespace unopened::config {
namespace {

constexpr std::int64_t kMaxUint32 = std::numeric_limits<std::uint32_t>::max();

std::uint32_t Number(TableReader& table, std::string_view key, std::uint32_t fallback,
                     std::int64_t low, std::int64_t high) {
  return static_cast<std::uint32_t>(table.IntegerOr(key, fallback, low, high));
}

void ReadTap(TableReader& table, GatewayConfig& gateway) {
  gateway.tap = table.TextOr("name", gateway.tap);
  if (gateway.tap.empty() || gateway.tap.size() > 64) {
    table.Report("name", "\"name\" must have 1 to 64 characters");
  }
  gateway.legal_basis = table.TextOr("legal_basis");
  gateway.interfaces = table.Texts("interfaces");
  gateway.filter = table.TextOr("filter");
  gateway.snap_length = Number(table, "snap_length", gateway.snap_length, 96, 262'144);
  gateway.buffer_mib = Number(table, "buffer_mib", gateway.buffer_mib, 1, 2'047);
  gateway.promiscuous = table.BooleanOr("promiscuous", gateway.promiscuous);
  table.Finish();
}

// HOST:PORT or [IPv6]:PORT. Whether the host exists only binding can tell.
bool IsListenAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (host.find(':') != std::string_view::npos && !bracketed) return false;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.begin(), port.end(), number);
  return error == std::errc() && end == port.end() && number <= 65'535;
}

void ReadClassifier(TableReader& table, classify::ClassifierOptions& options) {
  options.flow_capacity =
      Number(table, "flow_capacity", options.flow_capacity, 1'024, std::int64_t{1} << 28);
  options.tracked_capacity =
      Number(table, "tracked_capacity", options.tracked_capacity, 256, std::int64_t{1} << 24);
  if (options.tracked_capacity > options.flow_capacity) {
    table.Report("tracked_capacity", "\"tracked_capacity\" must not exceed \"flow_capacity\"");
  }
  options.prefix_cap_bytes =
      Number(table, "prefix_cap_bytes", options.prefix_cap_bytes, 2'048, 1 << 20);
  options.prefix_pool_bytes =
      Number(table, "prefix_pool_bytes", options.prefix_pool_bytes, 1 << 20, kMaxUint32);
  // The design's promise: 64 bytes a direction at most where there is no cryptographic handshake.
  options.plaintext_cap_bytes =
      Number(table, "plaintext_cap_bytes", options.plaintext_cap_bytes, 16, 64);
  options.payload_packets_without_progress = Number(
      table, "payload_packets_without_progress", options.payload_packets_without_progress, 1, 64);
  options.handshake_limit_ns =
      base::kNsPerSecond * table.IntegerOr("handshake_limit_seconds",
                                           options.handshake_limit_ns / base::kNsPerSecond, 1, 600);
  options.idle_limit_ns =
      base::kNsPerSecond *
      table.IntegerOr("idle_limit_seconds", options.idle_limit_ns / base::kNsPerSecond, 1, 3'600);
  table.Finish();
}

// What derives from the declared inspection or from packets is nobody's to declare.
constexpr std::array kDeclared = {audit::Category::kSubscriberIdentity,
                                  audit::Category::kAccountDates,
                                  audit::Category::kLastConnection,
                                  audit::Category::kIpLogs,
                                  audit::Category::kContacts,
                                  audit::Category::kGroupMembership,
                                  audit::Category::kMessageRoutingMetadata,
                                  audit::Category::kStoredContent,
                                  audit::Category::kBackups};
constexpr std::array<std::string_view, 3> kInspection = {"none", "some", "undeclared"};
enum class Inspection : std::uint8_t { kNone, kSome, kUndeclared };

void ReadOperator(TableReader& table, audit::OperatorDeclaration& declaration) {
  if (table.Has("tls_inspection")) {
    declaration.tls_inspection_none =
        table.Word<Inspection>("tls_inspection", kInspection) == Inspection::kNone;
  }
  declaration.as_of = table.Day("as_of");
  bool declared = declaration.tls_inspection_none;
  for (const auto category : kDeclared) {
    const std::string_view name = audit::Name(category);
    // An absent key is still a known one.
    if (table.TextOr(name).empty() && !table.Has(name)) continue;
    declaration.answers[static_cast<std::size_t>(category)] =
        table.Word<audit::Answer>(name, audit::kAnswerNames).value_or(audit::Answer::kUnknown);
    declared = true;
  }
  if (!table.Has("tls_inspection")) table.TextOr("tls_inspection");
  if (declared && !table.Has("as_of")) {
    table.Report("as_of", "a declaration needs the day it is made: \"as_of\" is missing");
  }
  table.Finish();
}

}  // namespace

GatewayConfig ReadGateway(const Value& document, const std::string& file,
                          std::vector<Problem>& problems) {
  GatewayConfig gateway;
  TableReader table(document, file, problems);
  if (auto tap = table.Table("tap")) ReadTap(*tap, gateway);
  gateway.workers = Number(table, "workers", gateway.workers, 1, 64);
  gateway.window_seconds =
      Number(table, "window_seconds", gateway.window_seconds, 1, base::kSecondsPerDay);
  if (base::kSecondsPerDay % gateway.window_seconds != 0) {
    table.Report("window_seconds", "\"window_seconds\" must divide a day (86400 seconds)");
  }
  if (auto log = table.Table("log")) {
    gateway.log_folder = log->TextOr("folder");
    gateway.log_origin = log->TextOr("origin");
    log->Finish();
  }
  if (auto web = table.Table("web")) {
    gateway.listen_address = web->TextOr("listen_address", gateway.listen_address);
    if (!IsListenAddress(gateway.listen_address)) {
      web->Report("listen_address", "\"listen_address\" must be HOST:PORT or [IPv6]:PORT");
    }
    web->Finish();
  }
  if (auto classifier = table.Table("classifier")) ReadClassifier(*classifier, gateway.classifier);
  if (auto declared = table.Table("operator")) ReadOperator(*declared, gateway.network_operator);
  table.Finish();
  return gateway;
}

}  // namespace unopened::config
