// What reading alone costs the gateway: its own reader, with a sink that only counts.
#include <cstdint>
#include <cstdio>

#include "capture/pcap_file.h"

namespace {

class Totals final : public unopened::capture::PacketSink {
 public:
  void OnPacket(const unopened::capture::Packet& packet) override {
    ++packets;
    bytes += packet.wire_length;
  }
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: reader_floor CAPTURE\n");
    return 2;
  }
  auto source = unopened::capture::OpenFile(argv[1]);
  if (!source) {
    std::fprintf(stderr, "%s\n", unopened::base::Describe(source.error()).c_str());
    return 2;
  }
  Totals totals;
  while (true) {
    const auto state = (*source)->Dispatch(4096, totals);
    if (!state || *state == unopened::capture::PacketSource::State::kEnd) break;
  }
  std::printf("%llu packets, %llu bytes\n", static_cast<unsigned long long>(totals.packets),
              static_cast<unsigned long long>(totals.bytes));
  return totals.packets == 0 ? 1 : 0;
}
