// Rule: how the two sides of one protocol begin, and what follows for a flow.
#pragma once

#include <cstdint>

#include "classify/dissector.h"
#include "classify/facts.h"
#include "classify/plaintext/head.h"
#include "classify/protocol.h"

namespace unopened::classify::plaintext {

using Recognise = Fit (*)(const Head& head);

struct Rule {
  Protocol protocol = Protocol::kUnknown;
  Recognise client = nullptr;
  Recognise server = nullptr;
  Variant variant = Variant::kNone;
  // Whether an answer repeats what the request drew at random; null where there is no such field.
  bool (*echoes)(const Head& request, const Head& answer) = nullptr;
  // Whether two sides that are each only like the protocol are it together.
  bool pair_suffices = false;
  // Both sides begin with a line of text: what a few letters name before something else is weak.
  bool of_lines = false;
};

// Both heads of a flow. An empty one: that side has said nothing yet.
struct Heads {
  Head client;
  Head server;
  bool client_may_come = false;
  bool server_may_come = false;
};
Heads HeadsOf(const FlowView& flow);
// The same with the sides exchanged: a UDP flow may be seen from its answer on.
Heads Exchanged(const Heads& heads);

enum class Ruling : std::uint8_t { kNo, kWait, kClaim };

struct Judgement {
  Ruling ruling = Ruling::kNo;
  SidesSeen sides = SidesSeen::kNone;
  Evidence evidence = Evidence::kNone;
};

// A side that contradicts the rule refutes it. With both sides: strong where one names the
// protocol, weak where each is only like it and that suffices. With one side, once the other can no
// longer come: weak, and only where it names the protocol.
Judgement Judge(const Rule& rule, const Heads& heads);

HandshakeFacts FactsOf(const Rule& rule, const Judgement& judgement);

}  // namespace unopened::classify::plaintext
