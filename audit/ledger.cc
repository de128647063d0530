#include "audit/ledger.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "audit/blind.h"
#include "audit/recorder.h"

namespace unopened::audit {
namespace {

std::size_t RowBytes(const CountRow& row) {
  std::size_t size = std::string_view("[,,,,],").size() + std::to_string(row.shape).size();
  for (const std::uint64_t number :
       {row.counts.sessions, row.counts.conversations, row.counts.packets, row.counts.bytes}) {
    size += std::to_string(number).size();
  }
  return size;
}

// Appends the window's parts to `bodies`.
void WriteParts(WindowEntry window, std::vector<std::string>& bodies) {
  std::vector<CountRow> rows;
  rows.swap(window.counts);
  // Room for the blind and for the digits of `part` and `parts`.
  const std::size_t limit = kMaxEntryBytes - kBlindBytes - 32;
  std::vector<WindowEntry> parts{window};
  std::size_t used = Write(window).size();
  WindowEntry later = window;
  later.seen = later.carried = later.pending = Loss{};
  later.dropped = 0;
  later.losses.clear();
  const std::size_t later_size = Write(later).size();
  for (const CountRow& row : rows) {
    const std::size_t size = RowBytes(row);
    if (used + size > limit && !parts.back().counts.empty()) {
      parts.push_back(later);
      used = later_size;
    }
    parts.back().counts.push_back(row);
    used += size;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].part = static_cast<std::uint32_t>(i + 1);
    parts[i].parts = static_cast<std::uint32_t>(parts.size());
    bodies.push_back(Write(parts[i]));
  }
}

void AddAnswers(Summary& summary, const Assessment& assessment, std::uint64_t sessions) {
  for (std::size_t i = 0; i < kCategoryCount; ++i) {
    const auto category = static_cast<Category>(i);
    summary.assessed[{Party::kProvider, category, assessment.provider[i].answer}] += sessions;
    summary.assessed[{Party::kOperator, category, assessment.access_operator[i].answer}] +=
        sessions;
  }
  summary.sessions_total += sessions;
}

void Add(Summary& summary, const Shape& shape, const Counts& counts, const std::string& endpoint,
         const Assessment& assessment) {
  const classify::Session& f = shape.facts;
  const bool named = f.endpoint != classify::kNoEndpoint;
  summary.sessions[{std::string(Name(f.protocol)), endpoint,
                    std::string(PolicyLabel(assessment, named))}] += counts;
  AddAnswers(summary, assessment, counts.sessions);
  summary.outcomes[std::string(Name(f.outcome))] += counts.sessions;
  if (f.outcome == classify::Outcome::kNoPayload) summary.no_payload_sessions += counts.sessions;
  // A stranger can forge one side alone, so one-sided traffic is in no headline.
  if (f.sides != classify::SidesSeen::kBoth) return;
  summary.conversations += counts.conversations;
  summary.conversations_by_verdict[static_cast<std::size_t>(assessment.verdict)] +=
      counts.conversations;
}

void AddOther(Summary& summary, const Counts& counts) {
  summary.sessions[{"other", "other", "unknown"}] += counts;
  summary.outcomes["other"] += counts.sessions;
  AddAnswers(summary, Assessment{}, counts.sessions);
}

std::uint64_t PacketsOf(const std::map<std::string, Loss>& losses, std::string_view cause) {
  const auto found = losses.find(std::string(cause));
  return found == losses.end() ? 0 : found->second.packets;
}

}  // namespace

Ledger::Ledger(const Catalogue& catalogue, std::uint32_t shapes_bound)
    : catalogue_(&catalogue), shapes_bound_(shapes_bound) {}

std::vector<std::string> Ledger::BeginRun(const RunStatement& run, base::TimeNs started) {
  run_ = run;
  std::vector<std::string> bodies{
      Write(RunEntry{started, run, catalogue_->digest, catalogue_->network_operator})};
  AddFacts(*catalogue_, bodies);
  Staged staged;
  staged.next_number = next_number_;
  staged.catalogue = catalogue_->digest;
  staged.summary = summary_;
  staged_ = std::move(staged);
  return bodies;
}

void Ledger::AddFacts(const Catalogue& catalogue, std::vector<std::string>& bodies) const {
  if (catalogues_written_.contains(catalogue.digest)) return;
  for (std::string& fact : WriteFacts(catalogue)) bodies.push_back(std::move(fact));
}

std::vector<std::string> Ledger::Reload(const Catalogue& next,
                                        const std::string& configuration_digest, base::TimeNs at) {
  std::vector<std::string> bodies{
      Write(ReloadEntry{at, configuration_digest, next.digest, run_.configuration_digest,
                        catalogue_->digest, next.network_operator})};
  AddFacts(next, bodies);
  Staged staged;
  staged.next_number = next_number_;
  staged.catalogue = next.digest;
  staged.reload = &next;
  staged.reload_configuration = configuration_digest;
  staged.pending = pending_;
  staged.summary = summary_;
  staged_ = std::move(staged);
  return bodies;
}

void Ledger::Use(const Catalogue& next) {
  staged_.reset();
  catalogue_ = &next;
  assessed_.clear();
}

std::string Ledger::EndpointId(const Shape& shape) const {
  return catalogue_->endpoint(shape.facts.endpoint).id;
}

const Ledger::Assessed& Ledger::AssessedOn(base::Day day, const std::string& canonical,
                                           const Shape& shape) {
  if (day != assessed_day_) {
    assessed_.clear();
    assessed_day_ = day;
  }
  const auto [found, inserted] = assessed_.try_emplace(canonical);
  if (inserted) {
    found->second.assessment = Assess(shape, *catalogue_, day);
    found->second.text =
        AssessmentText(found->second.assessment, catalogue_->endpoint(shape.facts.endpoint));
  }
  return found->second;
}

Counts Ledger::Overflow(Rows& rows, std::uint64_t& moved) const {
  std::vector<Rows::const_iterator> order;
  for (auto row = rows.cbegin(); row != rows.cend(); ++row) order.push_back(row);
  // What carries most stays, so that a stranger's many small shapes push nothing else out.
  std::sort(order.begin(), order.end(), [](Rows::const_iterator a, Rows::const_iterator b) {
    const Counts& x = a->second.counts;
    const Counts& y = b->second.counts;
    return std::tie(y.conversations, y.packets, a->first) <
           std::tie(x.conversations, x.packets, b->first);
  });
  Counts other;
  std::uint32_t kept = 0;
  std::uint32_t numbers_left = kMaxNumberedShapes - std::min(next_number_ - 1, kMaxNumberedShapes);
  for (const Rows::const_iterator row : order) {
    const bool is_known = known_.contains(row->first);
    if (kept < shapes_bound_ && (is_known || numbers_left > 0)) {
      ++kept;
      if (!is_known) --numbers_left;
      continue;
    }
    other += row->second.counts;
    ++moved;
    rows.erase(row);
  }
  return other;
}

std::vector<std::string> Ledger::CloseWindow(base::TimeNs start, std::uint32_t seconds,
                                             const TallyDelta& tally, bool partial) {
  const base::Day day = base::DayOf(start);
  Staged staged;
  staged.next_number = next_number_;
  staged.partial = partial;
  staged.pending = {tally.pending_packets, tally.pending_bytes};
  staged.summary = summary_;
  Rows rows;
  for (const auto& [shape, counts] : tally.shapes) {
    if (counts == Counts{}) continue;
    Shape reduced = ShapeOf(shape.facts);
    if (reduced.facts.endpoint >= catalogue_->endpoints.size()) {
      reduced.facts.endpoint = classify::kNoEndpoint;
    }
    Counted& row = rows[CanonicalBytes(reduced, EndpointId(reduced))];
    row.shape = reduced;
    row.counts += counts;
  }
  std::map<std::string, std::uint64_t> bounds = tally.bounds;
  std::uint64_t moved = 0;
  const Counts other = Overflow(rows, moved);
  if (moved != 0) bounds["shapes"] += moved;

  std::vector<std::string> bodies;
  WindowEntry window;
  window.start = start;
  window.seconds = seconds;
  window.tap = run_.tap;
  window.partial = partial;
  window.seen = {tally.packets, tally.bytes};
  window.dropped =
      PacketsOf(tally.losses, kDroppedKernel) + PacketsOf(tally.losses, kDroppedInterface);
  window.carried = pending_;
  window.pending = staged.pending;
  window.losses = tally.losses;
  if (moved != 0) {
    window.counts.push_back({kOtherShape, other});
    AddOther(staged.summary, other);
  }
  for (const auto& [canonical, row] : rows) {
    const Assessed& assessed = AssessedOn(day, canonical, row.shape);
    const auto known = known_.find(canonical);
    const std::uint32_t number =
        known != known_.end() ? known->second.number : staged.next_number++;
    if (known == known_.end() || known->second.assessment != assessed.text) {
      staged.known[canonical] = {number, assessed.text};
      bodies.push_back(
          Write(ShapeEntry{number, row.shape, EndpointId(row.shape), day, assessed.text}));
    }
    window.counts.push_back({number, row.counts});
    Add(staged.summary, row.shape, row.counts, EndpointId(row.shape), assessed.assessment);
  }
  std::sort(window.counts.begin(), window.counts.end(),
            [](const CountRow& a, const CountRow& b) { return a.shape < b.shape; });
  WriteParts(window, bodies);
  for (const auto& [bound, met] : bounds) bodies.push_back(Write(BoundEntry{start, bound, met}));

  Summary& summary = staged.summary;
  for (const auto& [cause, loss] : tally.losses) {
    summary.losses[cause] += Counts{0, 0, loss.packets, loss.bytes};
  }
  for (const auto& [bound, met] : bounds) summary.bounds[bound] += met;
  summary.packets += tally.packets;
  summary.bytes += tally.bytes;
  ++summary.windows;
  summary.last_window_start = base::FormatTime(start);
  summary.last_window_end_ns = start + seconds * base::kNsPerSecond;
  staged_ = std::move(staged);
  return bodies;
}

void Ledger::Committed(std::uint64_t tree_size, base::TimeNs checkpoint_time) {
  if (staged_) {
    for (auto& [canonical, known] : staged_->known) known_[canonical] = std::move(known);
    next_number_ = staged_->next_number;
    if (!staged_->catalogue.empty()) catalogues_written_.insert(staged_->catalogue);
    if (staged_->reload != nullptr) {
      catalogue_ = staged_->reload;
      run_.configuration_digest = staged_->reload_configuration;
      assessed_.clear();
    }
    pending_ = staged_->pending;
    summary_ = std::move(staged_->summary);
    staged_.reset();
  }
  summary_.tree_size = tree_size;
  summary_.checkpoint_time_ns = checkpoint_time;
}

void Ledger::Replay(const std::string& entry_body) {
  // Nearly all of a long log is windows: a start must not take each apart.
  if (!entry_body.starts_with(R"({"type":"run",)") &&
      !entry_body.starts_with(R"({"type":"reload",)") &&
      !entry_body.starts_with(R"({"type":"shape",)")) {
    return;
  }
  const Json body = Parse(entry_body);
  if (auto run = ReadRun(body)) {
    catalogues_written_.insert(run->catalogue);
  } else if (auto reload = ReadReload(body)) {
    catalogues_written_.insert(reload->catalogue);
  } else if (auto shape = ReadShape(body)) {
    known_[CanonicalBytes(shape->shape, shape->endpoint)] = {shape->number, shape->assessment};
    next_number_ = std::max(next_number_, shape->number + 1);
  }
}

Loss Ledger::GiveUp(const TallyDelta& tally) {
  staged_.reset();
  return std::exchange(pending_, {tally.pending_packets, tally.pending_bytes});
}

std::string Ledger::Gap(base::TimeNs from, base::TimeNs until, const std::string& cause,
                        const std::map<std::string, Loss>& losses) const {
  return Write(GapEntry{from, until, cause, losses});
}

std::string Ledger::Stop(base::TimeNs at, const std::string& reason) {
  if (staged_ && staged_->partial) staged_.reset();
  return Write(StopEntry{at, reason});
}

}  // namespace unopened::audit
