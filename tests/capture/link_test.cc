#include "capture/link.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/capture/frames.h"

namespace unopened::capture {
namespace {

using frames::Ethernet;
using frames::Payload;
using frames::Tagged;
using tests::Wire;

const Payload kIp = frames::Ipv4({.protocol = 50}, {1, 2, 3});
const Payload kIpv6 = frames::Ipv6(50, {1, 2, 3});

struct Case {
  std::string name;
  LinkType link;
  Payload frame;
  std::optional<Reject> reject;  // none: `ip` is found
  TunnelKind tunnel = TunnelKind::kNone;
  Payload ip = kIp;
};

Payload Cooked1(std::uint16_t device, std::uint16_t protocol) {
  return Wire().U16(4).U16(device).U16(6).Fill(8, 3).U16(protocol).Append(kIp).bytes();
}
Payload Cooked2(std::uint16_t device, std::uint16_t protocol) {
  return Wire().U16(protocol).U16(0).U32(2).U16(device).U8(4).U8(6).Fill(8, 3).Append(kIp).bytes();
}
Payload Tags(int count) {
  Payload inside = Wire().U16(0x0800).Append(kIp).bytes();
  for (int i = 1; i < count; ++i) inside = Wire().U16(0x8100).U16(i).Append(inside).bytes();
  return Ethernet(0x88a8, Wire().U16(100).Append(inside).bytes());
}
Payload Cut(Payload frame, std::size_t size) {
  frame.resize(size);
  return frame;
}
Payload Snap(std::uint16_t type, const Payload& payload) {
  return Wire().U24(0xaaaa03).U24(0).U16(type).Append(payload).bytes();
}
// An IEEE 802.3 frame: its length, then LLC, then padding.
Payload Llc(const Payload& llc) {
  return Ethernet(static_cast<std::uint16_t>(llc.size()), Wire().Append(llc).Fill(7, 0).bytes());
}
Payload Pppoe(const Payload& ppp, std::uint16_t session_code = 0x1100, int longer = 0) {
  return Ethernet(0x8864,
                  Wire()
                      .U16(session_code)
                      .U16(77)
                      .U16(static_cast<std::uint64_t>(static_cast<int>(ppp.size()) + longer))
                      .Append(ppp)
                      .bytes());
}
Payload Ppp(std::uint16_t protocol, const Payload& payload) {
  return Wire().U16(protocol).Append(payload).bytes();
}
Payload Labels(int count, const Payload& payload) {
  Wire wire;
  for (int i = 1; i <= count; ++i) wire.U32(0x00064040U | (i == count ? 0x100U : 0U));
  return Ethernet(0x8847, wire.Append(payload).bytes());
}
Payload Metadata(std::uint8_t version, std::uint8_t words) {
  return Ethernet(0x8909,
                  Wire().U8(version).U8(words).Fill(words * 4U, 9).U16(0x0800).Append(kIp).bytes());
}
Payload Deep(int backbones) {
  Payload frame = Ethernet(0x0800, kIp);
  for (int i = 0; i < backbones; ++i) {
    frame = Ethernet(0x88e7, Wire().U32(i).Append(frame).bytes());
  }
  return frame;
}
// An 802.11 data frame: frame control, duration, three addresses, sequence; then what `more` adds.
Payload Air(std::uint16_t control, const Payload& more, const Payload& body,
            std::uint16_t sequence = 0x1230) {
  return Wire().U16LE(control).U16(0).Fill(18, 5).U16LE(sequence).Append(more).Append(body).bytes();
}
Payload Radiotap(const Payload& fields, const Payload& frame) {
  return Wire().U16(0).U16LE(4 + fields.size()).Append(fields).Append(frame).bytes();
}
Payload Part(const Payload& llc) { return Wire().Fill(12, 6).U16(llc.size()).Append(llc).bytes(); }
Payload Attribute(bool big, std::uint16_t type, const Payload& value) {
  Wire wire;
  big ? wire.U16(4 + value.size()).U16(type) : wire.U16LE(4 + value.size()).U16LE(type);
  return wire.Append(value).Fill((4 - value.size() % 4) % 4, 0).bytes();
}
Payload Logged(std::uint8_t family, const Payload& attributes) {
  return Wire().U8(family).U8(0).U16(5).Append(attributes).bytes();
}
Payload Both(const Payload& a, const Payload& b) { return Wire().Append(a).Append(b).bytes(); }

std::vector<Case> RadioCases() {
  const auto air = LinkType::kWireless;
  const auto radiotap = LinkType::kRadiotap;
  const Payload llc = Snap(0x0800, kIp);
  const Payload data = Air(0x0108, {}, llc);
  const Payload padded = Air(0x0188, {0, 0}, Both({0xee, 0xee}, llc));
  return {
      {"a data frame", air, data, {}},
      {"a data frame of four addresses", air, Air(0x0308, Payload(6, 1), llc), {}},
      {"a data frame with quality of service", air, Air(0x0188, {0, 0}, llc), {}},
      {"and a field of high throughput", air, Air(0x8188, {0, 0, 1, 1, 1, 1}, llc), {}},
      {"an aggregate of one packet", air, Air(0x0188, {0x80, 0}, Part(llc)), {}},
      {"an aggregate of two", air, Air(0x0188, {0x80, 0}, Both(Part(llc), Part(llc))),
       Reject::kWireless},
      {"an aggregate longer than its frame", air, Cut(Air(0x0188, {0x80, 0}, Part(llc)), 50),
       Reject::kWireless},
      {"a beacon", air, Air(0x0080, {}, llc), Reject::kWireless},
      {"an acknowledgment", air, Air(0x00d4, {}, llc), Reject::kWireless},
      {"no data", air, Air(0x0148, {}, llc), Reject::kWireless},
      {"an encrypted frame", air, Air(0x4108, {}, llc), Reject::kEncryptedLink},
      {"the first part of a frame", air, Air(0x0508, {}, llc), Reject::kWireless},
      {"a later part of a frame", air, Air(0x0108, {}, llc, 0x1231), Reject::kWireless},
      {"of another version", air, Air(0x0109, {}, llc), Reject::kWireless},
      {"cut", air, Cut(data, 20), Reject::kTruncatedLink},
      {"radiotap", radiotap, Radiotap({0, 0, 0, 0}, data), {}},
      {"radiotap that says an 802.11 header is padded",
       radiotap,
       Radiotap({2, 0, 0, 0, 0x20}, padded),
       {}},
      {"the same behind a timer and two words more",
       radiotap,
       Radiotap(tests::FromHex("03000080 00000080 00000000 0102030405060708 20"), padded),
       {}},
      {"the same behind a timer that is aligned",
       radiotap,
       Radiotap(tests::FromHex("03000080 00000000 00000000 0102030405060708 20"), padded),
       {}},
      {"radiotap of another version", radiotap, Both({1}, Radiotap({0, 0, 0, 0}, data)),
       Reject::kUnknownLink},
      {"radiotap longer than its frame",
       radiotap,
       {0, 0, 99, 0, 0, 0, 0, 0},
       Reject::kTruncatedLink},
      {"radiotap whose fields are not there", radiotap, Radiotap({1, 0, 0, 0}, {}),
       Reject::kUnknownLink},
      {"Prism",
       LinkType::kPrism,
       Wire().U32LE(0x44).U32LE(144).Fill(136, 0).Append(data).bytes(),
       {}},
      {"Prism, big endian",
       LinkType::kPrism,
       Wire().U32(0x44).U32(144).Fill(136, 0).Append(data).bytes(),
       {}},
      {"AVS under Prism's number",
       LinkType::kPrism,
       Wire().U32(0x80211001).U32(64).Fill(56, 0).Append(data).bytes(),
       {}},
      {"Prism of no length", LinkType::kPrism, Wire().U32LE(0x44).U32LE(4).Append(data).bytes(),
       Reject::kUnknownLink},
      {"AVS", LinkType::kAvs, Wire().U32(0x80211002).U32(64).Fill(56, 0).Append(data).bytes(), {}},
      {"AVS that is none", LinkType::kAvs, Wire().U32(0x80311002).U32(64).Append(data).bytes(),
       Reject::kUnknownLink},
      {"PPI of 802.11",
       LinkType::kPpi,
       Wire().U16(0).U16LE(12).U32LE(105).U32(1).Append(data).bytes(),
       {}},
      {"PPI of Ethernet",
       LinkType::kPpi,
       Wire().U16(0).U16LE(8).U32LE(1).Append(Ethernet(0x0800, kIp)).bytes(),
       {}},
      {"PPI of another", LinkType::kPpi, Wire().U16(0).U16LE(8).U32LE(192).Append(data).bytes(),
       Reject::kUnsupportedLink},
      {"PPI shorter than itself", LinkType::kPpi,
       Wire().U16(0).U16LE(7).U32LE(105).Append(data).bytes(), Reject::kUnknownLink},
  };
}

std::vector<Case> SerialAndLogCases() {
  const auto log = LinkType::kNetfilterLog;
  const Payload before = Attribute(false, 10, {'x', 'y'});
  return {
      {"PPP", LinkType::kPpp, Ppp(0x0021, kIp), {}},
      {"PPP with HDLC's address", LinkType::kPpp, Both({0xff, 0x03}, Ppp(0x0021, kIp)), {}},
      {"PPP of Van Jacobson", LinkType::kPpp, Ppp(0x002d, kIp), Reject::kPpp},
      {"PPP that is Cisco's", LinkType::kPpp, Wire().U32(0x0f000800).Append(kIp).bytes(), {}},
      {"Cisco HDLC", LinkType::kCiscoHdlc, Wire().U32(0x8f000800).Append(kIp).bytes(), {}},
      {"Cisco's line protocol", LinkType::kCiscoHdlc, Wire().U32(0x8f008035).Append(kIp).bytes(),
       Reject::kNotIp},
      {"PPPoE alone",
       LinkType::kPppoe,
       Wire().U16(0x1100).U16(1).U16(2 + kIp.size()).Append(Ppp(0x0021, kIp)).bytes(),
       {},
       TunnelKind::kPppoe},
      {"netfilter's log", log, Logged(2, Both(before, Attribute(false, 9, kIp))), {}},
      {"netfilter's log, big endian",
       log,
       Logged(2, Both(Attribute(true, 10, {1}), Attribute(true, 9, kIp))),
       {}},
      {"netfilter's log of a bridge", log, Logged(7, Attribute(false, 9, kIp)), Reject::kNotIp},
      {"netfilter's log without a packet", log, Logged(2, before), Reject::kTruncatedLink},
      {"netfilter's log of no length", log, Logged(2, {3, 0, 9, 0}), Reject::kUnknownLink},
      {"netfilter's log of another version", log, {2, 1, 0, 0}, Reject::kUnknownLink},
      {"IP over InfiniBand",
       LinkType::kIpOverInfiniband,
       Wire().Fill(40, 1).U16(0x0800).U16(0).Append(kIp).bytes(),
       {}},
      {"a link type that is not read", LinkType::kUnsupported, kIp, Reject::kUnsupportedLink},
  };
}

Payload Family(const Payload& family) { return Wire().Append(family).Append(kIp).bytes(); }

std::vector<Case> Cases() {
  const auto ethernet = LinkType::kEthernet;
  const auto cooked1 = LinkType::kLinuxCooked1;
  const auto cooked2 = LinkType::kLinuxCooked2;
  return {
      {"IPv4 in Ethernet", ethernet, Ethernet(0x0800, kIp), {}},
      {"IPv6 in Ethernet", ethernet, Ethernet(0x86dd, kIp), {}},
      {"one VLAN tag", ethernet, Ethernet(0x8100, Tagged(5, 0x0800, kIp)), {}},
      {"QinQ", ethernet, Ethernet(0x88a8, Tagged(5, 0x8100, Tagged(6, 0x86dd, kIp))), {}},
      {"QinQ of old", ethernet, Ethernet(0x9100, Tagged(5, 0x8100, Tagged(6, 0x0800, kIp))), {}},
      {"as many VLAN tags as are read", ethernet, Tags(kMaxVlanTags), {}},
      {"one VLAN tag more", ethernet, Tags(kMaxVlanTags + 1), Reject::kTooManyVlans},
      {"ARP behind a VLAN tag", ethernet, Ethernet(0x8100, Tagged(5, 0x0806, kIp)), Reject::kArp},
      {"a VLAN tag cut", ethernet, Cut(Ethernet(0x8100, Tagged(5, 0x0800, kIp)), 17),
       Reject::kTruncatedLink},
      {"ARP", ethernet, Ethernet(0x0806, kIp), Reject::kArp},
      {"RARP", ethernet, Ethernet(0x8035, kIp), Reject::kArp},
      {"LLC of length 1500", ethernet, Ethernet(1500, kIp), Reject::kLlc},
      {"neither a length nor a type", ethernet, Ethernet(1501, kIp), Reject::kNotIp},
      {"LLDP", ethernet, Ethernet(0x88cc, kIp), Reject::kNotIp},
      {"LLC with SNAP, padding trimmed", ethernet, Llc(Snap(0x0800, kIp)), {}},
      {"LLC with SNAP, IPv6", ethernet, Llc(Snap(0x86dd, kIpv6)), {}, TunnelKind::kNone, kIpv6},
      {"LLC of IP's own", ethernet, Llc(Wire().U24(0x060603).Append(kIp).bytes()), {}},
      {"LLC of a spanning tree", ethernet, Llc(Wire().U24(0x424203).Append(kIp).bytes()),
       Reject::kLlc},
      {"LLC numbered", ethernet, Llc(Wire().U24(0x060600).Append(kIp).bytes()), Reject::kLlc},
      {"SNAP of another organisation", ethernet,
       Llc(Wire().U24(0xaaaa03).U24(0x00000c).U16(0x0800).Append(kIp).bytes()), Reject::kLlc},
      {"SNAP with a length", ethernet, Llc(Snap(1000, kIp)), Reject::kLlc},
      {"SNAP with ARP", ethernet, Llc(Snap(0x0806, kIp)), Reject::kArp},
      {"LLC shorter than its length", ethernet, Cut(Llc(Snap(0x0800, kIp)), 20), Reject::kLlc},
      {"one label", ethernet, Labels(1, kIp), {}, TunnelKind::kMpls},
      {"labels over IPv6", ethernet, Labels(2, kIpv6), {}, TunnelKind::kMpls, kIpv6},
      {"as many labels as are read", ethernet, Labels(kMaxMplsLabels, kIp), {}, TunnelKind::kMpls},
      {"one label more", ethernet, Labels(kMaxMplsLabels + 1, kIp), Reject::kTunnelTooDeep},
      {"labels over a pseudowire",
       ethernet,
       Labels(2, Ethernet(0x0800, kIp)),
       {},
       TunnelKind::kMpls},
      {"labels over a pseudowire with a control word",
       ethernet,
       Labels(1, Wire().U32(7).Append(Ethernet(0x8100, Tagged(3, 0x0800, kIp))).bytes()),
       {},
       TunnelKind::kMpls},
      {"labels over what begins as IP and is too short", ethernet, Labels(1, {0x45, 1, 2, 3}),
       Reject::kMpls},
      {"labels over IP that says it is longer", ethernet,
       Labels(1, frames::Ipv4({.total_length = 24}, {1, 2, 3})), Reject::kMpls},
      {"labels over a pseudowire without IP", ethernet, Labels(1, Ethernet(0x0806, kIp)),
       Reject::kMpls},
      {"labels cut", ethernet, Cut(Labels(2, kIp), 20), Reject::kTruncatedLink},
      {"PPPoE", ethernet, Pppoe(Ppp(0x0021, kIp)), {}, TunnelKind::kPppoe},
      {"PPPoE with IPv6", ethernet, Pppoe(Ppp(0x0057, kIpv6)), {}, TunnelKind::kPppoe, kIpv6},
      {"PPPoE with a compressed protocol field",
       ethernet,
       Pppoe(Wire().U8(0x21).Append(kIp).bytes()),
       {},
       TunnelKind::kPppoe},
      {"PPPoE with LCP", ethernet, Pppoe(Ppp(0xc021, kIp)), Reject::kPpp},
      {"PPPoE with labels",
       ethernet,
       Pppoe(Ppp(0x0281, Wire().U32(0x100).Append(kIp).bytes())),
       {},
       TunnelKind::kMpls},
      {"PPPoE of another code", ethernet, Pppoe(Ppp(0x0021, kIp), 0x1109), Reject::kPppoe},
      {"PPPoE of version 2", ethernet, Pppoe(Ppp(0x0021, kIp), 0x2100), Reject::kPppoe},
      {"PPPoE longer than its frame", ethernet, Pppoe(Ppp(0x0021, kIp), 0x1100, 1), Reject::kPppoe},
      {"PPPoE discovery", ethernet, Ethernet(0x8863, kIp), Reject::kPppoe},
      {"a provider backbone", ethernet, Deep(1), {}},
      {"a backbone in a backbone", ethernet, Deep(3), {}},
      {"backbones without end", ethernet, Deep(kMaxLinkHeaders), Reject::kTunnelTooDeep},
      {"Cisco's metadata", ethernet, Metadata(1, 1), {}},
      {"Cisco's metadata of another version", ethernet, Metadata(2, 1), Reject::kNotIp},
      {"a VN-Tag", ethernet, Ethernet(0x8926, Wire().U32(5).U16(0x0800).Append(kIp).bytes()), {}},
      {"Ethernet cut before its type's end", ethernet, Cut(Ethernet(0x0800, kIp), 13),
       Reject::kTruncatedLink},
      {"nothing", ethernet, {}, Reject::kTruncatedLink},
      {"raw IP", LinkType::kRawIp, kIp, {}},
      {"cooked v1", cooked1, Cooked1(1, 0x0800), {}},
      {"cooked v1 of a device without a link header", cooked1, Cooked1(0xfffe, 0x86dd), {}},
      {"cooked v1 ARP", cooked1, Cooked1(1, 0x0806), Reject::kArp},
      {"cooked v1 LLC", cooked1, Cooked1(1, 4), Reject::kLlc},
      {"cooked v1 LLC with SNAP",
       cooked1,
       Wire().U16(4).U16(1).U16(6).Fill(8, 3).U16(4).Append(Snap(0x0800, kIp)).bytes(),
       {}},
      {"cooked v1 of netlink", cooked1, Cooked1(824, 0x0800), Reject::kUnknownLink},
      {"cooked v1 cut", cooked1, Cut(Cooked1(1, 0x0800), 15), Reject::kTruncatedLink},
      {"cooked v2", cooked2, Cooked2(1, 0x86dd), {}},
      {"cooked v2 of netlink", cooked2, Cooked2(824, 0x0800), Reject::kUnknownLink},
      {"cooked v2 cut", cooked2, Cut(Cooked2(1, 0x0800), 19), Reject::kTruncatedLink},
      {"null, little endian", LinkType::kNull, Family({2, 0, 0, 0}), {}},
      {"null, big endian, Darwin's IPv6", LinkType::kNull, Family({0, 0, 0, 30}), {}},
      {"null, FreeBSD's IPv6", LinkType::kNull, Family({28, 0, 0, 0}), {}},
      {"null, another family", LinkType::kNull, Family({7, 0, 0, 0}), Reject::kNotIp},
      {"null cut", LinkType::kNull, {2, 0, 0}, Reject::kTruncatedLink},
      {"loop", LinkType::kLoop, Family({0, 0, 0, 24}), {}},
      {"loop knows one byte order", LinkType::kLoop, Family({24, 0, 0, 0}), Reject::kNotIp},
      {"a link type of no source", static_cast<LinkType>(99), kIp, Reject::kUnknownLink},
  };
}

std::vector<Case> AllCases() {
  std::vector<Case> all = Cases();
  for (const auto& more : {RadioCases(), SerialAndLogCases()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

TEST(Link, FindsIpOrNamesWhyNot) {
  for (const auto& [name, link, frame, reject, tunnel, ip] : AllCases()) {
    SCOPED_TRACE(name);
    const auto parsed = ParseLink(frames::Of(frame, link));
    if (reject) {
      ASSERT_FALSE(parsed.has_value());
      EXPECT_EQ(Name(*reject), Name(parsed.error()));
      continue;
    }
    ASSERT_TRUE(parsed.has_value()) << Name(parsed.error());
    EXPECT_EQ(ip, Payload(parsed->ip.begin(), parsed->ip.end()));
    EXPECT_EQ(ip.size(), parsed->wire_length);
    EXPECT_EQ(tunnel, parsed->tunnel);
  }
}

// An Ethernet address may begin as IP does. Where a packet holds as both it is taken for neither.
TEST(Link, LeavesAPseudowireThatIsIpTooAlone) {
  Payload frame = Ethernet(0x0800, kIp);
  frame[0] = 0x45;
  frame[2] = 0;
  frame[3] = 30;
  const auto both = Labels(1, frame);
  EXPECT_EQ(Reject::kMpls, ParseLink(frames::Of(both)).error());
  frame[3] = 200;  // an IP length that does not fit
  const auto one = Labels(1, frame);
  EXPECT_TRUE(ParseLink(frames::Of(one)).has_value());
}

TEST(Link, StaysInsideEveryCut) {
  for (const Case& one : AllCases()) {
    for (std::size_t size = 0; size < one.frame.size(); ++size) {
      const Payload cut = Cut(one.frame, size);
      Packet packet = frames::Of(cut, one.link);
      packet.wire_length = static_cast<std::uint32_t>(one.frame.size());
      const auto parsed = ParseLink(packet);
      if (parsed) {
        EXPECT_LE(parsed->ip.size(), size) << one.name;
        EXPECT_LE(parsed->ip.size(), parsed->wire_length) << one.name;
      }
    }
  }
}

TEST(Link, CountsWhatTheSnapLengthCut) {
  const Payload frame = Ethernet(0x0800, kIp);
  Packet packet = frames::Of(frame);
  packet.wire_length = 1514;
  EXPECT_EQ(1500U, ParseLink(packet)->wire_length);
  packet.wire_length = 3;  // a file that lies: what was captured was on the wire
  EXPECT_EQ(kIp.size(), ParseLink(packet)->wire_length);
}

}  // namespace
}  // namespace unopened::capture
