#include "classify/ssh/key_exchange.h"

#include <gtest/gtest.h>

#include <string_view>

namespace unopened::classify::ssh {
namespace {

base::Bytes Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(SshKeyExchange, KindFollowsTheName) {
  const struct {
    std::string_view name;
    KeyExchange kind;
  } kCases[] = {
      {"mlkem768x25519-sha256", KeyExchange::kPqHybrid},
      {"mlkem768nistp256-sha256", KeyExchange::kPqHybrid},
      {"mlkem1024nistp384-sha384", KeyExchange::kPqHybrid},
      {"sntrup761x25519-sha512", KeyExchange::kPqHybrid},
      {"sntrup761x25519-sha512@openssh.com", KeyExchange::kPqHybrid},
      {"sntrup761x25519-sha512@example.com", KeyExchange::kUnknown},
      {"mlkem768x25519-sha256-or-not", KeyExchange::kUnknown},
      {"curve25519-frodokem1344-sha512@ssh.com", KeyExchange::kUnknown},
      {"curve25519-sha256", KeyExchange::kEcdhe},
      {"curve25519-sha256@libssh.org", KeyExchange::kEcdhe},
      {"curve448-sha512", KeyExchange::kEcdhe},
      {"ecdh-sha2-nistp256", KeyExchange::kEcdhe},
      {"ecdh-sha2-1.3.132.0.10", KeyExchange::kEcdhe},
      {"gss-curve25519-sha256-toWM5Slw5Ew8Mqkay+al2g==", KeyExchange::kEcdhe},
      {"diffie-hellman-group1-sha1", KeyExchange::kFfdhe},
      {"diffie-hellman-group16-sha512", KeyExchange::kFfdhe},
      {"diffie-hellman-group-exchange-sha256", KeyExchange::kFfdhe},
      {"gss-group14-sha1-toWM5Slw5Ew8Mqkay+al2g==", KeyExchange::kFfdhe},
      {"gss-gex-sha1-toWM5Slw5Ew8Mqkay+al2g==", KeyExchange::kFfdhe},
      {"rsa2048-sha256", KeyExchange::kUnknown},  // RFC 4432: the server's key, not agreed
      {"ext-info-c", KeyExchange::kUnknown},
      {"", KeyExchange::kUnknown},
  };
  for (const auto& [name, kind] : kCases) EXPECT_EQ(KindOf(name), kind) << name;
}

TEST(SshKeyExchange, ClientsFirstThatTheServerListsIsNegotiated) {
  const struct {
    std::string_view client;
    std::string_view server;
    std::string_view negotiated;
  } kCases[] = {
      {"a,b,c", "c,b", "b"},
      {"a", "a", "a"},
      {"a,b", "c,d", ""},
      {"ab", "a,b", ""},
      {"ext-info-c,a", "ext-info-c,a", "a"},  // a marker is no algorithm
      {"kex-strict-c-v00@openssh.com", "kex-strict-c-v00@openssh.com", ""},
      {"", "a", ""},
      {"a", "", ""},
  };
  for (const auto& [client, server, negotiated] : kCases) {
    EXPECT_EQ(NegotiatedKex(Bytes(client), Bytes(server)), negotiated) << client << " " << server;
  }
}

}  // namespace
}  // namespace unopened::classify::ssh
