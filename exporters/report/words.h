// The words of a report: one place, so that every format says the same, by the wording rules of
// docs/disclosure-model.md. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/report/table.h"

namespace unopened::exporters::report {

// "could_not" -> "could not"; a code's underscores only.
std::string Spaced(std::string_view code);
std::string Capitalised(std::string text);
// Of a verdict or an answer, as a table names it: "could not, by service policy".
std::string_view AnswerWords(std::string_view code);
// What it means, in a sentence or two, for the glossary.
std::string_view AnswerMeaning(std::string_view code);
std::string_view CategoryWords(std::string_view code);  // "who wrote to whom"
std::string ProtocolWords(std::string_view protocol, std::string_view variant,
                          std::string_view version);       // "TLS 1.3"
std::string_view KeyExchangeWords(std::string_view code);  // "elliptic curve, ephemeral"
std::string_view NameVisibilityWords(std::string_view code);
// A count as a person reads it: "1,048,190", "< 10" where it is suppressed, "s", or text as it is.
std::string Human(const Value& value);
// A share of two cells: "9.1%", "< 0.1%", "suppressed", "n/a".
std::string HumanShare(const Value& part, const Value& whole);
// The sum of cells; withheld where one of them is.
class CellSum {
 public:
  void Add(const Value& value) {
    withheld_ = withheld_ || value.is_suppressed();
    sum_ += value.count();
  }
  Value value() const { return withheld_ ? Value::Withheld() : Value(sum_); }

 private:
  std::uint64_t sum_ = 0;
  bool withheld_ = false;
};

// "54.7% of conversations", or "52 of 95 conversations" where a percentage would say more than was
// measured.
std::string Portion(const Value& part, const Value& whole, std::string_view what);
std::string Duration(std::uint64_t seconds);  // "26 h 29 min"

}  // namespace unopened::exporters::report
