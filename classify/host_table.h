// HostTable: host suffixes and what they name, for look-ups of a server name on the packet path.
//
// One walk over the name, from its last byte to its first, tells whether it is a host name at all
// and sums up a polynomial hash, so that each tail's hash is at hand where a label begins. Only the
// longest tail whose hash is known is compared. Never grows after it was made, allocates nothing
// per look-up. Threads: immutable, any may look.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "classify/session.h"

namespace unopened::classify {

struct HostRule;

// RFC 1035 §2.3.4, without the root's dot.
inline constexpr std::size_t kMaxHost = 253;
inline constexpr std::size_t kMaxLabel = 63;

// Without the root's dot, if it ends in one.
std::string_view WithoutRoot(std::string_view host);
// A to Z in lower case; other bytes as they are.
std::string LoweredHost(std::string_view host);

class HostTable {
 public:
  // Of two rules for one suffix the first stands. What is no host name matches nothing.
  explicit HostTable(const std::vector<HostRule>& rules);

  // The longest suffix on label boundaries, in either case; nothing where `host` is no host name.
  EndpointMatch Find(std::string_view host) const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t at = 0;   // in texts_
    std::uint8_t size = 0;  // 0: free
    EndpointMatch match;
  };

  std::uint64_t HashOf(std::string_view suffix) const;
  const Slot* Probe(std::uint64_t hash) const;
  bool IsOf(const Slot& slot, std::string_view tail) const;
  bool Fill(const std::vector<std::pair<std::string, EndpointMatch>>& suffixes);

  std::array<std::uint64_t, kMaxHost> powers_{};  // of the hash's base
  std::vector<Slot> slots_;                       // open addressing, at most half full
  unsigned shift_ = 63;                           // a hash's upper bits are its slot
  std::string texts_;                             // the suffixes, one behind the other
  std::size_t shortest_ = kMaxHost;
  std::size_t longest_ = 0;
};

}  // namespace unopened::classify
