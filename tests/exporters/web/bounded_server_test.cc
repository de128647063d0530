#include "exporters/web/bounded_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace unopened::exporters {
namespace {

// Longer than any test runs: what waits for it, hangs.
constexpr std::chrono::hours kForEver{1};

ListenAddress AnyPort() { return {"127.0.0.1", 0, false}; }

class Client {
 public:
  Client(int port, const std::string& says) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(send(fd_, says.data(), says.size(), MSG_NOSIGNAL), static_cast<ssize_t>(says.size()));
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // All that comes until the server hangs up.
  std::string Listen() const {
    std::string heard;
    char bytes[4096];
    for (ssize_t got = 0; (got = recv(fd_, bytes, sizeof bytes, 0)) > 0;)
      heard.append(bytes, static_cast<std::size_t>(got));
    return heard;
  }

 private:
  const int fd_;
};

TEST(BoundedServer, StopsAtOnceWhileItsClientsSayNothingOrHalfARequest) {
  BoundedServer server(kForEver);
  ListenAddress address = AnyPort();
  ASSERT_TRUE(server.Begin(address));
  std::vector<std::unique_ptr<Client>> clients;
  // More than threads and places in the queue together: the accepting thread waits too.
  for (std::size_t i = 0; i < kServerThreads + kConnectionsWaiting + 3; ++i)
    clients.push_back(std::make_unique<Client>(address.port, i % 2 == 0 ? "" : "GET /metr"));
  server.Stop();
}

TEST(BoundedServer, StopsAtOnceWhileAClientDoesNotReadItsAnswer) {
  BoundedServer server(kForEver);
  std::atomic<bool> asked{false};
  server.Get("/large", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(std::size_t{64} << 20, 'x'), "application/octet-stream");
    asked = true;
  });
  ListenAddress address = AnyPort();
  ASSERT_TRUE(server.Begin(address));
  const Client client(address.port, "GET /large HTTP/1.1\r\n\r\n");
  while (!asked.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  server.Stop();
}

TEST(BoundedServer, StopsAnyNumberOfTimesStartedOrNot) {
  BoundedServer never;
  never.Stop();
  BoundedServer server;
  ListenAddress address = AnyPort();
  ASSERT_TRUE(server.Begin(address));
  server.Stop();
  server.Stop();
}

TEST(BoundedServer, SilentClientsAreHungUpOnAndKeepNobodyOutForEver) {
  BoundedServer server(std::chrono::milliseconds(50));
  server.Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("here", "text/plain");
  });
  ListenAddress address = AnyPort();
  ASSERT_TRUE(server.Begin(address));
  std::vector<std::unique_ptr<Client>> silent;
  for (std::size_t i = 0; i < 3 * kServerThreads; ++i)
    silent.push_back(std::make_unique<Client>(address.port, "GET / HT"));
  for (const auto& client : silent) EXPECT_EQ(client->Listen(), "");
  httplib::Client asking("127.0.0.1", address.port);
  const auto answer = asking.Get("/");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "here");
}

TEST(BoundedServer, AnswersOneRequestAConnection) {
  BoundedServer server;
  server.Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("here", "text/plain");
  });
  ListenAddress address = AnyPort();
  ASSERT_TRUE(server.Begin(address));
  const std::string heard =
      Client(address.port, "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n").Listen();
  EXPECT_NE(heard.find("Connection: close"), std::string::npos) << heard;
  EXPECT_EQ(heard.find("here"), heard.rfind("here")) << heard;
}

TEST(BoundedServer, ARefusedAddressLeavesNothingRunning) {
  BoundedServer first;
  ListenAddress address = AnyPort();
  ASSERT_TRUE(first.Begin(address));
  for (int i = 0; i < 20; ++i) {
    BoundedServer second;
    ListenAddress same = address;
    EXPECT_FALSE(second.Begin(same));
  }
  ListenAddress nowhere{"192.0.2.1", 0, false};  // documentation's: no interface has it
  BoundedServer third;
  EXPECT_FALSE(third.Begin(nowhere));
}

}  // namespace
}  // namespace unopened::exporters
