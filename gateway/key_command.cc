// `unopened audit rotate-key` and `audit admit`.
#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cstdio>

#include "audit/merkle/hash.h"
#include "audit/rotation.h"
#include "audit/store/atomic_file.h"
#include "audit/store/posix_file_system.h"
#include "audit/store/tile_store.h"
#include "base/enum_names.h"
#include "gateway/command_line.h"
#include "gateway/guard_folder.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;

constexpr std::string_view kHelp =
    R"(Usage: unopened audit rotate-key --log DIR [--reason WHY] [--key-uri URI]

Puts a new signing key in the place of the log's: draws it, adds an entry that both keys signed, and signs the checkpoint
by both. Whoever holds the old key can follow: unopened audit verify --key OLDKEY. The log must not be in use: stop the
gateway first, and start it again afterwards.

      --log DIR             the log's folder
      --reason WHY          scheduled, compromise or change_of_holder (default scheduled)
      --key-uri URI         do not draw the new key: it is the Ed25519 private key that lies there, by a URI of OpenSSL's
                            stores: file:/path/key.pem, or one that a provider in OpenSSL's configuration knows. The log
                            keeps the URI alone, and the gateway's user must be able to use it
  -h, --help                this page

After a compromise, publish the new key and the last checkpoint that you trust as well: whoever has the old key can sign
a rotation of his own (docs/operating.md). Witnesses need both keys.
)";

constexpr std::string_view kAdmitHelp =
    R"(Usage: unopened audit admit --log DIR
       unopened audit admit --log DIR --withdraw

Makes a credential for an auditor, who may then read the log's bodies through the gateway's web server, and prints it:

  curl -H "Authorization: Bearer CREDENTIAL" http://127.0.0.1:9469/log/tile/entries/000

One credential at a time: a new one ends the one before. A gateway at work knows it from its next start.

      --log DIR             the log's folder
      --withdraw            nobody is admitted any more
  -h, --help                this page
)";

}  // namespace

int AuditAdmit(const Arguments& arguments) {
  OptionSet set{"audit admit", kAdmitHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("withdraw", po::bool_switch());
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kAdmitHelp.data(), 1, kAdmitHelp.size(), stdout);
    return 0;
  }
  if (values->count("log") == 0) return Report({Failure::kUsage, "which log", "", "--log DIR"});
  const std::string folder = (*values)["log"].as<std::string>();
  audit::PosixFileSystem file_system;
  if (!file_system.Exists(folder + "/checkpoint")) {
    return Report({Failure::kInput, "no log is here", folder,
                   "name the folder that holds the file checkpoint"});
  }
  const std::string path = folder + "/keys/auditor.credential";
  if ((*values)["withdraw"].as<bool>()) {
    if (!file_system.Exists(path)) return 0;
    const auto removed = file_system.Remove(path);
    return removed ? 0 : Report(removed.error());
  }
  std::array<std::uint8_t, 32> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return Report({Failure::kGeneral, "no randomness for a credential", "", ""});
  }
  const std::string credential = audit::merkle::Hex(bytes);
  const auto written =
      audit::WriteDurably(file_system, path, credential + "\n", audit::kClosedMode);
  if (!written) return Report(written.error());
  fmt::print("{}\n", credential);
  return 0;
}

int AuditRotateKey(const Arguments& arguments) {
  OptionSet set{"audit rotate-key", kHelp, po::options_description()};
  auto add = set.options.add_options();
  add("log", po::value<std::string>());
  add("reason", po::value<std::string>()->default_value("scheduled"));
  add("key-uri", po::value<std::string>()->default_value(""));
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
      audit::RotateKey((*values)["log"].as<std::string>(), *reason, file_system, clock,
                       GuardFolder(), (*values)["key-uri"].as<std::string>());
  if (!rotated) return Report(rotated.error());
  TellUnguarded(rotated->guard_skipped);
  fmt::print("rotated\n  old key  {}\n  new key  {}\n", rotated->old_key, rotated->new_key);
  return 0;
}

}  // namespace unopened::gateway
