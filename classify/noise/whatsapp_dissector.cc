#include "classify/noise/whatsapp_dissector.h"

#include <variant>

#include "classify/noise/whatsapp_message.h"

namespace unopened::classify::noise {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

// More may come as far as a parser is concerned; whether it can is the flow's to say.
ByteReader Open(ByteReader reader) { return ByteReader(reader.rest(), base::End::kOpen); }

HandshakeFacts FactsOf(const WhatsAppClientStart& client, const WhatsAppServerHello* server) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kWhatsAppNoise;
  facts.sides = server != nullptr ? SidesSeen::kBoth : SidesSeen::kClientOnly;
  facts.offered_only = server == nullptr;
  facts.evidence = Evidence::kWeak;
  if (server != nullptr && !client.before_noise) {
    facts.evidence = Evidence::kStrong;
    facts.key_exchange = KeyExchange::kNoiseDh;
    facts.resumption = Resumption::kNone;  // IK saves a round trip, not the key exchange
  }
  return facts;
}

// `client` began with a start; what does `server` say?
Parsed<HandshakeFacts> WithServer(const WhatsAppClientStart& client, ByteReader server) {
  const auto hello = client.before_noise ? ParseWhatsAppServerBeforeNoise(Open(server))
                                         : ParseWhatsAppServerHello(Open(server));
  const auto* need = std::get_if<NeedMore>(&hello);
  if (need != nullptr && server.open()) return *need;
  return FactsOf(client, base::Value(hello));
}

Parsed<HandshakeFacts> DissectWhatsApp(const FlowView& flow) {
  const auto client = ParseWhatsAppClientStart(Open(flow.client));
  if (const auto* start = base::Value(client)) return WithServer(*start, flow.server);
  // A capture that begun at the answer has the roles swapped.
  const auto other = ParseWhatsAppClientStart(Open(flow.server));
  if (const auto* start = base::Value(other)) return WithServer(*start, flow.client);
  if (const auto* need = std::get_if<NeedMore>(&client); need != nullptr && flow.client.open()) {
    return *need;
  }
  const bool opener_answers = !base::IsNotThis(ParseWhatsAppServerHello(Open(flow.client)));
  const auto* need = std::get_if<NeedMore>(&other);
  if (need != nullptr && flow.server.open() && opener_answers) return *need;
  const auto* refusal = std::get_if<NotThis>(&client);
  return refusal != nullptr ? *refusal : NotThis{"whatsapp: no client start"};
}

}  // namespace

const Dissector& WhatsAppNoiseDissector() {
  static constexpr Dissector kWhatsApp{.name = "whatsapp_noise",
                                       .over_tcp = true,
                                       .dissect = &DissectWhatsApp,
                                       .partial = &DissectWhatsApp};
  return kWhatsApp;
}

}  // namespace unopened::classify::noise
