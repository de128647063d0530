#include "exporters/web/server.h"

#include <httplib.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "exporters/prometheus/metrics.h"
#include "exporters/web/bounded_server.h"
#include "exporters/web/listen_address.h"
#include "exporters/web/log_follower.h"
#include "exporters/web/page.h"

namespace unopened::exporters {
namespace {

using base::Failure;

// The page loads nothing from elsewhere and runs nothing inline.
constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

// A tile's or checkpoint's path under /log/, checked by its alphabet, so that no path leads
// anywhere else.
bool IsOpenLogPath(std::string_view path) {
  if (path == "checkpoint" || path == "verifier.vkey") return true;
  if (path.substr(0, 5) != "tile/" || path.find("entries") != std::string_view::npos) return false;
  return path.find("//") == std::string_view::npos && path.find("..") == std::string_view::npos &&
         std::all_of(path.begin() + 5, path.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == '/' || c == 'x' || c == '.' || c == 'p';
         });
}

constexpr std::string_view kPruned = "pruned/";

bool IsBundlePath(std::string_view path) {
  constexpr std::string_view kFolder = "tile/entries/";
  return path.starts_with(kFolder) &&
         IsOpenLogPath("tile/" + std::string(path.substr(kFolder.size())));
}

// What is kept of a bundle whose bodies were removed, whichever width of it was asked for.
std::string KeptPathOf(const std::string& bundle) {
  return std::string(kPruned) + bundle.substr(0, bundle.find(".p/"));
}

// "127.0.0.1:9469", "[::1]:9469", "localhost": what a browser on this machine was told to open.
bool IsLoopbackHost(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    host = host.substr(0, colon);
  }
  if (host.empty()) return true;  // no browser
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.size() <= 15 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// In a time that does not depend on where the two differ.
bool IsCredential(const std::string& header, const std::string& credential) {
  const std::string expected = "Bearer " + credential;
  return !credential.empty() && header.size() == expected.size() &&
         CRYPTO_memcmp(header.data(), expected.data(), expected.size()) == 0;
}

class HttplibServer final : public WebServer {
 public:
  HttplibServer(WebOptions options, WebSources sources)
      : options_(std::move(options)), sources_(std::move(sources)) {
    if (options_.log_folder.empty()) return;
    follower_ = std::make_unique<LogFollower>(options_.log_folder, options_.first_entry);
  }
  HttplibServer(const HttplibServer&) = delete;
  HttplibServer& operator=(const HttplibServer&) = delete;

  base::Result<base::Done> Listen(ListenAddress address) {
    server_.set_default_headers({{"Content-Security-Policy", kContentSecurityPolicy},
                                 {"X-Content-Type-Options", "nosniff"},
                                 {"Referrer-Policy", "no-referrer"}});
    server_.set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
      if (!response.has_header("Cache-Control")) response.set_header("Cache-Control", "no-cache");
    });
    server_.set_pre_routing_handler([](const httplib::Request& request,
                                       httplib::Response& response) {
      if (IsLoopbackHost(request.get_header_value("Host"))) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      response.status = 421;
      response.set_content("asked by another name than this machine's loopback\n", "text/plain");
      return httplib::Server::HandlerResponse::Handled;
    });
    Routes();
    if (!server_.Begin(address)) {
      return base::Fail(Failure::kBusy, "the address to listen on is taken or not ours",
                        options_.listen_address,
                        "--web.listen-address 127.0.0.1:0 takes a free port");
    }
    url_ = UrlOf(address);
    return base::Done{};
  }

  std::string url() const override { return url_; }

 private:
  void Routes() {
    const auto page = [this](const char* path, const char* type, std::string_view content) {
      server_.Get(path, [type, content](const httplib::Request&, httplib::Response& response) {
        response.set_content(content.data(), content.size(), type);
      });
    };
    page("/", "text/html; charset=utf-8", PageHtml());
    page("/page.css", "text/css; charset=utf-8", PageCss());
    page("/page.js", "text/javascript; charset=utf-8", PageJs());
    page("/icon.svg", "image/svg+xml", PageIcon());
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(
          Exposition({sources_.summary(), sources_.operational(), options_.version}),
          "text/plain; version=0.0.4; charset=utf-8");
    });
    server_.Get("/api/v1/summary", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(
          SummaryJson(sources_.summary(), sources_.operational(), options_.version, options_.tap),
          "application/json");
    });
    server_.Get("/api/v1/history",
                [this](const httplib::Request& request, httplib::Response& response) {
                  const auto json = follower_ ? follower_->Told(request.get_param_value("period"))
                                              : std::optional<std::string>();
                  response.status = json ? 200 : 404;
                  response.set_content(json ? *json : "{\"error\":\"no such period, or no log\"}",
                                       "application/json");
                });
    server_.Get("/-/healthy", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("healthy\n", "text/plain");
    });
    server_.Get("/-/ready", [this](const httplib::Request&, httplib::Response& response) {
      const Operational now = sources_.operational();
      response.status = now.log_writable ? 200 : 503;
      response.set_content(now.log_writable ? "ready\n" : now.log_trouble + "\n", "text/plain");
    });
    server_.Get(
        R"(/log/(.+))", [this](const httplib::Request& request, httplib::Response& response) {
          const std::string path = request.matches[1];
          const bool auditor =
              IsCredential(request.get_header_value("Authorization"), options_.auditor_credential);
          LogFile(path, auditor, response);
        });
  }

  void LogFile(const std::string& path, bool auditor, httplib::Response& response) const {
    response.status = 404;
    const bool bundle = IsBundlePath(path);
    const bool body =
        bundle || (path.starts_with(kPruned) && IsBundlePath(path.substr(kPruned.size())));
    if (options_.log_folder.empty() || (body ? !auditor : !IsOpenLogPath(path))) return;
    const std::filesystem::path log(options_.log_folder);
    const std::filesystem::path place = log / path;
    std::error_code error;
    if (body) response.set_header("Cache-Control", "no-store");
    if (!std::filesystem::is_regular_file(place, error)) {
      if (!bundle || !std::filesystem::is_regular_file(log / KeptPathOf(path), error)) return;
      response.status = 410;
      response.set_content("removed under a `pruned` entry of the log; what is kept of it: /log/" +
                               KeptPathOf(path) + "\n",
                           "text/plain; charset=utf-8");
      return;
    }
    std::ifstream file(place, std::ios::binary);
    if (!file) return;
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    response.status = 200;
    const bool text = !body && path.compare(0, 5, "tile/") != 0;
    if (!body && !text) {
      response.set_header("Cache-Control", "max-age=31536000, immutable");
    }
    response.set_content(content, text ? "text/plain; charset=utf-8" : "application/octet-stream");
  }

  const WebOptions options_;
  const WebSources sources_;
  std::string url_;
  std::unique_ptr<LogFollower> follower_;
  BoundedServer server_;  // last: its threads end before what they use
};

}  // namespace

base::Result<std::unique_ptr<WebServer>> WebServer::Start(const WebOptions& options,
                                                          WebSources sources) {
  const auto address = ParseListenAddress(options.listen_address);
  if (!address) return base::Fail(address.error());
  auto server = std::make_unique<HttplibServer>(options, std::move(sources));
  if (auto listening = server->Listen(*address); !listening) return base::Fail(listening.error());
  return server;
}

}  // namespace unopened::exporters
