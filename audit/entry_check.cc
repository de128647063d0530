#include "audit/entry_check.h"

#include <algorithm>

#include "audit/assessment.h"
#include "audit/blind.h"
#include "audit/ledger.h"
#include "audit/merkle/tile.h"
#include "audit/recorder.h"
#include "audit/window_text.h"

namespace unopened::audit {
namespace {

bool IsFact(std::string_view type) {
  return type == "service" || type == "endpoint" || type == "instrument";
}

// About the record itself: may stand wherever no other entry is owed.
bool IsRecord(std::string_view type) {
  return type == "witnessed" || type == "key" || type == "demands" || type == "pruned";
}

bool IsBlind(const Json& body) {
  if (!body.contains("blind") || std::prev(body.end()).key() != "blind") return false;
  const Json& blind = body["blind"];
  if (!blind.is_string()) return false;
  const std::string text = blind.get<std::string>();
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The first member, or member of a member, in which two objects differ.
std::string FirstDifference(const Json& a, const Json& b) {
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key)) return key;
    if (value == b[key]) continue;
    if (!value.is_object() || !b[key].is_object()) return key;
    std::string at = key;
    if (const std::string inner = FirstDifference(value, b[key]); !inner.empty()) {
      at.append(".").append(inner);
    }
    return at;
  }
  for (const auto& [key, value] : b.items()) {
    if (!a.contains(key)) return key;
  }
  return "";
}

Json Braced(const std::string& members) { return Json::parse("{" + members + "}", nullptr, false); }

bool Add(std::uint64_t& sum, std::uint64_t more) {
  sum += more;
  return sum >= more;
}

bool AddTo(Counts& sum, const Counts& more) {
  bool fits = Add(sum.sessions, more.sessions);
  fits = Add(sum.conversations, more.conversations) && fits;
  fits = Add(sum.packets, more.packets) && fits;
  return Add(sum.bytes, more.bytes) && fits;
}

bool AddTo(Loss& sum, const Loss& more) {
  const bool fits = Add(sum.packets, more.packets);
  return Add(sum.bytes, more.bytes) && fits;
}

std::string Numbers(std::uint64_t a, std::uint64_t b) {
  return std::to_string(a) + " and " + std::to_string(b);
}

}  // namespace

std::string Describe(const EntryProblem& problem) {
  std::string line = "entry " + std::to_string(problem.index);
  if (!problem.member.empty()) line += ", " + problem.member;
  return line + ": " + problem.what;
}

void EntryChecker::Note(std::string member, std::string what) {
  if (!problem_) problem_ = EntryProblem{index_, std::move(member), std::move(what)};
}

std::optional<EntryProblem> EntryChecker::Next(std::uint64_t index, std::string_view entry) {
  index_ = index;
  problem_.reset();
  ++report_.entries;
  if (index != next_index_)
    Note("", "follows entry " + std::to_string(next_index_) + ", which is missing");
  next_index_ = index + 1;
  Check(entry);
  after_removed_ = false;
  if (problem_) ++report_.problems;
  return problem_;
}

std::optional<EntryProblem> EntryChecker::Removed(std::uint64_t index) {
  index_ = index;
  problem_.reset();
  ++report_.removed;
  if (index != next_index_)
    Note("", "follows entry " + std::to_string(next_index_) + ", which is missing");
  next_index_ = index + 1;
  if (run_) {
    // Facts are kept, so what is gone is none.
    Facts& facts = *run_facts_;
    if (facts.parts_left != 0) Note("", "was removed from between the parts of a service");
    facts.parts_left = 0;
    facts.complete = true;
  }
  open_.reset();
  owes_bound_ = false;
  stated_.clear();
  last_new_.reset();
  any_gap_ = false;
  demands_part_ = demands_parts_;
  pending_known_ = false;
  after_removed_ = true;
  since_removed_ = true;
  if (problem_) ++report_.problems;
  return problem_;
}

std::optional<EntryProblem> EntryChecker::Finish() {
  problem_.reset();
  if (open_) {
    Note("parts", "the log ends before the window's last part");
  } else if (owes_bound_) {
    Note("counts", "the log ends before the bound entry that a count under `other` needs");
  } else if (!stated_.empty()) {
    Note("shape", "the log ends before a window counts it");
  }
  if (problem_) ++report_.problems;
  return problem_;
}

template <class Entry>
bool EntryChecker::Take(const base::Result<Entry>& read, std::string_view entry) {
  if (!read) {
    Note(read.error().where, read.error().what);
    return false;
  }
  const std::string written = Write(*read);
  // The body ends where the blind begins.
  const std::string_view body = entry.substr(0, entry.size() - kBlindBytes - 1);
  if (std::string_view(written).substr(0, written.size() - 1) != body) {
    Json without = Json::parse(entry, nullptr, false);
    without.erase("blind");
    Note(FirstDifference(without, Json::parse(written, nullptr, false)), "is not canonical");
  }
  return true;
}

void EntryChecker::Check(std::string_view entry) {
  if (entry.size() > kMaxEntryBytes) return Note("", "is longer than an entry may be");
  if (ReadCanonicalWindow(entry, window_)) {
    CheckOrder("window");
    return OnWindow(window_);
  }
  const Json body = Parse(entry);
  if (!body.is_object()) return Note("", "is no JSON object of an entry's depth");
  if (body.dump(-1, ' ', false, Json::error_handler_t::replace) != entry) {
    return Note("", "is not canonical: white space, a repeated member or an escape");
  }
  if (!IsBlind(body)) return Note("blind", "is not 32 hexadecimal digits in the last place");
  const auto found = body.find("type");
  if (found == body.end() || !found->is_string()) return Note("type", "is missing");
  const std::string type = found->get<std::string>();
  CheckOrder(type);
  if (type == "run") {
    if (const auto read = ReadRun(body); Take(read, entry)) OnRun(*read);
  } else if (type == "reload") {
    if (const auto read = ReadReload(body); Take(read, entry)) OnReload(*read);
  } else if (type == "service") {
    if (const auto read = ReadService(body); Take(read, entry)) OnService(*read);
  } else if (type == "endpoint") {
    if (const auto read = ReadEndpoint(body); Take(read, entry)) OnEndpoint(*read);
  } else if (type == "instrument") {
    if (const auto read = ReadInstrument(body); Take(read, entry)) OnInstrument(*read);
  } else if (type == "shape") {
    if (const auto read = ReadShape(body); Take(read, entry)) OnShape(*read);
  } else if (type == "window") {
    if (auto read = ReadWindow(body); Take(read, entry)) OnWindow(*read);
  } else if (type == "gap") {
    if (const auto read = ReadGap(body); Take(read, entry)) OnGap(*read);
  } else if (type == "bound") {
    if (const auto read = ReadBound(body); Take(read, entry)) OnBound(*read);
  } else if (type == "stop") {
    if (const auto read = ReadStop(body); Take(read, entry)) stopped_ = true;
  } else if (type == "witnessed") {
    if (const auto read = ReadWitnessed(body); Take(read, entry)) OnWitnessed(*read);
  } else if (type == "demands") {
    if (const auto read = ReadDemands(body); Take(read, entry)) OnDemands(*read);
  } else if (type == "key") {
    if (const auto read = ReadKey(body); Take(read, entry)) OnKey(*read);
  } else if (type == "pruned") {
    if (const auto read = ReadPruned(body); Take(read, entry)) OnPruned(*read);
  } else {
    Note("type", "is none that this version knows");
  }
}

// What may follow what was before.
void EntryChecker::CheckOrder(std::string_view type) {
  if (!run_ && type != "run" && !IsRecord(type)) Note("type", "stands before the first run");
  if (open_ && type != "window") {
    Note("type", "stands between the parts of a window");
    open_.reset();
  }
  if (owes_bound_ && type != "bound") {
    Note("type", "stands where the bound entry of the window before is missing");
    owes_bound_ = false;
  }
  if (!stated_.empty() && type != "shape" && type != "window") {
    Note("type", "stands between a shape and the window that counts it");
    stated_.clear();
  }
  if (demands_part_ != demands_parts_ && type != "demands") {
    Note("type", "stands between the parts of a day's demands");
    demands_part_ = demands_parts_;
  }
  if (stopped_ && type != "run" && type != "gap" && !IsRecord(type)) {
    Note("type", "stands after the run's stop");
  }
  if (run_ && !IsFact(type)) {
    Facts& facts = *run_facts_;
    if (facts.parts_left != 0) Note("type", "stands between the parts of a service");
    facts.parts_left = 0;
    facts.complete = true;
  }
}

void EntryChecker::OnRun(const RunEntry& run) {
  ++report_.runs;
  if (run.statement.source_kind == "live") ++report_.live_runs;
  const RunStatement& statement = run.statement;
  const std::uint32_t seconds = statement.window_seconds;
  if (seconds == 0 || base::kSecondsPerDay % seconds != 0) {
    Note("window_seconds", "does not divide a day");
  }
  if (statement.source_kind != "live" && statement.source_kind != "file") {
    Note("source", "is neither live nor file");
  }
  if (statement.source_kind == "live" && statement.legal_basis.empty()) {
    Note("legal_basis", "is empty in a live run");
  }
  run_ = run;
  stopped_ = false;
  window_end_.reset();
  reloaded_at_.reset();
  pending_ = {};
  pending_known_ = true;
  since_removed_ = false;
  any_gap_ = false;
  BeginFacts(run.catalogue, run.network_operator);
}

void EntryChecker::OnReload(const ReloadEntry& reload) {
  if (!run_) return;
  ++report_.reloads;
  if (reload.replaced_configuration != run_->statement.configuration_digest) {
    Note("replaced_configuration", "is not the run's");
  }
  if (reload.replaced_catalogue != run_->catalogue) Note("replaced_catalogue", "is not the run's");
  if (window_end_ && reload.at < *window_end_) Note("at", "lies in the window before");
  reloaded_at_ = reload.at;
  run_->statement.configuration_digest = reload.configuration;
  run_->catalogue = reload.catalogue;
  run_->network_operator = reload.network_operator;
  BeginFacts(reload.catalogue, reload.network_operator);
}

void EntryChecker::BeginFacts(const std::string& catalogue,
                              const OperatorDeclaration& network_operator) {
  on_day_.clear();
  ++epoch_;
  run_facts_ = &facts_[catalogue];
  Facts& facts = *run_facts_;
  if (facts.catalogue.endpoints.empty()) {
    facts.catalogue.endpoints.push_back({"none", "", false, {}, {}});
  }
  facts.catalogue.network_operator = network_operator;
}

EntryChecker::Facts* EntryChecker::FactsOf(const std::string& catalogue) {
  if (!run_) return nullptr;
  if (catalogue != run_->catalogue) {
    Note("catalogue", "is not the run's");
    return nullptr;
  }
  Facts& facts = *run_facts_;
  if (facts.complete) {
    Note("catalogue", "has its facts in the log already");
    return nullptr;
  }
  return &facts;
}

void EntryChecker::OnService(const ServiceEntry& entry) {
  Facts* facts = FactsOf(entry.catalogue);
  if (facts == nullptr) return;
  std::vector<Service>& services = facts->catalogue.services;
  const bool continues = facts->parts_left != 0;
  if (entry.part == 0 || entry.part > entry.parts || continues != (entry.part > 1) ||
      (continues && (services.back().id != entry.service.id ||
                     entry.parts - entry.part + 1 != facts->parts_left))) {
    return Note("part", "is not the one that is due");
  }
  facts->parts_left = entry.parts - entry.part;
  if (!continues) {
    for (const Service& service : services) {
      if (service.id == entry.service.id) return Note("service", "was stated before");
    }
    services.push_back(entry.service);
    return;
  }
  Service& whole = services.back();
  for (const Scope& scope : entry.service.scopes) {
    if (!whole.scopes.empty() && whole.scopes.back().id == scope.id) {
      auto& intervals = whole.scopes.back().intervals;
      intervals.insert(intervals.end(), scope.intervals.begin(), scope.intervals.end());
    } else {
      whole.scopes.push_back(scope);
    }
  }
  whole.capabilities.insert(whole.capabilities.end(), entry.service.capabilities.begin(),
                            entry.service.capabilities.end());
}

void EntryChecker::OnEndpoint(const EndpointEntry& entry) {
  Facts* facts = FactsOf(entry.catalogue);
  if (facts == nullptr) return;
  const std::vector<Service>& services = facts->catalogue.services;
  const auto index_of = [](const auto& all, const std::string& id) {
    std::size_t i = 0;
    while (i < all.size() && all[i].id != id) ++i;
    return i;
  };
  Endpoint endpoint{entry.id, entry.title, entry.group, {}, {}};
  for (std::size_t i = 0; i < entry.services.size(); ++i) {
    const std::size_t service = index_of(services, entry.services[i]);
    if (service == services.size()) {
      return Note("services[" + std::to_string(i) + "]", "names a service that no entry states");
    }
    endpoint.services.push_back(static_cast<std::uint16_t>(service));
  }
  for (std::size_t i = 0; i < entry.scopes.size(); ++i) {
    const std::size_t service = index_of(services, entry.scopes[i].first);
    const std::size_t scope =
        service < services.size() ? index_of(services[service].scopes, entry.scopes[i].second) : 0;
    if (service == services.size() || scope == services[service].scopes.size()) {
      return Note("scopes[" + std::to_string(i) + "]", "names a scope that no entry states");
    }
    endpoint.scopes.push_back(
        {static_cast<std::uint16_t>(service), static_cast<std::uint16_t>(scope)});
  }
  std::vector<Endpoint>& endpoints = facts->catalogue.endpoints;
  if (index_of(endpoints, entry.id) != endpoints.size()) {
    return Note("endpoint", "was stated before");
  }
  endpoints.push_back(std::move(endpoint));
}

void EntryChecker::OnInstrument(const InstrumentEntry& entry) {
  Facts* facts = FactsOf(entry.catalogue);
  if (facts == nullptr) return;
  for (const Instrument& instrument : facts->catalogue.instruments) {
    if (instrument.id == entry.instrument.id) return Note("instrument", "was stated before");
  }
  facts->catalogue.instruments.push_back(entry.instrument);
}

void EntryChecker::OnShape(const ShapeEntry& entry) {
  if (!run_) return;
  const std::string canonical = CanonicalBytes(entry.shape, entry.endpoint);
  const bool is_new = entry.number == shapes_.size() + 1;
  if (entry.number == 0 || entry.number > shapes_.size() + 1) {
    return Note("shape", "is not the next number, " + std::to_string(shapes_.size() + 1));
  }
  // What was made by the rules needs no more, and what was not shall not fill the memory.
  if (entry.number > kMaxNumberedShapes) {
    return Note("shape", "is above " + std::to_string(kMaxNumberedShapes) + ", the last number");
  }
  if (is_new && numbers_.contains(canonical)) {
    Note("shape", "has a number already, " + std::to_string(numbers_[canonical]));
  }
  if (!is_new && shapes_[entry.number - 1].canonical != canonical) {
    return Note("shape", "stands for other facts already");
  }
  classify::Session reduced = entry.shape.facts;
  // Only whether an endpoint may be named depends on it, and that is asked by id below.
  reduced.endpoint = entry.endpoint == "none" ? classify::kNoEndpoint : classify::EndpointId{1};
  if (ShapeOf(reduced).facts != reduced) Note("outcome", "does not allow the other facts");
  if (is_new) {
    if (last_new_ && canonical < *last_new_)
      Note("shape", "is not in the order of canonical bytes");
    last_new_ = canonical;
    shapes_.emplace_back();
    numbers_[canonical] = entry.number;
    report_.shapes = shapes_.size();
  }
  shapes_[entry.number - 1] = {
      canonical, entry.shape, entry.endpoint, entry.assessment, entry.assessed_on, 0, 0};
  stated_.push_back(entry.number);
  const std::string* expected = AssessmentOn(entry.number, entry.assessed_on);
  if (expected == nullptr) return Note("endpoint", "is none that the run's catalogue states");
  ++report_.assessments;
  if (*expected != entry.assessment) {
    Note(FirstDifference(Braced(entry.assessment), Braced(*expected)),
         "does not follow from the facts in the log");
  }
}

const std::string* EntryChecker::AssessmentOn(std::uint32_t number, base::Day day) {
  if (day != day_) {
    on_day_.clear();
    day_ = day;
    ++epoch_;
  }
  if (const auto found = on_day_.find(number); found != on_day_.end()) return &found->second;
  const Stated& stated = shapes_[number - 1];
  const Catalogue& catalogue = run_facts_->catalogue;
  for (std::size_t i = 0; i < catalogue.endpoints.size(); ++i) {
    if (catalogue.endpoints[i].id != stated.endpoint) continue;
    Shape shape = stated.shape;
    shape.facts.endpoint = static_cast<classify::EndpointId>(i);
    std::string& text = on_day_[number];
    text = AssessmentText(Assess(shape, catalogue, day), catalogue.endpoints[i]);
    return &text;
  }
  return nullptr;
}

void EntryChecker::OnWindow(WindowEntry& part) {
  if (!run_) return;
  const bool cut = after_removed_ && part.part > 1 && part.part <= part.parts;
  if (!cut &&
      (part.part == 0 || part.part > part.parts || part.part != (open_ ? open_->next_part : 1))) {
    Note("part", "is not the one that is due");
    open_.reset();
    stated_.clear();
    return;
  }
  if (cut) {
    BeginWindow(part);
    open_->cut = true;
  }
  if (part.part == 1) {
    BeginWindow(part);
  } else {
    const WindowEntry& first = open_->first;
    if (part.start != first.start || part.seconds != first.seconds || part.tap != first.tap ||
        part.partial != first.partial || part.parts != first.parts) {
      Note("part", "is of another window than the parts before it");
    }
    if (part.seen != Loss{} || part.carried != Loss{} || part.pending != Loss{} ||
        part.dropped != 0 || !part.losses.empty()) {
      Note("seen", "is counted in part 1 already");
    }
  }
  AddRows(part);
  open_->next_part = part.part + 1;
  if (part.part == part.parts) EndWindow();
}

void EntryChecker::BeginWindow(WindowEntry& window) {
  ++windows_begun_;
  open_ = Open{};
  std::vector<CountRow> rows;
  rows.swap(window.counts);
  open_->first = window;
  rows.swap(window.counts);
  const std::int64_t cell = std::max(run_->statement.window_seconds, 1U) * base::kNsPerSecond;
  const base::TimeNs last = window.start + window.seconds * base::kNsPerSecond - 1;
  const auto cell_of = [cell](base::TimeNs t) { return t / cell - (t % cell < 0 ? 1 : 0); };
  if (window.seconds == 0 || cell_of(window.start) != cell_of(last)) {
    Note("seconds", "reaches over the run's window boundary");
  }
  if (window.tap != run_->statement.tap) Note("tap", "is not the run's");
  if (window_end_ && window.start < *window_end_) Note("start", "overlaps the window before");
  if (reloaded_at_ && window.start < *reloaded_at_) Note("start", "lies before the reload");
  if (window_end_ && !since_removed_ && run_->statement.source_kind == "live") {
    if (told_until_ < window.start) {
      Note("start", "leaves time from " + base::FormatTime(told_until_) + " that no gap names");
    }
  }
  // What was pending at the end of a window that a gap stands for, no entry says.
  if (!any_gap_ && pending_known_ && window.carried != pending_) {
    Note("carried", "is not what the window before left pending");
  }
  any_gap_ = false;
}

void EntryChecker::AddRows(const WindowEntry& part) {
  const base::Day day = base::DayOf(part.start);
  for (std::size_t i = 0; i < part.counts.size(); ++i) {
    const CountRow& row = part.counts[i];
    const auto note = [&](std::string what) {
      Note("counts[" + std::to_string(i) + "]", std::move(what));
    };
    if (open_->any_row && row.shape <= open_->last_shape) note("is not in the order of numbers");
    open_->any_row = true;
    open_->last_shape = row.shape;
    if (!AddTo(open_->sum, row.counts)) note("overflows the window's sum");
    if (row.shape == kOtherShape) {
      open_->any_other = true;
      continue;
    }
    if (row.shape > shapes_.size()) {
      note("names shape " + std::to_string(row.shape) + ", which no entry states");
      continue;
    }
    Stated& stated = shapes_[row.shape - 1];
    stated.counted_in = windows_begun_;
    if (day == day_ && stated.holds_in == epoch_) continue;
    const std::string* expected = AssessmentOn(row.shape, day);
    if (expected == nullptr) {
      note("names shape " + std::to_string(row.shape) +
           ", whose endpoint the run's catalogue does not state");
    } else if (*expected != stated.assessment) {
      note("names shape " + std::to_string(row.shape) +
           ", whose assessment is another on this day");
    } else {
      stated.holds_in = epoch_;
    }
  }
}

void EntryChecker::EndWindow() {
  const WindowEntry& window = open_->first;
  std::uint64_t dropped = 0;
  Loss in = window.carried;
  bool fits = AddTo(in, window.seen);
  Loss out = {open_->sum.packets, open_->sum.bytes};
  fits = AddTo(out, window.pending) && fits;
  for (const auto& [cause, loss] : window.losses) {
    fits = AddTo(out, loss) && fits;
    fits = AddTo(report_.losses, loss) && fits;
    if (cause == kDroppedKernel || cause == kDroppedInterface) dropped += loss.packets;
  }
  if (!fits) Note("seen", "is too large to be added up");
  if (!open_->cut && in.packets != out.packets) {
    Note("seen.packets", "is not conserved: carried + seen and counts + pending + losses are " +
                             Numbers(in.packets, out.packets));
  }
  if (!open_->cut && in.bytes != out.bytes) {
    Note("seen.bytes", "is not conserved: carried + seen and counts + pending + losses are " +
                           Numbers(in.bytes, out.bytes));
  }
  if (dropped != window.dropped) Note("seen.dropped", "is not the sum of the drops in losses");
  for (const std::uint32_t number : stated_) {
    if (shapes_[number - 1].counted_in != windows_begun_) {
      Note("counts", "lacks shape " + std::to_string(number) + ", which was stated for it");
    } else if (shapes_[number - 1].assessed_on != base::DayOf(window.start)) {
      Note("start",
           "is not on the day for which shape " + std::to_string(number) + " was assessed");
    }
  }
  ++report_.windows;
  if (window.partial) {
    ++report_.partial_windows;
    TellUneven("the window of " + base::FormatTime(window.start) + " is partial");
  }
  if (report_.first_window.empty()) report_.first_window = base::FormatTime(window.start);
  report_.last_window = base::FormatTime(window.start);
  AddTo(report_.counts, open_->sum);
  AddTo(report_.seen, window.seen);
  window_start_ = window.start;
  window_end_ = window.start + window.seconds * base::kNsPerSecond;
  told_until_ = *window_end_;
  pending_ = window.pending;
  pending_known_ = !open_->cut;
  since_removed_ = false;
  owes_bound_ = open_->any_other;
  last_new_.reset();
  stated_.clear();
  open_.reset();
}

void EntryChecker::OnGap(const GapEntry& gap) {
  ++report_.gaps;
  TellUneven("nothing was recorded from " + base::FormatTime(gap.from) + " to " +
             base::FormatTime(gap.until) + ": " + gap.cause);
  if (gap.from > gap.until) Note("until", "lies before from");
  any_gap_ = true;
  if (gap.from <= told_until_) told_until_ = std::max(told_until_, gap.until);
}

void EntryChecker::TellUneven(std::string what) {
  if (report_.uneven.size() == kMaxUnevenNamed) return;
  report_.uneven.push_back("entry " + std::to_string(index_) + ": " + std::move(what));
}

void EntryChecker::OnBound(const BoundEntry& bound) {
  ++report_.bounds;
  TellUneven("the bound " + bound.bound + " was met " + std::to_string(bound.met) +
             " times in the window of " + base::FormatTime(bound.window));
  if (!since_removed_ && (!window_end_ || bound.window != window_start_)) {
    Note("window", "is not the window before");
  }
  if (bound.met == 0) Note("met", "is zero");
  if (bound.bound == "shapes") owes_bound_ = false;
}

void EntryChecker::OnWitnessed(const WitnessedEntry& entry) {
  ++report_.witnessed;
  if (entry.size > index_) Note("size", "is of a tree that was not there yet");
  if (entry.size <= witnessed_size_) Note("size", "is not above that witnessed before");
  witnessed_size_ = entry.size;
}

void EntryChecker::OnDemands(const DemandsEntry& entry) {
  // Parts before it may be among what was removed.
  const bool goes_on = demands_part_ != demands_parts_ || (after_removed_ && entry.part > 1);
  if (after_removed_ && entry.part > 1 && entry.part <= entry.parts) {
    demands_day_ = std::max(demands_day_.value_or(entry.day), entry.day);
    demands_part_ = entry.part - 1;
    demands_parts_ = entry.parts;
  }
  if (goes_on ? entry.day != demands_day_ || entry.parts != demands_parts_ ||
                    entry.part != demands_part_ + 1
              : entry.part != 1 || entry.parts == 0) {
    Note("part", "does not follow the part before");
  }
  if (!goes_on && demands_day_ && entry.day < *demands_day_) {
    Note("day", "lies before that of the demands before");
  }
  demands_day_ = entry.day;
  demands_part_ = entry.part;
  demands_parts_ = entry.parts;
  for (const Demand& demand : entry.demands) {
    ++report_.demands;
    if (!IsDemandId(demand.id)) Note("demands", "holds an id that is none");
    if (!demand_ids_.insert(demand.id).second) Note("demands", "holds a demand entered before");
    if (demand.from > demand.until) Note("demands", "holds a period that ends before it begins");
  }
}

void EntryChecker::OnPruned(const PrunedEntry& entry) {
  if (entry.before % merkle::kTileWidth != 0) Note("before", "is not a multiple of 256");
  if (entry.before > index_) Note("before", "is above the entry's own index");
  if (entry.before < pruned_before_) Note("before", "is below that of the entry before");
  if (!IsPolicy(entry.policy)) {
    Note("policy",
         "is empty, longer than " + std::to_string(kMaxPolicyBytes) + " bytes or no text");
  }
  pruned_before_ = std::max(pruned_before_, entry.before);
  if (report_.prunings.size() < kMaxPruningsListed) report_.prunings.push_back(entry);
}

void EntryChecker::OnKey(const KeyEntry& entry) {
  if (entry.size != index_) Note("size", "is not the entry's own index");
  if (!IsSignedByBoth(entry)) Note("new", "the rotation is not signed by both keys of one name");
  if (report_.keys.empty()) {
    report_.keys.push_back(entry.old_key);
  } else if (report_.keys.back() != entry.old_key) {
    Note("old", "is not the key that was put in place before");
  }
  report_.keys.push_back(entry.new_key);
}

}  // namespace unopened::audit
