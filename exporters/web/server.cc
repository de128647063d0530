#include "exporters/web/server.h"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>
#include <utility>

#include "exporters/prometheus/metrics.h"
#include "exporters/web/page.h"

namespace unopened::exporters {
namespace {

using base::Failure;

constexpr std::size_t kThreads = 4;
// The page loads nothing from elsewhere and runs nothing inline.
constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

struct Address {
  std::string host;
  int port = 0;
};

base::Result<Address> ParseAddress(const std::string& text) {
  const auto colon = text.rfind(':');
  Address address;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size() ||
      std::from_chars(text.data() + colon + 1, end, address.port).ptr != end || address.port < 0 ||
      address.port > 65535) {
    return base::Fail(Failure::kUsage, "that is no address to listen on", text,
                      "HOST:PORT, like 127.0.0.1:9469");
  }
  address.host = text.substr(0, colon);
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host != "localhost" && address.host != "::1" &&
      address.host.compare(0, 4, "127.") != 0) {
    return base::Fail(Failure::kUsage,
                      "the web server listens on loopback only, since nothing protects it yet",
                      text, "127.0.0.1:PORT, and a proxy that authenticates in front of it");
  }
  return address;
}

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

class HttplibServer final : public WebServer {
 public:
  HttplibServer(WebOptions options, WebSources sources)
      : options_(std::move(options)), sources_(std::move(sources)) {}
  ~HttplibServer() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  HttplibServer(const HttplibServer&) = delete;
  HttplibServer& operator=(const HttplibServer&) = delete;

  base::Result<base::Done> Listen(const Address& address) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_keep_alive_timeout(5);
    server_.set_read_timeout(5);
    server_.set_write_timeout(5);
    server_.set_payload_max_length(4096);
    server_.set_default_headers({{"Content-Security-Policy", kContentSecurityPolicy},
                                 {"X-Content-Type-Options", "nosniff"},
                                 {"Referrer-Policy", "no-referrer"}});
    // SO_REUSEADDR alone: with SO_REUSEPORT, httplib's default, two gateways would share one port
    // without a word.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    Routes();
    if (address.port == 0) {
      port_ = server_.bind_to_any_port(address.host.c_str());
    } else if (server_.bind_to_port(address.host.c_str(), address.port)) {
      port_ = address.port;
    }
    if (port_ <= 0) {
      return base::Fail(Failure::kBusy, "the address to listen on is taken or not ours",
                        options_.listen_address,
                        "--web.listen-address 127.0.0.1:0 takes a free port");
    }
    const bool v6 = address.host.find(':') != std::string::npos;
    url_ = "http://" + (v6 ? "[" + address.host + "]" : address.host) + ":" +
           std::to_string(port_) + "/";
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // stop() before the loop runs would be lost, and the destructor would wait for ever.
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
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
    server_.Get("/-/healthy", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("healthy\n", "text/plain");
    });
    server_.Get("/-/ready", [this](const httplib::Request&, httplib::Response& response) {
      const Operational now = sources_.operational();
      response.status = now.log_writable ? 200 : 503;
      response.set_content(now.log_writable ? "ready\n" : now.log_trouble + "\n", "text/plain");
    });
    server_.Get(R"(/log/(.+))",
                [this](const httplib::Request& request, httplib::Response& response) {
                  LogFile(request.matches[1], response);
                });
  }

  void LogFile(const std::string& path, httplib::Response& response) const {
    response.status = 404;
    if (options_.log_folder.empty() || !IsOpenLogPath(path)) return;
    std::ifstream file(options_.log_folder + "/" + path, std::ios::binary);
    if (!file) return;
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    response.status = 200;
    const bool text = path.compare(0, 5, "tile/") != 0;
    if (!text) response.set_header("Cache-Control", "max-age=31536000, immutable");
    response.set_content(content, text ? "text/plain; charset=utf-8" : "application/octet-stream");
  }

  const WebOptions options_;
  const WebSources sources_;
  httplib::Server server_;
  std::thread thread_;
  std::string url_;
  int port_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<WebServer>> WebServer::Start(const WebOptions& options,
                                                          WebSources sources) {
  const auto address = ParseAddress(options.listen_address);
  if (!address) return base::Fail(address.error());
  auto server = std::make_unique<HttplibServer>(options, std::move(sources));
  if (auto listening = server->Listen(*address); !listening) return base::Fail(listening.error());
  return server;
}

}  // namespace unopened::exporters
