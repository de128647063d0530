// Options: Boost.Program_options with our own help and our own words for mistakes.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/command_line.h"

namespace unopened::gateway {

// What a subcommand accepts and the page that --help prints. A test holds that every option is in
// its page.
struct OptionSet {
  std::string_view command;  // "watch"
  std::string_view help;     // the whole page
  boost::program_options::options_description options;
};

// Parses; kUsage for an unknown option (with the nearest known one), a missing or repeated value,
// or a stray argument.
base::Result<boost::program_options::variables_map> Parse(const OptionSet& set,
                                                          const Arguments& arguments);

// The known word nearest to a mistyped one, or "" if none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace unopened::gateway
