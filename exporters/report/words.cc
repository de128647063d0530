#include "exporters/report/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "exporters/web/headline.h"

namespace unopened::exporters::report {
namespace {

struct Named {
  std::string_view code;
  std::string_view words;
};

std::string_view Look(std::span<const Named> names, std::string_view code) {
  for (const Named& named : names) {
    if (named.code == code) return named.words;
  }
  return code;
}

constexpr Named kAnswers[] = {
    {"could_not", "could not, by service policy"},
    {"own_keys", "own keys: no third party could"},
    {"conditional", "conditional: named exceptions"},
    {"undetermined", "undetermined: a handshake cannot tell"},
    {"unknown", "unknown: no verified fact"},
    {"opaque", "opaque: protocol not recognised"},
    {"could", "could: the provider holds it readable"},
    {"clear", "clear: readable to anyone on the path"},
    {"not_authorised", "not authorised: this instrument does not reach it"},
    {"not_applicable", "not applicable"},
};

constexpr Named kMeanings[] = {
    {"could_not",
     "The provider’s own policy, verified and in force on the date, leaves it without readable "
     "content. Always said with the policy, its date and its source."},
    {"own_keys",
     "The user runs the other end (an SSH server of one’s own, say): no third party holds the "
     "keys; "
     "the endpoint’s owner does."},
    {"conditional", "Could, or could not, depending on a condition that is named."},
    {"undetermined",
     "The service offers both, and a handshake cannot tell which of them was used."},
    {"unknown", "No verified fact at or before the date. Never read as could not."},
    {"opaque",
     "Random from the first byte: of no handshake that is known. What it is, nobody can tell from "
     "it."},
    {"could",
     "The provider holds it in readable form. Whether an instrument reaches it is a second "
     "question."},
    {"clear", "Not encrypted on the wire."},
    {"not_authorised",
     "The instrument does not reach this category, or does not bind this party. It says nothing of "
     "what the party holds."},
    {"not_applicable", "The service has no such thing."},
};

constexpr Named kCategories[] = {
    {"subscriber_identity", "subscriber identity"},
    {"account_dates", "account dates"},
    {"last_connection", "last connection"},
    {"ip_logs", "IP logs"},
    {"contacts", "contacts"},
    {"group_membership", "group membership"},
    {"message_routing_metadata", "who wrote to whom, when"},
    {"stored_content", "stored content"},
    {"live_content", "live content"},
    {"backups", "backups"},
    {"recorded_ciphertext", "recorded ciphertext, later"},
};

constexpr Named kProtocols[] = {
    {"tls", "TLS"},
    {"quic", "QUIC"},
    {"ssh", "SSH"},
    {"wireguard", "WireGuard"},
    {"whatsapp_noise", "Noise (WhatsApp)"},
    {"esp", "IPsec ESP"},
    {"ah", "IPsec AH"},
    {"sctp", "SCTP"},
    {"icmp", "ICMP"},
    {"other_ip", "other IP"},
    {"http", "HTTP"},
    {"dns", "DNS"},
    {"mdns", "multicast DNS"},
    {"smtp", "SMTP"},
    {"imap", "IMAP"},
    {"pop3", "POP3"},
    {"ftp", "FTP"},
    {"dtls", "DTLS"},
    {"stun", "STUN"},
    {"turn", "TURN"},
    {"gquic", "QUIC (Google’s)"},
    {"zrtp", "ZRTP"},
    {"rtp", "RTP"},
    {"openvpn", "OpenVPN"},
    {"ike", "IKE"},
    {"xmpp", "XMPP"},
    {"bittorrent", "BitTorrent"},
    {"unknown", "not recognised"},
    {"other", "kept apart by a bound"},
};

constexpr Named kKeyExchanges[] = {
    {"none", "none"},
    {"static_rsa", "RSA, static"},
    {"dh_anonymous", "Diffie-Hellman, anonymous"},
    {"ffdhe", "finite field, ephemeral"},
    {"ecdhe", "elliptic curve, ephemeral"},
    {"pq_hybrid", "post-quantum hybrid"},
    {"pq", "post-quantum"},
    {"psk_only", "pre-shared key only"},
    {"psk_dhe", "pre-shared key with ephemeral keys"},
    {"noise_dh", "Noise, ephemeral"},
    {"unknown", "not shown by the handshake"},
    {"export", "of export strength"},
    {"null_cipher", "nothing encrypted"},
    {"other_dh", "Diffie-Hellman of the protocol’s own"},
};

constexpr Named kNames[] = {
    {"visible", "visible to the network"},
    {"outer_or_grease", "ECH offered: outer name or filler only"},
    {"absent", "no name sent"},
    {"known_front", "known front (shared outer name)"},
    {"not_applicable", "protocol has no such name"},
};

}  // namespace

std::string Spaced(std::string_view code) {
  std::string text(code);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string Capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string_view AnswerWords(std::string_view code) { return Look(kAnswers, code); }
std::string_view AnswerMeaning(std::string_view code) { return Look(kMeanings, code); }
std::string_view CategoryWords(std::string_view code) { return Look(kCategories, code); }
std::string_view KeyExchangeWords(std::string_view code) { return Look(kKeyExchanges, code); }
std::string_view NameVisibilityWords(std::string_view code) { return Look(kNames, code); }

std::string ProtocolWords(std::string_view protocol, std::string_view variant,
                          std::string_view version) {
  std::string words(Look(kProtocols, protocol));
  if (words == protocol) words = Spaced(protocol);
  if (version != "none") {
    // "quic-1" repeats its protocol.
    const std::size_t dash = version.find('-');
    words += " " + std::string(dash == version.npos ? version : version.substr(dash + 1));
  }
  if (variant != "none") words += ", " + Spaced(variant);
  return words;
}

std::string Human(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kCount:
      return Grouped(value.count());
    case Value::Kind::kWithheld:
      return "s";
    case Value::Kind::kText:
    case Value::Kind::kSmall:
      break;
  }
  return value.text();
}

std::string HumanShare(const Value& part, const Value& whole) {
  if (part.is_suppressed() || whole.is_suppressed()) return "s";
  if (!part.is_count() || !whole.is_count()) return "unknown";
  return whole.count() == 0 ? "n/a" : Percent(part.count(), whole.count());
}

std::string Portion(const Value& part, const Value& whole, std::string_view what) {
  if (!part.is_count() || !whole.is_count()) return "A withheld number of " + std::string(what);
  if (whole.count() < kPercentFrom) {
    return fmt::format("{} of {} {}", Grouped(part.count()), Grouped(whole.count()), what);
  }
  return fmt::format("{} of {}", Percent(part.count(), whole.count()), what);
}

std::string Duration(std::uint64_t seconds) {
  const std::uint64_t days = seconds / 86'400;
  const std::uint64_t hours = seconds / 3600;
  const std::uint64_t minutes = seconds / 60 % 60;
  if (days >= 3) {
    const std::uint64_t rest = hours % 24;
    return rest == 0 ? fmt::format("{} days", Grouped(days))
                     : fmt::format("{} days {} h", Grouped(days), rest);
  }
  if (hours != 0) {
    return minutes == 0 ? fmt::format("{} h", hours) : fmt::format("{} h {} min", hours, minutes);
  }
  return minutes != 0 ? fmt::format("{} min", minutes) : fmt::format("{} s", seconds);
}

}  // namespace unopened::exporters::report
