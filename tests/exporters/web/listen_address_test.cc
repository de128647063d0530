#include "exporters/web/listen_address.h"

#include <gtest/gtest.h>

namespace unopened::exporters {
namespace {

TEST(ListenAddress, LoopbackIsRead) {
  struct {
    const char* text;
    const char* host;
    int port;
    const char* url;
  } const cases[] = {
      {"127.0.0.1:9469", "127.0.0.1", 9469, "http://127.0.0.1:9469/"},
      {"127.0.0.1:0", "127.0.0.1", 0, "http://127.0.0.1:0/"},
      {"127.8.9.10:65535", "127.8.9.10", 65535, "http://127.8.9.10:65535/"},
      // One address whatever the resolver prefers: a client that tries the other would find nobody.
      {"localhost:80", "127.0.0.1", 80, "http://127.0.0.1:80/"},
      {"[::1]:9469", "::1", 9469, "http://[::1]:9469/"},
  };
  for (const auto& c : cases) {
    const auto address = ParseListenAddress(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->host, c.host);
    EXPECT_EQ(address->port, c.port);
    EXPECT_EQ(UrlOf(*address), c.url);
  }
}

TEST(ListenAddress, AnythingElseIsRefusedAsUsage) {
  for (const char* text : {"",
                           ":",
                           ":9469",
                           "9469",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:x",
                           "127.0.0.1:80x",
                           "127.0.0.1:-1",
                           "127.0.0.1:+80",
                           "127.0.0.1: 80",
                           "127.0.0.1:65536",
                           "127.0.0.1:99999999999999999999",
                           "::1:9469",
                           "[::1]",
                           "[::1:80",
                           "::1]:80",
                           "[]:80",
                           "[:80",
                           "127.0.0.1:80:90",
                           "http://127.0.0.1:80"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().failure, base::Failure::kUsage) << text;
    EXPECT_EQ(address.error().where, text);
  }
}

TEST(ListenAddress, WhatIsNotLoopbackIsRefusedEvenIfItLooksLikeIt) {
  for (const char* text :
       {"0.0.0.0:80", "192.0.2.1:80", "128.0.0.1:80", "[::]:80", "[2001:db8::1]:80",
        "[::ffff:127.0.0.1]:80", "127.example.org:80", "127.0.0.1.example.org:80", "127.1:80",
        "localhost.example.org:80", "[localhost]:80", "example.org:80"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().failure, base::Failure::kUsage) << text;
    EXPECT_NE(address.error().what.find("loopback only"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace unopened::exporters
