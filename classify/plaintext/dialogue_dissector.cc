#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "classify/plaintext/plaintext_dissector.h"
#include "classify/plaintext/rule.h"
#include "classify/plaintext/text_protocols.h"

namespace unopened::classify::plaintext {
namespace {

using Words = std::span<const std::string_view>;

// How far into the client's side command words are looked for.
constexpr std::size_t kDialogueCap = 2048;

// What the client's commands have made of the dialogue.
enum class Course : std::uint8_t { kOpen, kClear, kUpgrade };

using Follow = Course (*)(std::string_view client);

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool Begins(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

bool BeginsWithAny(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return Begins(text, word); });
}

// The first command of `client` that decides, `skip_words` words into its line.
Course FollowLines(std::string_view client, int skip_words, Words upgrade, Words clear) {
  while (true) {
    const std::size_t end = client.find('\n');
    if (end == std::string_view::npos) return Course::kOpen;
    std::string_view command = client.substr(0, end);
    for (int i = 0; i < skip_words; ++i) {
      const std::size_t space = command.find(' ');
      command.remove_prefix(space == std::string_view::npos ? command.size() : space + 1);
    }
    if (BeginsWithAny(command, upgrade)) return Course::kUpgrade;
    if (BeginsWithAny(command, clear)) return Course::kClear;
    client.remove_prefix(end + 1);
  }
}

Course FollowSmtp(std::string_view client) {
  static constexpr std::array<std::string_view, 1> kUpgrade = {"starttls"};
  static constexpr std::array<std::string_view, 3> kClear = {"mail ", "auth ", "vrfy "};
  return FollowLines(client, 0, kUpgrade, kClear);
}
Course FollowPop3(std::string_view client) {
  static constexpr std::array<std::string_view, 1> kUpgrade = {"stls"};
  static constexpr std::array<std::string_view, 3> kClear = {"user ", "apop ", "auth "};
  return FollowLines(client, 0, kUpgrade, kClear);
}
Course FollowImap(std::string_view client) {
  static constexpr std::array<std::string_view, 1> kUpgrade = {"starttls"};
  static constexpr std::array<std::string_view, 3> kClear = {"login ", "authenticate ", "select "};
  return FollowLines(client, 1, kUpgrade, kClear);
}
Course FollowFtp(std::string_view client) {
  static constexpr std::array<std::string_view, 1> kUpgrade = {"auth "};
  static constexpr std::array<std::string_view, 2> kClear = {"user ", "pass "};
  return FollowLines(client, 0, kUpgrade, kClear);
}
Course FollowIrc(std::string_view client) {
  static constexpr std::array<std::string_view, 1> kUpgrade = {"starttls"};
  static constexpr std::array<std::string_view, 3> kClear = {"join ", "privmsg ", "pong "};
  return FollowLines(client, 0, kUpgrade, kClear);
}
Course FollowXmpp(std::string_view client) {
  static constexpr std::array<std::string_view, 4> kClear = {"<auth", "<iq", "<message",
                                                             "<presence"};
  for (std::size_t at = client.find('<'); at != std::string_view::npos;
       at = client.find('<', at + 1)) {
    if (Begins(client.substr(at), "<starttls")) return Course::kUpgrade;
    if (BeginsWithAny(client.substr(at), kClear)) return Course::kClear;
  }
  return Course::kOpen;
}
// Behind a CONNECT's header the flow is a tunnel, whatever runs inside.
Course FollowConnect(std::string_view client) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t end = client.find(kEnd);
  const bool follows = end != std::string_view::npos && end + kEnd.size() < client.size();
  return follows ? Course::kUpgrade : Course::kOpen;
}

struct Dialogue {
  Rule rule;
  Follow follow;
};
constexpr Rule Pair(Protocol protocol, Recognise client, Recognise server,
                    Variant variant = Variant::kNone) {
  return {protocol, client, server, variant, nullptr, true};
}

// SMTP, FTP and POP3 share greetings and commands, but each pair of them belongs to one.
constexpr std::array<Dialogue, 7> kDialogues = {{
    {Pair(Protocol::kSmtp, &SmtpCommand, &SmtpGreeting), &FollowSmtp},
    {Pair(Protocol::kPop3, &Pop3Command, &Pop3Greeting), &FollowPop3},
    {Pair(Protocol::kImap, &ImapCommand, &ImapGreeting), &FollowImap},
    {Pair(Protocol::kFtp, &FtpCommand, &FtpGreeting), &FollowFtp},
    {Pair(Protocol::kIrc, &IrcCommand, &IrcReply), &FollowIrc},
    {Rule{Protocol::kXmpp, &XmppStream, &XmppStream}, &FollowXmpp},
    {Pair(Protocol::kHttp, &HttpConnect, &HttpStatus, Variant::kHttp1), &FollowConnect},
}};

std::string_view CommandsOf(const FlowView& flow) {
  const base::Bytes bytes = flow.client.rest().first(std::min(flow.client.size(), kDialogueCap));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

base::Parsed<HandshakeFacts> Dissect(const FlowView& flow) {
  // The middle of a flow may be anybody's text.
  if (!flow.start_seen) return base::NotThis{"dialogue: start not seen"};
  const Heads heads = HeadsOf(flow);
  const std::string_view commands = CommandsOf(flow);
  const bool more = flow.client.open() && flow.client.size() < kDialogueCap;
  bool waiting = false;
  for (const auto& [rule, follow] : kDialogues) {
    const Judgement judgement = Judge(rule, heads);
    if (judgement.ruling == Ruling::kNo) continue;
    if (judgement.ruling == Ruling::kWait) {
      waiting = true;
      continue;
    }
    const Course course = follow(commands);
    if (course == Course::kUpgrade) return base::NotThis{"dialogue: upgraded"};
    if (course == Course::kOpen && more) return base::NeedMore{1};
    HandshakeFacts facts = FactsOf(rule, judgement);
    if (judgement.sides == SidesSeen::kServerOnly) {
      // The client's commands would have told whether it went over to TLS.
      facts.plaintext = false;
      facts.key_exchange = KeyExchange::kUnknown;
      facts.resumption = Resumption::kUnknown;
    }
    return facts;
  }
  if (waiting) return base::NeedMore{1};
  return base::NotThis{"dialogue: none known"};
}

}  // namespace

const Dissector& DialogueDissector() {
  static constexpr Dissector kDissector{
      .name = "dialogue", .over_tcp = true, .over_udp = false, .dissect = &Dissect};
  return kDissector;
}

}  // namespace unopened::classify::plaintext
