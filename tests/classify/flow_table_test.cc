#include "classify/flow_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace unopened::classify {
namespace {

using capture::FlowHash;
using Slot = FlowTable::Slot;

FlowHash Random(std::mt19937_64& random) { return {random(), random()}; }

Slot Insert(FlowTable& table, const FlowHash& hash, base::TimeNs now) {
  const Slot slot = table.FreeSlot(hash, 0);
  if (slot == FlowTable::kNoSlot) return slot;
  table.Occupy(slot, hash);
  table.entry(slot).last_seen = now;
  return slot;
}

TEST(FlowTableTest, FindsWhatIsThereAndNothingElse) {
  FlowTable table(1000);
  std::mt19937_64 random(1);
  std::map<FlowHash, Slot> known;
  for (int i = 0; i < 20000; ++i) {
    if (random() % 2 == 0 || known.empty()) {
      FlowHash hash = Random(random);
      hash.lo &= ~std::uint64_t{0xff};  // one tag for all: only whole hashes tell them apart
      const Slot slot = Insert(table, hash, i);
      if (slot == FlowTable::kNoSlot) continue;
      known[hash] = slot;
    } else {
      const auto it = std::next(known.begin(), static_cast<long>(random() % known.size()));
      table.Erase(it->second);
      EXPECT_EQ(table.Find(it->first), FlowTable::kNoSlot);
      known.erase(it);
    }
    ASSERT_EQ(table.size(), known.size());
  }
  EXPECT_GT(known.size(), 100U);
  for (const auto& [hash, slot] : known) EXPECT_EQ(table.Find(hash), slot);
  EXPECT_EQ(table.Find(Random(random)), FlowTable::kNoSlot);
}

TEST(FlowTableTest, NobodyIsTurnedAwayBelowSeventyPercent) {
  FlowTable table(1 << 16);
  std::mt19937_64 random(2);
  std::uint32_t placed = 0;
  while (Insert(table, Random(random), 0) != FlowTable::kNoSlot) ++placed;
  EXPECT_GT(placed, table.capacity() / 100 * 70);
  EXPECT_LE(table.size(), table.capacity());
}

TEST(FlowTableTest, SizesAreKeptToWholeBuckets) {
  for (const std::uint32_t capacity : {0U, 1U, 8U, 9U, 16U, 17U, 1000U}) {
    const FlowTable table(capacity);
    EXPECT_GE(table.capacity(), std::max(capacity, 16U));
    EXPECT_LT(table.capacity(), std::max(capacity, 16U) + 8);
  }
}

class FullNeighbourhood : public ::testing::Test {
 protected:
  void SetUp() override {
    std::mt19937_64 random(3);
    newcomer_ = Random(random);
    base::TimeNs now = 100;
    while (table_.size() < table_.capacity()) Insert(table_, Random(random), now++);
  }
  FlowTable table_{16};  // two buckets: one neighbourhood, or two of one bucket
  FlowHash newcomer_;
};

TEST_F(FullNeighbourhood, TheLongestIdleSettledFlowMustGo) {
  EXPECT_EQ(table_.FreeSlot(newcomer_, 0), FlowTable::kNoSlot);
  const Slot victim = table_.Victim(newcomer_);
  ASSERT_NE(victim, FlowTable::kNoSlot);
  const base::TimeNs oldest = table_.entry(victim).last_seen;
  table_.flags(victim) = FlowTable::kTracked;
  const Slot next = table_.Victim(newcomer_);
  EXPECT_NE(next, victim) << "a tracked flow goes last";
  EXPECT_GT(table_.entry(next).last_seen, oldest);
  for (Slot slot = 0; slot < table_.capacity(); ++slot) table_.flags(slot) = FlowTable::kTracked;
  EXPECT_EQ(table_.Victim(newcomer_), victim) << "all tracked: the longest idle of them";
}

TEST_F(FullNeighbourhood, SettledFlowsThatAreIdleMakeRoomAndTrackedOnesDoNot) {
  for (Slot slot = 0; slot < table_.capacity(); ++slot) table_.flags(slot) = FlowTable::kTracked;
  EXPECT_EQ(table_.FreeSlot(newcomer_, 1000), FlowTable::kNoSlot);
  for (Slot slot = 0; slot < table_.capacity(); ++slot) table_.flags(slot) = 0;
  EXPECT_EQ(table_.FreeSlot(newcomer_, 100), FlowTable::kNoSlot) << "seen at that very time";
  EXPECT_NE(table_.FreeSlot(newcomer_, 1000), FlowTable::kNoSlot);
}

TEST(FlowTableTest, AnErasedPseudonymIsZeroed) {
  FlowTable table(64);
  std::mt19937_64 random(4);
  const FlowHash hash = Random(random);
  const Slot slot = Insert(table, hash, 1);
  table.Erase(slot);
  EXPECT_EQ(table.entry(slot).hash, FlowHash{});
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace unopened::classify
