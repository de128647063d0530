// When a flow's datagrams are looked at: a dissector that remembers nothing must find everything
// again each time, so it looks after a few of them only. Pure. Threads: any.
#pragma once

#include <array>
#include <cstddef>

namespace unopened::classify::quic {

// Of the datagrams that come once both sides have sent one, the first, second, third, fourth,
// sixth, eighth, twelfth... are worth a look: the usual handshake is seen at once, and n datagrams
// are looked at about 2 log2(n) times.
class LookSchedule {
 public:
  // Adds the next datagram that may matter. Whether to look at all so far.
  constexpr bool Add(bool from_client) {
    sides_[from_client ? 0 : 1] = true;
    return sides_[0] && sides_[1] && IsDue(++count_);
  }

 private:
  static constexpr bool IsDue(std::size_t n) {
    while (n > 3 && n % 2 == 0) n /= 2;
    return n <= 3;
  }

  std::array<bool, 2> sides_{};
  std::size_t count_ = 0;
};

}  // namespace unopened::classify::quic
