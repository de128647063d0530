#include "audit/entry.h"
#include "audit/members.h"
#include "audit/recorder.h"

namespace unopened::audit {
namespace {

// service: scopes, its intervals and their provenance.
constexpr int kMaxDepth = 8;

bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

Provenance ReadProvenance(Members members) {
  Provenance p;
  p.source = members.Text("source");
  p.source_date = members.OptionalDay("source_date");
  p.from = members.OptionalDay("from");
  p.until = members.OptionalDay("until");
  p.verified = members.OneOf<Verified>("verified", kVerifiedNames);
  p.note = members.Text("note");
  members.End();
  return p;
}

Loss ReadLoss(Members members) {
  Loss loss;
  loss.packets = members.Uint("packets");
  loss.bytes = members.Uint("bytes");
  members.End();
  return loss;
}

std::vector<std::uint64_t> ReadNumbers(const Json& value, std::size_t count,
                                       const std::string& path, Trouble& trouble) {
  std::vector<std::uint64_t> numbers;
  if (value.is_array()) {
    for (const Json& one : value) {
      if (one.is_number_unsigned()) numbers.push_back(one.get<std::uint64_t>());
    }
  }
  if (!value.is_array() || value.size() != count || numbers.size() != count) {
    if (!trouble.any()) {
      trouble = {"is no list of " + std::to_string(count) + " unsigned integers", path};
    }
    numbers.assign(count, 0);
  }
  return numbers;
}

std::map<std::string, Loss> ReadLosses(Members& members, Trouble& trouble) {
  std::map<std::string, Loss> losses;
  members.Entries("losses",
                  [&](const std::string& cause, const Json& value, const std::string& path) {
                    const auto numbers = ReadNumbers(value, 2, path, trouble);
                    losses[cause] = {numbers[0], numbers[1]};
                  });
  return losses;
}

OperatorDeclaration ReadOperator(Members& members) {
  OperatorDeclaration read;
  Members declared = members.Object("operator");
  read.as_of = declared.OptionalDay("as_of");
  const std::string inspection = declared.Text("tls_inspection");
  read.tls_inspection_none = inspection == "none";
  if (inspection != "none" && inspection != "not_declared") {
    declared.Wrong("tls_inspection", "is none of its words");
  }
  Members answers = declared.Object("answers");
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    read.answers[i] = answers.OneOf<Answer>(kCategoryNames[i], kAnswerNames);
  }
  answers.End();
  declared.End();
  return read;
}

}  // namespace

Json Parse(std::string_view entry) {
  if (entry.size() > kMaxEntryBytes || IsTooDeep(entry)) {
    return Json(Json::value_t::discarded);
  }
  return Json::parse(entry, nullptr, false);
}

base::Result<RunEntry> ReadRun(const Json& body) {
  return Read<RunEntry>(body, "run", [](Members& m, RunEntry& entry, Trouble&) {
    RunStatement& run = entry.statement;
    entry.started = m.Time("started");
    run.version = m.Text("version");
    m.Literal("model", kAssessmentModel);
    run.source_kind = m.Text("source");
    run.file_name_digest = m.Text("input_digest");
    run.tap = m.Text("tap");
    run.legal_basis = m.Text("legal_basis");
    run.filter = m.Text("filter");
    run.window_seconds = m.Uint32("window_seconds");
    run.configuration_digest = m.Text("configuration");
    entry.catalogue = m.Text("catalogue");
    entry.network_operator = ReadOperator(m);
  });
}

base::Result<ReloadEntry> ReadReload(const Json& body) {
  return Read<ReloadEntry>(body, "reload", [](Members& m, ReloadEntry& entry, Trouble&) {
    entry.at = m.Time("at");
    entry.configuration = m.Text("configuration");
    entry.catalogue = m.Text("catalogue");
    entry.replaced_configuration = m.Text("replaced_configuration");
    entry.replaced_catalogue = m.Text("replaced_catalogue");
    entry.network_operator = ReadOperator(m);
  });
}

base::Result<ServiceEntry> ReadService(const Json& body) {
  return Read<ServiceEntry>(body, "service", [](Members& m, ServiceEntry& entry, Trouble& trouble) {
    Service& service = entry.service;
    entry.catalogue = m.Text("catalogue");
    service.id = m.Text("service");
    entry.part = m.Uint32("part");
    entry.parts = m.Uint32("parts");
    service.title = m.Text("title");
    service.provider = m.Text("provider");
    service.jurisdiction = m.Text("jurisdiction");
    service.as_of = m.Day("as_of");
    m.Elements("scopes", [&](const Json& value, const std::string& path) {
      Members members(value, path, trouble);
      Scope scope;
      scope.id = members.Text("scope");
      scope.title = members.Text("title");
      members.Elements("intervals", [&](const Json& inner, const std::string& inner_path) {
        Members of_interval(inner, inner_path, trouble);
        PolicyInterval interval;
        interval.policy = of_interval.OneOf<Policy>("policy", kPolicyNames);
        interval.exceptions = of_interval.Text("exceptions");
        interval.provenance = ReadProvenance(of_interval.Object("provenance"));
        of_interval.End();
        scope.intervals.push_back(std::move(interval));
      });
      members.End();
      service.scopes.push_back(std::move(scope));
    });
    m.Elements("capabilities", [&](const Json& value, const std::string& path) {
      Members members(value, path, trouble);
      Capability capability;
      capability.category = members.OneOf<Category>("category", kCategoryNames);
      capability.value = members.OneOf<Answer>("answer", kAnswerNames);
      capability.condition = members.Text("condition");
      capability.holder = members.Text("holder");
      capability.provenance = ReadProvenance(members.Object("provenance"));
      members.End();
      service.capabilities.push_back(std::move(capability));
    });
  });
}

base::Result<EndpointEntry> ReadEndpoint(const Json& body) {
  return Read<EndpointEntry>(
      body, "endpoint", [](Members& m, EndpointEntry& entry, Trouble& trouble) {
        entry.catalogue = m.Text("catalogue");
        entry.id = m.Text("endpoint");
        entry.title = m.Text("title");
        entry.group = m.Flag("group");
        m.Elements("services", [&](const Json& value, const std::string& path) {
          entry.services.push_back(ReadString(value, path, trouble));
        });
        m.Elements("scopes", [&](const Json& value, const std::string& path) {
          if (!value.is_array() || value.size() != 2) {
            trouble = {"is no pair of service and scope", path};
            return;
          }
          entry.scopes.emplace_back(ReadString(value[0], path, trouble),
                                    ReadString(value[1], path, trouble));
        });
      });
}

base::Result<InstrumentEntry> ReadInstrument(const Json& body) {
  return Read<InstrumentEntry>(
      body, "instrument", [](Members& m, InstrumentEntry& entry, Trouble&) {
        Instrument& instrument = entry.instrument;
        entry.catalogue = m.Text("catalogue");
        instrument.id = m.Text("instrument");
        instrument.title = m.Text("title");
        instrument.jurisdiction = m.Text("jurisdiction");
        instrument.section = m.Text("section");
        instrument.binds = m.Text("binds");
        instrument.in_force_from = m.OptionalDay("in_force_from");
        if (m.Next("in_force_until")) instrument.in_force_until = m.Day("in_force_until");
        Members reach = m.Object("reach");
        for (std::size_t i = 0; i < kCategoryCount; ++i) {
          Members row = reach.Object(kCategoryNames[i]);
          instrument.rows[i].reach = row.OneOf<Reach>("reach", kReachNames);
          instrument.rows[i].note = row.Text("note");
          instrument.rows[i].source = row.Text("source");
          instrument.rows[i].verified = row.OneOf<Verified>("verified", kVerifiedNames);
          row.End();
        }
        reach.End();
      });
}

base::Result<ShapeEntry> ReadShape(const Json& body) {
  return Read<ShapeEntry>(body, "shape", [](Members& m, ShapeEntry& entry, Trouble& trouble) {
    classify::Session& f = entry.shape.facts;
    entry.number = m.Uint32("shape");
    f.transport = m.OneOf<capture::Transport>("transport", kTransportNames);
    f.ip_version = m.OneOf<capture::IpVersion>("ip", kIpVersionNames);
    f.tunnel = m.OneOf<capture::TunnelKind>("tunnel", kTunnelKindNames);
    f.protocol = m.OneOf<classify::Protocol>("protocol", classify::kProtocolNames);
    f.variant = m.OneOf<classify::Variant>("variant", classify::kVariantNames);
    f.version = m.OneOf<classify::Version>("version", classify::kVersionNames);
    f.offered_only = m.Flag("offered_only");
    f.key_exchange = m.OneOf<classify::KeyExchange>("key_exchange", classify::kKeyExchangeNames);
    f.resumption = m.OneOf<classify::Resumption>("resumption", classify::kResumptionNames);
    f.early_data = m.OneOf<classify::EarlyData>("early_data", classify::kEarlyDataNames);
    f.name_visibility =
        m.OneOf<classify::NameVisibility>("name_visibility", classify::kNameVisibilityNames);
    f.sides = m.OneOf<classify::SidesSeen>("sides", classify::kSidesSeenNames);
    f.outcome = m.OneOf<classify::Outcome>("outcome", classify::kOutcomeNames);
    f.evidence = m.OneOf<classify::Evidence>("evidence", classify::kEvidenceNames);
    entry.endpoint = m.Text("endpoint");
    entry.assessed_on = m.Day("assessed_on");
    // The rest is recomputed, so its text is kept as it stands and compared whole.
    Json rest = Json::object();
    for (const char* key :
         {"wire", "policy", "verdict", "exposed_to_quantum", "provider", "provider_reasons",
          "provider_flags", "operator", "operator_reasons", "operator_flags"}) {
      rest[key] = m.Any(key);
    }
    if (trouble.any()) return;
    const std::string text = rest.dump(-1, ' ', false, Json::error_handler_t::replace);
    entry.assessment = text.substr(1, text.size() - 2);
  });
}

base::Result<WindowEntry> ReadWindow(const Json& body) {
  return Read<WindowEntry>(body, "window", [](Members& m, WindowEntry& entry, Trouble& trouble) {
    entry.start = m.Time("start");
    entry.seconds = m.Uint32("seconds");
    entry.tap = m.Text("tap");
    entry.part = m.Uint32("part");
    entry.parts = m.Uint32("parts");
    entry.partial = m.Flag("partial");
    Members seen = m.Object("seen");
    entry.seen.packets = seen.Uint("packets");
    entry.seen.bytes = seen.Uint("bytes");
    entry.dropped = seen.Uint("dropped");
    seen.End();
    entry.carried = ReadLoss(m.Object("carried"));
    entry.pending = ReadLoss(m.Object("pending"));
    entry.losses = ReadLosses(m, trouble);
    m.Elements("counts", [&](const Json& value, const std::string& path) {
      const auto n = ReadNumbers(value, 5, path, trouble);
      if (n[0] > UINT32_MAX) trouble = {"names no shape", path};
      entry.counts.push_back({static_cast<std::uint32_t>(n[0]), {n[1], n[2], n[3], n[4]}});
    });
  });
}

base::Result<GapEntry> ReadGap(const Json& body) {
  return Read<GapEntry>(body, "gap", [](Members& m, GapEntry& entry, Trouble& trouble) {
    entry.from = m.Time("from");
    entry.until = m.Time("until");
    entry.cause = m.Text("cause");
    entry.losses = ReadLosses(m, trouble);
  });
}

base::Result<BoundEntry> ReadBound(const Json& body) {
  return Read<BoundEntry>(body, "bound", [](Members& m, BoundEntry& entry, Trouble&) {
    entry.window = m.Time("window");
    entry.bound = m.Text("bound");
    entry.met = m.Uint("met");
  });
}

base::Result<StopEntry> ReadStop(const Json& body) {
  return Read<StopEntry>(body, "stop", [](Members& m, StopEntry& entry, Trouble&) {
    entry.at = m.Time("at");
    entry.reason = m.Text("reason");
  });
}

bool ParseTime(std::string_view text, base::TimeNs& time) {
  base::Day day = 0;
  if (text.size() != 20 || !base::ParseDay(text.substr(0, 10), day)) return false;
  const auto two = [text](std::size_t at) {
    const int tens = text[at] - '0';
    const int ones = text[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? 99 : tens * 10 + ones;
  };
  const std::int64_t seconds = day * base::kSecondsPerDay + two(11) * 3600 + two(14) * 60 + two(17);
  // Also what FormatTime never writes (an hour 24, a leap second) is refused by writing it again.
  if (seconds > INT64_MAX / base::kNsPerSecond || seconds < INT64_MIN / base::kNsPerSecond) {
    return false;
  }
  if (base::FormatTime(seconds * base::kNsPerSecond) != text) return false;
  time = seconds * base::kNsPerSecond;
  return true;
}

}  // namespace unopened::audit
