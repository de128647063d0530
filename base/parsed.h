// Parsed<T>: the three outcomes of reading a stranger's bytes. A stranger is no error.
//
// The laws every parser keeps, tested by tests/support/laws.h and again in its fuzz target:
//   Prefix    where the protocol states its length, every proper prefix is NeedMore on an open
//   reader, NotThis on a final one Progress  at_least is above zero and never reaches beyond the
//   message Whole     once the outermost length is satisfied, no lie inside gives NeedMore Final
//   bytes that come later change neither a NotThis nor the facts Bounds    every view lies inside
//   the input
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "base/byte_reader.h"

namespace unopened::base {

// The bytes so far may be the beginning of one: call again with at least this many bytes more.
struct NeedMore {
  std::size_t at_least = 1;
  // What is there begins this so plainly that nobody else need be asked until the answer changes.
  bool sole = false;
  friend bool operator==(const NeedMore&, const NeedMore&) = default;
};

// The bytes are not one, and never will be. `why` is a literal: it is a counter's label, so its
// number is bounded by the source.
struct NotThis {
  std::string_view why;
  friend bool operator==(const NotThis&, const NotThis&) = default;
};

template <class T>
using Parsed = std::variant<T, NeedMore, NotThis>;

template <class T>
const T* Value(const Parsed<T>& parsed) {
  return std::get_if<T>(&parsed);
}
template <class T>
bool IsNeedMore(const Parsed<T>& parsed) {
  return std::holds_alternative<NeedMore>(parsed);
}
template <class T>
bool IsNotThis(const Parsed<T>& parsed) {
  return std::holds_alternative<NotThis>(parsed);
}

// The answer where a read ran into the end: more may come on an open reader, never on a final one.
template <class T>
Parsed<T> Short(const ByteReader& reader, std::string_view why, std::size_t at_least = 1) {
  if (reader.open()) return NeedMore{at_least};
  return NotThis{why};
}

}  // namespace unopened::base
