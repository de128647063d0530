#include "capture/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <string>
#include <vector>

#include "tests/capture/frames.h"

namespace unopened::capture {
namespace {

using ::testing::HasSubstr;

TEST(Filter, AllowsVlanProtocolPortAndWideNetworks) {
  const std::vector<std::string> allowed = {
      "",
      "   ",
      "vlan",
      "vlan 100",
      "vlan 100 and tcp",
      "vlan and vlan 7 and (tcp or udp port 443)",
      "vlan and net 10.0.0.0/8",
      "tcp or (vlan and tcp)",
      "(tcp or udp) or (vlan 5 and (tcp or (vlan and udp)))",
      "not vlan",
      "ip",
      "ip6",
      "tcp or udp or icmp or icmp6 or esp or ah or sctp",
      "ip proto 50",
      "ip6 proto 50",
      "port 443",
      "tcp port 443 or udp dst port 443",
      "src port 22",
      "portrange 6881-6889",
      "tcp src portrange 1-1024",
      "net 10.0.0.0/8",
      "net 0.0.0.0/0",
      "src net 192.168.0.0/16 and dst net 10.0.0.0/8",
      "net 10.0.0.0/8 and net 10.1.0.0/16",
      "net 2001:db8::/32",
      "dst net ::/0",
      "not net 10.0.0.0/9",
      "! tcp && !(udp||icmp)",
      "not not tcp",
      "tcp and not port 22",
  };
  for (const auto& text : allowed) {
    const auto checked = CheckFilter(text);
    EXPECT_TRUE(checked.has_value()) << text << "\n" << base::Describe(checked.error());
  }
}

struct Refused {
  std::string text;
  std::string carets;  // below the text
  std::string what;
};

// The carets stand where the text's refused part stands.
TEST(Filter, RefusesTheRestAndPointsAtIt) {
  const std::string one = "one address";
  const std::string small = "a small network";
  const std::string word = "a word that is not allowed";
  const std::string incomplete = "not complete";
  const std::vector<Refused> refused = {
      {"host 203.0.113.7",  //
       "     ^^^^^^^^^^^", one},
      {"host",  //
       "^^^^", one},
      {"tcp and src host 203.0.113.7",  //
       "                 ^^^^^^^^^^^", one},
      {"203.0.113.7",  //
       "^^^^^^^^^^^", one},
      {"tcp and dst 203.0.113.7",  //
       "            ^^^^^^^^^^^", one},
      {"ether host 00:11:22:33:44:55",  //
       "           ^^^^^^^^^^^^^^^^^", one},
      {"ether src 00:11:22:33:44:55",  //
       "          ^^^^^^^^^^^^^^^^^", one},
      {"gateway router",  //
       "        ^^^^^^", one},
      {"net 203.0.113.7",  //
       "    ^^^^^^^^^^^", one},
      {"net 203.0.113.7/32",  //
       "    ^^^^^^^^^^^^^^", one},
      {"net 2001:db8::1/128",  //
       "    ^^^^^^^^^^^^^^^", one},
      {"net 10.1.0.0/17",  //
       "    ^^^^^^^^^^^", small},
      {"not (udp or net 10.1.2.0/24)",  //
       "                ^^^^^^^^^^^", small},
      {"net 2001:db8::/33",  //
       "    ^^^^^^^^^^^^^", small},
      {"net ::ffff:10.0.0.0/112",  //
       "    ^^^^^^^^^^^^^^^^^^^", small},
      {"net 10.1.0.0/8",  //
       "    ^^^^^^^^^^", "needs a network"},
      {"net 10.1",  //
       "    ^^^^", "needs a network"},
      {"net 10.0.0.0/08",  //
       "    ^^^^^^^^^^^", "needs a network"},
      {"net example",  //
       "    ^^^^^^^", "needs a network"},
      {"net 10.0.0.0/8 mask 255.0.0.0",  //
       "               ^^^^", word},
      {"net 10.0.0.0 mask 255.255.255.255",  //
       "    ^^^^^^^^", one},
      {"ip[12] == 10",  //
       "^^^^^^", word},
      {"tcp[13] & 2 != 0",  //
       "^^^^^^^", word},
      {"tcp & udp",  //
       "    ^", word},
      {"len > 100",  //
       "^^^", word},
      {"arp",  //
       "^^^", word},
      {"ip host 203.0.113.7",  //
       "        ^^^^^^^^^^^", one},
      {"port https",  //
       "     ^^^^^", "decimal number"},
      {"port 010",  //
       "     ^^^", "decimal number"},
      {"port 0x50",  //
       "     ^^^^", "decimal number"},
      {"port 65536",  //
       "     ^^^^^", "decimal number"},
      {"port 80 or 443",  //
       "           ^^^", word},
      {"portrange 9-2",  //
       "          ^^^", "range of ports"},
      {"ip proto tcp",  //
       "         ^^^", "decimal number"},
      {"ip proto 256",  //
       "         ^^^", "decimal number"},
      {"proto 6",  //
       "^^^^^", word},
      {"tcp net 10.0.0.0/8",  //
       "    ^^^", word},
      {"tcp src net 10.0.0.0/8",  //
       "        ^^^", word},
      {"tcp udp",  //
       "    ^^^", word},
      {"tcp and",  //
       "       ^", incomplete},
      {"not",  //
       "   ^", incomplete},
      {"()",  //
       " ^", incomplete},
      {"(tcp",  //
       "    ^", incomplete},
      {"tcp)",  //
       "   ^", "parenthesis that is not open"},
      {"port",  //
       "    ^", incomplete},
      {"net",  //
       "   ^", incomplete},
      {"vlan 4096",  //
       "     ^^^^", "decimal number"},
      {"vlan or net 10.0.0.0/16",  //
       "     ^^", word},
      {"tcp or vlan and net 10.0.0.0/16",  //
       "       ^^^^", word},
      {"(tcp or (vlan and tcp)) and net 10.0.0.0/16",  //
       "                        ^^^", word},
      {"not vlan and net 10.0.0.0/16",  //
       "         ^^^", word},
      {"not (vlan 5 and tcp) and net 10.0.0.0/16",  //
       "                     ^^^", word},
      {"not (tcp and not (udp and vlan)) or net 10.0.0.0/16",  //
       "                                 ^^", word},
  };
  for (const auto& [text, carets, what] : refused) {
    SCOPED_TRACE(text);
    const auto checked = CheckFilter(text);
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(base::Failure::kUsage, checked.error().failure);
    EXPECT_THAT(checked.error().what, HasSubstr(what));
    EXPECT_EQ("-f '" + text + "'\n    " + carets, checked.error().where);
    EXPECT_THAT(checked.error().todo, HasSubstr("networks no narrower than IPv4 /16 or IPv6 /32"));
  }
}

TEST(Filter, RefusesWhatNoTerminalShouldShowAndWhatHasNoEnd) {
  EXPECT_FALSE(CheckFilter("tcp\nudp").has_value());
  EXPECT_FALSE(CheckFilter(std::string("tcp\0host 1.2.3.4", 16)).has_value());
  EXPECT_FALSE(CheckFilter("\x1b[2J").has_value());
  std::string many = "tcp";
  while (many.size() < 5000) many += " or tcp";
  EXPECT_FALSE(CheckFilter(many).has_value());
  EXPECT_FALSE(CheckFilter(std::string(40, '(') + "tcp" + std::string(40, ')')).has_value());
}

// The claim behind the allow-list, asked of libpcap itself: a filter of the grammar answers alike
// for any two addresses of one /16.
TEST(Filter, NeverTellsTwoAddressesOfOneBlockApart) {
  const std::vector<std::string> filters = {
      "net 10.1.0.0/16",
      "net 10.0.0.0/8 and not net 10.0.0.0/9",
      "src net 10.1.0.0/16 and not dst net 10.2.0.0/16",
      "not (net 10.0.0.0/9 or net 10.128.0.0/9)",
      "tcp or (vlan and net 10.1.0.0/16)",
      "udp and not vlan",
  };
  for (const auto& text : filters) {
    ASSERT_TRUE(CheckFilter(text).has_value()) << text;
    pcap_t* handle = pcap_open_dead(DLT_EN10MB, 65535);
    bpf_program program{};
    ASSERT_EQ(0, pcap_compile(handle, &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN)) << text;
    const auto matches = [&](std::uint32_t source, std::uint32_t destination) {
      const auto frame = frames::Ethernet(
          0x0800, frames::Ipv4({.protocol = 17, .source = source, .destination = destination},
                               frames::Udp({1, 2, 3})));
      return bpf_filter(program.bf_insns, frame.data(), static_cast<u_int>(frame.size()),
                        static_cast<u_int>(frame.size())) != 0;
    };
    for (const std::uint32_t source : {0x0a010000U, 0x0a020000U, 0x0a800000U, 0xc0a80000U}) {
      for (const std::uint32_t destination : {0x0a010000U, 0x0a020000U, 0xac100000U}) {
        const bool of_block = matches(source, destination);
        for (const std::uint32_t low : {1U, 0x80U, 0x8000U, 0xffffU}) {
          EXPECT_EQ(of_block, matches(source | low, destination | (low ^ 0x55U)))
              << text << std::hex << " " << (source | low);
        }
      }
    }
    pcap_freecode(&program);
    pcap_close(handle);
  }
}

}  // namespace
}  // namespace unopened::capture
