#include "classify/mtproto/mtproto_dissector.h"

#include <algorithm>
#include <array>
#include <optional>

#include "classify/mtproto/message.h"
#include "classify/mtproto/obfuscation.h"
#include "classify/opaque/random_start.h"

namespace unopened::classify::mtproto {
namespace {

using base::ByteReader;
using base::Bytes;
using base::NeedMore;
using base::NotThis;
using base::Parsed;

constexpr std::uint8_t kAbridgedTag = 0xef;
constexpr std::array<std::uint8_t, 4> kIntermediateTag = {0xee, 0xee, 0xee, 0xee};
constexpr std::array<std::uint8_t, 4> kPaddedTag = {0xdd, 0xdd, 0xdd, 0xdd};

Variant VariantOf(Framing framing) {
  switch (framing) {
    case Framing::kAbridged:
      return Variant::kAbridged;
    case Framing::kIntermediate:
      return Variant::kIntermediate;
    case Framing::kPaddedIntermediate:
      return Variant::kPaddedIntermediate;
    case Framing::kFull:
      return Variant::kFull;
  }
  return Variant::kNone;
}

// How a client's stream began: a framing, and whether 32 bits named it (a tag, deobfuscated or in
// clear; a checksum).
struct Start {
  Framing framing = Framing::kAbridged;
  bool named = false;
};

HandshakeFacts FactsOf(const Start& start, const FirstMessage* client, const FirstMessage* server) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kMtproto;
  facts.variant = VariantOf(start.framing);
  facts.offered_only = server == nullptr;
  facts.sides = server != nullptr ? SidesSeen::kBoth : SidesSeen::kClientOnly;
  facts.evidence = Evidence::kWeak;
  if (server == nullptr || client == nullptr) return facts;
  facts.evidence = server->kind == Kind::kError ? Evidence::kStrong : Evidence::kProof;
  if (server->kind == Kind::kKeyExchange) {
    facts.key_exchange = KeyExchange::kOtherDh;
    facts.resumption = Resumption::kNone;
  }
  if (server->kind == Kind::kEncrypted) facts.resumption = Resumption::kResumed;
  return facts;
}

// Holds both sides' first messages against each other. `server` may still be open.
Parsed<HandshakeFacts> Conclude(const Start& start, const Parsed<FirstMessage>& client,
                                const Parsed<FirstMessage>& server, bool server_may_come) {
  const FirstMessage* asked = base::Value(client);
  if (asked == nullptr) return std::get<NotThis>(client);
  const FirstMessage* answered = base::Value(server);
  if (answered != nullptr) {
    const bool error = answered->kind == Kind::kError;
    if (!error && !(*asked == *answered)) return NotThis{"mtproto: answer to another"};
    return FactsOf(start, asked, answered);
  }
  if (const auto* refusal = std::get_if<NotThis>(&server); refusal != nullptr) return *refusal;
  if (server_may_come) return std::get<NeedMore>(server);
  // A length alone, behind one byte, is anybody's.
  if (!start.named && asked->kind != Kind::kKeyExchange) return NotThis{"mtproto: unanswered"};
  return FactsOf(start, asked, nullptr);
}

// More may come as far as a parser is concerned; whether it can is the flow's to say.
ByteReader Open(ByteReader reader) { return ByteReader(reader.rest(), base::End::kOpen); }

Parsed<HandshakeFacts> InClear(const Start& start, std::size_t tag_size, ByteReader client,
                               ByteReader server) {
  client.Skip(tag_size);
  const auto asked = ParseFirstMessage(start.framing, Sender::kClient, client);
  if (const auto* need = std::get_if<NeedMore>(&asked)) return *need;
  return Conclude(start, asked, ParseFirstMessage(start.framing, Sender::kServer, Open(server)),
                  server.open());
}

Parsed<HandshakeFacts> Obfuscated(ByteReader client, ByteReader server) {
  if (!opaque::MayBeRandom(client.rest())) return NotThis{"mtproto: start"};
  if (client.size() < kObfuscatedStartSize) {
    return base::Short<HandshakeFacts>(client, "mtproto: start",
                                       kObfuscatedStartSize - client.size());
  }
  const Bytes first = client.rest().first(kObfuscatedStartSize);
  if (!MayBeObfuscated(first)) return NotThis{"mtproto: start"};
  const auto framing = FramingOf(first);
  if (!framing) return NotThis{"mtproto: tag"};
  const Start start{.framing = *framing, .named = true};
  client.Skip(kObfuscatedStartSize);
  const Deobfuscated request(first, Sender::kClient, client);
  const auto asked = ParseFirstMessage(*framing, Sender::kClient, Open(request.reader()));
  if (const auto* need = std::get_if<NeedMore>(&asked)) {
    // The tag alone says something even where no message follows it.
    if (client.open()) return *need;
    return FactsOf(start, nullptr, nullptr);
  }
  const Deobfuscated answer(first, Sender::kServer, server);
  return Conclude(start, asked, ParseFirstMessage(*framing, Sender::kServer, Open(answer.reader())),
                  server.open() && answer.reader().open());
}

// The start of a stream against a tag: its own length where all is there.
template <std::size_t kSize>
bool MayStart(Bytes stream, const std::array<std::uint8_t, kSize>& tag) {
  const std::size_t size = std::min(stream.size(), kSize);
  return std::equal(tag.begin(), tag.begin() + static_cast<std::ptrdiff_t>(size), stream.begin());
}

template <std::size_t kSize>
Parsed<HandshakeFacts> Tagged(Framing framing, const std::array<std::uint8_t, kSize>& tag,
                              ByteReader client, ByteReader server) {
  if (!MayStart(client.rest(), tag)) return NotThis{"mtproto: tag"};
  if (client.size() < kSize) {
    return base::Short<HandshakeFacts>(client, "mtproto: tag", kSize - client.size());
  }
  return InClear({.framing = framing, .named = kSize > 1}, kSize, client, server);
}

Parsed<HandshakeFacts> FromClient(ByteReader client, ByteReader server) {
  if (client.empty()) return base::Short<HandshakeFacts>(client, "mtproto: nothing");
  const std::array<Parsed<HandshakeFacts>, 5> answers = {
      Tagged(Framing::kAbridged, std::array{kAbridgedTag}, client, server),
      Tagged(Framing::kIntermediate, kIntermediateTag, client, server),
      Tagged(Framing::kPaddedIntermediate, kPaddedTag, client, server),
      InClear({.framing = Framing::kFull, .named = true}, 0, client, server),
      Obfuscated(client, server)};
  std::optional<NeedMore> need;
  for (const auto& answer : answers) {
    if (base::Value(answer) != nullptr) return answer;
    if (const auto* more = std::get_if<NeedMore>(&answer)) {
      need = NeedMore{std::min(more->at_least, need ? need->at_least : more->at_least)};
    }
  }
  if (need) return *need;
  return NotThis{"mtproto: none"};
}

// Who opened the flow is known where its start was seen; the middle of a flow begins no handshake.
Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  if (!flow.start_seen) return NotThis{"mtproto: start not seen"};
  return FromClient(flow.client, flow.server);
}

constexpr Dissector kDissector = {
    .name = "mtproto", .over_tcp = true, .dissect = &Dissect, .partial = &Dissect};

}  // namespace

const Dissector& MtprotoDissector() { return kDissector; }

}  // namespace unopened::classify::mtproto
