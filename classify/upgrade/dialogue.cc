#include "classify/upgrade/dialogue.h"

#include <algorithm>
#include <array>

#include "classify/plaintext/text_protocols.h"

namespace unopened::classify::upgrade {
namespace {

using base::ByteReader;
using base::NeedMore;
using base::NotThis;
using base::Parsed;
using plaintext::Rule;
using Then = Upgrade::Then;
using Words = std::span<const std::string_view>;

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool Begins(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::ranges::equal(text.substr(0, lower.size()), lower, {}, &Lower);
}

bool BeginsWithAny(std::string_view text, Words words) {
  return std::ranges::any_of(words, [text](std::string_view word) { return Begins(text, word); });
}

bool Contains(std::string_view text, std::string_view lower) {
  const auto equal = [](char a, char b) { return Lower(a) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), equal) != text.end();
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "250 ..." and not "250-...", of SMTP and FTP; what is between has no code of its own.
bool EndsReply(std::string_view line) {
  constexpr std::size_t kCode = 3;
  return line.size() >= kCode && std::all_of(line.begin(), line.begin() + kCode, IsDigit) &&
         (line.size() == kCode || line[kCode] == ' ' || line[kCode] == '\r');
}
bool Pop3Reply(std::string_view line) { return Begins(line, "+ok") || Begins(line, "-err"); }
// The greeting, or a tagged one.
bool ImapReply(std::string_view line) {
  if (line.starts_with('+')) return false;
  return !line.starts_with("* ") || Begins(line, "* ok") || Begins(line, "* preauth");
}
bool SieveReply(std::string_view line) {
  return Begins(line, "ok") || Begins(line, "no") || Begins(line, "bye");
}
// The answer to a registration, behind those to CAP.
bool IrcReply(std::string_view line) { return Contains(line, " 001 "); }
bool XmppReply(std::string_view line) {
  return Begins(line, "</stream:features") || Begins(line, "<stream:features/") ||
         Begins(line, "<success") || Begins(line, "<failure") || Begins(line, "<challenge") ||
         Begins(line, "<iq");
}

constexpr Rule Pair(Protocol protocol, plaintext::Recognise client, plaintext::Recognise server) {
  return {protocol, client, server, Variant::kNone, nullptr, true, true};
}

constexpr std::array<std::string_view, 1> kStartTls = {"starttls"};
constexpr std::array<std::string_view, 1> kStls = {"stls"};
constexpr std::array<std::string_view, 2> kAuthTls = {"auth tls", "auth ssl"};
constexpr std::array<std::string_view, 2> kXmppStartTls = {"<starttls", "</starttls"};
constexpr std::array<std::string_view, 3> kSmtpClear = {"mail ", "auth ", "vrfy "};
constexpr std::array<std::string_view, 3> kPop3Clear = {"user ", "apop ", "auth "};
constexpr std::array<std::string_view, 4> kImapClear = {"login ", "authenticate ", "select ",
                                                        "examine "};
constexpr std::array<std::string_view, 2> kFtpClear = {"user ", "pass "};
// RFC 2228: what follows may be in MIC, CONF and ENC.
constexpr std::array<std::string_view, 1> kFtpSeals = {"adat "};
constexpr std::array<std::string_view, 3> kIrcClear = {"join ", "privmsg ", "pong "};
constexpr std::array<std::string_view, 4> kNntpClear = {"authinfo ", "group ", "article", "post"};
constexpr std::array<std::string_view, 1> kSieveClear = {"authenticate "};
constexpr std::array<std::string_view, 4> kXmppClear = {"<auth", "<iq", "<message", "<presence"};
constexpr std::array<std::string_view, 1> kSmtpReady = {"220"};
constexpr std::array<std::string_view, 1> kPop3Ready = {"+ok"};
constexpr std::array<std::string_view, 1> kOk = {"ok"};
constexpr std::array<std::string_view, 2> kFtpReady = {"234", "334"};
constexpr std::array<std::string_view, 1> kIrcReady = {"670"};
constexpr std::array<std::string_view, 1> kNntpReady = {"382"};
constexpr std::array<std::string_view, 2> kXmppProceed = {"<proceed", "</proceed"};

// SMTP, FTP and POP3 share greetings and commands, but each pair of them belongs to one.
constexpr std::array<Script, 8> kScripts = {{
    {.rule = Pair(Protocol::kSmtp, &plaintext::SmtpCommand, &plaintext::SmtpGreeting),
     .variant = Variant::kSmtpStartTls,
     .upgrades = kStartTls,
     .clears = kSmtpClear,
     .accepts = kSmtpReady,
     .offers = "starttls",
     .is_reply = &EndsReply},
    {.rule = Pair(Protocol::kPop3, &plaintext::Pop3Command, &plaintext::Pop3Greeting),
     .variant = Variant::kPop3StartTls,
     .upgrades = kStls,
     .clears = kPop3Clear,
     .accepts = kPop3Ready,
     .offers = "stls",
     .is_reply = &Pop3Reply,
     .replies_early = true},
    {.rule = Pair(Protocol::kImap, &plaintext::ImapCommand, &plaintext::ImapGreeting),
     .variant = Variant::kImapStartTls,
     .words_before_command = 1,
     .words_before_code = 1,
     .upgrades = kStartTls,
     .clears = kImapClear,
     .accepts = kOk,
     .offers = "starttls",
     .is_reply = &ImapReply},
    {.rule = Pair(Protocol::kFtp, &plaintext::FtpCommand, &plaintext::FtpGreeting),
     .variant = Variant::kFtpStartTls,
     .upgrades = kAuthTls,
     .clears = kFtpClear,
     .accepts = kFtpReady,
     .seals = kFtpSeals,
     .offers = "auth tls",
     .is_reply = &EndsReply},
    {.rule = Pair(Protocol::kIrc, &plaintext::IrcCommand, &plaintext::IrcReply),
     .variant = Variant::kIrcStartTls,
     .words_before_code = 1,
     .upgrades = kStartTls,
     .clears = kIrcClear,
     .accepts = kIrcReady,
     .offers = "tls",
     .is_reply = &IrcReply,
     .counts_commands = false},
    {.rule = Pair(Protocol::kNntp, &plaintext::NntpCommand, &plaintext::NntpGreeting),
     .variant = Variant::kNntpStartTls,
     .upgrades = kStartTls,
     .clears = kNntpClear,
     .accepts = kNntpReady,
     .offers = "starttls",
     .is_reply = &EndsReply,
     .replies_early = true},
    {.rule = Pair(Protocol::kSieve, &plaintext::SieveCommand, &plaintext::SieveGreeting),
     .variant = Variant::kSieveStartTls,
     .upgrades = kStartTls,
     .clears = kSieveClear,
     .accepts = kOk,
     .offers = "\"starttls\"",
     .is_reply = &SieveReply},
    {.rule = Rule{Protocol::kXmpp, &plaintext::XmppStream, &plaintext::XmppStream},
     .variant = Variant::kXmppStartTls,
     .line_end = '>',
     .upgrades = kXmppStartTls,
     .clears = kXmppClear,
     .accepts = kXmppProceed,
     .offers = "<starttls",
     .is_reply = &XmppReply,
     .counts_commands = false},
}};

std::string_view TextOf(const ByteReader& reader, std::size_t cap) {
  const base::Bytes bytes = reader.rest().first(std::min(reader.size(), cap));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view SkipWords(std::string_view line, int count) {
  for (int i = 0; i < count; ++i) {
    const std::size_t space = line.find(' ');
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  }
  return line;
}

// Lines of `text`, one by one, and the byte at which each begins.
class Lines {
 public:
  Lines(std::string_view text, char end) : text_(text), end_(end) {}
  // Where the next line begins. Between elements there may be white space.
  std::size_t at() {
    while (end_ == '>' && at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    return at_;
  }
  // False where no whole line follows.
  bool Next(std::string_view& line) {
    const std::size_t end = text_.find(end_, at());
    if (end == std::string_view::npos) return false;
    line = text_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\r' || c == '\n' || c == '\t'; }

  std::string_view text_;
  char end_;
  std::size_t at_ = 0;
};

// No line begins with a byte like that, and every record of TLS (RFC 8446 §5.1) or hello in SSL
// 2.0's form does.
bool BeginsTls(std::string_view text, std::size_t at) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<std::uint8_t>(text[at]);
  return (byte >= 0x14 && byte <= 0x17) || byte >= 0x80;
}

// A byte that no line in clear has: the dialogue went over to something, asked for or not.
bool IsText(std::string_view line) {
  return std::ranges::none_of(line, [](char c) {
    return (c >= 0 && c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
  });
}

// What the client's lines have made of the dialogue.
struct Course {
  enum class Is : std::uint8_t { kOpen, kAsked, kTls, kClear, kSealed };
  Is is = Is::kOpen;
  int commands = 0;
  std::size_t skip = 0;  // kAsked, kTls
};
Course FollowClient(const Script& script, std::string_view text) {
  Course course;
  Lines lines(text, script.line_end);
  std::string_view line;
  while (true) {
    const std::size_t at = lines.at();
    const bool whole = lines.Next(line);
    const bool tls = course.is == Course::Is::kAsked && BeginsTls(text, at);
    if (tls || !IsText(whole ? line : text.substr(at))) {
      course.is = Course::Is::kTls;
      course.skip = at;
      return course;
    }
    if (!whole) return course;
    ++course.commands;
    const std::string_view command = SkipWords(line, script.words_before_command);
    // A client that goes on with commands after asking was refused.
    const bool asks = BeginsWithAny(command, script.upgrades);
    course.is = asks ? Course::Is::kAsked : Course::Is::kOpen;
    course.skip = lines.at();
    if (BeginsWithAny(command, script.clears)) course.is = Course::Is::kClear;
    if (BeginsWithAny(command, script.seals)) course.is = Course::Is::kSealed;
    if (course.is == Course::Is::kClear || course.is == Course::Is::kSealed) return course;
  }
}

// What the server said until `replies` of its replies were there, or TLS began.
struct Answers {
  bool tls = false;
  bool offered = false;
  bool all = false;
  std::size_t skip = 0;
};
Answers FollowServer(const Script& script, std::string_view text, int replies) {
  Answers answers;
  Lines lines(text, script.line_end);
  std::string_view line;
  bool accepted = false;
  for (int seen = 0; seen < replies;) {
    const std::size_t at = lines.at();
    if (accepted && BeginsTls(text, at)) {
      answers.tls = true;
      answers.skip = at;
      return answers;
    }
    if (!lines.Next(line)) return answers;
    accepted = BeginsWithAny(SkipWords(line, script.words_before_code), script.accepts);
    if (Contains(line, script.offers)) answers.offered = true;
    if (script.is_reply(line)) ++seen;
  }
  answers.all = true;
  return answers;
}

constexpr int kEndless = 1 << 20;

Parsed<Upgrade> ToTls(const Script& script, const Course& course, ByteReader client,
                      ByteReader server) {
  const Answers answers = FollowServer(script, TextOf(server, server.size()), kEndless);
  if (!answers.tls && server.open()) return NeedMore{1};
  Upgrade upgrade{.before = script.rule.protocol, .variant = script.variant};
  upgrade.client_skip = course.is == Course::Is::kTls ? course.skip : client.size();
  upgrade.server_skip = answers.tls ? answers.skip : server.size();
  return upgrade;
}

Parsed<Upgrade> InClear(const Script& script, int replies, ByteReader server) {
  const Answers answers = FollowServer(script, TextOf(server, server.size()), replies);
  if (answers.tls) return NotThis{"dialogue: tls unasked"};
  if (!answers.all && server.open()) return NeedMore{1};
  const Variant variant = answers.offered ? Variant::kStartTlsUnused : Variant::kNone;
  return Upgrade{.then = Then::kClear, .before = script.rule.protocol, .variant = variant};
}

}  // namespace

std::span<const Script> Scripts() { return kScripts; }

Parsed<Upgrade> Follow(const Script& script, ByteReader client, ByteReader server) {
  const Course course = FollowClient(script, TextOf(client, kMaxCommandBytes));
  const bool more = client.open() && client.size() < kMaxCommandBytes;
  // The greeting is a reply to nothing.
  int replies = course.commands + 1;
  switch (course.is) {
    case Course::Is::kTls:
      return ToTls(script, course, client, server);
    case Course::Is::kAsked:
      // Whether it was refused the client's next byte tells.
      if (client.open()) return NeedMore{1};
      return ToTls(script, course, client, server);
    case Course::Is::kOpen:
      if (more) return NeedMore{1};
      // Where the client's side was not seen, the server's tells.
      if (client.empty()) return ToTls(script, course, client, server);
      break;
    case Course::Is::kSealed:
      return Upgrade{.then = Then::kOther, .before = script.rule.protocol};
    case Course::Is::kClear:
      if (!script.replies_early) --replies;
      break;
  }
  return InClear(script, script.counts_commands ? replies : 1, server);
}

}  // namespace unopened::classify::upgrade
