// Result<T>: what the machine may refuse (files, sockets, keys, configuration), named to become
// std::expected.
//
// Bytes of strangers are Parsed<T> (base/parsed.h), our own mistakes are assert; nothing of ours
// throws.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace unopened::base {

// Which exit status a failure ends the process with; README and docs/exit_codes.md document them.
enum class Failure : int {
  kGeneral = 1,       // anything else that stopped the work
  kUsage = 2,         // the command line or the configuration is wrong
  kInput = 3,         // an input file or interface is missing, unreadable or no capture
  kPermission = 4,    // the operating system refused
  kBusy = 5,          // the log is owned by another process, or the port is taken
  kLog = 6,           // the log is damaged, its key is another's, or verification failed
  kNoSpace = 7,       // no space left for the log
  kPartialInput = 8,  // the job was done, but an input file was truncated or damaged
};

// One failure as a person reads it: `what` happened, `where`, and what to do about it. Each is one
// line without a full stop; `todo` may be empty.
struct Error {
  Failure failure = Failure::kGeneral;
  std::string what;
  std::string where;
  std::string todo;
};

// The line printed on stderr: "what: where (todo)".
inline std::string Describe(const Error& error) {
  std::string line = error.what;
  if (!error.where.empty()) line += ": " + error.where;
  if (!error.todo.empty()) line += " (" + error.todo + ")";
  return line;
}

template <class T>
using Result = tl::expected<T, Error>;

// The value of a Result that carries none.
struct Done {};

inline tl::unexpected<Error> Fail(Failure failure, std::string what, std::string where = {},
                                  std::string todo = {}) {
  return tl::unexpected<Error>(Error{failure, std::move(what), std::move(where), std::move(todo)});
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace unopened::base
