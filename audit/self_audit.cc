#include "audit/self_audit.h"

#include <algorithm>

namespace unopened::audit {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The words of `text` between anything that no address or name has in it.
template <class Each>
void EachWord(std::string_view text, Each each) {
  const auto inside = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '.' || c == ':' ||
           c == '@' || c == '+';
  };
  for (std::size_t at = 0; at < text.size();) {
    if (!inside(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && inside(text[end])) ++end;
    each(text.substr(at, end - at));
    at = end;
  }
}

bool IsIpv4(std::string_view word) {
  int dots = 0;
  int digits = 0;
  for (const char c : word) {
    if (c == '.') {
      if (digits == 0) return false;
      ++dots;
      digits = 0;
    } else if (!IsDigit(c) || ++digits > 3) {
      return false;
    }
  }
  return dots == 3 && digits > 0;
}

bool IsIpv6(std::string_view word) {
  const auto colons = std::count(word.begin(), word.end(), ':');
  return colons >= 2 && word.size() >= 4 &&
         std::all_of(word.begin(), word.end(), [](char c) { return IsHex(c) || c == ':'; });
}

constexpr std::size_t kMacSize = 17;

bool IsMac(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i % 3 == 2 ? word[i] != ':' && word[i] != '-' : !IsHex(word[i])) return false;
  }
  return true;
}

// Of the facts of the catalogue and the log's own form: about services, keys and laws.
bool IsAboutNobody(std::string_view type, std::string_view path) {
  if (type == "service" || type == "endpoint" || type == "instrument") return true;
  if (type == "key" || type == "witnessed") return true;
  constexpr std::string_view kForm[] = {"blind",        "catalogue", "configuration",
                                        "input_digest", "version",   "model"};
  return std::find(std::begin(kForm), std::end(kForm), path) != std::end(kForm);
}

bool IsStatement(std::string_view path) {
  return path == "tap" || path == "filter" || path == "legal_basis" || path == "policy";
}

std::string_view LooksLike(std::string_view text) {
  std::string_view found;
  for (std::size_t at = 0; at + kMacSize <= text.size() && found.empty(); ++at) {
    if (IsMac(text.substr(at, kMacSize))) found = "a hardware address";
  }
  EachWord(text, [&](std::string_view word) {
    if (!found.empty()) return;
    if (word.find('@') != std::string_view::npos) found = "a mail address or a handle";
    if (IsIpv4(word) || IsIpv6(word)) found = "a network address";
    if (word.starts_with('+') && std::count_if(word.begin(), word.end(), IsDigit) >= 7) {
      found = "a number of a line";
    }
  });
  return found;
}

}  // namespace

void SelfAudit::Look(std::uint64_t index, const std::string& path, const std::string& text) {
  const std::string_view what = LooksLike(text);
  if (what.empty()) return;
  ++findings_.suspect_count;
  if (findings_.suspects.size() < kMaxSuspectsNamed) {
    findings_.suspects.push_back("entry " + std::to_string(index) + ", " + path + ": looks like " +
                                 std::string(what));
  }
}

void SelfAudit::Walk(std::uint64_t index, const std::string& path, const Json& value) {
  if (value.is_string()) return Look(index, path, value.get<std::string>());
  if (!value.is_structured()) return;
  for (const auto& [key, inner] : value.items()) {
    if (value.is_object()) Look(index, path, key);
    Walk(index, path.empty() ? key : path + "." + key, inner);
  }
}

void SelfAudit::Next(std::uint64_t index, std::string_view entry) {
  const Json body = Parse(entry);
  if (!body.is_object() || !body.contains("type") || !body["type"].is_string()) return;
  const std::string type = body["type"].get<std::string>();
  ++findings_.entries[type];
  for (const auto& [path, value] : body.items()) {
    if (IsAboutNobody(type, path)) continue;
    if (IsStatement(path) && value.is_string() && !value.get<std::string>().empty()) {
      findings_.statements.insert(path + ": " + value.get<std::string>());
    }
    Walk(index, path, value);
  }
  if (type == "demands" && body.contains("demands")) findings_.demands += body["demands"].size();
  if (type != "window" || !body.contains("counts") || !body["counts"].is_array()) return;
  for (const Json& row : body["counts"]) {
    if (!row.is_array() || row.size() != 5 || !row[1].is_number_unsigned()) continue;
    ++findings_.cells;
    if (row[1].get<std::uint64_t>() == 1) ++findings_.cells_of_one;
  }
  if (body.contains("start") && body["start"].is_string()) {
    const std::string start = body["start"].get<std::string>();
    if (findings_.first_window.empty() || start < findings_.first_window) {
      findings_.first_window = start;
    }
    findings_.last_window = std::max(findings_.last_window, start);
  }
}

std::vector<SelfAnswer> AnswerForItself(const SelfFindings& findings) {
  const std::string looked =
      findings.suspect_count == 0
          ? "every text of every entry was looked at, none looks like one"
          : std::to_string(findings.suspect_count) + " texts look like one: named below";
  const Answer from_log = findings.suspect_count == 0 ? Answer::kCouldNot : Answer::kConditional;
  const std::string no_accounts =
      "it has no accounts: it sees packets, and asks nobody who they are";
  const std::string no_payload =
      "of a settled flow no payload is looked at; of one that is not, at most 16 KiB a direction "
      "lie in memory until it is";
  const std::string pseudonym =
      "until a flow's idle expiry a keyed pseudonym of it: whoever compels the process while it "
      "runs could test whether a known pair of addresses and ports talks; the key is never on disk";
  return {
      {Category::kSubscriberIdentity, from_log, "no entry has a field for a person; " + looked,
       Answer::kCouldNot, no_accounts},
      {Category::kAccountDates, Answer::kNotApplicable, no_accounts, Answer::kNotApplicable,
       no_accounts},
      {Category::kLastConnection, findings.cells_of_one == 0 ? from_log : Answer::kConditional,
       "counts by minute and kind of session, of nobody in particular; " +
           std::to_string(findings.cells_of_one) + " of " + std::to_string(findings.cells) +
           " counts are of one session: whoever knows from elsewhere that one person alone used "
           "such a service then learns when",
       Answer::kConditional, pseudonym},
      {Category::kIpLogs, from_log, "no entry has a field for an address; " + looked,
       Answer::kConditional, pseudonym},
      {Category::kContacts, Answer::kCouldNot, "no entry relates two of anything",
       Answer::kCouldNot, "it reads handshakes with servers, not what is said behind them"},
      {Category::kGroupMembership, Answer::kCouldNot, "no entry has a field for it",
       Answer::kCouldNot, "it lies inside what is encrypted"},
      {Category::kMessageRoutingMetadata, Answer::kCouldNot, "no entry has a field for it",
       Answer::kConditional, pseudonym},
      {Category::kStoredContent, Answer::kCouldNot, "no entry has a field for content",
       Answer::kCouldNot, "nothing of a packet is ever written"},
      {Category::kLiveContent, Answer::kCouldNot, "no entry has a field for content",
       Answer::kConditional, no_payload},
      {Category::kBackups, Answer::kNotApplicable, "it keeps none of anybody's",
       Answer::kNotApplicable, "it keeps none of anybody's"},
      {Category::kRecordedCiphertext, Answer::kCouldNot, "no packet is ever written",
       Answer::kConditional, no_payload},
  };
}

}  // namespace unopened::audit
