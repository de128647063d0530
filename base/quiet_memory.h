// QuietMemory: zeroed pages taken once, left out of core dumps, zeroed again before they go back.
//
// For what must never be found outside the process: first bytes of flows, their pseudonyms,
// fragments. Pages are touched, and so become resident, only when they are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unopened::base {

class QuietMemory {
 public:
  enum class Pages : std::uint8_t { kSmall, kHuge };  // kHuge: a hint, for random access

  // Ends the process if the machine has no such memory left: only at start.
  explicit QuietMemory(std::size_t size, Pages pages = Pages::kSmall);
  ~QuietMemory();
  QuietMemory(const QuietMemory&) = delete;
  QuietMemory& operator=(const QuietMemory&) = delete;

  std::span<std::uint8_t> bytes() { return bytes_; }

  // The memory as `count` values of T. T must mean "empty" when all its bytes are zero.
  template <class T>
  std::span<T> As(std::size_t count) {
    static_assert(alignof(T) <= 4096);
    return {reinterpret_cast<T*>(bytes_.data()), count};
  }

 private:
  std::span<std::uint8_t> bytes_;
};

// memmove and memcmp leave up to 256 bytes of what they read in vector registers that hardly
// anything else uses, and a core dump holds the registers. Call after either has read what must not
// be found: it overwrites those registers.
void ForgetMovedBytes();

}  // namespace unopened::base
