// SelfAudit: what the operator of this gateway could be made to hand over from its log, category by
// category, by reading every entry of it and not by trusting the code that wrote them.
//
// Fed with a log's entries in order. Every text in them is put into one of three classes: a word of
// a closed list or a fact of the catalogue, which is about services; the operator's own statement
// (tap, filter, legal basis); or else it is looked at for what looks like a person's or a machine's
// name or number, and is reported if it does. Memory: bounded by what is reported.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/catalogue.h"
#include "audit/entry.h"

namespace unopened::audit {

inline constexpr std::size_t kMaxSuspectsNamed = 20;

struct SelfFindings {
  std::map<std::string, std::uint64_t> entries;  // by type
  std::set<std::string> statements;              // the operator's own words, open in the log
  std::vector<std::string> suspects;             // "entry 17, tap: looks like a network address"
  std::uint64_t suspect_count = 0;
  std::uint64_t cells = 0;         // counts in windows
  std::uint64_t cells_of_one = 0;  // of one session: whoever knows the network may know whose
  std::uint64_t demands = 0;       // rows of legal demands
  std::string first_window;        // "" without any
  std::string last_window;
};

class SelfAudit {
 public:
  void Next(std::uint64_t index, std::string_view entry);
  const SelfFindings& findings() const { return findings_; }

 private:
  void Look(std::uint64_t index, const std::string& path, const std::string& text);
  void Walk(std::uint64_t index, const std::string& path, const Json& value);

  SelfFindings findings_;
};

// An answer about the gateway itself, from the log and from the running process. Pure: a table of
// what the design holds, which SelfAudit and the process's inspection confirm or not.
struct SelfAnswer {
  Category category = Category::kSubscriberIdentity;
  Answer from_log = Answer::kUnknown;
  std::string log_why;
  Answer from_process = Answer::kUnknown;
  std::string process_why;
};
std::vector<SelfAnswer> AnswerForItself(const SelfFindings& findings);

}  // namespace unopened::audit
