// A UDP flow that its test asks by name.
#pragma once

#include "tests/support/datagram_flow.h"

namespace unopened::tests {

struct UdpFlow {
  DatagramFlow sent;

  DissectAnswer Ask(const classify::Dissector& dissector, bool last = false) const {
    return AskUdp(dissector, sent, !last);
  }
  UdpFlow Reversed() const { return {{sent.rbegin(), sent.rend()}}; }
};

}  // namespace unopened::tests
