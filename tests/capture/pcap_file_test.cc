#include "capture/pcap_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/packet_time.h"
#include "tests/support/wire.h"

namespace unopened::capture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::Wire;
using Payload = std::vector<std::uint8_t>;

constexpr std::uint32_t kMicroMagic = 0xa1b2c3d4;
constexpr std::uint32_t kNanoMagic = 0xa1b23c4d;
constexpr std::uint32_t kEthernetDlt = 1;

// The integers of a capture file in the byte order of the machine that wrote it.
class FileBytes {
 public:
  explicit FileBytes(bool big_endian) : big_endian_(big_endian) {}
  FileBytes& U16(std::uint64_t v) {
    big_endian_ ? wire_.U16(v) : wire_.U16LE(v);
    return *this;
  }
  FileBytes& U32(std::uint64_t v) {
    big_endian_ ? wire_.U32(v) : wire_.U32LE(v);
    return *this;
  }
  FileBytes& Data(const Payload& bytes) {
    wire_.Append(bytes);
    return *this;
  }
  const Payload& bytes() const { return wire_.bytes(); }

 private:
  bool big_endian_;
  Wire wire_;
};

Payload PcapHeader(bool big_endian, std::uint32_t magic, std::uint32_t dlt) {
  return FileBytes(big_endian).U32(magic).U16(2).U16(4).U32(0).U32(0).U32(65535).U32(dlt).bytes();
}
Payload Record(bool big_endian, std::uint32_t seconds, std::uint32_t fraction, const Payload& data,
               std::uint32_t wire_length, std::uint32_t captured) {
  return FileBytes(big_endian)
      .U32(seconds)
      .U32(fraction)
      .U32(captured)
      .U32(wire_length)
      .Data(data)
      .bytes();
}
Payload Record(bool big_endian, std::uint32_t seconds, std::uint32_t fraction,
               const Payload& data) {
  const auto size = static_cast<std::uint32_t>(data.size());
  return Record(big_endian, seconds, fraction, data, size, size);
}

Payload NgBlock(std::uint32_t type, const Payload& body) {
  const auto size = static_cast<std::uint32_t>(12 + body.size());
  return FileBytes(false).U32(type).U32(size).Data(body).U32(size).bytes();
}
Payload NgSection() {
  return NgBlock(0x0a0d0d0a,
                 FileBytes(false).U32(0x1a2b3c4d).U16(1).U16(0).U32(~0U).U32(~0U).bytes());
}
// `resolution`: the if_tsresol option, 10^-resolution of a second.
Payload NgInterface(std::uint16_t dlt, std::uint8_t resolution) {
  return NgBlock(1, FileBytes(false)
                        .U16(dlt)
                        .U16(0)
                        .U32(65535)
                        .U16(9)
                        .U16(1)
                        .Data({resolution, 0, 0, 0})
                        .U32(0)
                        .bytes());
}
Payload NgPacket(std::uint32_t interface, std::uint64_t time, const Payload& data) {
  Payload padded = data;
  padded.resize((data.size() + 3) / 4 * 4);
  return NgBlock(6, FileBytes(false)
                        .U32(interface)
                        .U32(time >> 32)
                        .U32(time & 0xffffffff)
                        .U32(data.size())
                        .U32(data.size())
                        .Data(padded)
                        .bytes());
}

struct Seen {
  Payload bytes;
  std::uint32_t wire_length = 0;
  base::TimeNs time = 0;
  LinkType link = LinkType::kEthernet;
};

class Collector final : public PacketSink {
 public:
  void OnPacket(const Packet& packet) override {
    packets.push_back({Payload(packet.bytes.begin(), packet.bytes.end()), packet.wire_length,
                       packet.time, packet.link});
  }
  std::vector<Seen> packets;
};

class PcapFile : public ::testing::Test {
 protected:
  PcapFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "unopened-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~PcapFile() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::vector<Payload>& parts) const {
    const auto path = folder_ / name;
    std::ofstream out(path, std::ios::binary);
    for (const Payload& part : parts) {
      out.write(reinterpret_cast<const char*>(part.data()), static_cast<long>(part.size()));
    }
    return path.string();
  }

  // Reads to the end. None: the end came without an error.
  static std::optional<base::Error> ReadAll(PacketSource& source, Collector& collector) {
    while (true) {
      const auto state = source.Dispatch(2, collector);
      if (!state) return state.error();
      if (*state == PacketSource::State::kEnd) return std::nullopt;
    }
  }

  // Opens, reads to the end, expects no error.
  std::vector<Seen> Read(const std::string& path) const {
    auto source = OpenFile(path);
    if (!source) {
      ADD_FAILURE() << base::Describe(source.error());
      return {};
    }
    Collector collector;
    const auto error = ReadAll(**source, collector);
    EXPECT_FALSE(error) << base::Describe(*error);
    EXPECT_EQ(collector.packets.size(), (*source)->Stats().received);
    EXPECT_EQ(std::filesystem::file_size(path), (*source)->Stats().bytes_read);
    return collector.packets;
  }

  base::Error OpenError(const std::string& path) const {
    auto source = OpenFile(path);
    EXPECT_FALSE(source.has_value()) << path;
    return source ? base::Error{} : source.error();
  }

  std::filesystem::path folder_;
};

const Payload kA = {1, 2, 3, 4, 5};
const Payload kB = {6, 7, 8};

TEST_F(PcapFile, ReadsBothByteOrdersAndBothResolutions) {
  for (const bool big_endian : {false, true}) {
    for (const bool nano : {false, true}) {
      SCOPED_TRACE(testing::Message() << "big endian " << big_endian << ", nano " << nano);
      const auto packets = Read(
          Write("a.pcap", {PcapHeader(big_endian, nano ? kNanoMagic : kMicroMagic, kEthernetDlt),
                           Record(big_endian, 100, 7, kA), Record(big_endian, 101, 8, kB)}));
      ASSERT_EQ(2U, packets.size());
      EXPECT_EQ(kA, packets[0].bytes);
      EXPECT_EQ(kB, packets[1].bytes);
      EXPECT_EQ(100 * base::kNsPerSecond + (nano ? 7 : 7000), packets[0].time);
      EXPECT_EQ(5U, packets[0].wire_length);
    }
  }
}

TEST_F(PcapFile, ReadsAPcapngWithTwoInterfacesOfOneLinkType) {
  const auto packets =
      Read(Write("a.pcapng", {NgSection(), NgInterface(1, 6), NgInterface(1, 9),
                              NgPacket(0, 100'000'007, kA), NgPacket(1, 101'000'000'008, kB)}));
  ASSERT_EQ(2U, packets.size());
  EXPECT_EQ(kA, packets[0].bytes);
  EXPECT_EQ(100 * base::kNsPerSecond + 7000, packets[0].time);
  EXPECT_EQ(kB, packets[1].bytes);
  EXPECT_EQ(101 * base::kNsPerSecond + 8, packets[1].time);
}

TEST_F(PcapFile, ReadsInterfacesOfSeveralLinkTypesTogether) {
  const auto packets = Read(
      Write("a.pcapng", {NgSection(), NgInterface(147, 6), NgInterface(1, 6), NgPacket(1, 1, kA),
                         NgInterface(101, 6), NgPacket(2, 2, kB), NgPacket(0, 3, kB)}));
  ASSERT_EQ(3U, packets.size());
  EXPECT_EQ(LinkType::kEthernet, packets[0].link);
  EXPECT_EQ(LinkType::kRawIp, packets[1].link);
  EXPECT_EQ(LinkType::kUnsupported, packets[2].link);
}

TEST_F(PcapFile, RefusesAPcapngNoneOfWhoseInterfacesCanBeRead) {
  const auto none = OpenError(Write(
      "a.pcapng", {NgSection(), NgInterface(147, 6), NgInterface(148, 6), NgPacket(0, 1, kA)}));
  EXPECT_EQ(base::Failure::kInput, none.failure);
  EXPECT_EQ("the capture's link type is not supported", none.what);
  EXPECT_EQ("not a capture", OpenError(Write("b.pcapng", {NgSection()})).what);
}

// Packets larger than the buffer, and in such a number that it is filled often, at every alignment.
TEST_F(PcapFile, ReadsAcrossTheBuffersEnd) {
  std::vector<Payload> parts = {PcapHeader(false, kMicroMagic, kEthernetDlt)};
  std::vector<Payload> sent;
  for (std::uint32_t i = 0; i < 40; ++i) {
    Payload data(i % 7 == 3 ? 256 * 1024 : 9'973 + i, static_cast<std::uint8_t>(i));
    parts.push_back(Record(false, i, 0, data));
    sent.push_back(std::move(data));
  }
  const auto packets = Read(Write("large.pcap", parts));
  ASSERT_EQ(sent.size(), packets.size());
  for (std::size_t i = 0; i < sent.size(); ++i) ASSERT_EQ(sent[i], packets[i].bytes) << i;
}

TEST_F(PcapFile, MapsEveryLinkTypeThatTheDecoderReads) {
  const std::vector<std::pair<std::uint32_t, LinkType>> types = {
      {1, LinkType::kEthernet},
      {101, LinkType::kRawIp},
      {228, LinkType::kRawIp},
      {229, LinkType::kRawIp},
      {113, LinkType::kLinuxCooked1},
      {276, LinkType::kLinuxCooked2},
      {0, LinkType::kNull},
      {108, LinkType::kLoop},
      {12, LinkType::kRawIp},
      {14, LinkType::kRawIp},
      {9, LinkType::kPpp},
      {50, LinkType::kPpp},
      {51, LinkType::kPppoe},
      {104, LinkType::kCiscoHdlc},
      {105, LinkType::kWireless},
      {119, LinkType::kPrism},
      {127, LinkType::kRadiotap},
      {163, LinkType::kAvs},
      {192, LinkType::kPpi},
      {239, LinkType::kNetfilterLog},
      {242, LinkType::kIpOverInfiniband},
      // Ethernet with the length of a frame check sequence above the link type.
      {0x44000001, LinkType::kEthernet}};
  for (const auto& [dlt, link] : types) {
    const auto packets =
        Read(Write("a.pcap", {PcapHeader(false, kMicroMagic, dlt), Record(false, 1, 1, kA)}));
    ASSERT_EQ(1U, packets.size()) << dlt;
    EXPECT_EQ(link, packets[0].link) << dlt;
  }
}

TEST_F(PcapFile, KeepsTheWireLengthOfASnappedPacketAndReadsOneOfNoBytes) {
  const auto packets =
      Read(Write("a.pcap", {PcapHeader(false, kMicroMagic, kEthernetDlt),
                            Record(false, 1, 1, kA, 1514, 5), Record(false, 1, 2, {}, 0, 0)}));
  ASSERT_EQ(2U, packets.size());
  EXPECT_EQ(1514U, packets[0].wire_length);
  EXPECT_EQ(5U, packets[0].bytes.size());
  EXPECT_EQ(0U, packets[1].wire_length);
}

TEST_F(PcapFile, HasNoPacketsWhereTheFileHasNone) {
  EXPECT_TRUE(Read(Write("a.pcap", {PcapHeader(false, kMicroMagic, kEthernetDlt)})).empty());
}

TEST_F(PcapFile, DeliversWhatStandsBeforeATruncationThenNamesIt) {
  const Payload header = PcapHeader(false, kMicroMagic, kEthernetDlt);
  const Payload record = Record(false, 1, 1, kA);
  for (std::size_t kept = 1; kept < record.size(); ++kept) {
    const Payload tail(record.begin(), record.begin() + static_cast<long>(kept));
    auto source = OpenFile(Write("a.pcap", {header, record, record, tail}));
    ASSERT_TRUE(source.has_value());
    Collector collector;
    const auto error = ReadAll(**source, collector);
    ASSERT_TRUE(error) << kept << " bytes of the last record";
    EXPECT_EQ(2U, collector.packets.size());
    EXPECT_EQ(base::Failure::kPartialInput, error->failure);
    EXPECT_EQ("the capture is truncated", error->what);
    EXPECT_THAT(error->where, HasSubstr("after packet 2, at byte "));
    const auto again = (*source)->Dispatch(1, collector);
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(error->where, again.error().where);
  }
}

TEST_F(PcapFile, NamesAnAbsurdCapturedLengthAsDamage) {
  auto source = OpenFile(
      Write("a.pcap", {PcapHeader(false, kMicroMagic, kEthernetDlt), Record(false, 1, 1, kA),
                       Record(false, 1, 1, kA, 5, 0x7fffffff), Record(false, 1, 1, kA)}));
  ASSERT_TRUE(source.has_value());
  Collector collector;
  const auto error = ReadAll(**source, collector);
  ASSERT_TRUE(error);
  EXPECT_EQ(1U, collector.packets.size());
  EXPECT_EQ(base::Failure::kPartialInput, error->failure);
  EXPECT_EQ("the capture is damaged", error->what);
}

TEST_F(PcapFile, ClampsATimeThatDoesNotFit) {
  const auto packets = Read(
      Write("a.pcapng", {NgSection(), NgInterface(1, 0), NgPacket(0, 0x7000000000000000, kA)}));
  ASSERT_EQ(1U, packets.size());
  EXPECT_EQ(kLatestTime, packets[0].time);
}

TEST_F(PcapFile, SaysWhatCannotBeOpenedAndWhy) {
  const auto missing = OpenError((folder_ / "none.pcap").string());
  EXPECT_EQ(base::Failure::kInput, missing.failure);
  EXPECT_EQ("no such file", missing.what);
  EXPECT_EQ("a folder is no capture", OpenError(folder_.string()).what);
  EXPECT_EQ("the capture is empty", OpenError(Write("empty.pcap", {})).what);
  EXPECT_EQ("not a capture", OpenError(Write("text.pcap", {Payload(40, 'x')})).what);
  EXPECT_EQ("not a capture", OpenError(Write("short.pcap", {{0xd4, 0xc3}})).what);
  EXPECT_EQ("the capture is compressed",
            OpenError(Write("a.pcap.gz", {{0x1f, 0x8b, 8, 0, 0, 0}})).what);
  const auto radio = OpenError(Write("wifi.pcap", {PcapHeader(false, kMicroMagic, 165)}));
  EXPECT_EQ("the capture's link type is not supported", radio.what);
  EXPECT_THAT(radio.where, HasSubstr("BACNET_MS_TP (165)"));
}

TEST_F(PcapFile, ReadsTheStandardInput) {
  const std::string path =
      Write("a.pcap", {PcapHeader(false, kNanoMagic, kEthernetDlt), Record(false, 1, 1, kA)});
  const int saved = dup(STDIN_FILENO);
  ASSERT_NE(nullptr, std::freopen(path.c_str(), "rb", stdin));
  auto source = OpenFile("-");
  ASSERT_TRUE(source.has_value()) << base::Describe(source.error());
  EXPECT_EQ("standard input", (*source)->name());
  Collector collector;
  EXPECT_FALSE(ReadAll(**source, collector));
  EXPECT_EQ(1U, collector.packets.size());
  source->reset();
  dup2(saved, STDIN_FILENO);
  close(saved);
}

TEST_F(PcapFile, EndsAtTheNextPacketOnceStopped) {
  auto source = OpenFile(Write("a.pcap", {PcapHeader(false, kMicroMagic, kEthernetDlt),
                                          Record(false, 1, 1, kA), Record(false, 1, 1, kB)}));
  Collector collector;
  ASSERT_EQ(PacketSource::State::kMore, *(*source)->Dispatch(1, collector));
  (*source)->Stop();
  EXPECT_EQ(PacketSource::State::kEnd, *(*source)->Dispatch(1, collector));
  EXPECT_EQ(1U, collector.packets.size());
}

// What libpcap reads of the captures in the tree, packet by packet.
TEST_F(PcapFile, ReadsWhatLibpcapReads) {
  std::size_t compared = 0;
  const auto captures = ListCaptures(UNOPENED_SOURCE_DIR "/tests/captures");
  ASSERT_TRUE(captures.has_value());
  for (const std::string& path : *captures) {
    SCOPED_TRACE(path);
    std::array<char, PCAP_ERRBUF_SIZE> reason{};
    const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(
        pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO,
                                                reason.data()),
        pcap_close);
    ASSERT_NE(nullptr, handle.get()) << reason.data();
    const auto packets = Read(path);
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    for (const Seen& packet : packets) {
      ASSERT_EQ(1, pcap_next_ex(handle.get(), &header, &data));
      ASSERT_EQ(Payload(data, data + header->caplen), packet.bytes);
      ASSERT_EQ(header->len, packet.wire_length);
      ASSERT_EQ(header->ts.tv_sec * base::kNsPerSecond + header->ts.tv_usec, packet.time);
      ++compared;
    }
    EXPECT_EQ(PCAP_ERROR_BREAK, pcap_next_ex(handle.get(), &header, &data));
  }
  EXPECT_LT(1000U, compared);
}

TEST_F(PcapFile, ListsAFoldersCapturesByNameAndNotThoseBelow) {
  const std::string b = Write("b.pcapng", {});
  const std::string a = Write("a.pcap", {});
  const std::string c = Write("c.cap", {});
  Write("notes.txt", {});
  std::filesystem::create_directory(folder_ / "below.pcap");
  EXPECT_THAT(*ListCaptures(folder_.string()), ElementsAre(a, b, c));
  EXPECT_THAT(*ListCaptures(a), ElementsAre(a));
  EXPECT_THAT(*ListCaptures("-"), ElementsAre("-"));
}

TEST_F(PcapFile, RefusesToListAnEmptyFolderOrNothing) {
  const auto empty = ListCaptures(folder_.string());
  ASSERT_FALSE(empty.has_value());
  EXPECT_EQ("the folder holds no capture", empty.error().what);
  const auto missing = ListCaptures((folder_ / "none").string());
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ("no such file or folder", missing.error().what);
}

}  // namespace
}  // namespace unopened::capture
