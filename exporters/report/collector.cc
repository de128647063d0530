#include "exporters/report/collector.h"

#include <algorithm>
#include <utility>

#include "audit/demands/demands_entry.h"
#include "audit/disclosure.h"
#include "audit/window_text.h"

namespace unopened::exporters::report {
namespace {

using audit::Counts;
using base::Day;

Answers::Side SideOf(const std::array<audit::Finding, audit::kCategoryCount>& findings) {
  Answers::Side side;
  for (std::size_t i = 0; i < audit::kCategoryCount; ++i) {
    side.answers[i] = findings[i].answer;
    side.reasons[i] = findings[i].reason;
    side.unverified[i] = findings[i].unverified;
  }
  return side;
}

std::string_view TypeOf(std::string_view entry) {
  constexpr std::string_view kStart = R"({"type":")";
  if (!entry.starts_with(kStart)) return {};
  entry.remove_prefix(kStart.size());
  return entry.substr(0, entry.find('"'));
}

}  // namespace

Answers AnswersOf(const audit::Assessment& assessment, bool endpoint_named) {
  Answers answers;
  answers.wire = assessment.wire;
  answers.verdict = assessment.verdict;
  answers.exposed_to_quantum = assessment.exposed_to_quantum;
  answers.policy = std::string(audit::PolicyLabel(assessment, endpoint_named));
  answers.scanning = audit::CouldHaveScanned(assessment.provider).answer;
  answers.party = {SideOf(assessment.provider), SideOf(assessment.access_operator)};
  return answers;
}

Collector::Collector(std::optional<Period> period) : period_(period) {
  Statement other;
  other.other = true;
  other.endpoint = "other";
  collected_.statements.push_back(std::move(other));
  counts_.resize(1);
}

void Collector::BeginLog(LogSource log) {
  FinishLog();
  collected_.logs.push_back(std::move(log));
  first_catalogue_ = collected_.catalogues.size();
  shapes_.assign(1, Shape{});
}

void Collector::FinishLog() {
  FlushDay();
  for (auto& catalogue : facts_.Take()) collected_.catalogues.push_back(std::move(catalogue));
}

Collected Collector::Finish() {
  FinishLog();
  return std::exchange(collected_, {});
}

void Collector::Next(std::uint64_t index, std::string_view entry) {
  const std::string_view type = TypeOf(entry);
  if (type == "window" && audit::ReadCanonicalWindow(entry, window_)) return OnWindow(window_);
  if (type == "key" || type == "pruned") return;
  if (type == "witnessed") {
    ++log().witnessed;
    return;
  }
  const audit::Json body = audit::Parse(entry);
  const auto take = [&](const auto& read, auto then) {
    read ? then(*read) : static_cast<void>(++collected_.unreadable);
  };
  if (type == "window") {
    take(audit::ReadWindow(body), [&](const auto& window) { OnWindow(window); });
  } else if (type == "run") {
    take(audit::ReadRun(body), [&](const auto& run) { OnRun(index, run); });
  } else if (type == "reload") {
    take(audit::ReadReload(body), [&](const auto& reload) { OnReload(index, reload); });
  } else if (type == "service") {
    take(audit::ReadService(body), [&](const auto& service) { facts_.OnService(service); });
  } else if (type == "endpoint") {
    take(audit::ReadEndpoint(body), [&](const auto& endpoint) { facts_.OnEndpoint(endpoint); });
  } else if (type == "instrument") {
    take(audit::ReadInstrument(body), [&](const auto& one) { facts_.OnInstrument(one); });
  } else if (type == "shape") {
    take(audit::ReadShape(body), [&](const auto& shape) { OnShape(shape); });
  } else if (type == "gap") {
    take(audit::ReadGap(body), [&](const auto& gap) { OnGap(index, gap); });
  } else if (type == "bound") {
    take(audit::ReadBound(body), [&](const auto& bound) {
      if (period_ && !period_->Holds(base::DayOf(bound.window))) return;
      collected_.bounds.push_back(
          {collected_.logs.size() - 1, index, bound.window, bound.bound, bound.met});
    });
  } else if (type == "stop") {
    take(audit::ReadStop(body), [&](const auto& stop) {
      if (!collected_.runs.empty()) collected_.runs[run_].ended = stop.reason;
    });
  } else if (type == "demands") {
    take(audit::ReadDemands(body), [&](const auto& entered) {
      for (const audit::Demand& demand : entered.demands) {
        collected_.demands.push_back({collected_.logs.size() - 1, index, demand});
      }
    });
  }
}

std::size_t Collector::TapOf(const std::string& name, SourceKind kind) {
  const std::size_t log = collected_.logs.size() - 1;
  for (std::size_t i = 0; i < collected_.taps.size(); ++i) {
    const Tap& tap = collected_.taps[i];
    if (tap.log == log && tap.name == name && tap.kind == kind) return i;
  }
  collected_.taps.push_back({log, name, kind});
  return collected_.taps.size() - 1;
}

void Collector::OnRun(std::uint64_t index, const audit::RunEntry& run) {
  FlushDay();
  facts_.OnRun(run);
  kind_ = run.statement.source_kind == "file" ? SourceKind::kFile : SourceKind::kLive;
  Run stated;
  stated.log = collected_.logs.size() - 1;
  stated.entry = index;
  stated.started = run.started;
  stated.version = run.statement.version;
  stated.model = std::string(audit::kAssessmentModel);
  stated.kind = kind_;
  stated.tap = TapOf(run.statement.tap, kind_);
  stated.legal_basis = run.statement.legal_basis;
  stated.filter = run.statement.filter;
  stated.window_seconds = run.statement.window_seconds;
  stated.catalogue = first_catalogue_ + facts_.current();
  stated.configuration = run.statement.configuration_digest;
  run_ = collected_.runs.size();
  collected_.runs.push_back(std::move(stated));
}

// From here on as of a run of its own: what is said of a run rests on one catalogue.
void Collector::OnReload(std::uint64_t index, const audit::ReloadEntry& reload) {
  if (collected_.runs.empty()) return;
  FlushDay();
  facts_.OnReload(reload);
  collected_.runs[run_].ended = "reload";
  Run next = collected_.runs[run_];
  next.entry = index;
  next.started = reload.at;
  next.ended.clear();
  next.windows = 0;
  next.first_window.reset();
  next.last_window_end.reset();
  next.catalogue = first_catalogue_ + facts_.current();
  next.configuration = reload.configuration;
  run_ = collected_.runs.size();
  collected_.runs.push_back(std::move(next));
}

std::uint32_t Collector::State(const Shape& shape, Day day) {
  const audit::Catalogue& catalogue = *facts_.catalogues()[facts_.current()];
  Statement statement;
  statement.facts = shape.facts;
  statement.facts.endpoint = EndpointIndex(catalogue, shape.endpoint);
  statement.endpoint = shape.endpoint;
  statement.catalogue = first_catalogue_ + facts_.current();
  statement.day = day;
  statement.answers = AnswersOf(audit::Assess(audit::Shape{statement.facts}, catalogue, day),
                                statement.facts.endpoint != classify::kNoEndpoint);
  collected_.statements.push_back(std::move(statement));
  counts_.emplace_back();
  return static_cast<std::uint32_t>(collected_.statements.size() - 1);
}

void Collector::OnShape(const audit::ShapeEntry& entry) {
  if (collected_.runs.empty() || entry.number == 0 || entry.number > shapes_.size()) {
    ++collected_.unreadable;
    return;
  }
  if (entry.number == shapes_.size()) shapes_.emplace_back();
  Shape& shape = shapes_[entry.number];
  shape.facts = entry.shape.facts;
  shape.endpoint = entry.endpoint;
  shape.statement = State(shape, entry.assessed_on);
}

std::uint32_t Collector::StatementOf(std::uint32_t number) {
  if (number < shapes_.size()) return shapes_[number].statement;
  ++collected_.unreadable;
  return 0;
}

void Collector::Add(std::uint32_t number, const Counts& counts) {
  const std::uint32_t statement = StatementOf(number);
  Counts& sum = counts_[statement];
  if (sum == Counts{}) touched_.push_back(statement);
  sum += counts;
}

void Collector::Enter(Day day) {
  const std::pair<SourceKind, Day> wanted{kind_, day};
  if (open_ == wanted) return;
  FlushDay();
  open_ = wanted;
}

void Collector::FlushDay() {
  if (!open_) return;
  DayTotals& totals = collected_.days[*open_];
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  std::vector<std::pair<std::uint32_t, Counts>> merged;
  merged.reserve(totals.counts.size() + touched_.size());
  auto before = totals.counts.begin();
  for (const std::uint32_t statement : touched_) {
    while (before != totals.counts.end() && before->first < statement) merged.push_back(*before++);
    merged.emplace_back(statement, std::exchange(counts_[statement], Counts{}));
    if (before != totals.counts.end() && before->first == statement) {
      merged.back().second += (before++)->second;
    }
  }
  merged.insert(merged.end(), before, totals.counts.end());
  totals.counts = std::move(merged);
  touched_.clear();
  open_.reset();
}

Coverage& Collector::BeginWindow(base::TimeNs start, std::uint32_t seconds, bool first_part,
                                 bool partial) {
  const Day day = base::DayOf(start);
  Enter(day);
  Run& run = collected_.runs[run_];
  Coverage& coverage = collected_.days[*open_].taps[run.tap];
  if (first_part) {
    ++coverage.windows;
    coverage.seconds += seconds;
    coverage.partial += partial ? 1 : 0;
    ++run.windows;
    if (!run.first_window) run.first_window = start;
    run.last_window_end = start + std::int64_t{seconds} * base::kNsPerSecond;
  }
  return coverage;
}

void Collector::OnWindow(const audit::WindowEntry& window) {
  const Day day = base::DayOf(window.start);
  if (collected_.runs.empty() || (period_ && !period_->Holds(day))) return;
  Coverage& coverage = BeginWindow(window.start, window.seconds, window.part == 1, window.partial);
  coverage.packets += window.seen.packets;
  coverage.bytes += window.seen.bytes;
  coverage.dropped += window.dropped;
  for (const auto& [cause, loss] : window.losses) {
    audit::Loss& sum = coverage.losses[cause];
    sum.packets += loss.packets;
    sum.bytes += loss.bytes;
  }
  for (const audit::CountRow& row : window.counts) Add(row.shape, row.counts);
}

void Collector::OnGap(std::uint64_t index, const audit::GapEntry& gap) {
  if (collected_.runs.empty()) return;
  if (period_ && !period_->Meets({base::DayOf(gap.from), base::DayOf(gap.until)})) return;
  Gap kept{collected_.logs.size() - 1,
           index,
           collected_.runs[run_].tap,
           gap.from,
           gap.until,
           gap.cause,
           {}};
  for (const auto& [cause, loss] : gap.losses) {
    kept.lost.packets += loss.packets;
    kept.lost.bytes += loss.bytes;
  }
  collected_.gaps.push_back(std::move(kept));
}

}  // namespace unopened::exporters::report
