// The floor that the gateway is measured against: a libpcap loop that only counts.
#include <pcap/pcap.h>

#include <cstdint>
#include <cstdio>

int main(int argc, char** argv) {
  char error[PCAP_ERRBUF_SIZE] = {};
  pcap_t* capture = argc == 2 ? pcap_open_offline(argv[1], error) : nullptr;
  if (capture == nullptr) {
    std::fprintf(stderr, "usage: libpcap_floor CAPTURE %s\n", error);
    return 2;
  }
  struct Totals {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  } totals;
  pcap_dispatch(
      capture, -1,
      [](u_char* user, const pcap_pkthdr* header, const u_char*) {
        auto* sum = reinterpret_cast<Totals*>(user);
        ++sum->packets;
        sum->bytes += header->len;
      },
      reinterpret_cast<u_char*>(&totals));
  pcap_close(capture);
  std::printf("%llu packets, %llu bytes\n", static_cast<unsigned long long>(totals.packets),
              static_cast<unsigned long long>(totals.bytes));
  return totals.packets == 0 ? 1 : 0;
}
