#include "capture/capture_format.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "capture/packet_time.h"
#include "tests/support/wire.h"

namespace unopened::capture {
namespace {

using Payload = std::vector<std::uint8_t>;
using Found = CaptureFormat::Found;
using tests::Wire;

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
  FileBytes& Padded(Payload bytes) {
    bytes.resize((bytes.size() + 3) / 4 * 4);
    return Data(bytes);
  }
  FileBytes& Option(std::uint16_t code, const Payload& value) {
    return U16(code).U16(value.size()).Padded(value);
  }
  const Payload& bytes() const { return wire_.bytes(); }

 private:
  bool big_endian_;
  Wire wire_;
};

const Payload kA = {1, 2, 3, 4, 5};
const Payload kB = {6, 7, 8};

struct Ng {
  bool big_endian = false;
  Payload file = {};

  FileBytes New() const { return FileBytes(big_endian); }
  Ng& Block(std::uint32_t type, const Payload& body) {
    const std::size_t size = 12 + body.size();
    const Payload block = New().U32(type).U32(size).Data(body).U32(size).bytes();
    file.insert(file.end(), block.begin(), block.end());
    return *this;
  }
  Ng& Section(bool big) {
    big_endian = big;
    return Block(0x0a0d0d0a, New().U32(0x1a2b3c4d).U16(1).U16(0).U32(~0U).U32(~0U).bytes());
  }
  Ng& Interface(std::uint16_t link, std::uint32_t snap = 65'535, const Payload& options = {}) {
    return Block(1, New().U16(link).U16(0).U32(snap).Data(options).bytes());
  }
  Ng& Enhanced(std::uint32_t interface, std::uint64_t time, const Payload& data,
               std::uint32_t length = 0, const Payload& options = {}) {
    return Block(6, New()
                        .U32(interface)
                        .U32(time >> 32)
                        .U32(time & 0xffffffff)
                        .U32(data.size())
                        .U32(length == 0 ? data.size() : length)
                        .Padded(data)
                        .Data(options)
                        .bytes());
  }
  Ng& Obsolete(std::uint16_t interface, std::uint64_t time, const Payload& data) {
    return Block(2, New()
                        .U16(interface)
                        .U16(3)  // drops
                        .U32(time >> 32)
                        .U32(time & 0xffffffff)
                        .U32(data.size())
                        .U32(data.size())
                        .Padded(data)
                        .bytes());
  }
  Ng& Simple(std::uint32_t length, const Payload& data) {
    return Block(3, New().U32(length).Padded(data).bytes());
  }
};

struct Seen {
  Payload bytes;
  std::uint32_t wire_length;
  base::TimeNs time;
  LinkType link;
};
struct Outcome {
  std::vector<Seen> packets;
  std::string damage;  // empty: none
  std::size_t consumed = 0;
};

// All of `file`, with a window that never holds more than was asked for.
Outcome ReadAll(const Payload& file) {
  Outcome outcome;
  auto format = CaptureFormat::Recognise(
      base::Bytes(file).first(std::min(file.size(), CaptureFormat::kStartSize)));
  if (!format) {
    outcome.damage = "not recognised";
    return outcome;
  }
  std::size_t held = 0;
  while (true) {
    const auto rest = base::Bytes(file).subspan(outcome.consumed);
    const auto piece = format->Next(rest.first(std::min(held, rest.size())));
    switch (piece.found) {
      case Found::kNeedMore:
        if (piece.size <= held || piece.size > rest.size()) {
          EXPECT_GT(piece.size, held) << "asked for what it had";
          return outcome;
        }
        held = piece.size;
        break;
      case Found::kDamage:
        outcome.damage = piece.damage;
        return outcome;
      case Found::kPacket:
        outcome.packets.push_back({Payload(piece.packet.bytes.begin(), piece.packet.bytes.end()),
                                   piece.packet.wire_length, piece.packet.time, piece.packet.link});
        [[fallthrough]];
      case Found::kNothing:
        EXPECT_GT(piece.size, 0U);
        outcome.consumed += piece.size;
        held = 0;
        break;
    }
  }
}

Payload Pcap(bool big, std::uint32_t magic, std::uint16_t major, std::uint16_t minor,
             const Payload& records) {
  return FileBytes(big)
      .U32(magic)
      .U16(major)
      .U16(minor)
      .U32(0)
      .U32(0)
      .U32(65'535)
      .U32(1)
      .Data(records)
      .bytes();
}

TEST(CaptureFormat, ReadsTheModifiedPcapWithItsLongerRecords) {
  for (const bool big : {false, true}) {
    const auto record = [big](const Payload& data) {
      return FileBytes(big)
          .U32(9)
          .U32(5)
          .U32(data.size())
          .U32(60)
          .U32(2)       // interface
          .U16(0x0800)  // protocol
          .U16(0x0400)  // packet type, padding
          .Data(data)
          .bytes();
    };
    const auto outcome =
        ReadAll(Pcap(big, 0xa1b2cd34, 2, 4, Wire().Append(record(kA)).Append(record(kB)).bytes()));
    ASSERT_EQ(2U, outcome.packets.size());
    EXPECT_EQ(kA, outcome.packets[0].bytes);
    EXPECT_EQ(kB, outcome.packets[1].bytes);
    EXPECT_EQ(60U, outcome.packets[1].wire_length);
    EXPECT_EQ(9 * base::kNsPerSecond + 5'000, outcome.packets[1].time);
  }
}

TEST(CaptureFormat, ReadsTheLengthsOfOldVersionsTheOtherWayAround) {
  const Payload swapped = FileBytes(false).U32(1).U32(1).U32(60).U32(5).Data(kA).bytes();
  const Payload straight = FileBytes(false).U32(1).U32(1).U32(5).U32(60).Data(kA).bytes();
  struct Version {
    std::uint16_t major;
    std::uint16_t minor;
    const Payload& record;
  };
  for (const auto& [major, minor, record] : std::vector<Version>{{2, 2, swapped},
                                                                 {2, 3, swapped},
                                                                 {2, 3, straight},
                                                                 {2, 4, straight},
                                                                 {543, 0, swapped}}) {
    SCOPED_TRACE(testing::Message() << major << '.' << minor);
    const auto outcome = ReadAll(Pcap(false, 0xa1b2c3d4, major, minor, record));
    ASSERT_EQ(1U, outcome.packets.size());
    EXPECT_EQ(kA, outcome.packets[0].bytes);
    EXPECT_EQ(60U, outcome.packets[0].wire_length);
  }
  EXPECT_EQ("not recognised", ReadAll(Pcap(false, 0xa1b2c3d4, 1, 0, straight)).damage);
}

TEST(CaptureFormat, ReadsATimeBeyondTheYear2038) {
  const auto outcome =
      ReadAll(Pcap(false, 0xa1b2c3d4, 2, 4,
                   FileBytes(false).U32(0xf0000000).U32(0).U32(5).U32(5).Data(kA).bytes()));
  ASSERT_EQ(1U, outcome.packets.size());
  EXPECT_EQ(0xf0000000LL * base::kNsPerSecond, outcome.packets[0].time);
}

TEST(CaptureFormat, ReadsEveryPacketBlockOfEverySectionAndInterface) {
  Ng ng;
  ng.Section(false).Interface(1).Interface(101, 3);
  ng.Enhanced(0, 1'000'007, kA, 1514, FileBytes(false).Option(1, {'n', 'o', 'n', 'e'}).bytes());
  ng.Block(5, Payload(24, 0));          // statistics
  ng.Block(0x80000bad, Payload(8, 1));  // someone's own
  ng.Obsolete(1, 2'000'000, kB);
  ng.Simple(5, kA);
  ng.Section(true).Interface(113);
  ng.Enhanced(0, 3'000'000, kB);
  const auto outcome = ReadAll(ng.file);
  EXPECT_EQ("", outcome.damage);
  EXPECT_EQ(ng.file.size(), outcome.consumed);
  ASSERT_EQ(4U, outcome.packets.size());
  EXPECT_EQ(kA, outcome.packets[0].bytes);
  EXPECT_EQ(1514U, outcome.packets[0].wire_length);
  EXPECT_EQ(1'000'007'000, outcome.packets[0].time);
  EXPECT_EQ(LinkType::kEthernet, outcome.packets[0].link);
  EXPECT_EQ(kB, outcome.packets[1].bytes);
  EXPECT_EQ(2'000'000'000, outcome.packets[1].time);
  EXPECT_EQ(LinkType::kRawIp, outcome.packets[1].link);
  EXPECT_EQ(kA, outcome.packets[2].bytes);
  EXPECT_EQ(0, outcome.packets[2].time);  // such a block has none
  EXPECT_EQ(kB, outcome.packets[3].bytes);
  EXPECT_EQ(LinkType::kLinuxCooked1, outcome.packets[3].link);
}

TEST(CaptureFormat, ReadsSimplePacketsByTheSnapLengthOfTheFirstInterface) {
  Ng ng;
  ng.Section(true).Interface(1, 5).Interface(101, 3).Simple(60, kA).Simple(3, kB);
  const auto outcome = ReadAll(ng.file);
  EXPECT_EQ("", outcome.damage);
  ASSERT_EQ(2U, outcome.packets.size());
  EXPECT_EQ(kA, outcome.packets[0].bytes);
  EXPECT_EQ(60U, outcome.packets[0].wire_length);
  EXPECT_EQ(kB, outcome.packets[1].bytes);
  EXPECT_EQ(3U, outcome.packets[1].wire_length);
  EXPECT_EQ(LinkType::kEthernet, outcome.packets[1].link);
}

TEST(CaptureFormat, ReadsEachInterfacesTimesInItsOwnUnits) {
  constexpr base::TimeNs kMost = kLatestTime;
  struct Units {
    std::string name;
    Payload options;
    std::uint64_t time;
    base::TimeNs expected;
  };
  const auto resolution = [](std::uint8_t value) {
    return FileBytes(false).Option(9, {value}).Option(0, {}).bytes();
  };
  const auto offset = [](std::uint32_t low, std::uint32_t high) {
    return FileBytes(false).Option(14, FileBytes(false).U32(low).U32(high).bytes()).bytes();
  };
  for (const auto& [name, options, time, expected] : std::vector<Units>{
           {"microseconds where nothing is said", {}, 7'000'001, 7'000'001'000},
           {"seconds", resolution(0), 7, 7'000'000'000},
           {"milliseconds", resolution(3), 7'001, 7'001'000'000},
           {"nanoseconds", resolution(9), 7'000'000'001, 7'000'000'001},
           {"picoseconds", resolution(12), 7'000'000'001'999, 7'000'000'001},
           {"10^-19 of a second", resolution(19), 10'000'000'000'000'000'000U, 1'000'000'000},
           {"2^-0 of a second", resolution(0x80), 7, 7'000'000'000},
           {"2^-10 of a second", resolution(0x8a), 1'536, 1'500'000'000},
           {"2^-63 of a second", resolution(0xbf), 1ULL << 62, 500'000'000},
           {"an offset", offset(100, 0), 7'000'000, 107'000'000'000},
           {"an offset back", offset(0xffffffff, 0xffffffff), 7'000'000, 6'000'000'000},
           {"seconds that do not fit", resolution(0), ~0ULL, kMost},
           {"seconds by 2^-0 that do not fit", resolution(0x80), ~0ULL, kMost},
           {"an offset that does not fit", offset(0, 0x7fffffff), 1, kMost},
       }) {
    SCOPED_TRACE(name);
    const auto outcome =
        ReadAll(Ng().Section(false).Interface(1, 0, options).Enhanced(0, time, kA).file);
    ASSERT_EQ(1U, outcome.packets.size()) << outcome.damage;
    EXPECT_EQ(expected, outcome.packets[0].time);
  }
  for (const int value : {20, 0x7f, 0xc0, 0xff}) {
    EXPECT_EQ(
        "a time resolution that 64 bits cannot hold",
        ReadAll(
            Ng().Section(false).Interface(1, 0, resolution(static_cast<std::uint8_t>(value))).file)
            .damage);
  }
}

TEST(CaptureFormat, NamesEachDamage) {
  const Ng good = Ng().Section(false).Interface(1);
  struct Damage {
    std::string name;
    Payload file;
  };
  const auto with_last_word = [](Payload file, std::uint8_t byte) {
    file[file.size() - 4] = byte;
    return file;
  };
  const auto raw = [&good](std::uint32_t type, std::uint32_t size) {
    return FileBytes(false).Data(good.file).U32(type).U32(size).Data(Payload(64, 0)).bytes();
  };
  for (const auto& [name, file] : std::vector<Damage>{
           {"a block of no possible length", raw(6, 8)},
           {"a block of no possible length", raw(6, 33)},
           {"a block too long to be read", raw(6, 0x01000004)},
           {"a block whose two lengths differ",
            with_last_word(Ng(good).Enhanced(0, 1, kA).file, 41)},
           {"a packet block without its fields", Ng(good).Block(6, Payload(16, 0)).file},
           {"a packet block without its fields", Ng(good).Block(3, {}).file},
           {"a packet of an interface that is not described", Ng(good).Enhanced(1, 1, kA).file},
           {"a packet of an interface that is not described", Ng(good).Obsolete(1, 1, kA).file},
           {"a packet of an interface that is not described",
            Ng(good).Section(false).Enhanced(0, 1, kA).file},
           {"a packet of an interface that is not described",
            Ng().Section(false).Simple(5, kA).file},
           {"a packet longer than its block",
            Ng(good)
                .Block(
                    6,
                    FileBytes(false).U32(0).U32(0).U32(0).U32(9).U32(9).Data(Payload(8, 1)).bytes())
                .file},
           {"a packet longer than its block", Ng(good).Simple(6, {1, 2, 3, 4}).file},
           {"an interface without its fields", Ng(good).Block(1, Payload(4, 0)).file},
           {"an option longer than its block",
            Ng(good).Interface(1, 0, FileBytes(false).U16(2).U16(5).U32(0).bytes()).file},
           {"a section of no byte order",
            FileBytes(false).Data(good.file).U32(0x0a0d0d0a).U32(28).Data(Payload(20, 0)).bytes()},
           {"a section header of no possible length",
            FileBytes(false).Data(good.file).U32(0x0a0d0d0a).U32(24).U32(0x1a2b3c4d).bytes()},
       }) {
    SCOPED_TRACE(name);
    EXPECT_EQ(name, ReadAll(file).damage);
  }
  EXPECT_EQ("a captured length beyond any snap length",
            ReadAll(Pcap(false, 0xa1b2c3d4, 2, 4,
                         FileBytes(false).U32(1).U32(1).U32(256 * 1024 + 1).U32(9).bytes()))
                .damage);
}

TEST(CaptureFormat, BoundsTheInterfacesOfASection) {
  Ng ng;
  ng.Section(false);
  for (std::size_t i = 0; i < CaptureFormat::kMaxInterfaces; ++i) ng.Interface(1);
  EXPECT_EQ("", ReadAll(ng.file).damage);
  EXPECT_EQ("more interfaces than are read", ReadAll(Ng(ng).Interface(1).file).damage);
  EXPECT_EQ("", ReadAll(Ng(ng).Section(true).Interface(1).file).damage);
}

// Every cut of a file: what stands before it is read, and what follows is asked for.
TEST(CaptureFormat, StaysInsideEveryCut) {
  Ng ng;
  ng.Section(false).Interface(1).Enhanced(0, 1, kA).Section(true).Interface(1).Obsolete(0, 1, kB);
  for (std::size_t size = 0; size <= ng.file.size(); ++size) {
    const Payload cut(ng.file.begin(), ng.file.begin() + static_cast<long>(size));
    const Outcome outcome = ReadAll(cut);
    EXPECT_LE(outcome.consumed, size);
    EXPECT_EQ(size < 12 ? "not recognised" : "", outcome.damage);
    EXPECT_EQ(size == ng.file.size() ? 2U
              : size >= 28 + 20 + 40 ? 1U
                                     : 0U,
              outcome.packets.size())
        << size;
  }
}

TEST(CaptureFormat, KnowsACaptureByItsStart) {
  const auto known = [](std::string_view hex) {
    Payload start = tests::FromHex(hex);
    start.resize(CaptureFormat::kStartSize);
    return CaptureFormat::Recognise(start).has_value();
  };
  EXPECT_TRUE(known("d4c3b2a1 0200 0400"));
  EXPECT_TRUE(known("a1b23c4d 0002 0004"));
  EXPECT_TRUE(known("34cdb2a1 0200 0400"));
  EXPECT_TRUE(known("0a0d0d0a 1c000000 4d3c2b1a"));
  EXPECT_TRUE(known("0a0d0d0a 0000001c 1a2b3c4d"));
  EXPECT_FALSE(known("0a0d0d0a 0000001c 1a2b3c4e"));
  EXPECT_FALSE(known("d4c3b2a2 0200 0400"));
  EXPECT_FALSE(CaptureFormat::Recognise(tests::FromHex("d4c3b2a1 0200 0400")).has_value());
  EXPECT_FALSE(CaptureFormat::Recognise({}).has_value());
}

}  // namespace
}  // namespace unopened::capture
