// `unopened audit witness`.
#include <fmt/format.h>

#include <cstdio>

#include "audit/store/posix_file_system.h"
#include "audit/witness/witness.h"
#include "exporters/web/bounded_server.h"
#include "gateway/command_line.h"
#include "gateway/interrupt.h"
#include "gateway/key_argument.h"
#include "gateway/options.h"

namespace unopened::gateway {
namespace {

namespace po = boost::program_options;
using base::Failure;

constexpr std::string_view kHelp =
    R"(Usage: unopened audit witness --state DIR --log VKEY|FILE [--log ...] [options]

Runs a witness (C2SP tlog-witness): it cosigns the checkpoints of the logs named, each only if it continues the last one
that it cosigned, and refuses every other history. It sees sizes and hashes, never an entry. Runs until Ctrl-C.

      --state DIR           where it keeps its key and what it has cosigned; its own folder, never a log's
      --log VKEY            a log's verifier key, as text or in a file; may be given several times
      --name NAME           the witness's name, on the first run, for example witness.example.org/w1
      --listen HOST:PORT    loopback address (default 127.0.0.1:9470); put a proxy with TLS in front of it
  -h, --help                this page

It prints its own key as a line for a policy file.
)";

base::Result<std::vector<audit::note::VerifierKey>> Keys(const std::vector<std::string>& values,
                                                         audit::FileSystem& file_system) {
  std::vector<audit::note::VerifierKey> keys;
  for (const std::string& value : values) {
    const auto text = TextOrFile(value, file_system);
    if (!text) return base::Fail(text.error());
    auto key = audit::note::VerifierKey::Parse(*text);
    if (!key) return base::Fail(Failure::kUsage, key.error().what, value);
    keys.push_back(std::move(*key));
  }
  return keys;
}

}  // namespace

int AuditWitness(const Arguments& arguments) {
  OptionSet set{"audit witness", kHelp, po::options_description()};
  auto add = set.options.add_options();
  add("state", po::value<std::string>());
  add("log", po::value<std::vector<std::string>>()->composing());
  add("name", po::value<std::string>()->default_value(""));
  add("listen", po::value<std::string>()->default_value("127.0.0.1:9470"));
  add("help,h", po::bool_switch());
  const auto values = Parse(set, arguments);
  if (!values) return Report(values.error());
  if ((*values)["help"].as<bool>()) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return 0;
  }
  for (const char* name : {"state", "log"}) {
    if (values->count(name) == 0) {
      return Report({Failure::kUsage, "an option is missing", "--" + std::string(name),
                     "see: unopened audit witness --help"});
    }
  }
  auto address = exporters::ParseListenAddress((*values)["listen"].as<std::string>());
  if (!address) return Report(address.error());
  audit::PosixFileSystem file_system;
  auto keys = Keys((*values)["log"].as<std::vector<std::string>>(), file_system);
  if (!keys) return Report(keys.error());
  const base::SystemClock clock;
  BlockSignals();
  const auto witness = audit::witness::Witness::Open((*values)["state"].as<std::string>(),
                                                     (*values)["name"].as<std::string>(),
                                                     std::move(*keys), file_system, clock);
  if (!witness) return Report(witness.error());

  exporters::BoundedServer server;
  server.Post("/add-checkpoint", [&](const httplib::Request& request, httplib::Response& response) {
    const auto answer = (*witness)->AddCheckpoint(request.body);
    response.status = answer.status;
    response.set_content(answer.body, answer.content_type);
  });
  if (!server.Begin(*address)) {
    return Report({Failure::kBusy, "the address is taken or not ours",
                   (*values)["listen"].as<std::string>(), "--listen with another port"});
  }
  fmt::print("witness {} {} {}\n", (*witness)->key().name(), (*witness)->key().Text(),
             exporters::UrlOf(*address));
  std::fflush(stdout);
  while (WaitForSignal(1000) == 0) {
  }
  server.Stop();
  return 0;
}

}  // namespace unopened::gateway
