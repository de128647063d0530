#include "gateway/options.h"

#include <algorithm>
#include <numeric>

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::vector<std::string> Names(const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  return names;
}

tl::unexpected<base::Error> Usage(const OptionSet& set, std::string what, std::string where) {
  return base::Fail(base::Failure::kUsage, std::move(what), std::move(where),
                    "see: unopened " + std::string(set.command) + " --help");
}

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const std::string& candidate : known) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

base::Result<po::variables_map> Parse(const OptionSet& set, const Arguments& arguments) {
  po::variables_map values;
  try {
    // No guessing of shortened names: a script must mean the same after we add an option.
    const int style =
        po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    const po::positional_options_description none;
    po::store(
        po::command_line_parser(arguments).options(set.options).style(style).positional(none).run(),
        values);
    po::notify(values);
  } catch (const po::unknown_option& unknown) {
    std::string where = unknown.get_option_name();
    if (const std::string near = Nearest(where, Names(set.options)); !near.empty())
      where += ", did you mean " + near + "?";
    return Usage(set, "unknown option", where);
  } catch (const po::too_many_positional_options_error&) {
    return Usage(set, "an argument that belongs to no option", "after " + std::string(set.command));
  } catch (const po::error& wrong) {
    return Usage(set, "the command line is wrong", wrong.what());
  }
  return values;
}

}  // namespace unopened::gateway
