#include "capture/filter.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "capture/pcap_handle.h"

namespace unopened::capture {
namespace {

using base::Done;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::size_t kMaxTextSize = 4096;
constexpr std::size_t kMaxDepth = 32;
constexpr std::uint32_t kNarrowestIpv4 = 16;
constexpr std::uint32_t kNarrowestIpv6 = 32;

constexpr std::string_view kWatchesOneAddress =
    "this filter would watch one address, and the gateway is not a wiretap";
constexpr std::string_view kWatchesSmallNetwork =
    "this filter would watch a small network, and the gateway is not a wiretap";
constexpr std::string_view kNotAllowed = "this filter uses a word that is not allowed";
constexpr std::string_view kIncomplete = "this filter is not complete";
constexpr std::string_view kAllowed =
    "allowed: vlan, protocol, port, networks no narrower than IPv4 /16 or IPv6 /32";

constexpr std::array<std::string_view, 9> kProtocols = {"ip",    "ip6", "tcp", "udp", "icmp",
                                                        "icmp6", "esp", "ah",  "sctp"};
// Words that name one station or one host, in any of libpcap's ways.
constexpr std::array<std::string_view, 9> kHostWords = {
    "host", "ether", "gateway", "broadcast", "multicast", "wlan", "link", "fddi", "tr"};

// A word of the filter: an operator, a parenthesis, or what stands between blanks. Past the end it
// is empty.
struct Token {
  std::string_view text;
  std::size_t at = 0;
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { Next(); }

  const Token& token() const { return token_; }
  bool AtEnd() const { return token_.text.empty(); }
  bool Is(std::string_view word) const { return token_.text == word; }

  // Steps over `word` if it is the next one.
  bool Take(std::string_view word) {
    if (!Is(word)) return false;
    Next();
    return true;
  }

  void Next() {
    std::size_t at = token_.at + token_.text.size();
    while (at < text_.size() && text_[at] == ' ') ++at;
    token_ = {text_.substr(at, Length(text_.substr(at))), at};
  }

 private:
  static std::size_t Length(std::string_view rest) {
    if (rest.starts_with("&&") || rest.starts_with("||")) return 2;
    if (!rest.empty() && kAlone.find(rest.front()) != std::string_view::npos) return 1;
    return std::min(rest.size(), rest.find_first_of(" ()!&|"));
  }
  static constexpr std::string_view kAlone = "()!&|";

  std::string_view text_;
  Token token_;
};

template <std::size_t kCount>
bool IsOneOf(const std::array<std::string_view, kCount>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Decimal, without signs and leading zeros: libpcap reads 010 as eight.
std::optional<std::uint32_t> Number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value > most) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

enum class NetworkKind : std::uint8_t { kWide, kNarrow, kOneAddress, kMalformed };

// `address` and whether no bit behind `length` is set.
template <std::size_t kSize>
bool IsNetwork(int family, const std::string& address, std::uint32_t length) {
  std::array<std::uint8_t, kSize> bytes{};
  if (inet_pton(family, address.c_str(), bytes.data()) != 1) return false;
  for (std::size_t bit = length; bit < kSize * 8; ++bit) {
    if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

NetworkKind KindOf(std::string_view cidr) {
  const std::size_t slash = cidr.find('/');
  const std::string address(cidr.substr(0, slash));
  std::array<std::uint8_t, 16> scratch{};
  const bool is_v4 = inet_pton(AF_INET, address.c_str(), scratch.data()) == 1;
  const bool is_v6 = inet_pton(AF_INET6, address.c_str(), scratch.data()) == 1;
  if (!is_v4 && !is_v6) return NetworkKind::kMalformed;
  if (slash == std::string_view::npos) return NetworkKind::kOneAddress;
  const std::uint32_t bits = is_v4 ? 32 : 128;
  const auto length = Number(cidr.substr(slash + 1), bits);
  if (!length) return NetworkKind::kMalformed;
  if (*length == bits) return NetworkKind::kOneAddress;
  if (*length > (is_v4 ? kNarrowestIpv4 : kNarrowestIpv6)) return NetworkKind::kNarrow;
  const bool whole =
      is_v4 ? IsNetwork<4>(AF_INET, address, *length) : IsNetwork<16>(AF_INET6, address, *length);
  return whole ? NetworkKind::kWide : NetworkKind::kMalformed;
}

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text), scanner_(text) {}

  Result<Done> Check() {
    if (scanner_.AtEnd()) return Done{};
    while (true) {
      if (auto term = Term(); !term) return term;
      if (auto closed = Close(); !closed) return closed;
      if (scanner_.AtEnd()) break;
      if (auto joined = Join(); !joined) return joined;
    }
    if (depth_ > 0) return Refuse(kIncomplete, "a parenthesis is not closed");
    return Done{};
  }

 private:
  // What a parenthesis is open on. Level 0 is the whole filter.
  struct Level {
    bool has_or = false;
    bool has_vlan = false;
  };

  // { not } ( "(" | primitive ). An opened parenthesis begins the next term.
  Result<Done> Term() {
    while (true) {
      bool negated = false;
      while (scanner_.Take("not") || scanner_.Take("!")) negated = true;
      if (!scanner_.Is("(")) return Primitive(negated);
      if (depth_ + 1 == kMaxDepth) return Refuse("this filter has too many parentheses");
      levels_[++depth_] = Level{};
      scanner_.Next();
    }
  }

  // { ")" }
  Result<Done> Close() {
    while (scanner_.Is(")")) {
      if (depth_ == 0) return Refuse("this filter closes a parenthesis that is not open");
      after_vlan_group_ = after_vlan_group_ || levels_[depth_].has_vlan;
      --depth_;
      scanner_.Next();
    }
    return Done{};
  }

  Result<Done> Join() {
    if (after_vlan_group_) {
      return Refuse(kNotAllowed, "nothing may follow a group or a negation that holds vlan");
    }
    if (scanner_.Take("and") || scanner_.Take("&&")) return Done{};
    if (!scanner_.Is("or") && !scanner_.Is("||")) return Unknown();
    if (levels_[depth_].has_vlan) {
      return Refuse(kNotAllowed, "vlan is joined to what follows by `and`");
    }
    levels_[depth_].has_or = true;
    scanner_.Next();
    return Done{};
  }

  Result<Done> Primitive(bool negated) {
    if (scanner_.AtEnd() || scanner_.Is(")")) return Refuse(kIncomplete);
    if (scanner_.Is("vlan")) return Vlan(negated);
    if (scanner_.Is("ip") || scanner_.Is("ip6")) {
      scanner_.Next();
      return scanner_.Take("proto") ? TakeNumber(255) : Done{};
    }
    bool has_transport = false;
    if (IsOneOf(kProtocols, scanner_.token().text)) {
      has_transport = scanner_.Is("tcp") || scanner_.Is("udp");
      scanner_.Next();
      const bool ends = !scanner_.Is("src") && !scanner_.Is("dst") && !scanner_.Is("port") &&
                        !scanner_.Is("portrange");
      if (!has_transport || ends) return Done{};
    }
    if (!scanner_.Take("src")) scanner_.Take("dst");
    if (scanner_.Take("port")) return TakeNumber(65'535);
    if (scanner_.Take("portrange")) return PortRange();
    if (!has_transport && scanner_.Take("net")) return Network();
    return Unknown();
  }

  Result<Done> Vlan(bool negated) {
    Level& level = levels_[depth_];
    if (level.has_or)
      return Refuse(kNotAllowed, "vlan does not stand behind `or`; use parentheses");
    scanner_.Next();
    level.has_vlan = true;
    if (negated) after_vlan_group_ = true;
    const bool has_id = !scanner_.AtEnd() && scanner_.token().text.front() >= '0' &&
                        scanner_.token().text.front() <= '9';
    return has_id ? TakeNumber(4095) : Done{};
  }

  Result<Done> TakeNumber(std::uint32_t most) {
    if (scanner_.AtEnd()) return Refuse(kIncomplete, "a number is missing");
    if (!Number(scanner_.token().text, most)) {
      return Refuse("this filter needs a decimal number here", "up to " + std::to_string(most));
    }
    scanner_.Next();
    return Done{};
  }

  Result<Done> PortRange() {
    const std::string_view range = scanner_.token().text;
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos)
      return Refuse("this filter needs a range of ports here", "A-B");
    const auto first = Number(range.substr(0, dash), 65'535);
    const auto last = Number(range.substr(dash + 1), 65'535);
    if (!first || !last || *first > *last) {
      return Refuse("this filter needs a range of ports here", "A-B");
    }
    scanner_.Next();
    return Done{};
  }

  Result<Done> Network() {
    if (scanner_.AtEnd()) return Refuse(kIncomplete, "a network is missing");
    switch (KindOf(scanner_.token().text)) {
      case NetworkKind::kWide:
        scanner_.Next();
        if (scanner_.Is("mask")) return Refuse(kNotAllowed, "write the network as ADDRESS/LENGTH");
        return Done{};
      case NetworkKind::kNarrow:
        return Refuse(kWatchesSmallNetwork);
      case NetworkKind::kOneAddress:
        return Refuse(kWatchesOneAddress);
      case NetworkKind::kMalformed:
        break;
    }
    return Refuse("this filter needs a network here",
                  "ADDRESS/LENGTH without bits behind the length");
  }

  // The next word is none that may stand here: says what it would do where that is plain.
  Result<Done> Unknown() {
    if (scanner_.AtEnd()) return Refuse(kIncomplete);
    const bool names_host = IsOneOf(kHostWords, scanner_.token().text);
    if (!names_host && KindOf(scanner_.token().text) == NetworkKind::kMalformed) {
      return Refuse(kNotAllowed);
    }
    if (names_host) {
      const Token word = scanner_.token();
      scanner_.Next();
      if (scanner_.Is("host") || scanner_.Is("src") || scanner_.Is("dst")) scanner_.Next();
      if (scanner_.AtEnd()) return RefuseAt(word, kWatchesOneAddress, {});
    }
    return Refuse(kWatchesOneAddress);
  }

  Result<Done> Refuse(std::string_view what, std::string_view hint = {}) const {
    return RefuseAt(scanner_.token(), what, hint);
  }

  Result<Done> RefuseAt(const Token& token, std::string_view what, std::string_view hint) const {
    constexpr std::string_view kOpening = "-f '";
    std::string where(kOpening);
    where += text_;
    where += "'\n";
    where.append(kOpening.size() + token.at, ' ');
    where.append(std::max<std::size_t>(token.text.size(), 1), '^');
    std::string todo(kAllowed);
    if (!hint.empty()) todo = std::string(hint) + "; " + todo;
    return Fail(Failure::kUsage, std::string(what), std::move(where), std::move(todo));
  }

  std::string_view text_;
  Scanner scanner_;
  std::array<Level, kMaxDepth> levels_{};
  std::size_t depth_ = 0;
  bool after_vlan_group_ = false;
};

}  // namespace

Result<Done> CheckFilter(std::string_view text) {
  if (text.size() > kMaxTextSize) {
    return Fail(Failure::kUsage, "this filter is too long",
                std::to_string(text.size()) + " bytes of at most " + std::to_string(kMaxTextSize));
  }
  // Anything else could forge lines on the terminal, and no allowed word needs it.
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable) {
    return Fail(Failure::kUsage, "this filter has characters other than printable ASCII", {},
                std::string(kAllowed));
  }
  if (auto allowed = Checker(text).Check(); !allowed) return allowed;

  const PcapHandle handle(pcap_open_dead(DLT_EN10MB, 65'535));
  bpf_program program{};
  const std::string terminated(text);
  if (pcap_compile(handle.get(), &program, terminated.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return Fail(Failure::kUsage, "libpcap refuses this filter",
                "-f '" + terminated + "': " + pcap_geterr(handle.get()), std::string(kAllowed));
  }
  pcap_freecode(&program);
  return Done{};
}

}  // namespace unopened::capture
