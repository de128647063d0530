// Handshake only: no byte after a handshake, and none beyond the first 64 of a protocol in clear,
// stays anywhere in the process's memory once the segment was handled.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "classify/classifier.h"
#include "tests/support/flow_builder.h"

namespace unopened::classify {
namespace {

using capture::TcpFlags;
using tests::By;

constexpr std::size_t kCanarySize = 24;

// The canary exists in memory only where a test put it: here it is spelt the other way round.
void WriteCanary(std::uint8_t* to) {
  constexpr std::string_view kReversed = "6420e9b-yranac-denepon-u";
  static_assert(kReversed.size() == kCanarySize);
  for (std::size_t i = 0; i < kCanarySize; ++i) {
    to[i] = static_cast<std::uint8_t>(kReversed[kCanarySize - 1 - i]);
  }
}

// How often the canary is in any writable mapping of ours. Mappings beyond a gigabyte are a
// sanitizer's own.
int CountInMemory() {
  std::ifstream maps("/proc/self/maps");
  const int memory = open("/proc/self/mem", O_RDONLY);
  EXPECT_GE(memory, 0);
  static std::array<std::uint8_t, 1 << 16> block;
  int found = 0;
  std::string line;
  while (std::getline(maps, line)) {
    unsigned long begin = 0, end = 0;
    std::array<char, 5> mode{};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, mode.data()) != 3) continue;
    if (mode[1] != 'w' || end - begin > (1UL << 30)) continue;
    const auto own = reinterpret_cast<unsigned long>(block.data());
    for (unsigned long at = begin; at < end; at += block.size() - kCanarySize) {
      const std::size_t size = std::min<std::size_t>(block.size(), end - at);
      const ssize_t got = pread(memory, block.data(), size, static_cast<off_t>(at));
      if (got <= 0) break;
      for (std::size_t i = 0; i + kCanarySize <= static_cast<std::size_t>(got); ++i) {
        if (at + i >= own && at + i < own + block.size()) continue;  // what was just read
        if (block[i] != 'u' || block[i + 1] != '-') continue;
        const std::string_view here(reinterpret_cast<const char*>(&block[i]), kCanarySize);
        if (std::equal(here.begin(), here.end(),
                       std::string_view("6420e9b-yranac-denepon-u").rbegin()))
          ++found;
      }
    }
  }
  close(memory);
  std::ranges::fill(block, 0);
  return found;
}

class ClassifierMemory : public ::testing::Test {
 protected:
  ClassifierMemory() : classifier_(Options(), tests::kTestKey, matcher_, sink_) {}

  static ClassifierOptions Options() {
    ClassifierOptions options;
    options.flow_capacity = 256;
    options.tracked_capacity = 16;
    options.prefix_pool_bytes = 1 << 20;
    options.dissectors = tests::ToyDissectors();
    return options;
  }
  // A segment of `head` and then the canary after `gap` bytes, handled and wiped from the packet.
  void FeedCanary(By by, std::uint32_t sequence, std::string_view head, std::size_t gap) {
    static std::array<std::uint8_t, 2000> packet;
    capture::Segment segment = tests::Tcp(1, 5, by, TcpFlags::kAck, sequence).segment;
    std::ranges::copy(head, packet.begin());
    std::fill_n(packet.begin() + static_cast<std::ptrdiff_t>(head.size()), gap, 0xee);
    WriteCanary(&packet[head.size() + gap]);
    const std::size_t size = head.size() + gap + kCanarySize;
    segment.payload = base::Bytes(packet.data(), size);
    segment.payload_wire_length = static_cast<std::uint32_t>(size);
    EXPECT_GE(CountInMemory(), 1) << "the search finds it in the packet";
    classifier_.OnSegment(segment);
    std::ranges::fill(packet, 0);
  }
  void OpenTcp() {
    classifier_.OnSegment(tests::Tcp(1, 0, By::kClient, TcpFlags::kSyn, 0).View());
    classifier_.OnSegment(tests::Tcp(1, 0, By::kServer, TcpFlags::kSyn | TcpFlags::kAck, 0).View());
  }

  EndpointMatcher matcher_;
  tests::RecordingSink sink_;
  Classifier classifier_;
};

TEST_F(ClassifierMemory, ApplicationDataOfASettledFlowIsNowhere) {
  OpenTcp();
  const std::string client = tests::ToyHello('T', 20);
  const std::string server = tests::ToyHello('t', 20);
  classifier_.OnSegment(tests::Tcp(1, 1, By::kClient, TcpFlags::kAck, 1, client).View());
  FeedCanary(By::kServer, 1, server, 0);  // in the segment that completes the handshake
  EXPECT_EQ(sink_.sessions.size(), 1U);
  EXPECT_EQ(CountInMemory(), 0);
  FeedCanary(By::kClient, 23, "", 30);
  EXPECT_EQ(CountInMemory(), 0);
}

TEST_F(ClassifierMemory, AHandshakesBytesAreKeptWhileItLastsAndNoLonger) {
  OpenTcp();
  const std::string client = tests::ToyHello('T', 200);
  FeedCanary(By::kClient, 1, client.substr(0, 100), 0);
  EXPECT_EQ(CountInMemory(), 1) << "the hello is not whole";
  classifier_.Finish(10);
  EXPECT_EQ(CountInMemory(), 0);
}

// "PLA" refuses every handshake and leaves a protocol in clear possible.
TEST_F(ClassifierMemory, OfAFlowInClearNothingBeyondItsFirstBytesIsKept) {
  OpenTcp();
  classifier_.OnSegment(tests::Tcp(1, 1, By::kClient, TcpFlags::kAck, 1, "PLA").View());
  FeedCanary(By::kServer, 1, "", 64);
  EXPECT_EQ(classifier_.stats().flows_tracked.Get(), 1U);
  EXPECT_EQ(CountInMemory(), 0);
}

TEST_F(ClassifierMemory, WhatWasKeptForAHandshakeGoesOnceNoneIsPossible) {
  OpenTcp();
  FeedCanary(By::kServer, 1, "", 64);
  EXPECT_EQ(CountInMemory(), 1) << "the client may still begin a handshake";
  classifier_.OnSegment(tests::Tcp(1, 6, By::kClient, TcpFlags::kAck, 1, "PLA").View());
  EXPECT_EQ(classifier_.stats().flows_tracked.Get(), 1U);
  EXPECT_EQ(CountInMemory(), 0);
}

}  // namespace
}  // namespace unopened::classify
