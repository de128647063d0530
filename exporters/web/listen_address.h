// ListenAddress: where the web server may listen, read from "HOST:PORT". Pure: no name is resolved.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace unopened::exporters {

struct ListenAddress {
  std::string host;  // a literal address: 127.0.0.1, ::1
  int port = 0;      // 0: any free one
  bool v6 = false;
};

// HOST is an IPv4 literal of 127.0.0.0/8, [::1], or localhost, which means 127.0.0.1 whatever the
// resolver says. kUsage: anything else, since nothing protects the server but where it listens.
base::Result<ListenAddress> ParseListenAddress(std::string_view text);

// "http://127.0.0.1:9469/", "http://[::1]:9469/"
std::string UrlOf(const ListenAddress& address);

}  // namespace unopened::exporters
