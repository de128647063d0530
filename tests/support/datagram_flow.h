// A UDP flow as its two ends sent it, asked of one dissector; and the laws that such a dissector
// keeps. For the tests and fuzz targets of protocols of datagrams.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "classify/dissector.h"

namespace unopened::tests {

struct SentDatagram {
  bool from_client = true;
  std::vector<std::uint8_t> bytes;
  std::uint32_t wire_length = 0;  // 0: as many as `bytes`
};

using DatagramFlow = std::vector<SentDatagram>;
using DissectAnswer = base::Parsed<classify::HandshakeFacts>;

// `open`: more may come.
DissectAnswer AskUdp(const classify::Dissector& dissector, const DatagramFlow& flow, bool open);
DissectAnswer AskTcp(const classify::Dissector& dissector, const std::vector<std::uint8_t>& client,
                     const std::vector<std::uint8_t>& server, bool open);

// The literal of a refusal; "(waits)" or "(facts)" where it is none.
std::string_view WhyNot(const DissectAnswer& answer);

// The flow with all of the client's first, all of the server's first, and one by one in turn: each
// side's own order stays.
std::vector<DatagramFlow> OrdersOf(const DatagramFlow& flow);

// Empty where it holds: what was settled at some prefix stays, at the end nothing waits, and proof
// takes both sides. Otherwise what is broken. No gtest: fuzz targets call it as well.
std::string_view BrokenDatagramLaw(const classify::Dissector& dissector, const DatagramFlow& flow);

// Of a fuzz input: datagrams, each a byte of flags (1: from the client, 2: snapped), two of size,
// and the bytes.
DatagramFlow DatagramsOf(base::Bytes input);

}  // namespace unopened::tests
