#include "audit/window_text.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "audit/blind.h"
#include "audit/recorder.h"

namespace unopened::audit {
namespace {

void Append(std::string& text, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  text.append(std::begin(digits), end);
}

void Append(std::string& text, std::string_view before, std::uint64_t number) {
  text.append(before);
  Append(text, number);
}

// Never throws: what is not UTF-8 is written as U+FFFD.
void AppendQuoted(std::string& text, const std::string& value) {
  text += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the parts of a text in order. After the first that is not there every call fails.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  bool Take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return Fail();
    rest_.remove_prefix(literal.size());
    return true;
  }
  // As Take, but what is not there may be something else.
  bool TakeIf(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool Number(std::uint64_t& number, std::uint64_t most = UINT64_MAX) {
    // One digit less than the largest number has cannot overflow.
    constexpr std::size_t kSafeDigits = 19;
    std::size_t digits = 0;
    std::uint64_t value = 0;
    for (; digits < rest_.size() && digits < kSafeDigits && IsDigit(rest_[digits]); ++digits) {
      value = value * 10 + static_cast<std::uint64_t>(rest_[digits] - '0');
    }
    if (digits < rest_.size() && digits == kSafeDigits && IsDigit(rest_[digits])) {
      const auto last = static_cast<std::uint64_t>(rest_[digits++] - '0');
      if (value > (UINT64_MAX - last) / 10) return Fail();
      value = value * 10 + last;
    }
    if (digits == 0 || value > most || (digits > 1 && rest_[0] == '0')) return Fail();
    number = value;
    rest_.remove_prefix(digits);
    return true;
  }
  bool Number(std::uint32_t& number) {
    std::uint64_t wide = 0;
    if (!Number(wide, UINT32_MAX)) return false;
    number = static_cast<std::uint32_t>(wide);
    return true;
  }
  bool Text(std::string& text) {
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] >= ' ' && rest_[size] <= '~' && rest_[size] != '"' &&
           rest_[size] != '\\') {
      ++size;
    }
    text.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return true;
  }
  bool Time(base::TimeNs& time) {
    constexpr std::size_t kSize = 20;
    if (!ParseTime(rest_.substr(0, kSize), time)) return Fail();
    rest_.remove_prefix(kSize);
    return true;
  }
  bool Blind() {
    constexpr std::size_t kDigits = 32;
    if (rest_.size() < kDigits) return Fail();
    for (const char c : rest_.substr(0, kDigits)) {
      if (!IsDigit(c) && (c < 'a' || c > 'f')) return Fail();
    }
    rest_.remove_prefix(kDigits);
    return true;
  }
  bool at_end() const { return rest_.empty() && !failed_; }

 private:
  bool Fail() {
    failed_ = true;
    rest_ = {};
    return false;
  }

  std::string_view rest_;
  bool failed_ = false;
};

bool TakeLoss(Cursor& at, Loss& loss) {
  return at.Take(R"({"packets":)") && at.Number(loss.packets) && at.Take(R"(,"bytes":)") &&
         at.Number(loss.bytes);
}

bool TakeLosses(Cursor& at, std::map<std::string, Loss>& losses) {
  losses.clear();
  if (at.TakeIf('}')) return true;
  std::string cause;
  do {
    Loss loss;
    const bool taken = at.Take("\"") && at.Text(cause) && at.Take("\":[") &&
                       at.Number(loss.packets) && at.Take(",") && at.Number(loss.bytes) &&
                       at.Take("]");
    if (!taken || (!losses.empty() && cause <= losses.rbegin()->first)) return false;
    losses.emplace_hint(losses.end(), cause, loss);
  } while (at.TakeIf(','));
  return at.Take("}");
}

bool TakeRows(Cursor& at, std::vector<CountRow>& rows) {
  rows.clear();
  if (at.TakeIf(']')) return true;
  do {
    CountRow row;
    Counts& counts = row.counts;
    const bool taken =
        at.Take("[") && at.Number(row.shape) && at.Take(",") && at.Number(counts.sessions) &&
        at.Take(",") && at.Number(counts.conversations) && at.Take(",") &&
        at.Number(counts.packets) && at.Take(",") && at.Number(counts.bytes) && at.Take("]");
    if (!taken) return false;
    rows.push_back(row);
  } while (at.TakeIf(','));
  return at.Take("]");
}

}  // namespace

std::string Write(const WindowEntry& entry) {
  constexpr std::size_t kRowBytes = 48;  // as rows mostly are
  std::string text;
  text.reserve(512 + entry.counts.size() * kRowBytes);
  text.append(R"({"type":"window","start":")").append(base::FormatTime(entry.start));
  Append(text, R"(","seconds":)", entry.seconds);
  text += R"(,"tap":)";
  AppendQuoted(text, entry.tap);
  Append(text, R"(,"part":)", entry.part);
  Append(text, R"(,"parts":)", entry.parts);
  Append(text, R"(,"partial":)", entry.partial ? 1 : 0);
  Append(text, R"(,"seen":{"packets":)", entry.seen.packets);
  Append(text, R"(,"bytes":)", entry.seen.bytes);
  Append(text, R"(,"dropped":)", entry.dropped);
  Append(text, R"(},"carried":{"packets":)", entry.carried.packets);
  Append(text, R"(,"bytes":)", entry.carried.bytes);
  Append(text, R"(},"pending":{"packets":)", entry.pending.packets);
  Append(text, R"(,"bytes":)", entry.pending.bytes);
  text += R"(},"losses":{)";
  for (const auto& [cause, loss] : entry.losses) {
    if (text.back() != '{') text += ',';
    AppendQuoted(text, cause);
    Append(text, ":[", loss.packets);
    Append(text, ",", loss.bytes);
    text += ']';
  }
  text += R"(},"counts":[)";
  for (const CountRow& row : entry.counts) {
    if (text.back() != '[') text += ',';
    Append(text, "[", row.shape);
    Append(text, ",", row.counts.sessions);
    Append(text, ",", row.counts.conversations);
    Append(text, ",", row.counts.packets);
    Append(text, ",", row.counts.bytes);
    text += ']';
  }
  return text + "]}";
}

bool ReadCanonicalWindow(std::string_view entry, WindowEntry& window) {
  if (entry.size() > kMaxEntryBytes) return false;
  Cursor at(entry);
  std::uint64_t partial = 0;
  const bool head =
      at.Take(R"({"type":"window","start":")") && at.Time(window.start) &&
      at.Take(R"(","seconds":)") && at.Number(window.seconds) && at.Take(R"(,"tap":")") &&
      at.Text(window.tap) && at.Take(R"(","part":)") && at.Number(window.part) &&
      at.Take(R"(,"parts":)") && at.Number(window.parts) && at.Take(R"(,"partial":)") &&
      at.Number(partial, 1) && at.Take(R"(,"seen":)") && TakeLoss(at, window.seen) &&
      at.Take(R"(,"dropped":)") && at.Number(window.dropped) && at.Take(R"(},"carried":)") &&
      TakeLoss(at, window.carried) && at.Take(R"(},"pending":)") && TakeLoss(at, window.pending) &&
      at.Take(R"(},"losses":{)") && TakeLosses(at, window.losses) && at.Take(R"(,"counts":[)");
  if (!head) return false;
  window.partial = partial != 0;
  return TakeRows(at, window.counts) && at.Take(R"(,"blind":")") && at.Blind() && at.Take("\"}") &&
         at.at_end();
}

}  // namespace unopened::audit
