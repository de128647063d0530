// WebServer: the gateway's one HTTP server: /metrics for Prometheus, a page at /, JSON under
// /api/v1/, the open part of the log under /log/, and health.
//
//   /            first page: the committed windows' numbers, works without a network, strict
//   Content-Security-Policy /metrics     Prometheus text format 0.0.4 (prometheus-cpp's core and
//   serializer) /api/v1/summary   the same numbers as JSON /log/checkpoint, /log/verifier.vkey,
//   /log/tile/<level>/...   as they are on disk; never /log/tile/entries/ (closed bodies)
//   /-/healthy   200 while the process runs;  /-/ready   200 once the log is writable, else 503 and
//   why
#pragma once

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
  std::string log_folder;  // "" : nothing under /log/
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
