// Flows that are no handshake, for first_payloads: random bytes, and random bytes behind a
// protocol's first ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace unopened::bench {

// xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t Next();
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }
  bool Coin() { return (Next() >> 63) != 0; }
  void Fill(std::span<std::uint8_t> bytes);

 private:
  std::array<std::uint64_t, 4> state_;
};

struct Message {
  bool from_client = true;
  std::vector<std::uint8_t> bytes;
};

// The first messages of a flow, in their order. Its memory is used again.
class Flow {
 public:
  bool tcp = true;
  std::uint16_t client_port = 40000;
  std::uint16_t server_port = 443;

  void Clear() { count_ = 0; }
  bool full() const { return count_ == kMost; }
  // Not while full().
  Message& Add(bool from_client) {
    if (count_ == messages_.size()) messages_.emplace_back();
    Message& message = messages_[count_++];
    message.from_client = from_client;
    return message;
  }
  std::span<Message> messages() { return std::span(messages_).first(count_); }
  std::span<const Message> messages() const { return std::span(messages_).first(count_); }

 private:
  static constexpr std::size_t kMost = 12;
  std::vector<Message> messages_;
  std::size_t count_ = 0;
};

void MakeRandom(Random& random, Flow& flow);
// Returns which protocol it looks like.
std::string_view MakeLookAlike(Random& random, Flow& flow);

}  // namespace unopened::bench
