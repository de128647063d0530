// `unopened inspect`: every session of a capture file with its facts. The one place where
// identifiers may be printed, for regular files only and only where asked for.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "audit/assessment.h"
#include "capture/decoder.h"
#include "capture/pcap_file.h"
#include "classify/classifier.h"
#include "gateway/command_line.h"
#include "gateway/facts_table.h"
#include "gateway/options.h"
#include "gateway/watch_settings.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;
using nlohmann::ordered_json;

constexpr std::string_view kHelp =
    R"(Usage: unopened inspect -r FILE|DIR [options]

Prints every session of capture files with all facts its handshake shows and what follows for live content.
The table says once, below, what all sessions of a file share and what none has; a JSON line has every member always
(docs/schema/output/inspect.json). Reads regular files only: there is no per-session output of live traffic.

  -r, --read PATH           a capture file, or a folder of captures
      --identifiers         print addresses, ports, server names, ALPN and fingerprints too
      --format WHAT         table or jsonl (default: table on a terminal, jsonl in a pipe)
      --config DIR          the configuration folder
  -h, --help                this page

Example
  unopened inspect -r tests/captures/openssl_tls13.pcap --identifiers
)";

OptionSet InspectOptions() {
  OptionSet set{"inspect", kHelp, po::options_description()};
  auto add = set.options.add_options();
  add("read,r", po::value<std::string>());
  add("identifiers", po::bool_switch());
  add("format", po::value<std::string>());
  add("config", po::value<std::string>());
  add("help,h", po::bool_switch());
  return set;
}

std::string_view Name(capture::Transport transport) {
  constexpr std::array<std::string_view, capture::kTransportCount> kNames = {
      "tcp", "udp", "esp", "ah", "sctp", "icmp", "other"};
  return kNames[static_cast<std::size_t>(transport)];
}

std::string Text(const capture::Address& address, capture::IpVersion version) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(version == capture::IpVersion::kV4 ? AF_INET : AF_INET6, address.data(), text,
            sizeof text);
  return text;
}

std::string Seconds(base::TimeNs time) {
  return fmt::format("{}.{:09}", time / base::kNsPerSecond, time % base::kNsPerSecond);
}

// Collects a file's sessions; each line is finished when the file is, since a session's traffic
// goes on after settling.
class Lines final : public classify::SessionSink, public capture::PacketSink {
 public:
  Lines(const audit::Catalogue& catalogue, bool identifiers)
      : catalogue_(catalogue), identifiers_(identifiers) {}

  void Use(classify::Classifier& classifier, const std::string& file) {
    classifier_ = &classifier;
    file_ = file;
    now_ = 0;
    decoder_.Finish();  // no fragment of one file completes another's
  }
  void OnPacket(const capture::Packet& packet) override {
    now_ = std::max(now_, packet.time);
    auto decoded = decoder_.Decode(packet);
    if (!decoded) return;
    decoded->time = now_;
    classifier_->OnSegment(*decoded);
  }
  base::TimeNs now() const { return now_; }

  classify::CountSlot OnSettled(const classify::SettledFlow& flow) override {
    Row row;
    row.traffic = flow.traffic;
    row.first_time = flow.first_time;
    row.line = Describe(flow);
    rows_.push_back(std::move(row));
    return static_cast<classify::CountSlot>(rows_.size() - 1);
  }
  void OnTraffic(classify::CountSlot slot, std::uint32_t packets, std::uint32_t wire_length,
                 bool becomes_conversation) override {
    rows_[slot].traffic.packets += packets;
    rows_[slot].traffic.bytes += wire_length;
    rows_[slot].traffic.conversation |= becomes_conversation;
  }

  // The file's sessions in the order of their first packet.
  std::vector<ordered_json> Take() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row& a, const Row& b) { return a.first_time < b.first_time; });
    std::vector<ordered_json> lines;
    for (Row& row : rows_) {
      row.line["packets"] = row.traffic.packets;
      row.line["bytes"] = row.traffic.bytes;
      row.line["conversation"] = row.traffic.conversation ? "yes" : "no";
      lines.push_back(std::move(row.line));
    }
    rows_.clear();
    return lines;
  }

 private:
  struct Row {
    ordered_json line;
    classify::FlowTraffic traffic;
    base::TimeNs first_time = 0;
  };

  ordered_json Describe(const classify::SettledFlow& flow) const {
    const classify::Session& session = flow.session;
    const classify::TransientFacts& transient = flow.transient;
    ordered_json line;
    line["file"] = file_;
    line["proto"] = Name(session.transport);
    if (identifiers_ && flow.key != nullptr) {
      const bool low = flow.client == capture::Side::kLow;
      line["src"] = Text(low ? flow.key->low : flow.key->high, session.ip_version);
      line["sport"] = low ? flow.key->low_port : flow.key->high_port;
      line["dst"] = Text(low ? flow.key->high : flow.key->low, session.ip_version);
      line["dport"] = low ? flow.key->high_port : flow.key->low_port;
    }
    line["first_time"] = Seconds(flow.first_time);
    line["ip_version"] = session.ip_version == capture::IpVersion::kV4 ? "4" : "6";
    line["outcome"] = classify::Name(session.outcome);
    line["protocol"] = classify::Name(session.protocol);
    line["variant"] = classify::Name(session.variant);
    line["version"] = classify::Name(session.version);
    line["version_is"] = session.version == classify::Version::kNone ? "none"
                         : session.offered_only                      ? "offered"
                                                                     : "negotiated";
    line["key_exchange"] = classify::Name(session.key_exchange);
    line["resumption"] = classify::Name(session.resumption);
    line["early_data"] = classify::Name(session.early_data);
    line["name_visibility"] = classify::Name(session.name_visibility);
    line["sides"] = classify::Name(session.sides);
    line["evidence"] = classify::Name(session.evidence);
    line["service"] = catalogue_.endpoint(session.endpoint).id;
    line["cause"] = classify::Name(flow.cause);
    line["reason"] = flow.reason;
    Answer(line, session, flow.settled_at);
    if (identifiers_) {
      line["sni"] = transient.sni.view();
      line["alpn"] = transient.alpn.view();
      line["alpn_selected"] = transient.alpn_selected.view();
      line["certificate_name"] = transient.certificate_name.view();
      line["certificate_issuer"] = transient.certificate_issuer.view();
      line["realm"] = transient.realm.view();
      line["ja3"] = transient.ja3.view();
      line["ja4"] = transient.ja4.view();
      line["hassh"] = transient.hassh.view();
      line["hassh_server"] = transient.hassh_server.view();
    }
    line["cipher"] = transient.cipher == 0 ? "" : fmt::format("0x{:04x}", transient.cipher);
    line["group"] = transient.group == 0 ? "" : fmt::format("0x{:04x}", transient.group);
    return line;
  }

  void Answer(ordered_json& line, const classify::Session& session, base::TimeNs at) const {
    const audit::Assessment assessment =
        audit::Assess(audit::ShapeOf(session), catalogue_, base::DayOf(at));
    line["wire"] = audit::Name(assessment.wire);
    line["provider_live_content"] =
        audit::Name(assessment.provider_for(audit::Category::kLiveContent).answer);
    line["operator_live_content"] =
        audit::Name(assessment.operator_for(audit::Category::kLiveContent).answer);
    line["provider_recorded_ciphertext"] =
        audit::Name(assessment.provider_for(audit::Category::kRecordedCiphertext).answer);
  }

  const audit::Catalogue& catalogue_;
  const bool identifiers_;
  classify::Classifier* classifier_ = nullptr;
  capture::Decoder decoder_;
  std::string file_;
  base::TimeNs now_ = 0;
  std::vector<Row> rows_;
};

}  // namespace

int Inspect(const Arguments& arguments) {
  const auto values = Parse(InspectOptions(), arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  if (values->count("read") == 0) {
    return Report(
        {Failure::kUsage, "nothing to inspect", "", "-r FILE; see: unopened inspect --help"});
  }
  const std::string format = values->count("format") != 0 ? (*values)["format"].as<std::string>()
                             : isatty(STDOUT_FILENO) == 1 ? "table"
                                                          : "jsonl";
  if (format != "table" && format != "jsonl") {
    return Report({Failure::kUsage, "no such format", format, "table or jsonl"});
  }
  const std::string path = (*values)["read"].as<std::string>();
  const bool identifiers = (*values)["identifiers"].as<bool>();
  const auto loaded =
      LoadConfiguration(values->count("config") != 0 ? (*values)["config"].as<std::string>() : "");
  if (!loaded) return Report(loaded.error());
  // A stream may be live traffic.
  if (path == "-") {
    return Report({Failure::kUsage, "only regular files can be inspected", "standard input",
                   "live traffic is only ever counted: unopened watch -r -"});
  }
  const auto files = capture::ListCaptures(path);
  if (!files) return Report(files.error());

  classify::ClassifierOptions options = loaded->gateway.classifier;
  options.dissect.fingerprints = identifiers;
  const classify::EndpointMatcher matcher(loaded->catalogue.rules);
  Lines lines(loaded->catalogue, identifiers);
  int worst = 0;
  bool first = true;
  for (const std::string& file : *files) {
    struct stat status {};
    if (stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
      return Report({Failure::kUsage, "only regular files can be inspected", file,
                     "live traffic is only ever counted: unopened watch"});
    }
    auto source = capture::OpenFile(file);
    if (!source) {
      worst = Report(source.error());
      continue;
    }
    classify::Classifier classifier(options, {}, matcher, lines);
    classifier.KeepKeys();
    lines.Use(classifier, file);
    while (true) {
      const auto state = (*source)->Dispatch(4096, lines);
      if (!state) worst = Report(state.error());
      if (!state || *state == capture::PacketSource::State::kEnd) break;
    }
    classifier.Finish(lines.now());
    const auto rows = lines.Take();
    if (format == "table") {
      fmt::print("{}{}", first ? "" : "\n", FactsTable(file, rows));
      first = false;
    } else {
      for (const ordered_json& row : rows) {
        fmt::print("{}\n", row.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
      }
    }
  }
  return worst;
}

}  // namespace unopened::gateway
