// Head: the first bytes of one direction, at most 64, and how well they fit a protocol.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/byte_reader.h"

namespace unopened::classify::plaintext {

// architecture.md, invariant 1: of a protocol without a cryptographic handshake no more is read.
inline constexpr std::size_t kHeadSize = 64;

struct Head {
  base::Bytes bytes;
  bool more = false;              // further bytes of the head may come
  std::uint32_t wire_length = 0;  // of the whole datagram; of a stream, as many as came
  std::uint16_t port = 0;         // the sender's own
  std::uint16_t peer_port = 0;

  bool empty() const { return bytes.empty(); }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  base::ByteReader reader() const { return base::ByteReader(bytes); }
};

// What a direction's head says of one protocol.
enum class Fit : std::uint8_t {
  kNo,      // never
  kPrefix,  // too short to tell; only while `more`
  kLike,    // what the protocol may say, but others do too
  kYes,     // names the protocol
};

// The answer where the head ended too early for another one.
constexpr Fit TooShort(const Head& head, Fit at_the_end = Fit::kNo) {
  return head.more ? Fit::kPrefix : at_the_end;
}

// kYes where the head starts with `words`.
inline Fit StartsWith(const Head& head, std::string_view words) {
  const std::string_view text = head.text();
  // Nearly all heads part with nearly all words here, without a call.
  if (!text.empty() && !words.empty() && text[0] != words[0]) return Fit::kNo;
  if (text.starts_with(words)) return Fit::kYes;
  return words.starts_with(text) ? TooShort(head) : Fit::kNo;
}

// Its answers are ordered: the best of several alternatives is the greatest.
constexpr Fit Best(Fit a, Fit b) { return std::max(a, b); }
// What is only like the protocol, however exactly it was found.
constexpr Fit AtMost(Fit fit, Fit most) { return fit == Fit::kPrefix ? fit : std::min(fit, most); }

constexpr bool IsPrintable(char c) { return c >= ' ' && c <= '~'; }

// The first line without its end, as far as it is there.
struct Line {
  std::string_view text;
  bool ended = false;
};
inline Line FirstLine(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return {text, false};
  return {text.substr(0, end), true};
}
inline bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsPrintable(c); });
}

// How much a first line says for being one. ASCII that CR and LF end (RFC 5321 §2.3.8, RFC 9112
// §2.2), or that fills the head: 2. With a bare LF, or with other letters: 1. What nothing ends: 0.
inline int LineWeight(const Head& head) {
  const Line line = FirstLine(head.text());
  const bool ascii = IsPrintable(line.text);
  const std::string_view end = head.text().substr(line.text.size(), 2);
  const bool full = head.bytes.size() >= kHeadSize;
  if (end.empty()) return full && ascii ? 2 : 0;
  if (end == "\r\n" || (end == "\r" && full)) return ascii ? 2 : 1;
  return ascii && end[0] == '\n' ? 1 : 0;
}

}  // namespace unopened::classify::plaintext
