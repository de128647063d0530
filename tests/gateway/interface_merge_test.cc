#include "gateway/interface_merge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace unopened::gateway {
namespace {

// Keeps each packet as "interface:time:bytes".
class Kept final : public capture::PacketSink {
 public:
  void OnPacket(const capture::Packet& packet) override {
    packets.push_back(std::to_string(packet.interface) + ":" + std::to_string(packet.time) + ":" +
                      std::string(packet.bytes.begin(), packet.bytes.end()));
  }
  std::vector<std::string> packets;
};

using Lines = std::vector<std::string>;

class InterfaceMergeTest : public testing::Test {
 protected:
  static InterfaceMergeOptions Small() {
    InterfaceMergeOptions options;
    options.queue_bytes = 16;
    options.queue_packets = 4;
    options.hold = 100;
    return options;
  }
  void Give(InterfaceMerge& merge, std::uint16_t interface, base::TimeNs time,
            const std::string& text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    capture::Packet packet;
    packet.bytes = bytes;
    packet.wire_length = static_cast<std::uint32_t>(bytes.size());
    packet.time = time;
    packet.interface = interface;
    merge.inlet(interface).OnPacket(packet);
  }
  Kept kept_;
};

TEST_F(InterfaceMergeTest, HandsOnInOrderOfTimeWhicheverInterfaceIsReadFirst) {
  InterfaceMerge merge(Small(), kept_);
  Give(merge, 0, 10, "a");
  Give(merge, 0, 30, "c");
  Give(merge, 1, 20, "b");
  Give(merge, 1, 40, "d");
  merge.Release(50);
  EXPECT_EQ(kept_.packets, (Lines{"0:10:a", "1:20:b", "0:30:c"}));
  merge.ReleaseAll();
  EXPECT_EQ(kept_.packets, (Lines{"0:10:a", "1:20:b", "0:30:c", "1:40:d"}));
  EXPECT_EQ(merge.early(), 0U);
}

TEST_F(InterfaceMergeTest, WaitsForAnInterfaceThatIsSilentNoLongerThanTheHold) {
  InterfaceMerge merge(Small(), kept_);
  Give(merge, 0, 1000, "a");
  merge.Release(1099);
  EXPECT_TRUE(kept_.packets.empty()) << "the other may still deliver an earlier one";
  merge.Release(1100);
  EXPECT_EQ(kept_.packets, Lines{"0:1000:a"});
}

TEST_F(InterfaceMergeTest, DoesNotWaitForAnInterfaceThatHasEnded) {
  InterfaceMerge merge(Small(), kept_);
  Give(merge, 0, 1000, "a");
  merge.End(1);
  merge.Release(1000);
  EXPECT_EQ(kept_.packets, Lines{"0:1000:a"});
}

TEST_F(InterfaceMergeTest, PacketsOfOneInterfaceKeepTheirOrderWhateverTheirTimes) {
  InterfaceMerge merge(Small(), kept_);
  Give(merge, 0, 20, "a");
  Give(merge, 0, 10, "b");
  merge.ReleaseAll();
  EXPECT_EQ(kept_.packets, (Lines{"0:20:a", "0:10:b"}));
}

TEST_F(InterfaceMergeTest, AFullQueueHandsOnTheEarliestOfAllAndCountsIt) {
  InterfaceMerge merge(Small(), kept_);
  Give(merge, 1, 5, "x");
  for (base::TimeNs time = 10; time < 14; ++time) Give(merge, 0, time, "y");
  Give(merge, 0, 14, "z");  // a fifth packet, where four fit
  EXPECT_EQ(kept_.packets, (Lines{"1:5:x", "0:10:y"}));
  EXPECT_EQ(merge.early(), 2U);
}

TEST_F(InterfaceMergeTest, BytesGoAroundTheEndOfTheStoreAndStayWhole) {
  InterfaceMerge merge(Small(), kept_);
  Lines expected;
  for (base::TimeNs time = 0; time < 50; ++time) {
    const std::string text(static_cast<std::size_t>(1 + time % 7),
                           static_cast<char>('a' + time % 26));
    Give(merge, 0, time, text);
    expected.push_back("0:" + std::to_string(time) + ":" + text);
    if (time % 2 == 1) merge.ReleaseAll();
  }
  merge.ReleaseAll();
  EXPECT_EQ(kept_.packets, expected);
}

TEST_F(InterfaceMergeTest, APacketLargerThanAQueueIsHandedOnAfterAllBeforeIt) {
  InterfaceMerge merge(Small(), kept_);
  Give(merge, 0, 1, "a");
  Give(merge, 0, 2, std::string(17, 'b'));
  EXPECT_EQ(kept_.packets, (Lines{"0:1:a", "0:2:" + std::string(17, 'b')}));
}

TEST_F(InterfaceMergeTest, AnEmptyPacketIsAPacket) {
  InterfaceMerge merge(Small(), kept_);
  Give(merge, 0, 1, "");
  Give(merge, 0, 2, "a");
  merge.ReleaseAll();
  EXPECT_EQ(kept_.packets, (Lines{"0:1:", "0:2:a"}));
}

}  // namespace
}  // namespace unopened::gateway
