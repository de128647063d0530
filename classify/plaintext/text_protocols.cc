#include "classify/plaintext/text_protocols.h"

#include <algorithm>
#include <array>
#include <span>

namespace unopened::classify::plaintext {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 21> kHttpMethods = {
    "GET ",    "POST ",     "HEAD ",      "PUT ",         "DELETE ", "OPTIONS ",  "PATCH ",
    "TRACE ",  "PROPFIND ", "PROPPATCH ", "MKCOL ",       "COPY ",   "MOVE ",     "LOCK ",
    "UNLOCK ", "REPORT ",   "SUBSCRIBE ", "UNSUBSCRIBE ", "NOTIFY ", "M-SEARCH ", "SEARCH "};
constexpr std::array<std::string_view, 11> kRtspMethods = {
    "OPTIONS ",  "DESCRIBE ", "ANNOUNCE ",      "SETUP ",         "PLAY ",    "PAUSE ",
    "TEARDOWN ", "RECORD ",   "GET_PARAMETER ", "SET_PARAMETER ", "REDIRECT "};
constexpr std::array<std::string_view, 14> kSipMethods = {
    "INVITE ", "REGISTER ", "OPTIONS ", "ACK ",   "BYE ",    "CANCEL ", "SUBSCRIBE ",
    "NOTIFY ", "MESSAGE ",  "INFO ",    "PRACK ", "UPDATE ", "REFER ",  "PUBLISH "};

// The alternative of `words` that the head starts with, or the best that can be said of all.
struct Found {
  Fit fit = Fit::kNo;
  std::string_view word;
};
Found StartsWithAny(const Head& head, Words words) {
  Found found;
  for (const std::string_view word : words) {
    const Fit fit = StartsWith(head, word);
    if (fit > found.fit) found = {fit, word};
  }
  return found;
}

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool StartsWithIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

// As StartsWith, of a command word in any case.
Fit StartsWithCommand(const Head& head, std::string_view lower) {
  const std::string_view text = head.text();
  if (StartsWithIgnoringCase(text, lower)) return Fit::kYes;
  const bool beginning =
      text.size() < lower.size() && StartsWithIgnoringCase(text, lower.substr(0, text.size()));
  return beginning ? TooShort(head) : Fit::kNo;
}

// No control character but those between words and lines.
bool IsText(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return (c >= 0 && c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
  });
}

// kYes where the first line is text as far as the head has it.
Fit TextLine(const Head& head) {
  const std::string_view text = head.text();
  const Line line = FirstLine(text);
  if (!IsText(line.text)) return Fit::kNo;
  const bool more = head.more && text.size() < kHeadSize;
  if (!line.ended) return more ? Fit::kPrefix : Fit::kYes;
  const std::string_view end = text.substr(line.text.size(), 2);
  if (end == "\r") return more ? Fit::kPrefix : Fit::kYes;
  return end == "\r\n" || end[0] == '\n' ? Fit::kYes : Fit::kNo;
}

// What the best of some words says in a line of text. `line`: the head whose line it is, of which
// `head` is what follows a tag or a prefix.
Fit BestCommand(const Head& head, const Head& line, Words yes, Words like) {
  Fit best = Fit::kNo;
  for (const std::string_view word : yes) best = Best(best, StartsWithCommand(head, word));
  for (const std::string_view word : like) {
    best = Best(best, AtMost(StartsWithCommand(head, word), Fit::kLike));
  }
  return best == Fit::kNo ? best : std::min(best, TextLine(line));
}
Fit BestCommand(const Head& head, Words yes, Words like) {
  return BestCommand(head, head, yes, like);
}

// "HTTP/1.1 200 OK": the version, the digits of a code, and text.
Fit StatusLine(const Head& head, std::string_view version) {
  constexpr std::size_t kDigits = 3;
  const Fit fit = StartsWith(head, version);
  if (fit != Fit::kYes) return fit;
  const std::string_view code = head.text().substr(version.size(), kDigits);
  if (!std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; })) return Fit::kNo;
  if (code.size() < kDigits) return TooShort(head, Fit::kLike);
  return TextLine(head);
}

bool ContainsIgnoringCase(std::string_view text, std::string_view lower) {
  for (std::size_t at = 0; at + lower.size() <= text.size(); ++at) {
    if (StartsWithIgnoringCase(text.substr(at), lower)) return true;
  }
  return false;
}

// The rest of a request's line behind its method: a target that starts with one of `targets` (none:
// any) and, where the line ends within the head, the version last.
Fit RequestLine(const Head& head, std::string_view method, Words targets,
                std::string_view version) {
  const Line line = FirstLine(head.text());
  const std::string_view target = line.text.substr(method.size());
  if (!IsPrintable(line.text) || target.starts_with(' ')) return Fit::kNo;
  bool right_target = targets.empty();
  for (const std::string_view start : targets) {
    if (StartsWithIgnoringCase(target, start)) right_target = true;
    if (!line.ended && start.starts_with(target) && head.more) return Fit::kPrefix;
  }
  if (line.ended) {
    const std::size_t last = line.text.rfind(' ');
    const bool versioned = line.text.substr(last + 1).starts_with(version);
    return versioned && last >= method.size() ? TextLine(head) : Fit::kNo;
  }
  if (head.more) return Fit::kPrefix;
  // A target longer than the head hides the version.
  if (!right_target) return Fit::kNo;
  return head.bytes.size() >= kHeadSize ? Fit::kYes : Fit::kLike;
}

// A greeting's line: it names the protocol by one of `names`, or is only like it.
Fit Greeting(const Head& head, Words names) {
  const Fit line = TextLine(head);
  if (line != Fit::kYes) return line;
  const std::string_view text = FirstLine(head.text()).text;
  const bool named = std::ranges::any_of(
      names, [text](std::string_view name) { return ContainsIgnoringCase(text, name); });
  return named ? Fit::kYes : Fit::kLike;
}

// "220 text" or "220-text".
Fit Greeting220(const Head& head, Words names) {
  const Fit code = Best(StartsWith(head, "220 "), StartsWith(head, "220-"));
  return code == Fit::kYes ? Greeting(head, names) : code;
}

}  // namespace

Fit HttpRequest(const Head& head) {
  static constexpr std::array<std::string_view, 4> kTargets = {"/", "*", "http://", "https://"};
  const Found method = StartsWithAny(head, kHttpMethods);
  if (method.fit != Fit::kYes) return method.fit;
  return RequestLine(head, method.word, kTargets, "HTTP/1.");
}

Fit HttpConnect(const Head& head) {
  const Fit method = StartsWith(head, "CONNECT ");
  if (method != Fit::kYes) return method;
  return RequestLine(head, "CONNECT ", {}, "HTTP/1.");
}

Fit HttpStatus(const Head& head) {
  return Best(StatusLine(head, "HTTP/1.1 "), StatusLine(head, "HTTP/1.0 "));
}

Fit Http2Preface(const Head& head) { return StartsWith(head, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); }

Fit Http2Settings(const Head& head) {
  // RFC 9113 §3.4: the server's preface is a SETTINGS frame: length, type 4, flags 0, stream 0.
  auto reader = head.reader();
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  if (!reader.ReadU24(length) || !reader.ReadU8(type) || !reader.ReadU8(flags) ||
      !reader.ReadU32(stream)) {
    return TooShort(head);
  }
  const bool settings = type == 4 && flags == 0 && stream == 0 && length % 6 == 0 && length < 1024;
  return settings ? Fit::kLike : Fit::kNo;
}

Fit RtspRequest(const Head& head) {
  static constexpr std::array<std::string_view, 3> kTargets = {"rtsp://", "rtspu://", "*"};
  const Found method = StartsWithAny(head, kRtspMethods);
  if (method.fit != Fit::kYes) return method.fit;
  return RequestLine(head, method.word, kTargets, "RTSP/");
}

Fit RtspStatus(const Head& head) {
  return Best(StatusLine(head, "RTSP/1.0 "), StatusLine(head, "RTSP/2.0 "));
}

Fit SipMessage(const Head& head) {
  static constexpr std::array<std::string_view, 3> kTargets = {"sip:", "sips:", "tel:"};
  const Fit status = StatusLine(head, "SIP/2.0 ");
  const Found method = StartsWithAny(head, kSipMethods);
  if (method.fit != Fit::kYes) return Best(status, method.fit);
  return RequestLine(head, method.word, kTargets, "SIP/2.0");
}

Fit SsdpRequest(const Head& head) {
  return Best(StartsWith(head, "M-SEARCH * HTTP/1.1"), StartsWith(head, "NOTIFY * HTTP/1.1"));
}

Fit Syslog(const Head& head) {
  constexpr std::string_view kMonths = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
  const std::string_view text = head.text();
  const std::size_t close = text.find('>');
  if (!text.starts_with('<') || close < 2 || close > 4) return Fit::kNo;
  int priority = 0;
  for (const char c : text.substr(1, close - 1)) {
    if (c < '0' || c > '9') return Fit::kNo;
    priority = priority * 10 + (c - '0');
  }
  const std::string_view rest = text.substr(close + 1);
  if (priority > 191 || rest.size() < 4 || !IsPrintable(FirstLine(rest).text)) return Fit::kNo;
  const bool dated = rest.starts_with("1 2") || rest.starts_with("1 -") ||
                     (rest[3] == ' ' && kMonths.find(rest.substr(0, 4)) % 4 == 0);
  return dated || head.peer_port == 514 ? Fit::kYes : Fit::kNo;
}

Fit PeerSearch(const Head& head) { return StartsWith(head, "BT-SEARCH * HTTP/1.1"); }

Fit SmtpCommand(const Head& head) {
  static constexpr std::array<std::string_view, 3> kYes = {"ehlo ", "helo ", "lhlo "};
  return BestCommand(head, kYes, {});
}
Fit SmtpGreeting(const Head& head) {
  static constexpr std::array<std::string_view, 1> kNames = {"smtp"};
  return Greeting220(head, kNames);
}

Fit Pop3Command(const Head& head) {
  static constexpr std::array<std::string_view, 3> kYes = {"capa\r", "apop ", "stls\r"};
  static constexpr std::array<std::string_view, 3> kLike = {"user ", "auth", "quit"};
  return BestCommand(head, kYes, kLike);
}
Fit Pop3Greeting(const Head& head) {
  // "+OK" alone is other protocols' answer as well.
  static constexpr std::array<std::string_view, 1> kNames = {"pop"};
  const Fit ok = StartsWith(head, "+OK");
  return ok == Fit::kYes ? Greeting(head, kNames) : ok;
}

Fit ImapCommand(const Head& head) {
  static constexpr std::array<std::string_view, 6> kCommands = {
      "capability", "starttls", "authenticate ", "login ", "id ", "noop"};
  constexpr std::size_t kMaxTag = 16;
  const std::string_view text = head.text();
  const std::size_t space = text.find(' ');
  const std::string_view tag = text.substr(0, space);
  const bool is_tag = tag.size() <= kMaxTag && std::all_of(tag.begin(), tag.end(), [](char c) {
                        return (c >= '0' && c <= '9') || (Lower(c) >= 'a' && Lower(c) <= 'z') ||
                               c == '.' || c == '_';
                      });
  if (!is_tag || tag.empty()) return Fit::kNo;
  if (space == std::string_view::npos) return TooShort(head);
  Head command = head;
  command.bytes = head.bytes.subspan(space + 1);
  return BestCommand(command, head, std::span(kCommands).first(3), std::span(kCommands).subspan(3));
}
Fit ImapGreeting(const Head& head) {
  static constexpr std::array<std::string_view, 2> kYes = {"* ok", "* preauth"};
  return BestCommand(head, kYes, {});
}

Fit FtpCommand(const Head& head) {
  static constexpr std::array<std::string_view, 6> kLike = {"user ",  "auth ", "feat\r",
                                                            "syst\r", "opts ", "host "};
  return BestCommand(head, {}, kLike);
}
Fit FtpGreeting(const Head& head) {
  static constexpr std::array<std::string_view, 1> kNames = {"ftp"};
  return Greeting220(head, kNames);
}

Fit IrcCommand(const Head& head) {
  static constexpr std::array<std::string_view, 2> kYes = {"nick ", "cap ls"};
  static constexpr std::array<std::string_view, 3> kLike = {"user ", "pass ", "starttls\r"};
  return BestCommand(head, kYes, kLike);
}
Fit IrcReply(const Head& head) {
  static constexpr std::array<std::string_view, 2> kLike = {"notice ", "ping "};
  const Fit notice = BestCommand(head, {}, kLike);
  if (notice != Fit::kNo) return notice;
  // ":server COMMAND": the word behind the prefix.
  const std::string_view text = head.text();
  if (!text.starts_with(':') || !IsPrintable(FirstLine(text).text)) return Fit::kNo;
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return TooShort(head, Fit::kLike);
  Head command = head;
  command.bytes = head.bytes.subspan(space + 1);
  static constexpr std::array<std::string_view, 4> kYes = {"notice ", "cap ", "001 ", "670 "};
  return BestCommand(command, head, kYes, {});
}

Fit NntpCommand(const Head& head) {
  static constexpr std::array<std::string_view, 4> kYes = {"mode reader\r", "authinfo ",
                                                           "capabilities\r", "ihave "};
  static constexpr std::array<std::string_view, 5> kLike = {"starttls\r", "list", "group ",
                                                            "article", "date\r"};
  return BestCommand(head, kYes, kLike);
}
Fit NntpGreeting(const Head& head) {
  // RFC 3977 §5.1: posting allowed, or not.
  static constexpr std::array<std::string_view, 3> kNames = {"nntp", "news", "nnrp"};
  const Fit code = Best(StartsWith(head, "200 "), StartsWith(head, "201 "));
  return code == Fit::kYes ? Greeting(head, kNames) : code;
}

Fit SieveCommand(const Head& head) {
  static constexpr std::array<std::string_view, 5> kLike = {"starttls\r", "authenticate \"",
                                                            "capability\r", "logout\r", "noop"};
  return BestCommand(head, {}, kLike);
}
Fit SieveGreeting(const Head& head) {
  // RFC 5804 §1.7: IMPLEMENTATION is the capability every server has; most say it first.
  static constexpr std::array<std::string_view, 1> kYes = {"\"implementation\" \""};
  static constexpr std::array<std::string_view, 3> kLike = {"\"sieve\" \"", "\"sasl\" \"",
                                                            "\"version\" \""};
  return BestCommand(head, kYes, kLike);
}

Fit XmppStream(const Head& head) {
  constexpr std::string_view kStream = "<stream:stream";
  static constexpr std::string_view kSpace = " \t\r\n";
  const std::string_view text = head.text();
  const Fit begins = Best(StartsWith(head, kStream), StartsWith(head, "<?xml"));
  if (begins != Fit::kYes) return begins;
  const std::size_t stream = text.find(kStream);
  const std::string_view from = stream == std::string_view::npos ? "" : text.substr(stream);
  const std::size_t end = from.find('>');
  const std::string_view tag = from.substr(0, end);
  const std::string_view before = text.substr(0, text.size() - from.size());
  const auto is_text = [](char c) { return IsPrintable(c) || kSpace.find(c) < kSpace.size(); };
  if (!std::ranges::all_of(before, is_text) || !std::ranges::all_of(tag, is_text)) return Fit::kNo;
  if (from.empty()) return TooShort(head, Fit::kLike);
  if (end == std::string_view::npos) {
    return text.size() >= kHeadSize ? Fit::kYes : TooShort(head);
  }
  // RFC 6120 §4.8: its name spaces at least are attributes.
  const bool attributes = tag.size() > kStream.size() &&
                          kSpace.find(tag[kStream.size()]) < kSpace.size() &&
                          tag.find('=') != std::string_view::npos;
  return attributes ? Fit::kYes : Fit::kNo;
}

}  // namespace unopened::classify::plaintext
