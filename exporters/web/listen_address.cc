#include "exporters/web/listen_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstdint>
#include <system_error>

namespace unopened::exporters {
namespace {

using base::Failure;

bool IsLoopbackV4(const std::string& host) {
  // A literal, never a name: "127.example.org" may resolve to anything.
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

}  // namespace

base::Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  bool well_formed = colon != std::string_view::npos && colon != 0;
  if (well_formed) {
    const std::string_view digits = text.substr(colon + 1);
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, port);
    well_formed = error == std::errc{} && stopped == end;
  }
  const bool bracketed = well_formed && text[0] == '[';
  if (bracketed) well_formed = text[colon - 1] == ']' && colon > 2;
  // A bare IPv6 address would leave open which colon starts the port.
  if (well_formed && !bracketed) well_formed = text.find(':') == colon;
  if (!well_formed) {
    return base::Fail(Failure::kUsage, "that is no address to listen on", std::string(text),
                      "HOST:PORT, like 127.0.0.1:9469 or [::1]:9469");
  }
  ListenAddress address;
  address.port = port;
  address.v6 = bracketed;
  address.host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon);
  if (address.host == "localhost" && !bracketed) address.host = "127.0.0.1";
  if (bracketed ? address.host != "::1" : !IsLoopbackV4(address.host)) {
    return base::Fail(
        Failure::kUsage, "the web server listens on loopback only, since nothing protects it yet",
        std::string(text), "127.0.0.1:PORT, and a proxy that authenticates in front of it");
  }
  return address;
}

std::string UrlOf(const ListenAddress& address) {
  return "http://" + (address.v6 ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port) + "/";
}

}  // namespace unopened::exporters
