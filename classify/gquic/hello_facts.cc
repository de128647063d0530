#include "classify/gquic/hello_facts.h"

#include <array>
#include <string_view>

namespace unopened::classify::gquic {
namespace {

using base::Bytes;

constexpr std::size_t kMaxHostName = 255;

bool IsOfHostName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// Lower-cased, without a trailing dot; false where it is no host name.
bool ReadHostName(Bytes sni, InlineText<255>& out) {
  if (!sni.empty() && sni.back() == '.') sni = sni.first(sni.size() - 1);
  if (sni.empty() || sni.size() > kMaxHostName) return false;
  std::array<char, kMaxHostName> name;
  for (std::size_t i = 0; i < sni.size(); ++i) {
    const auto c = static_cast<char>(sni[i]);
    name[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!IsOfHostName(name[i])) return false;
  }
  out.Set(std::string_view(name.data(), sni.size()));
  return true;
}

}  // namespace

HandshakeFacts FactsOf(bool answered) {
  HandshakeFacts facts;
  facts.protocol = Protocol::kGquic;
  facts.version = Version::kGquicQ;
  facts.offered_only = !answered;
  // A cached server config is no session that could be resumed.
  facts.resumption = Resumption::kNone;
  facts.sides = answered ? SidesSeen::kBoth : SidesSeen::kClientOnly;
  facts.evidence = answered ? Evidence::kProof : Evidence::kWeak;
  return facts;
}

HandshakeFacts FactsOf(const MessageView& chlo, bool answered) {
  HandshakeFacts facts = FactsOf(answered);
  if (chlo.Find(kPublicValue)) facts.early_data = EarlyData::kOffered;
  const auto sni = chlo.Find(kSni);
  const bool named = sni && ReadHostName(*sni, facts.transient.sni);
  facts.name_visibility = named ? NameVisibility::kVisible : NameVisibility::kAbsent;
  return facts;
}

}  // namespace unopened::classify::gquic
