#include "tests/support/datagram_flow.h"

#include <algorithm>
#include <span>

#include "base/byte_reader.h"

namespace unopened::tests {
namespace {

constexpr std::size_t kMaxDatagrams = 24;  // as many as a flow keeps

std::vector<classify::Datagram> ViewsOf(const DatagramFlow& flow) {
  std::vector<classify::Datagram> views;
  for (const SentDatagram& sent : flow) {
    const auto size = static_cast<std::uint32_t>(sent.bytes.size());
    views.push_back({sent.bytes, std::max(size, sent.wire_length), sent.from_client});
  }
  return views;
}

DissectAnswer Ask(const classify::Dissector& dissector, std::span<const classify::Datagram> views,
                  bool open) {
  classify::FlowView view;
  view.transport = capture::Transport::kUdp;
  view.start_seen = true;
  view.datagrams = views;
  view.datagrams_open = open;
  return dissector.dissect(view);
}

}  // namespace

DissectAnswer AskUdp(const classify::Dissector& dissector, const DatagramFlow& flow, bool open) {
  const auto views = ViewsOf(flow);
  return Ask(dissector, views, open);
}

DissectAnswer AskTcp(const classify::Dissector& dissector, const std::vector<std::uint8_t>& client,
                     const std::vector<std::uint8_t>& server, bool open) {
  const base::End end = open ? base::End::kOpen : base::End::kFinal;
  classify::FlowView view;
  view.transport = capture::Transport::kTcp;
  view.start_seen = true;
  view.client = base::ByteReader(client, end);
  view.server = base::ByteReader(server, end);
  view.datagrams_open = false;
  return dissector.dissect(view);
}

std::string_view WhyNot(const DissectAnswer& answer) {
  if (const auto* refusal = std::get_if<base::NotThis>(&answer)) return refusal->why;
  return base::IsNeedMore(answer) ? "(waits)" : "(facts)";
}

std::vector<DatagramFlow> OrdersOf(const DatagramFlow& flow) {
  DatagramFlow client;
  DatagramFlow server;
  for (const SentDatagram& sent : flow) (sent.from_client ? client : server).push_back(sent);
  DatagramFlow client_first = client;
  client_first.insert(client_first.end(), server.begin(), server.end());
  DatagramFlow server_first = server;
  server_first.insert(server_first.end(), client.begin(), client.end());
  DatagramFlow in_turn;
  for (std::size_t i = 0; i < std::max(client.size(), server.size()); ++i) {
    if (i < client.size()) in_turn.push_back(client[i]);
    if (i < server.size()) in_turn.push_back(server[i]);
  }
  return {flow, client_first, server_first, in_turn};
}

std::string_view BrokenDatagramLaw(const classify::Dissector& dissector, const DatagramFlow& flow) {
  const auto views = ViewsOf(flow);
  bool settled = false;
  DissectAnswer first = base::NeedMore{};
  for (std::size_t count = 0; count <= views.size(); ++count) {
    const auto prefix = std::span(views).first(count);
    const DissectAnswer answer = Ask(dissector, prefix, true);
    // A refusal may find another reason sooner in a longer flow, and stays one.
    if (settled &&
        (answer.index() != first.index() || (base::Value(first) != nullptr && answer != first))) {
      return "what comes later changed the answer";
    }
    if (!base::IsNeedMore(answer)) {
      settled = true;
      first = answer;
    }
    const DissectAnswer last = Ask(dissector, prefix, false);
    if (base::IsNeedMore(last)) return "waits although nothing more comes";
    const auto* facts = base::Value(last);
    if (facts != nullptr && facts->evidence >= classify::Evidence::kStrong &&
        facts->sides != classify::SidesSeen::kBoth) {
      return "more than weak from one side alone";
    }
  }
  return {};
}

DatagramFlow DatagramsOf(base::Bytes input) {
  constexpr std::uint8_t kFromClient = 0x01;
  constexpr std::uint8_t kSnapped = 0x02;
  constexpr std::uint32_t kCutAway = 84;
  DatagramFlow flow;
  base::ByteReader reader(input);
  std::uint8_t flags = 0;
  base::ByteReader body;
  while (flow.size() < kMaxDatagrams && reader.ReadU8(flags) && reader.ReadPrefixed16(body)) {
    const auto size = static_cast<std::uint32_t>(body.size());
    flow.push_back({(flags & kFromClient) != 0,
                    {body.rest().begin(), body.rest().end()},
                    (flags & kSnapped) != 0 ? size + kCutAway : size});
  }
  return flow;
}

}  // namespace unopened::tests
