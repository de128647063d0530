// `unopened audit rotate-key`.
#include <fmt/format.h>

#include <cstdio>

#include "audit/rotation.h"
#include "audit/store/posix_file_system.h"
#include "base/enum_names.h"
#include "gateway/command_line.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;

constexpr std::string_view kHelp =
    R"(Usage: unopened audit rotate-key --log DIR [--reason WHY]

Puts a new signing key in the place of the log's: draws it, adds an entry that both keys signed, and signs the checkpoint
by both. Whoever holds the old key can follow: unopened audit verify --key OLDKEY. The log must not be in use: stop the
gateway first, and start it again afterwards.

      --log DIR             the log's folder
      --reason WHY          scheduled, compromise or change_of_holder (default scheduled)
  -h, --help                this page

After a compromise, publish the new key and the last checkpoint that you trust as well: whoever has the old key can sign
a rotation of his own (docs/operating.md). Witnesses need both keys.
)";

}  // namespace

int AuditRotateKey(const Arguments& arguments) {
  OptionSet set{"audit rotate-key", kHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("reason", po::value<std::string>()->default_value("scheduled"));
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  if (values->count("log") == 0) return Report({Failure::kUsage, "which log", "", "--log DIR"});
  const std::string word = (*values)["reason"].as<std::string>();
  const auto reason = base::FromName<audit::RotationReason>(audit::kRotationReasonNames, word);
  if (!reason) {
    return Report(
        {Failure::kUsage, "no such reason", word, "scheduled, compromise or change_of_holder"});
  }
  audit::PosixFileSystem file_system;
  const base::SystemClock clock;
  const auto rotated =
      audit::RotateKey((*values)["log"].as<std::string>(), *reason, file_system, clock);
  if (!rotated) return Report(rotated.error());
  fmt::print("rotated\n  old key  {}\n  new key  {}\n", rotated->old_key, rotated->new_key);
  return 0;
}

}  // namespace unopened::gateway
