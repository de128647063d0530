// MTProto's transport obfuscation (core.telegram.org/mtproto/mtproto-transports, "Transport
// obfuscation"): a client's first 64 bytes are random, and AES-256-CTR keys for both directions are
// read off them, forwards and backwards. It hides from rules on bytes, not from anyone who knows
// it: nothing secret goes in, unless a proxy's secret is hashed into the keys, and then nothing
// here applies. What it covers is encrypted again, under a key that a tap does not have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.h"
#include "classify/mtproto/message.h"

namespace unopened::classify::mtproto {

inline constexpr std::size_t kObfuscatedStartSize = 64;

// Whether 64 bytes keep what a client promises of its random start: it is not to be taken for
// another transport or for HTTP or TLS.
bool MayBeObfuscated(base::Bytes start);

// The framing that the start names, if bytes 56 to 59 deobfuscate to its tag: of random bytes three
// in 2^32 do. `start` has at least kObfuscatedStartSize bytes.
std::optional<Framing> FramingOf(base::Bytes start);

// The first bytes of one direction without the obfuscation; wiped when it goes.
class Deobfuscated {
 public:
  // `stream`: of Sender::kClient what follows the start, of kServer all of it.
  Deobfuscated(base::Bytes start, Sender sender, base::ByteReader stream);
  ~Deobfuscated();
  Deobfuscated(const Deobfuscated&) = delete;
  Deobfuscated& operator=(const Deobfuscated&) = delete;

  // At most kMostRead bytes; open where more of them may come.
  base::ByteReader reader() const;

 private:
  std::array<std::uint8_t, kMostRead> bytes_{};
  std::size_t size_ = 0;
  base::End end_ = base::End::kOpen;
};

}  // namespace unopened::classify::mtproto
