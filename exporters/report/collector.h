// Collector: a log's entries in, day by day totals out.
//
// Trusts nothing by itself: a caller who verified the log (audit/verifier.h, audit/entry_check.h)
// in the same pass drops what was collected where that failed. Thread: its owner's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "exporters/report/collected.h"
#include "exporters/report/log_facts.h"
#include "exporters/report/period.h"

namespace unopened::exporters::report {

class Collector {
 public:
  // Windows outside `period` are passed over; all are taken where there is none.
  explicit Collector(std::optional<Period> period = {});

  // What follows is of this log. Its `removed` and `witnessed` are counted here.
  void BeginLog(LogSource log);
  // In the log's order.
  void Next(std::uint64_t index, std::string_view entry);
  void Removed() { ++collected_.logs.back().removed; }
  LogSource& log() { return collected_.logs.back(); }

  // Everything; the collector is empty then.
  Collected Finish();

 private:
  // Of the log under way: a shape's facts and the statement that stands for it now.
  struct Shape {
    classify::Session facts;
    std::string endpoint;
    std::uint32_t statement = 0;
  };

  void OnRun(std::uint64_t index, const audit::RunEntry& run);
  void OnReload(std::uint64_t index, const audit::ReloadEntry& reload);
  void OnShape(const audit::ShapeEntry& entry);
  void OnWindow(const audit::WindowEntry& window);
  void OnGap(std::uint64_t index, const audit::GapEntry& gap);
  std::uint32_t State(const Shape& shape, base::Day day);
  std::uint32_t StatementOf(std::uint32_t number);
  void Add(std::uint32_t number, const audit::Counts& counts);
  void Enter(base::Day day);
  void FinishLog();
  void FlushDay();
  Coverage& BeginWindow(base::TimeNs start, std::uint32_t seconds, bool first_part, bool partial);
  std::size_t TapOf(const std::string& name, SourceKind kind);

  std::optional<Period> period_;
  Collected collected_;
  LogFacts facts_;
  std::size_t first_catalogue_ = 0;  // of the log under way, in collected_
  std::vector<Shape> shapes_;        // [number]; [0] is `other`
  SourceKind kind_ = SourceKind::kLive;
  std::size_t run_ = 0;

  audit::WindowEntry window_;  // its memory is used again
  // The day being counted, by statement; written to collected_.days when it ends.
  std::optional<std::pair<SourceKind, base::Day>> open_;
  std::vector<audit::Counts> counts_;
  std::vector<std::uint32_t> touched_;
};

}  // namespace unopened::exporters::report
