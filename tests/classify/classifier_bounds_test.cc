// Every bound under attack: floods, drips, flows that never end. Memory is taken at construction,
// what goes over a bound is settled early and counted, and nothing is lost.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "classify/classifier.h"
#include "tests/support/flow_builder.h"

namespace {
std::atomic<std::uint64_t> g_allocations{0};
}  // namespace

// Every allocation of the test binary is counted. Aligned forms are not replaced: none of ours asks
// for one. Not inlined: GCC would take one half of the pair for a mismatch.
#define UNOPENED_NOINLINE __attribute__((noinline))
UNOPENED_NOINLINE void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
UNOPENED_NOINLINE void* operator new[](std::size_t size) { return operator new(size); }
UNOPENED_NOINLINE void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++g_allocations;
  return std::malloc(size == 0 ? 1 : size);
}
UNOPENED_NOINLINE void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept {
  return operator new(size, tag);
}
UNOPENED_NOINLINE void operator delete(void* memory) noexcept { std::free(memory); }
UNOPENED_NOINLINE void operator delete[](void* memory) noexcept { std::free(memory); }
UNOPENED_NOINLINE void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
UNOPENED_NOINLINE void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace unopened::classify {
namespace {

using capture::TcpFlags;
using tests::By;
using tests::kMs;
using tests::kSecond;
using tests::OwnedSegment;

// Counts and allocates nothing.
class CountingSink final : public SessionSink {
 public:
  CountSlot OnSettled(const SettledFlow& flow) override {
    ++sessions;
    packets += flow.traffic.packets;
    by_cause[static_cast<std::size_t>(flow.cause)] += 1;
    by_outcome[static_cast<std::size_t>(flow.session.outcome)] += 1;
    return 0;
  }
  void OnTraffic(CountSlot, std::uint32_t later, std::uint32_t, bool) override { packets += later; }
  std::uint64_t of(SettleCause cause) const { return by_cause[static_cast<std::size_t>(cause)]; }
  std::uint64_t of(Outcome outcome) const { return by_outcome[static_cast<std::size_t>(outcome)]; }

  std::uint64_t sessions = 0;
  std::uint64_t packets = 0;
  std::array<std::uint64_t, kSettleCauseNames.size()> by_cause{};
  std::array<std::uint64_t, kOutcomeNames.size()> by_outcome{};
};

class ClassifierBounds : public ::testing::Test {
 protected:
  void Use(std::uint32_t flows, std::uint32_t tracked, std::uint32_t pool_bytes) {
    ClassifierOptions options;
    options.flow_capacity = flows;
    options.tracked_capacity = tracked;
    options.prefix_pool_bytes = pool_bytes;
    options.dissectors = tests::ToyDissectors();
    classifier_ = std::make_unique<Classifier>(options, tests::kTestKey, matcher_, sink_);
  }
  void Feed(const OwnedSegment& owned) {
    const capture::Segment view = owned.View();
    const std::uint64_t before = g_allocations.load();
    classifier_->OnSegment(view);
    EXPECT_EQ(g_allocations.load(), before) << "the packet path allocates";
    ++fed_;
  }
  void FinishAndCount(base::TimeNs now) {
    const std::uint64_t before = g_allocations.load();
    classifier_->Sweep(now);
    classifier_->Finish(now);
    EXPECT_EQ(g_allocations.load(), before) << "settling allocates";
    EXPECT_EQ(sink_.packets, fed_);
    EXPECT_EQ(sink_.sessions, stats().opened.Get());
    EXPECT_EQ(stats().pending_packets.Get(), 0U);
    EXPECT_EQ(stats().flows_tracked.Get(), 0U);
  }
  const ClassifierStats& stats() const { return classifier_->stats(); }

  EndpointMatcher matcher_;
  CountingSink sink_;
  std::unique_ptr<Classifier> classifier_;
  std::uint64_t fed_ = 0;
};

TEST_F(ClassifierBounds, ASynFloodEvictsTheLongestIdleAndCountsEachOnce) {
  Use(4096, 64, 1 << 20);
  for (std::uint32_t i = 0; i < 1000; ++i) Feed(Tcp(i, i, By::kClient, TcpFlags::kSyn, i));
  EXPECT_EQ(stats().flows_tracked.Get(), 64U);
  EXPECT_EQ(stats().evicted_tracked.Get(), 1000U - 64U);
  FinishAndCount(1001);
  EXPECT_EQ(sink_.of(SettleCause::kEvicted), 1000U - 64U);
  EXPECT_EQ(sink_.of(SettleCause::kEndOfInput), 64U);
  EXPECT_EQ(sink_.of(Outcome::kNoPayload), 1000U);
}

TEST_F(ClassifierBounds, AHandshakeSurvivesAFloodThatIsSmallerThanTheBound) {
  Use(4096, 64, 1 << 20);
  Feed(Tcp(5000, 0, By::kClient, TcpFlags::kSyn, 0));
  for (std::uint32_t i = 0; i < 63; ++i) Feed(Tcp(i, 1, By::kClient, TcpFlags::kSyn, i));
  Feed(Tcp(5000, 2, By::kClient, TcpFlags::kAck, 1, tests::ToyHello('T', 9)));
  for (std::uint32_t i = 100; i < 163; ++i) Feed(Tcp(i, 3, By::kClient, TcpFlags::kSyn, i));
  Feed(Tcp(5000, 4, By::kServer, TcpFlags::kAck, 1, tests::ToyHello('t', 9)));
  FinishAndCount(5);
  EXPECT_EQ(sink_.of(Outcome::kIdentified), 1U);
}

TEST_F(ClassifierBounds, NobodyIsEvictedForBeingSweptLate) {
  Use(4096, 4, 1 << 20);
  for (std::uint32_t i = 0; i < 4; ++i) Feed(Tcp(i, 0, By::kClient, TcpFlags::kSyn, i));
  for (std::uint32_t i = 4; i < 8; ++i) {
    Feed(Tcp(i, 61 * kSecond, By::kClient, TcpFlags::kSyn, i));
  }
  EXPECT_EQ(stats().evicted_tracked.Get(), 0U);
  EXPECT_EQ(sink_.of(SettleCause::kIdle), 4U);
  FinishAndCount(62 * kSecond);
}

TEST_F(ClassifierBounds, AFullTableDropsSettledFlowsAndLosesNoPacket) {
  Use(64, 16, 1 << 20);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    Feed(Udp(i % 700, i * kMs, By::kClient, "?"));
    ASSERT_LE(stats().flows_in_table.Get(), 64U);
  }
  EXPECT_GT(stats().evicted_settled.Get(), 1000U);
  FinishAndCount(6 * kSecond);
}

TEST_F(ClassifierBounds, ATableFullOfTrackedFlowsSettlesOneEarly) {
  Use(16, 64, 1 << 20);
  for (std::uint32_t i = 0; i < 40; ++i) Feed(Tcp(i, i, By::kClient, TcpFlags::kSyn, i));
  EXPECT_GE(stats().evicted_tracked.Get(), 24U);
  EXPECT_EQ(sink_.of(SettleCause::kEvicted), stats().evicted_tracked.Get());
  FinishAndCount(41);
}

TEST_F(ClassifierBounds, AFullTableMakesRoomByForgettingFirst) {
  Use(64, 16, 1 << 20);
  for (std::uint32_t round = 0; round < 20; ++round) {
    for (std::uint32_t i = 0; i < 24; ++i) {
      Feed(Udp(round * 100 + i, round * 61 * kSecond, By::kClient, "?"));
    }
  }
  EXPECT_EQ(stats().evicted_settled.Get(), 0U);
  FinishAndCount(2000 * kSecond);
}

TEST_F(ClassifierBounds, AnEmptyPoolCostsWhoeverHeldABlockTheLongest) {
  Use(4096, 256, 8 * 4096);  // 16 blocks of 256 bytes, 6 of 2048, 1 of the cap
  for (std::uint32_t i = 0; i < 50; ++i) {
    Feed(Tcp(i, i, By::kClient, TcpFlags::kSyn, 0));
    Feed(Tcp(i, i, By::kClient, TcpFlags::kAck, 1, tests::ToyHello('T', 99).substr(0, 50)));
  }
  EXPECT_EQ(stats().prefix_pool_exhausted.Get(), 50U - 23U);
  EXPECT_EQ(sink_.of(SettleCause::kEvicted), stats().prefix_pool_exhausted.Get());
  Feed(Tcp(49, 60, By::kClient, TcpFlags::kAck, 51, tests::ToyHello('T', 99).substr(50)));
  Feed(Tcp(49, 61, By::kServer, TcpFlags::kAck, 51, tests::ToyHello('t', 1)));
  EXPECT_EQ(sink_.of(SettleCause::kComplete), 1U) << "the last one was left alone";
  FinishAndCount(62);
}

TEST_F(ClassifierBounds, ADripOfSingleBytesEndsAtTheHandshakeLimit) {
  Use(64, 16, 1 << 20);
  Feed(Tcp(1, 0, By::kClient, TcpFlags::kSyn, 0));
  const std::string hello = tests::ToyHello('T', 250);
  for (std::uint32_t i = 0; i < hello.size(); ++i) {
    Feed(Tcp(1, i * 100 * kMs, By::kClient, TcpFlags::kAck, 1 + i, hello.substr(i, 1)));
  }
  EXPECT_EQ(sink_.of(SettleCause::kHandshakeTimeout), 1U);
  EXPECT_EQ(stats().flows_tracked.Get(), 0U);
  FinishAndCount(100 * kSecond);
}

TEST_F(ClassifierBounds, HolesAreBoundedAndCounted) {
  Use(64, 16, 1 << 20);
  Feed(Tcp(1, 0, By::kClient, TcpFlags::kSyn, 0));
  Feed(Tcp(1, 1, By::kClient, TcpFlags::kAck, 1, "T"));
  for (std::uint32_t i = 0; i < 7; ++i) {
    Feed(Tcp(1, 2, By::kClient, TcpFlags::kAck, 100 + 10 * i, "x"));
  }
  EXPECT_EQ(stats().reassembly_limit.Get(), 1U);
  FinishAndCount(3);
}

TEST_F(ClassifierBounds, IdleFlowsAreErasedWithinAQuarterOfTheLimit) {
  Use(1000, 16, 1 << 20);
  for (std::uint32_t i = 0; i < 500; ++i) Feed(Udp(i, 0, By::kClient, "?"));
  EXPECT_EQ(stats().flows_in_table.Get(), 500U);
  for (base::TimeNs now = 0; now <= 60 * kSecond; now += kSecond) classifier_->Sweep(now);
  EXPECT_EQ(stats().flows_in_table.Get(), 500U);
  for (base::TimeNs now = 61 * kSecond; now <= 76 * kSecond; now += kSecond) {
    classifier_->Sweep(now);
  }
  EXPECT_EQ(stats().flows_in_table.Get(), 0U);
}

}  // namespace
}  // namespace unopened::classify
