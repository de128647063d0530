// The records of a DTLS datagram and the handshake fragments in them (RFC 6347 §4.1, §4.2.2; RFC
// 9147 §4, §5.2). Pure: every view borrows the datagram. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"
#include "classify/tls/code_points.h"

namespace unopened::classify::dtls {

inline constexpr std::size_t kRecordHeaderSize = 13;
// A handshake message may be longer than any hello: chains of certificates are.
inline constexpr std::size_t kMaxMessageSize = 1 << 17;

// RFC 5415 §4.1: CAPWAP puts four bytes before a datagram of DTLS. Steps over them and says so.
bool SkipCapwapPreamble(base::ByteReader& datagram);
// A CAPWAP message in clear, as its discovery is (RFC 5415 §4.3): it comes before DTLS on one flow.
bool IsCapwapInClear(base::Bytes datagram);

struct Record {
  tls::ContentType type = tls::ContentType::kHandshake;
  tls::ProtocolVersion version = 0;
  std::uint16_t epoch = 0;    // 0: in clear
  base::ByteReader fragment;  // what the record carries; short where the datagram was snapped
};

// Hands out the records of a datagram in clear framing, one by one. Ends before what hides its
// length: connection ids (RFC 9146 §4) and the unified header of DTLS 1.3 (RFC 9147 §4).
class RecordWalk {
 public:
  explicit RecordWalk(base::ByteReader datagram) : rest_(datagram) {}
  bool Next();
  const Record& record() const { return record_; }
  // False where what came last cannot be DTLS.
  bool well_formed() const { return well_formed_; }

 private:
  base::ByteReader rest_;
  Record record_;
  bool well_formed_ = true;
};

// One fragment of a handshake message.
struct Fragment {
  tls::HandshakeType type = tls::HandshakeType::kHelloRequest;
  std::uint32_t length = 0;    // of the whole message's body
  std::uint16_t sequence = 0;  // message_seq
  std::uint32_t offset = 0;    // of `bytes` in that body
  base::Bytes bytes;
};

// The same for the fragments of a handshake record in clear.
class FragmentWalk {
 public:
  explicit FragmentWalk(const Record& record) : rest_(record.fragment) {}
  bool Next();
  const Fragment& fragment() const { return fragment_; }
  bool well_formed() const { return well_formed_; }

 private:
  base::ByteReader rest_;
  Fragment fragment_;
  bool well_formed_ = true;
};

}  // namespace unopened::classify::dtls
