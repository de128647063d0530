// FragmentTable: the parts of IP datagrams, until they are whole (RFC 791 §3.2, RFC 8200 §4.5).
//
// Parts may come in any order and repeat. Copies of the same bytes that differ are a conflict:
// systems disagree which copy they take (RFC 5722), so none wins; the datagram is dropped, and what
// comes for it until its time is over is dropped with it. The same holds for a datagram in too many
// parts. Its time begins with its first part and does not depend on later ones.
//
// Memory is taken at construction, kept out of core dumps, and what was written is zeroed when the
// datagram leaves. An address is held for as long as a datagram waits, no longer. Thread: its
// owner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/quiet_memory.h"
#include "capture/decoder_stats.h"
#include "capture/ip.h"

namespace unopened::capture {

struct FragmentOptions {
  std::uint32_t datagrams = 256;  // incomplete at one time; each takes 64 KiB as far as it is used
  std::int64_t limit_ns = 30 * base::kNsPerSecond;  // after a datagram's first part
  std::uint32_t parts = 256;  // of one datagram, copies included; 64 KiB in 1,280 bytes are 52
};

class FragmentTable {
 public:
  static constexpr std::uint32_t kMaxPayload = 65'535;
  static constexpr std::uint32_t kMaxHoles = 31;  // of one datagram, at one time

  // `stats` outlives the table, which counts there whatever it holds and lets go.
  FragmentTable(const FragmentOptions& options, DecoderStats& stats);
  ~FragmentTable();  // zeroes what is left
  FragmentTable(const FragmentTable&) = delete;
  FragmentTable& operator=(const FragmentTable&) = delete;

  // Takes `part` (part.fragment is set). The whole payload if this was the last part missing:
  // `load` is then that of all parts, and the bytes stay until the next Forget(). kFragmentHeld:
  // `load` is with the table. Any other reject: the parts that came before are counted under it,
  // and `load` is the caller's to count. `now` never goes back.
  Layer<IpPayload> Add(const IpPayload& part, Load& load, base::TimeNs now);

  // Lets go of the datagrams that Add() returned whole.
  void Forget() {
    if (whole_ != 0) ForgetWhole();
  }
  // Add() returned a datagram that Forget() has not let go of.
  bool lends() const { return whole_ != 0; }
  // Gives up what waits since before `now - limit`.
  void Sweep(base::TimeNs now);
  // The input has ended: gives up everything.
  void Finish();

 private:
  struct Range {
    std::uint32_t begin;
    std::uint32_t end;
  };
  enum class State : std::uint8_t { kFree = 0, kFilling, kDropped, kWhole };
  // All zeroes is a free one.
  struct Datagram {
    Address source;
    Address destination;
    std::uint32_t identification;
    IpVersion version;
    std::uint8_t protocol;  // IPv4: one of the key. IPv6: the first part's, once that came
    State state;
    Reject dropped_for;
    bool first_came;
    std::uint32_t parts;
    std::uint32_t range_count;
    std::uint32_t end;     // of the payload; 0 as long as the last part has not come
    std::uint32_t extent;  // the highest byte that any part reaches
    std::uint32_t known;   // the first byte that a snap length cut; extent if none did
    base::TimeNs deadline;
    Load load;
    std::array<Range, kMaxHoles + 1> ranges;  // disjoint, not adjacent, in order
  };

  std::uint32_t TagOf(const IpPayload& part) const;
  Datagram* Find(const IpPayload& part, std::uint32_t tag);
  Datagram& Open(const IpPayload& part, std::uint32_t tag, base::TimeNs now);
  std::span<std::uint8_t> PayloadOf(const Datagram& datagram);
  bool Fits(Datagram& datagram, const IpPayload& part);
  static bool Insert(Datagram& datagram, Range range);
  Reject Drop(Datagram& datagram, Reject reject);
  void GiveUp(Datagram& datagram, Reject reject);
  void Free(Datagram& datagram);
  void ForgetWhole();

  const FragmentOptions options_;
  DecoderStats& stats_;
  base::QuietMemory datagram_memory_;
  base::QuietMemory payload_memory_;
  base::QuietMemory tag_memory_;
  std::span<Datagram> datagrams_;
  std::span<std::uint32_t> tags_;  // of the datagram of the same index; 0: free
  std::uint32_t used_ = 0;
  std::uint32_t whole_ = 0;
  base::TimeNs next_deadline_;  // no datagram's is earlier
};

}  // namespace unopened::capture
