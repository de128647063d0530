// WebServer: the gateway's one HTTP server: /metrics for Prometheus, a page at /, JSON under
// /api/v1/, the open part of the log under /log/, and health.
//
//   /                   the committed windows' numbers, one page, works without a network
//   /metrics            Prometheus text format 0.0.4 (docs/metrics.md)
//   /api/v1/summary     the same numbers as JSON (docs/api.md)
//   /api/v1/history     the last hour, day, week or month of the log, or this run of it
//   /log/checkpoint, /log/verifier.vkey, /log/tile/<level>/...
//                       as they are on disk, never anything else
//   /log/tile/entries/  the bodies, to whoever shows the auditor's credential (Authorization:
//                       Bearer); where they were removed under a policy, 410 and where what is kept
//                       lies: /log/pruned/tile/entries/. To others both are 404, as if there were
//                       none
//   /-/healthy          200 while the process runs
//   /-/ready            200 once the log is writable, else 503 and why
//
// A request whose Host names anything but this machine's loopback is refused (421): a page
// elsewhere whose name was made to mean 127.0.0.1 reads nothing.
//
// Every answer carries a strict Content-Security-Policy. Connections are bounded in time and bytes
// (exporters/web/bounded_server.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "audit/summary.h"
#include "base/result.h"
#include "exporters/prometheus/operational.h"

namespace unopened::exporters {

struct WebOptions {
  std::string listen_address = "127.0.0.1:9469";  // host:port, [v6]:port; port 0 picks a free one
  std::string version;
  std::string tap;
  std::string log_folder;          // "" : nothing under /log/
  std::string auditor_credential;  // "": nobody is admitted to the bodies
  std::uint64_t first_entry = 0;   // of this process in the log
};

// Called on the server's threads; each returns a value of its own, taken under the callee's lock.
struct WebSources {
  std::function<audit::Summary()> summary;
  std::function<Operational()> operational;
};

class WebServer {
 public:
  // Binds and serves from threads of its own. kBusy: the address is taken; kUsage: it is no
  // address, or not loopback (nothing protects it yet, so it listens on loopback only).
  static base::Result<std::unique_ptr<WebServer>> Start(const WebOptions& options,
                                                        WebSources sources);
  virtual ~WebServer() = default;       // stops and joins
  virtual std::string url() const = 0;  // "http://127.0.0.1:9469/"
};

}  // namespace unopened::exporters
