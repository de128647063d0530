// HandshakeReader: the records of one direction of a TCP connection, read as handshake messages
// (RFC 8446 §5.1, RFC 5246 §6.2.1).
//
// A message may lie in one record, span several, or share one with others; TCP cuts all of it
// anywhere. A message within one record is handed out in place as soon as its own bytes are there;
// one that spans records is joined in the scratch the caller lends. Allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_reader.h"
#include "base/parsed.h"
#include "classify/tls/message.h"

namespace unopened::classify::tls {

inline constexpr std::size_t kRecordHeaderSize = 5;
inline constexpr std::size_t kMaxPlaintextSize = 1 << 14;                    // of a fragment
inline constexpr std::size_t kMaxCiphertextSize = kMaxPlaintextSize + 2048;  // RFC 5246 §6.2.3

class HandshakeReader {
 public:
  struct Upcoming {
    ContentType type = ContentType::kHandshake;
    HandshakeType handshake_type = HandshakeType::kHelloRequest;  // of kHandshake alone
  };
  struct Skipped {};

  // `stream` begins at a record. Messages that span records must fit into `scratch`; it may be
  // empty where none is read.
  HandshakeReader(base::ByteReader stream, std::span<std::uint8_t> scratch)
      : stream_(stream), scratch_(scratch) {}

  // What comes next: a message, or a record of another type. Consumes nothing.
  base::Parsed<Upcoming> Peek();
  // Reads the upcoming message, with its header. The view is valid until the next message that
  // spans records is read. NeedMore asks no further than the message's end, and leaves the reader
  // spent.
  base::Parsed<base::ByteReader> ReadMessage();
  // Steps over the upcoming message or record. NeedMore leaves the reader spent.
  base::Parsed<Skipped> Skip();
  // Reads the upcoming record, an alert in clear: its level (RFC 8446 §6). 0: it is encrypted.
  base::Parsed<std::uint8_t> ReadAlertLevel();

 private:
  // Reads the next record's header into type_ and in_record_, unless one is open.
  base::Parsed<Skipped> OpenRecord();
  // Takes `count` bytes of handshake records; copies them to `joined` unless that is empty.
  base::Parsed<Skipped> Take(std::size_t count, std::span<std::uint8_t> joined);

  base::ByteReader stream_;
  std::span<std::uint8_t> scratch_;
  ContentType type_ = ContentType::kHandshake;
  std::size_t in_record_ = 0;  // bytes of the open record that were not taken yet
};

}  // namespace unopened::classify::tls
