#include "exporters/web/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "exporters/prometheus/metrics.h"
#include "exporters/web/page.h"
#include "tests/exporters/sample_input.h"

namespace unopened::exporters {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = testing::TempDir() + "unopened-web-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  void Write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

WebSources Sources() {
  return {[] { return tests::SampleSummary(); }, [] { return tests::SampleOperational(); }};
}

base::Result<std::unique_ptr<WebServer>> StartAt(const std::string& address,
                                                 const std::string& log_folder = "") {
  WebOptions options;
  options.listen_address = address;
  options.version = "1.2.3";
  options.tap = "edge-1";
  options.log_folder = log_folder;
  options.auditor_credential = log_folder.empty() ? "" : "0123456789abcdef";
  return WebServer::Start(options, Sources());
}

int PortOf(const WebServer& server) {
  const std::string url = server.url();
  return std::stoi(url.substr(url.rfind(':') + 1));
}

class WebServerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_.Write("log/checkpoint", "unopened.invalid/edge-1\n61\n");
    folder_.Write("log/verifier.vkey", "unopened.invalid/edge-1+00000000+AAAA\n");
    folder_.Write("log/tile/0/000.p/61", std::string("\0\xff tile", 7));
    folder_.Write("log/tile/0/x001/234", "full");
    folder_.Write("log/tile/entries/000.p/61", "SECRET");
    folder_.Write("log/keys/log.secret", "SECRET");
    folder_.Write("log/journal", "SECRET");
    folder_.Write("log/0", "SECRET");
    folder_.Write("outside", "SECRET");
    auto started = StartAt("127.0.0.1:0", folder_.path() + "/log");
    ASSERT_TRUE(started);
    server_ = std::move(*started);
    port_ = PortOf(*server_);
  }
  httplib::Result Get(const std::string& path) const {
    httplib::Client client("127.0.0.1", port_);
    client.set_read_timeout(20);
    return client.Get(path);
  }
  // Bytes as they are, since a client would tidy a path before it asks.
  std::string Raw(const std::string& request) const {
    const int fd = Connect();
    EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    char bytes[4096];
    for (ssize_t got = 0; (got = recv(fd, bytes, sizeof bytes, 0)) > 0;)
      answer.append(bytes, static_cast<std::size_t>(got));
    close(fd);
    return answer;
  }
  int Connect() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port_));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    return fd;
  }

  TemporaryFolder folder_;
  std::unique_ptr<WebServer> server_;
  int port_ = 0;
};

TEST_F(WebServerTest, ServesPageMetricsAndJsonWithTheirTypes) {
  const struct {
    const char* path;
    const char* type;
    std::string content;
  } cases[] = {
      {"/", "text/html; charset=utf-8", std::string(PageHtml())},
      {"/page.css", "text/css; charset=utf-8", std::string(PageCss())},
      {"/page.js", "text/javascript; charset=utf-8", std::string(PageJs())},
      {"/metrics", "text/plain; version=0.0.4; charset=utf-8",
       Exposition({tests::SampleSummary(), tests::SampleOperational(), "1.2.3"})},
      {"/api/v1/summary", "application/json",
       SummaryJson(tests::SampleSummary(), tests::SampleOperational(), "1.2.3", "edge-1")},
      {"/-/healthy", "text/plain", "healthy\n"},
      {"/-/ready", "text/plain", "ready\n"},
  };
  for (const auto& c : cases) {
    const auto answer = Get(c.path);
    ASSERT_TRUE(answer) << c.path;
    EXPECT_EQ(answer->status, 200) << c.path;
    EXPECT_EQ(answer->get_header_value("Content-Type"), c.type) << c.path;
    EXPECT_EQ(answer->body, c.content) << c.path;
  }
}

TEST_F(WebServerTest, EveryAnswerForbidsWhatThePageDoesNotNeed) {
  for (const char* path : {"/", "/metrics", "/api/v1/summary", "/log/checkpoint", "/nothing"}) {
    const auto answer = Get(path);
    ASSERT_TRUE(answer) << path;
    const std::string policy = answer->get_header_value("Content-Security-Policy");
    EXPECT_THAT(policy, StartsWith("default-src 'none';")) << path;
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'")) << path;
    EXPECT_THAT(policy, testing::Not(HasSubstr("unsafe"))) << path;
    EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff") << path;
  }
}

TEST_F(WebServerTest, ThePageNeedsNothingThatItsPolicyForbids) {
  const std::string html(PageHtml());
  for (const char* forbidden :
       {"<style", "style=", "onclick", "javascript:", "http://", "https://"})
    EXPECT_THAT(html, testing::Not(HasSubstr(forbidden)));
  EXPECT_THAT(std::string(PageCss()), testing::Not(HasSubstr("@import")));
  EXPECT_THAT(std::string(PageCss()), testing::Not(HasSubstr("url(")));
  for (const char* forbidden : {"innerHTML", "eval(", "document.write", "http://", "https://"})
    EXPECT_THAT(std::string(PageJs()), testing::Not(HasSubstr(forbidden)));
}

TEST_F(WebServerTest, ServesTheOpenPartOfTheLogAsItIsOnDisk) {
  EXPECT_EQ(Get("/log/checkpoint")->body, "unopened.invalid/edge-1\n61\n");
  EXPECT_EQ(Get("/log/verifier.vkey")->body, "unopened.invalid/edge-1+00000000+AAAA\n");
  const auto tile = Get("/log/tile/0/000.p/61");
  EXPECT_EQ(tile->status, 200);
  EXPECT_EQ(tile->body, std::string("\0\xff tile", 7));
  EXPECT_EQ(tile->get_header_value("Content-Type"), "application/octet-stream");
  EXPECT_EQ(tile->get_header_value_count("Cache-Control"), 1);
  EXPECT_THAT(tile->get_header_value("Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(Get("/log/checkpoint")->get_header_value("Cache-Control"), "no-cache");
  EXPECT_EQ(Get("/log/tile/0/x001/234")->body, "full");
}

TEST_F(WebServerTest, NothingElseInTheLogsFolderOrOutsideIsServed) {
  for (const char* path : {"/log/",
                           "/log/tile",
                           "/log/tile/",
                           "/log/tile/0",
                           "/log/tile/0/",
                           "/log/tile/0/000.p",
                           "/log/tile/0/999",
                           "/log/tile/entries/000.p/61",
                           "/log/tile/ENTRIES/000.p/61",
                           "/log/tile/%65ntries/000.p/61",
                           "/log/tile/0/../entries/000.p/61",
                           "/log/tile/0/..%2fentries/000.p/61",
                           "/log/keys/log.secret",
                           "/log/journal",
                           "/log/0",
                           "/log/tile/../0",
                           "/log/tile/%2e%2e/0",
                           "/log/tile/..%2f0",
                           "/log/tile//../0",
                           "/log/../outside",
                           "/log/..%2foutside",
                           "/log/%2e%2e/outside",
                           "/log/tile/../../outside",
                           "/log//checkpoint",
                           "/log/./checkpoint",
                           "/log/checkpoint/",
                           "/log/checkpoint%00",
                           "/log/checkpoint%0a",
                           "/log/%252e%252e/outside",
                           "/log//etc/passwd",
                           "/log/%2fetc%2fpasswd",
                           "//log/keys/log.secret",
                           "/log/tile/0/000.p/61%00"}) {
    const std::string answer =
        Raw(std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404")) << path;
    EXPECT_THAT(answer, testing::Not(HasSubstr("SECRET"))) << path;
  }
}

TEST_F(WebServerTest, BodiesAreForWhoeverShowsTheAuditorsCredential) {
  const auto get = [&](const std::string& path, const std::string& authorization) {
    httplib::Client client("127.0.0.1", port_);
    return client.Get(path, httplib::Headers{{"Authorization", authorization}});
  };
  const std::string bundle = "/log/tile/entries/000.p/61";
  const auto admitted = get(bundle, "Bearer 0123456789abcdef");
  ASSERT_EQ(admitted->status, 200);
  EXPECT_EQ(admitted->body, "SECRET");
  EXPECT_EQ(admitted->get_header_value("Cache-Control"), "no-store");
  for (const char* wrong :
       {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeg", "Bearer 0123456789abcde",
        "Bearer 0123456789abcdef0", "bearer 0123456789abcdef", "Basic 0123456789abcdef",
        "0123456789abcdef"}) {
    const auto refused = get(bundle, wrong);
    EXPECT_EQ(refused->status, 404) << wrong;
    EXPECT_EQ(refused->body.find("SECRET"), std::string::npos) << wrong;
  }
  // It opens the bodies and nothing else.
  for (const char* path :
       {"/log/keys/log.secret", "/log/journal", "/log/tile/entries/../../journal",
        "/log/tile/entries/", "/log/tile/entries/..%2f..%2fkeys/log.secret"}) {
    EXPECT_EQ(get(path, "Bearer 0123456789abcdef")->body.find("SECRET"), std::string::npos) << path;
  }
}

TEST_F(WebServerTest, AnAuditorIsToldWhichBodiesWereRemovedAndGetsWhatIsKept) {
  folder_.Write("log/pruned/tile/entries/x001/067", "KEPT");
  folder_.Write("log/pruned/tile/entries/001", "");
  const auto get = [&](const std::string& path, bool auditor) {
    httplib::Client client("127.0.0.1", port_);
    return client.Get(path, auditor ? httplib::Headers{{"Authorization", "Bearer 0123456789abcdef"}}
                                    : httplib::Headers{});
  };
  struct Case {
    const char* path;
    int status;
    const char* body;
  };
  for (const Case& c : {
           Case{"/log/tile/entries/x001/067", 410, "/log/pruned/tile/entries/x001/067\n"},
           Case{"/log/tile/entries/x001/067.p/7", 410, "/log/pruned/tile/entries/x001/067\n"},
           Case{"/log/tile/entries/001", 410, "/log/pruned/tile/entries/001\n"},
           Case{"/log/pruned/tile/entries/x001/067", 200, "KEPT"},
           Case{"/log/pruned/tile/entries/001", 200, ""},
           Case{"/log/tile/entries/002", 404, ""},
           Case{"/log/pruned/tile/entries/002", 404, ""},
           Case{"/log/pruned/tile/entries/000.p/61", 404, ""},
           Case{"/log/pruned/pruned/tile/entries/001", 404, ""},
           Case{"/log/pruned/checkpoint", 404, ""},
           Case{"/log/pruned/../keys/log.secret", 404, ""},
           Case{"/log/pruned/tile/entries/../../../journal", 404, ""},
       }) {
    const auto told = get(c.path, true);
    ASSERT_TRUE(told) << c.path;
    EXPECT_EQ(told->status, c.status) << c.path;
    EXPECT_THAT(told->body, EndsWith(c.body)) << c.path;
    EXPECT_EQ(told->body.find("SECRET"), std::string::npos) << c.path;
    if (c.status != 404) {
      EXPECT_EQ(told->get_header_value("Cache-Control"), "no-store") << c.path;
    }
    // Nobody else learns that there is or was anything.
    const auto stranger = get(c.path, false);
    const auto nothing = get("/log/tile/entries/002", false);
    EXPECT_EQ(stranger->status, 404) << c.path;
    EXPECT_EQ(stranger->body, nothing->body) << c.path;
    EXPECT_EQ(stranger->get_header_value("Cache-Control"),
              nothing->get_header_value("Cache-Control"))
        << c.path;
  }
}

TEST_F(WebServerTest, ARequestUnderAnotherNameIsRefused) {
  for (const char* host :
       {"localhost", "localhost:9469", "127.0.0.1", "127.0.0.1:9469", "[::1]:9469"}) {
    EXPECT_THAT(Raw("GET /-/healthy HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"),
                StartsWith("HTTP/1.1 200"))
        << host;
  }
  for (const char* host : {"tap.example.org", "127.0.0.1.example.org", "localhost.example.org:9469",
                           "192.0.2.1", "[2001:db8::1]:9469", "127.evil"}) {
    for (const char* path : {"/", "/metrics", "/api/v1/summary", "/log/checkpoint"}) {
      EXPECT_THAT(Raw("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"),
                  StartsWith("HTTP/1.1 421"))
          << host << path;
    }
  }
}

TEST_F(WebServerTest, WithoutALogNothingIsServedUnderLog) {
  const auto bare = StartAt("127.0.0.1:0");
  ASSERT_TRUE(bare);
  httplib::Client client("127.0.0.1", PortOf(**bare));
  EXPECT_EQ(client.Get("/log/checkpoint")->status, 404);
  EXPECT_EQ(client.Get("/-/healthy")->status, 200);
}

TEST_F(WebServerTest, NothingCanBeChanged) {
  httplib::Client client("127.0.0.1", port_);
  for (const auto& answer :
       {client.Post("/api/v1/summary", "x", "text/plain"),
        client.Put("/log/checkpoint", "x", "text/plain"), client.Delete("/log/checkpoint")}) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 404);
  }
  EXPECT_EQ(client.Head("/metrics")->status, 200);
}

TEST(WebServerReady, SaysWhyTheLogIsNotWritable) {
  WebOptions options;
  options.listen_address = "127.0.0.1:0";
  const auto server = WebServer::Start(options, {[] { return tests::SampleSummary(); },
                                                 [] {
                                                   Operational now;
                                                   now.log_writable = false;
                                                   now.log_trouble = "no space left: /var/log";
                                                   return now;
                                                 }});
  ASSERT_TRUE(server);
  httplib::Client client("127.0.0.1", PortOf(**server));
  const auto ready = client.Get("/-/ready");
  EXPECT_EQ(ready->status, 503);
  EXPECT_EQ(ready->body, "no space left: /var/log\n");
  EXPECT_EQ(client.Get("/-/healthy")->status, 200);
}

TEST_F(WebServerTest, APortThatAnotherGatewayHoldsIsBusyAndTheOtherGoesOn) {
  const std::string taken = "127.0.0.1:" + std::to_string(port_);
  for (const std::string& address : {taken, "localhost:" + std::to_string(port_)}) {
    const auto second = StartAt(address);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().failure, base::Failure::kBusy);
    EXPECT_EQ(second.error().where, address);
  }
  EXPECT_EQ(Get("/-/healthy")->status, 200);
}

TEST(WebServerStart, APortThatAnyoneListensOnIsBusyAndFreeAfterwards) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(listen(fd, 1), 0);
  socklen_t size = sizeof at;
  ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  const auto refused = StartAt(address);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().failure, base::Failure::kBusy);
  close(fd);
  EXPECT_TRUE(StartAt(address));
}

TEST(WebServerStart, AnAddressThatIsNotLoopbackIsUsage) {
  const auto refused = StartAt("0.0.0.0:0");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().failure, base::Failure::kUsage);
}

TEST(WebServerStart, LocalhostIsServedOnTheAddressItsUrlNames) {
  const auto server = StartAt("localhost:0");
  ASSERT_TRUE(server);
  EXPECT_THAT((*server)->url(), StartsWith("http://127.0.0.1:"));
  EXPECT_EQ(httplib::Client("127.0.0.1", PortOf(**server)).Get("/-/healthy")->status, 200);
}

TEST(WebServerStart, Ipv6LoopbackIsServedWhereThereIsOneElseBusy) {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 at{};
  at.sin6_family = AF_INET6;
  at.sin6_addr = in6addr_loopback;
  const bool exists = fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  if (fd >= 0) close(fd);
  const auto server = StartAt("[::1]:0");
  ASSERT_EQ(server.has_value(), exists);
  if (!exists) {
    EXPECT_EQ(server.error().failure, base::Failure::kBusy);
    return;
  }
  EXPECT_THAT((*server)->url(), StartsWith("http://[::1]:"));
  EXPECT_EQ(httplib::Client("::1", PortOf(**server)).Get("/-/healthy")->status, 200);
}

TEST(WebServerStop, AtOnceAfterTheStartNeverHangs) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(StartAt("127.0.0.1:0"));
}

// Feeds `endless` until the server hangs up; how many bytes it took.
std::size_t Feed(int fd, const std::string& start, const std::string& endless) {
  std::size_t sent = 0;
  std::string next = start;
  while (sent < (std::size_t{64} << 20)) {
    const ssize_t took = send(fd, next.data(), next.size(), MSG_NOSIGNAL);
    if (took <= 0) return sent;
    sent += static_cast<std::size_t>(took);
    next = endless;
  }
  return sent;
}

TEST_F(WebServerTest, EndlessRequestsAreCutOff) {
  const std::string block(4096, 'a');
  const struct {
    const char* what;
    std::string start, endless;
  } cases[] = {
      {"request line", "GET /", block},
      {"one header", "GET / HTTP/1.1\r\nA: ", block},
      {"many headers", "GET / HTTP/1.1\r\n", "A: b\r\n"},
      {"body", "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", block},
      {"chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"},
  };
  for (const auto& c : cases) {
    const int fd = Connect();
    EXPECT_LT(Feed(fd, c.start, c.endless), std::size_t{64} << 20) << c.what;
    close(fd);
  }
  EXPECT_EQ(Get("/-/healthy")->status, 200);
}

TEST_F(WebServerTest, NoiseInsteadOfHttpIsSurvived) {
  for (const std::string& noise :
       {std::string("\r\n\r\n"), std::string("\x16\x03\x01\x02\x00\x01", 6), std::string(64, '\0'),
        std::string("GET\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"),
        std::string("GET /%zz HTTP/1.1\r\n\r\n"), std::string("GET /log/%c0%ae HTTP/1.1\r\n\r\n"),
        std::string("GET /metrics HTTP/1.1\r\nRange: bytes=0-0,0-0,5-1\r\n\r\n")}) {
    const int fd = Connect();
    EXPECT_EQ(send(fd, noise.data(), noise.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(noise.size()));
    shutdown(fd, SHUT_WR);
    char bytes[256];
    while (recv(fd, bytes, sizeof bytes, 0) > 0) {
    }
    close(fd);
  }
  EXPECT_EQ(Get("/-/healthy")->status, 200);
}

TEST_F(WebServerTest, ManyClientsAtOnceAreAllAnswered) {
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        const auto answer = Get("/metrics");
        if (answer && answer->status == 200) ++answered;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 80);
}

}  // namespace
}  // namespace unopened::exporters
