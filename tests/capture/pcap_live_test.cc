// Each test runs in a network namespace of its own, made in a child process, so that nothing of the
// host's network is seen or changed. That needs root, or user namespaces; a machine that offers
// neither fails these tests rather than passing without them.
#include "capture/pcap_live.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "capture/decoder.h"

namespace unopened::capture {
namespace {

using ::testing::HasSubstr;
using State = PacketSource::State;

constexpr std::uint16_t kPort = 40404;

bool EnterNetworkNamespace() {
  return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

void BringUp(const char* interface) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP;
  ASSERT_EQ(0, ioctl(fd, SIOCSIFFLAGS, &request)) << std::strerror(errno);
  close(fd);
}

void DropCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  ASSERT_EQ(0, syscall(SYS_capset, &header, none)) << std::strerror(errno);
}

// Runs `body` in a child with a network of its own; its failures are printed there and fail here.
void InOwnNetwork(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (EnterNetworkNamespace()) {
      body();
    } else {
      ADD_FAILURE() << "a network namespace needs root or user namespaces: "
                    << std::strerror(errno);
    }
    std::fflush(nullptr);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "see the child's output above";
}

// Datagrams that carry their number to a port nobody listens on.
void Send(int count, std::uint16_t source_port = kPort + 1) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_port = htons(source_port);
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(0, bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from));
  sockaddr_in to = from;
  to.sin_port = htons(kPort);
  for (int i = 0; i < count; ++i) {
    const auto byte = static_cast<std::uint8_t>(i);
    // A port unreachable of an earlier one is reported once, here: then send again.
    while (sendto(fd, &byte, 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
      ASSERT_EQ(ECONNREFUSED, errno);
    }
  }
  close(fd);
}

// The first payload byte of each datagram to kPort.
class Datagrams final : public PacketSink {
 public:
  void OnPacket(const Packet& packet) override {
    interface = packet.interface;
    const auto segment = decoder_.Decode(packet);
    if (!segment || segment->key.transport != Transport::kUdp) return;
    if (segment->destination_port() != kPort || segment->payload.empty()) return;
    numbers.push_back(segment->payload.front());
    times.push_back(segment->time);
  }
  std::vector<int> numbers;
  std::vector<base::TimeNs> times;
  int interface = -1;

 private:
  Decoder decoder_;
};

std::vector<int> Counting(int count) {
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i & 0xff);
  return numbers;
}

LiveOptions OnLoopback() {
  LiveOptions options;
  options.interface = "lo";
  options.buffer_bytes = 4U << 20;
  options.promiscuous = false;
  options.interface_index = 3;
  return options;
}

std::unique_ptr<PacketSource> Open(const LiveOptions& options) {
  auto source = OpenLive(options);
  if (!source) {
    ADD_FAILURE() << base::Describe(source.error());
    std::fflush(nullptr);
    _exit(1);
  }
  return std::move(*source);
}

// Stops the source and reads what is left.
void Drain(PacketSource& source, PacketSink& sink) {
  source.Stop();
  while (true) {
    const auto state = source.Dispatch(64, sink);
    ASSERT_TRUE(state.has_value()) << base::Describe(state.error());
    if (*state == State::kEnd) return;
  }
}

TEST(PcapLive, DeliversEachLoopbackPacketOnceAndInOrder) {
  InOwnNetwork([] {
    BringUp("lo");
    auto source = Open(OnLoopback());
    Send(200);
    Datagrams seen;
    while (seen.numbers.size() < 200) {
      const auto state = source->Dispatch(64, seen);
      ASSERT_TRUE(state.has_value()) << base::Describe(state.error());
    }
    Drain(*source, seen);
    EXPECT_EQ(Counting(200), seen.numbers);
    EXPECT_TRUE(std::is_sorted(seen.times.begin(), seen.times.end()));
    EXPECT_EQ(3, seen.interface);
    EXPECT_EQ(0U, source->Stats().dropped_kernel);
    // The ICMP errors that answered are received as well.
    EXPECT_GE(source->Stats().received, 200U);
  });
}

TEST(PcapLive, DeliversTheUnfinishedBlockAfterStop) {
  InOwnNetwork([] {
    BringUp("lo");
    auto source = Open(OnLoopback());
    Send(5);
    Datagrams seen;
    Drain(*source, seen);
    EXPECT_EQ(Counting(5), seen.numbers);
  });
}

TEST(PcapLive, LetsNothingInAfterStop) {
  InOwnNetwork([] {
    BringUp("lo");
    auto source = Open(OnLoopback());
    Send(5);
    source->Stop();
    Datagrams seen;
    static_cast<void>(source->Dispatch(1, seen));
    Send(50, kPort + 2);
    Drain(*source, seen);
    EXPECT_EQ(Counting(5), seen.numbers);
  });
}

TEST(PcapLive, IsIdleWhileNothingComesAndIsWokenByAnotherThreadsStop) {
  InOwnNetwork([] {
    BringUp("lo");
    LiveOptions options = OnLoopback();
    options.timeout_ms = 20;
    auto source = Open(options);
    Datagrams seen;
    EXPECT_EQ(State::kIdle, *source->Dispatch(64, seen));
    std::thread stopper([&] { source->Stop(); });
    while (*source->Dispatch(64, seen) != State::kEnd) {
    }
    stopper.join();
    EXPECT_TRUE(seen.numbers.empty());
  });
}

TEST(PcapLive, TakesOnlyWhatTheFilterLetsThrough) {
  InOwnNetwork([] {
    BringUp("lo");
    LiveOptions options = OnLoopback();
    options.filter = "udp src port 40999 and net 127.0.0.0/8";
    auto source = Open(options);
    Send(7);
    Send(3, 40999);
    Datagrams seen;
    Drain(*source, seen);
    EXPECT_EQ(Counting(3), seen.numbers);
    EXPECT_EQ(3U, source->Stats().received);
  });
}

TEST(PcapLive, SharesAnInterfaceBetweenFanoutMembersByFlow) {
  InOwnNetwork([] {
    BringUp("lo");
    LiveOptions options = OnLoopback();
    options.fanout_group = 77;
    options.fanout_size = 2;
    auto first = Open(options);
    auto second = Open(options);
    constexpr int kFlows = 32;
    for (int flow = 0; flow < kFlows; ++flow) {
      Send(4, static_cast<std::uint16_t>(50000 + flow));
    }
    Datagrams seen_first;
    Datagrams seen_second;
    Drain(*first, seen_first);
    Drain(*second, seen_second);
    EXPECT_EQ(4U * kFlows, seen_first.numbers.size() + seen_second.numbers.size());
    // Four packets a flow, never split.
    EXPECT_EQ(0U, seen_first.numbers.size() % 4);
    EXPECT_FALSE(seen_first.numbers.empty());
    EXPECT_FALSE(seen_second.numbers.empty());
  });
}

TEST(PcapLive, CountsWhatTheRingHadNoRoomFor) {
  InOwnNetwork([] {
    BringUp("lo");
    LiveOptions options = OnLoopback();
    options.filter = "udp";
    options.buffer_bytes = 256U << 10;
    auto source = Open(options);
    constexpr int kSent = 20'000;
    Send(kSent);
    Datagrams seen;
    Drain(*source, seen);
    const SourceStats stats = source->Stats();
    EXPECT_GT(stats.dropped_kernel, 0U);
    EXPECT_EQ(static_cast<std::uint64_t>(kSent), stats.received + stats.dropped_kernel);
    EXPECT_EQ(stats.dropped_kernel, source->Stats().dropped_kernel);
  });
}

TEST(PcapLive, SaysThatAnInterfaceIsDownOrMissingAndWhatToDo) {
  InOwnNetwork([] {
    LiveOptions options = OnLoopback();
    const auto down = OpenLive(options);
    ASSERT_FALSE(down.has_value());
    EXPECT_EQ(base::Failure::kInput, down.error().failure);
    EXPECT_EQ("the interface is down", down.error().what);
    EXPECT_EQ("ip link set lo up", down.error().todo);
    options.interface = "none0";
    const auto missing = OpenLive(options);
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(base::Failure::kInput, missing.error().failure);
    EXPECT_EQ("no such interface", missing.error().what);
    EXPECT_EQ("none0", missing.error().where);
  });
}

TEST(PcapLive, SaysThatAPrivilegeIsWanting) {
  InOwnNetwork([] {
    BringUp("lo");
    DropCapabilities();
    const auto refused = OpenLive(OnLoopback());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(base::Failure::kPermission, refused.error().failure);
    EXPECT_THAT(refused.error().todo, HasSubstr("CAP_NET_RAW"));
  });
}

TEST(PcapLive, OpensNoInterfaceWithANarrowFilter) {
  LiveOptions options = OnLoopback();
  options.filter = "host 127.0.0.1";
  const auto refused = OpenLive(options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(base::Failure::kUsage, refused.error().failure);
}

TEST(PcapLive, ListsTheInterfacesAndTheirState) {
  InOwnNetwork([] {
    const auto loopback = [] {
      const auto all = ListInterfaces();
      EXPECT_TRUE(all.has_value());
      const auto found = std::find_if(all->begin(), all->end(),
                                      [](const Interface& one) { return one.name == "lo"; });
      EXPECT_NE(all->end(), found);
      return found == all->end() ? Interface{} : *found;
    };
    EXPECT_TRUE(loopback().loopback);
    EXPECT_FALSE(loopback().up);
    BringUp("lo");
    EXPECT_TRUE(loopback().up);
    EXPECT_TRUE(loopback().running);
  });
}

}  // namespace
}  // namespace unopened::capture
