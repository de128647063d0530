// Dialogues of lines that may go over to TLS: SMTP (RFC 3207), POP3 and IMAP (RFC 2595, RFC 9051
// §6.2.1), FTP (RFC 4217), IRC (IRCv3 tls), NNTP (RFC 4642), ManageSieve (RFC 5804 §2.2), and XMPP,
// whose lines are elements (RFC 6120 §5).
//
// Of each line only its command, its reply's code, or a capability's name is compared. The answer
// depends on the bytes alone: a dialogue that goes on in clear waits for the replies to all that
// came before, so that it is known whether the server offered TLS. Pure; no allocation.
#pragma once

#include <span>
#include <string_view>

#include "classify/plaintext/rule.h"
#include "classify/upgrade/upgrade.h"

namespace unopened::classify::upgrade {

// How far into the client's side commands are looked for.
inline constexpr std::size_t kMaxCommandBytes = 4096;

struct Script {
  // How the two sides begin. The dialogue's name, and its evidence, are this rule's.
  plaintext::Rule rule;
  Variant variant = Variant::kNone;  // once it went over to TLS
  char line_end = '\n';
  int words_before_command = 0;  // a tag
  int words_before_code = 0;     // a tag, or the server's name
  // All compared with the beginning of a command or a reply, in any case.
  std::span<const std::string_view> upgrades;    // the client asks for TLS
  std::span<const std::string_view> clears;      // the client goes on in clear
  std::span<const std::string_view> accepts;     // the server agrees to TLS
  std::span<const std::string_view> seals = {};  // the client agrees on keys by other means
  std::string_view offers;                       // anywhere in a line of the server
  // A line that ends (or, where `replies_early`, begins) a reply to one command.
  bool (*is_reply)(std::string_view line) = nullptr;
  bool replies_early = false;
  bool counts_commands = true;  // false: the first such line is behind every offer
};

std::span<const Script> Scripts();

// Follows a dialogue that `script` was found to describe.
base::Parsed<Upgrade> Follow(const Script& script, base::ByteReader client,
                             base::ByteReader server);

}  // namespace unopened::classify::upgrade
