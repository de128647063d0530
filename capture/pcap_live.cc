#include "capture/pcap_live.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

#include "capture/filter.h"
#include "capture/link_type_name.h"
#include "capture/pcap_handle.h"

namespace unopened::capture {
namespace {

using base::Done;
using base::Error;
using base::Fail;
using base::Failure;
using base::Result;

base::TimeNs Now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return TimeOf(now.tv_sec, now.tv_nsec);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// A kernel's 32-bit counter, read often enough, as one of 64 bits.
class Unwrapped {
 public:
  void Read(std::uint32_t now) {
    // A step back is a counter that could not be read (a sandbox hides it), not four billion.
    const auto step = static_cast<std::int32_t>(now - last_);
    if (step > 0) total_ += static_cast<std::uint32_t>(step);
    last_ = now;
  }
  std::uint64_t total() const { return total_; }

 private:
  std::uint32_t last_ = 0;
  std::uint64_t total_ = 0;
};

// What is fixed once a capture runs.
struct Tap {
  std::string name;
  LinkType link = LinkType::kEthernet;
  std::uint16_t interface = 0;
  std::int64_t tick_ns = 1;  // nanoseconds in a unit of libpcap's tv_usec
  int timeout_ms = 100;
  base::TimeNs first_time = 0;  // packets before were another fanout member's too
};

class LiveSource final : public PacketSource {
 public:
  LiveSource(Tap tap, PcapHandle handle, Descriptor wake)
      : tap_(std::move(tap)), wake_(std::move(wake)), handle_(std::move(handle)) {}

  Result<State> Dispatch(std::size_t max, PacketSink& sink) override {
    const bool stopping = stopped_.load(std::memory_order_relaxed);
    if (stopping && stop_seen_at_ == 0) CloseDoor();
    auto read = Read(max, sink);
    if (read && *read == 0) {
      Wait(stopping);
      read = Read(max, sink);
    }
    if (stopping && Drained(read)) return State::kEnd;
    if (!read) return Fail(read.error());
    return *read > 0 ? State::kMore : State::kIdle;
  }

  void Stop() override {
    stopped_.store(true, std::memory_order_relaxed);
    // The counter only wakes poll; a full one wakes it as well, so the outcome does not matter.
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
  }

  SourceStats Stats() override {
    pcap_stat now{};
    if (pcap_stats(handle_.get(), &now) == 0) {
      dropped_kernel_.Read(now.ps_drop);
      dropped_interface_.Read(now.ps_ifdrop);
    }
    return {received_, dropped_kernel_.total(), dropped_interface_.total(), 0};
  }

  const std::string& name() const override { return tap_.name; }

 private:
  // Where the ring does not run dry although its door is closed, this ends the draining.
  static constexpr base::TimeNs kDrainLimit = 5 * base::kNsPerSecond;

  struct Delivery {
    LiveSource& source;
    PacketSink& sink;
  };

  static void OnPcapPacket(u_char* user, const pcap_pkthdr* header, const u_char* data) {
    auto& [source, sink] = *reinterpret_cast<Delivery*>(user);
    Packet packet = MakePacket(*header, data, source.tap_.link, source.tap_.tick_ns);
    if (packet.time < source.tap_.first_time) return;
    packet.interface = source.tap_.interface;
    ++source.received_;
    sink.OnPacket(packet);
  }

  // Packets that the ring had, delivered or not.
  Result<int> Read(std::size_t max, PacketSink& sink) {
    Delivery delivery{*this, sink};
    const int count = static_cast<int>(std::min<std::size_t>(max, INT_MAX));
    const int got = pcap_dispatch(handle_.get(), count, &LiveSource::OnPcapPacket,
                                  reinterpret_cast<u_char*>(&delivery));
    if (got >= 0) return got;
    return Fail(Failure::kInput, "the interface can no longer be read",
                tap_.name + ": " + pcap_geterr(handle_.get()));
  }

  // Until a block is handed over, Stop() is called, or the time-out has passed.
  void Wait(bool stopping) {
    std::array<pollfd, 2> waits = {pollfd{pcap_get_selectable_fd(handle_.get()), POLLIN, 0},
                                   pollfd{wake_.get(), POLLIN, 0}};
    // Once woken by Stop() the event stays; from then on only the ring counts.
    poll(waits.data(), stopping ? 1 : 2, tap_.timeout_ms);
  }

  // Lets no packet in from now on, so that the ring runs dry however busy the tap is.
  void CloseDoor() {
    stop_seen_at_ = Now(CLOCK_MONOTONIC);
    sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &nothing};
    // Where a sandbox forbids it, kDrainLimit ends the draining.
    setsockopt(pcap_fileno(handle_.get()), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  }

  // The kernel hands over an unfinished block when the time-out has passed, so only an empty ring
  // after it is empty.
  bool Drained(const Result<int>& read) const {
    const base::TimeNs since = Now(CLOCK_MONOTONIC) - stop_seen_at_;
    if (!read || since > kDrainLimit) return true;
    return *read == 0 && since > 2 * tap_.timeout_ms * (base::kNsPerSecond / 1000);
  }

  Tap tap_;
  Descriptor wake_;
  PcapHandle handle_;
  std::atomic<bool> stopped_{false};
  base::TimeNs stop_seen_at_ = 0;
  std::uint64_t received_ = 0;
  Unwrapped dropped_kernel_;
  Unwrapped dropped_interface_;
};

Error ActivationError(const LiveOptions& options, int status, std::string_view reason) {
  const std::string& name = options.interface;
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return {Failure::kInput, "no such interface", name, "`unopened interfaces` lists them"};
    case PCAP_ERROR_PERM_DENIED:
      return {Failure::kPermission, "no permission to capture", name,
              "run as root, or grant CAP_NET_RAW: setcap cap_net_raw+ep on the program"};
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return {Failure::kPermission, "no permission for promiscuous mode", name,
              "grant CAP_NET_RAW, or capture without promiscuous mode"};
    case PCAP_ERROR_IFACE_NOT_UP:
      return {Failure::kInput, "the interface is down", name, "ip link set " + name + " up"};
    default:
      return {Failure::kInput,
              "cannot capture on the interface",
              name + ": " + (reason.empty() ? pcap_statustostr(status) : std::string(reason)),
              {}};
  }
}

Result<PcapHandle> Activate(const LiveOptions& options) {
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  PcapHandle handle(pcap_create(options.interface.c_str(), reason.data()));
  if (!handle) {
    return Fail(Failure::kInput, "cannot capture on the interface",
                options.interface + ": " + reason.data());
  }
  const auto as_int = [](std::uint32_t v) {
    return static_cast<int>(std::min<std::uint32_t>(v, INT_MAX));
  };
  pcap_set_snaplen(handle.get(), as_int(options.snap_length));
  pcap_set_buffer_size(handle.get(), as_int(options.buffer_bytes));
  pcap_set_promisc(handle.get(), options.promiscuous ? 1 : 0);
  pcap_set_timeout(handle.get(), options.timeout_ms);
  // Where it is not offered, microseconds remain; pcap_get_tstamp_precision tells.
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  const int status = pcap_activate(handle.get());
  // A warning (promiscuous mode does not apply to this device) is no reason not to capture.
  if (status < 0) return Fail(ActivationError(options, status, pcap_geterr(handle.get())));
  return handle;
}

Result<Done> SetFilter(pcap_t* handle, const LiveOptions& options) {
  if (options.filter.empty()) return Done{};
  bpf_program program{};
  if (pcap_compile(handle, &program, options.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return Fail(Failure::kUsage, "this interface cannot be filtered so",
                options.interface + ", -f '" + options.filter + "': " + pcap_geterr(handle));
  }
  const int status = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (status != 0) {
    return Fail(Failure::kInput, "cannot filter the interface",
                options.interface + ": " + pcap_geterr(handle));
  }
  return Done{};
}

Result<Done> JoinFanout(pcap_t* handle, const LiveOptions& options) {
  const std::uint32_t fanout =
      options.fanout_group | (std::uint32_t{PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG} << 16);
  if (setsockopt(pcap_fileno(handle), SOL_PACKET, PACKET_FANOUT, &fanout, sizeof fanout) != 0) {
    return Fail(Failure::kInput, "cannot share the interface between workers",
                options.interface + ": " + std::generic_category().message(errno),
                "use one worker");
  }
  return Done{};
}

bool IsLoopback(pcap_t* handle, const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  return ioctl(pcap_fileno(handle), SIOCGIFFLAGS, &request) == 0 &&
         (request.ifr_flags & IFF_LOOPBACK) != 0;
}

bool IsCapturable(const char* name) {
  // libpcap also lists buses and message queues, which carry no IP packets.
  return std::string_view(name) == "any" || if_nametoindex(name) != 0;
}

}  // namespace

Result<std::unique_ptr<PacketSource>> OpenLive(const LiveOptions& options) {
  if (auto allowed = CheckFilter(options.filter); !allowed) return Fail(allowed.error());
  Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) {
    return Fail(Failure::kGeneral, "cannot make an event descriptor",
                std::generic_category().message(errno));
  }
  auto handle = Activate(options);
  if (!handle) return Fail(handle.error());
  pcap_t* const pcap = handle->get();

  Tap tap;
  tap.name = options.interface;
  tap.interface = options.interface_index;
  tap.timeout_ms = options.timeout_ms;
  tap.tick_ns = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
  const LinkType link = LinkTypeOfInterface(pcap_datalink(pcap));
  if (link == LinkType::kUnsupported) {
    return Fail(
        Failure::kInput, "the interface's link type is not supported",
        options.interface + ": " + LinkTypeName(static_cast<std::uint32_t>(pcap_datalink(pcap))));
  }
  tap.link = link;
  if (auto filtered = SetFilter(pcap, options); !filtered) return Fail(filtered.error());
  if (IsLoopback(pcap, options.interface)) {
    // libpcap drops the outgoing copy of a loopback packet after it has been through the ring;
    // dropped in the kernel it takes no room there, and a lost packet counts once. Where a kernel
    // before 4.20 has no such option, libpcap's way remains.
    const int one = 1;
    setsockopt(pcap_fileno(pcap), SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
  }
  if (options.fanout_size > 1) {
    if (auto joined = JoinFanout(pcap, options); !joined) return Fail(joined.error());
    // Between its opening and its joining the socket saw what the members before it saw too.
    tap.first_time = Now(CLOCK_REALTIME);
  }
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  if (pcap_setnonblock(pcap, 1, reason.data()) != 0) {
    return Fail(Failure::kGeneral, "cannot read the interface without blocking",
                options.interface + ": " + reason.data());
  }
  return std::make_unique<LiveSource>(std::move(tap), std::move(*handle), std::move(wake));
}

Result<std::vector<Interface>> ListInterfaces() {
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  pcap_if_t* all = nullptr;
  if (pcap_findalldevs(&all, reason.data()) != 0) {
    return Fail(Failure::kGeneral, "cannot list the interfaces", reason.data());
  }
  std::vector<Interface> interfaces;
  for (const pcap_if_t* one = all; one != nullptr; one = one->next) {
    if (!IsCapturable(one->name)) continue;
    Interface interface;
    interface.name = one->name;
    if (one->description != nullptr) interface.description = one->description;
    interface.up = (one->flags & PCAP_IF_UP) != 0;
    interface.running = (one->flags & PCAP_IF_RUNNING) != 0;
    interface.loopback = (one->flags & PCAP_IF_LOOPBACK) != 0;
    interfaces.push_back(std::move(interface));
  }
  pcap_freealldevs(all);
  return interfaces;
}

}  // namespace unopened::capture
