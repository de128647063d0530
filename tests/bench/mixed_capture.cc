// Makes a large capture of mixed traffic out of many small ones, for measuring.
//
//   mixed_capture OUT.pcap BYTES CAPTURE...
//
// Takes the Ethernet captures among the given ones, again and again until OUT has BYTES, each round
// with other IPv4 and IPv6 addresses and later times, so that every round brings flows of its own.
// Checksums are left as they become: the gateway does not verify them. Deterministic.
#include <pcap/pcap.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Frame {
  std::int64_t time_ns = 0;
  std::uint32_t wire_length = 0;
  std::vector<std::uint8_t> bytes;
};

// Adds `round` to the network part of the IP addresses behind up to two VLAN tags.
void Rewrite(std::vector<std::uint8_t>& frame, std::uint32_t round) {
  std::size_t at = 12;
  for (int tags = 0; tags < 3 && at + 2 <= frame.size(); ++tags) {
    const int type = frame[at] << 8 | frame[at + 1];
    const auto mix = [&](std::size_t address) {
      if (address + 2 > frame.size()) return;
      frame[address] = static_cast<std::uint8_t>(frame[address] ^ (round >> 8));
      frame[address + 1] = static_cast<std::uint8_t>(frame[address + 1] ^ round);
    };
    if (type == 0x8100 || type == 0x88a8) {
      at += 4;
      continue;
    }
    if (type == 0x0800) {
      mix(at + 2 + 12);
      mix(at + 2 + 16);
    } else if (type == 0x86dd) {
      mix(at + 2 + 8 + 2);
      mix(at + 2 + 24 + 2);
    }
    return;
  }
}

bool ReadAll(const char* path, std::vector<Frame>& frames) {
  char error[PCAP_ERRBUF_SIZE] = {};
  pcap_t* capture =
      pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
  if (capture == nullptr) return false;
  const bool ethernet = pcap_datalink(capture) == DLT_EN10MB;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  std::int64_t first = 0;
  while (ethernet && pcap_next_ex(capture, &header, &data) == 1) {
    const std::int64_t time =
        static_cast<std::int64_t>(header->ts.tv_sec) * 1'000'000'000 + header->ts.tv_usec;
    if (first == 0) first = time;
    frames.push_back(
        {time - first, header->len, std::vector<std::uint8_t>(data, data + header->caplen)});
  }
  pcap_close(capture);
  return ethernet;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: mixed_capture OUT.pcap BYTES CAPTURE...\n");
    return 2;
  }
  const std::uint64_t wanted = std::strtoull(argv[2], nullptr, 10);
  std::vector<std::vector<Frame>> captures;
  for (int i = 3; i < argc; ++i) {
    std::vector<Frame> frames;
    if (ReadAll(argv[i], frames) && !frames.empty()) captures.push_back(std::move(frames));
  }
  if (captures.empty()) {
    std::fprintf(stderr, "mixed_capture: no Ethernet capture among the given ones\n");
    return 3;
  }
  std::FILE* out = std::fopen(argv[1], "wb");
  if (out == nullptr) return 4;
  std::vector<char> buffer(1 << 20);
  std::setvbuf(out, buffer.data(), _IOFBF, buffer.size());
  const std::uint32_t file_header[6] = {0xa1b23c4d, 0x00040002, 0, 0, 262144, DLT_EN10MB};
  std::fwrite(file_header, sizeof file_header, 1, out);
  std::uint64_t written = sizeof file_header;
  std::uint64_t packets = 0;
  std::int64_t now = 1'735'689'600'000'000'000;  // 2025-01-01
  for (std::uint32_t round = 1; written < wanted; ++round) {
    for (const std::vector<Frame>& frames : captures) {
      for (const Frame& frame : frames) {
        std::vector<std::uint8_t> bytes = frame.bytes;
        Rewrite(bytes, round);
        // Pauses of a capture are shortened, so that a round stays a matter of minutes.
        now += 10'000;
        const std::uint32_t header[4] = {static_cast<std::uint32_t>(now / 1'000'000'000),
                                         static_cast<std::uint32_t>(now % 1'000'000'000),
                                         static_cast<std::uint32_t>(bytes.size()),
                                         frame.wire_length};
        std::fwrite(header, sizeof header, 1, out);
        std::fwrite(bytes.data(), 1, bytes.size(), out);
        written += sizeof header + bytes.size();
        ++packets;
      }
      if (written >= wanted) break;
    }
  }
  std::fclose(out);
  std::printf("%llu packets, %llu bytes\n", static_cast<unsigned long long>(packets),
              static_cast<unsigned long long>(written));
  return 0;
}
