#include "classify/ssh/key_exchange.h"

#include <algorithm>
#include <array>

namespace unopened::classify::ssh {
namespace {

std::string_view Text(base::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool Lists(std::string_view list, std::string_view wanted) {
  std::string_view name;
  for (int i = 0; i < kMaxNames && NextName(list, name); ++i) {
    if (name == wanted) return true;
  }
  return false;
}

struct Row {
  std::string_view name;
  bool prefix;  // `name` begins the algorithm's name
  KeyExchange kind;
};

// Exact names for hybrids: a name that merely looks like one proves no post-quantum part.
constexpr std::array<Row, 16> kRows = {{
    {"mlkem768x25519-sha256", false, KeyExchange::kPqHybrid},
    {"mlkem768nistp256-sha256", false, KeyExchange::kPqHybrid},
    {"mlkem1024nistp384-sha384", false, KeyExchange::kPqHybrid},
    {"sntrup761x25519-sha512", false, KeyExchange::kPqHybrid},
    {"sntrup761x25519-sha512@openssh.com", false, KeyExchange::kPqHybrid},
    {"sntrup4591761x25519-sha512@tinyssh.org", false, KeyExchange::kPqHybrid},
    {"curve25519-sha256", false, KeyExchange::kEcdhe},
    {"curve25519-sha256@libssh.org", false, KeyExchange::kEcdhe},
    {"curve448-sha512", false, KeyExchange::kEcdhe},
    {"ecdh-sha2-", true, KeyExchange::kEcdhe},
    {"diffie-hellman-group", true, KeyExchange::kFfdhe},
    {"gss-group", true, KeyExchange::kFfdhe},
    {"gss-gex-", true, KeyExchange::kFfdhe},
    {"gss-nistp", true, KeyExchange::kEcdhe},
    {"gss-curve25519-", true, KeyExchange::kEcdhe},
    {"gss-curve448-", true, KeyExchange::kEcdhe},
}};

}  // namespace

bool NextName(std::string_view& list, std::string_view& name) {
  if (list.empty()) return false;
  const std::size_t comma = list.find(',');
  name = list.substr(0, comma);
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return true;
}

bool IsMarker(std::string_view name) {
  return name.starts_with("ext-info-") || name.starts_with("kex-strict-") ||
         name.starts_with("kexguess");
}

std::string_view NegotiatedKex(base::Bytes client_list, base::Bytes server_list) {
  std::string_view rest = Text(client_list);
  std::string_view name;
  for (int i = 0; i < kMaxNames && NextName(rest, name); ++i) {
    if (!IsMarker(name) && Lists(Text(server_list), name)) return name;
  }
  return {};
}

KeyExchange KindOf(std::string_view kex_algorithm) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) {
    return r.prefix ? kex_algorithm.starts_with(r.name) : kex_algorithm == r.name;
  });
  return row == kRows.end() ? KeyExchange::kUnknown : row->kind;
}

}  // namespace unopened::classify::ssh
