#include "capture/fragments.h"

#include <string.h>

#include <algorithm>
#include <limits>

namespace unopened::capture {
namespace {

constexpr std::uint32_t kSlotBytes = FragmentTable::kMaxPayload + 1;
constexpr base::TimeNs kNever = std::numeric_limits<base::TimeNs>::max();

constexpr std::uint64_t Mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

std::uint64_t WordOf(const Address& address, std::size_t at) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) word = word << 8 | address[at + i];
  return word;
}

}  // namespace

FragmentTable::FragmentTable(const FragmentOptions& options, DecoderStats& stats)
    : options_(options),
      stats_(stats),
      datagram_memory_(options.datagrams * sizeof(Datagram)),
      payload_memory_(std::size_t{options.datagrams} * kSlotBytes),
      tag_memory_(options.datagrams * sizeof(std::uint32_t)),
      datagrams_(datagram_memory_.As<Datagram>(options.datagrams)),
      tags_(tag_memory_.As<std::uint32_t>(options.datagrams)),
      next_deadline_(kNever) {}

FragmentTable::~FragmentTable() {
  for (Datagram& datagram : datagrams_) {
    if (datagram.state != State::kFree) Free(datagram);
  }
}

// Not keyed: whoever makes tags collide pays the table at most one comparison a datagram more.
std::uint32_t FragmentTable::TagOf(const IpPayload& part) const {
  std::uint64_t hash = part.fragment->identification;
  hash = Mix(hash, WordOf(part.source, 0));
  hash = Mix(hash, WordOf(part.source, 8));
  hash = Mix(hash, WordOf(part.destination, 0));
  hash = Mix(hash, WordOf(part.destination, 8));
  return static_cast<std::uint32_t>(hash >> 32) | 1;
}

FragmentTable::Datagram* FragmentTable::Find(const IpPayload& part, std::uint32_t tag) {
  for (std::size_t i = 0; i < tags_.size(); ++i) {
    if (tags_[i] != tag) continue;
    Datagram& datagram = datagrams_[i];
    const bool same_protocol = part.version == IpVersion::kV6 || datagram.protocol == part.protocol;
    if ((datagram.state == State::kFilling || datagram.state == State::kDropped) &&
        datagram.version == part.version && same_protocol &&
        datagram.identification == part.fragment->identification &&
        datagram.source == part.source && datagram.destination == part.destination) {
      return &datagram;
    }
  }
  return nullptr;
}

FragmentTable::Datagram& FragmentTable::Open(const IpPayload& part, std::uint32_t tag,
                                             base::TimeNs now) {
  if (used_ == datagrams_.size()) {
    Datagram* oldest = nullptr;
    for (Datagram& datagram : datagrams_) {
      if (datagram.state != State::kWhole &&
          (oldest == nullptr || datagram.deadline < oldest->deadline)) {
        oldest = &datagram;
      }
    }
    GiveUp(*oldest, Reject::kFragmentEvicted);
  }
  std::size_t index = 0;
  while (tags_[index] != 0) ++index;
  tags_[index] = tag;
  ++used_;
  Datagram& datagram = datagrams_[index];
  datagram.source = part.source;
  datagram.destination = part.destination;
  datagram.identification = part.fragment->identification;
  datagram.version = part.version;
  datagram.protocol = part.protocol;
  datagram.state = State::kFilling;
  datagram.known = kSlotBytes;
  if (__builtin_add_overflow(now, options_.limit_ns, &datagram.deadline)) {
    datagram.deadline = kNever;
  }
  next_deadline_ = std::min(next_deadline_, datagram.deadline);
  return datagram;
}

std::span<std::uint8_t> FragmentTable::PayloadOf(const Datagram& datagram) {
  const auto index = static_cast<std::size_t>(&datagram - datagrams_.data());
  return payload_memory_.bytes().subspan(index * kSlotBytes, kSlotBytes);
}

// Whether `part` contradicts nothing that came before.
bool FragmentTable::Fits(Datagram& datagram, const IpPayload& part) {
  const std::uint32_t begin = part.fragment->offset;
  const std::uint32_t end = begin + part.wire_length;
  if (part.fragment->more) {
    if (datagram.end != 0 && end > datagram.end) return false;
  } else if (datagram.end != 0 ? end != datagram.end : end < datagram.extent) {
    return false;
  }
  if (begin == 0 && datagram.first_came && datagram.protocol != part.protocol) return false;

  const std::span<const std::uint8_t> payload = PayloadOf(datagram);
  const std::uint32_t known =
      std::min(datagram.known, begin + static_cast<std::uint32_t>(part.bytes.size()));
  for (std::uint32_t i = 0; i < datagram.range_count; ++i) {
    const std::uint32_t from = std::max(begin, datagram.ranges[i].begin);
    const std::uint32_t to = std::min(known, datagram.ranges[i].end);
    if (from >= to) continue;
    const auto before = payload.subspan(from, to - from);
    const auto now = part.bytes.subspan(from - begin, to - from);
    if (!std::equal(before.begin(), before.end(), now.begin())) return false;
  }
  return true;
}

// Adds `range`, joined to those it touches; false where that makes too many.
bool FragmentTable::Insert(Datagram& datagram, Range range) {
  auto& ranges = datagram.ranges;
  std::uint32_t first = 0;  // that does not end before `range`
  while (first < datagram.range_count && ranges[first].end < range.begin) ++first;
  std::uint32_t last = first;  // behind those that `range` touches
  for (; last < datagram.range_count && ranges[last].begin <= range.end; ++last) {
    range.begin = std::min(range.begin, ranges[last].begin);
    range.end = std::max(range.end, ranges[last].end);
  }
  if (first == last) {
    if (datagram.range_count == ranges.size()) return false;
    std::copy_backward(ranges.begin() + first, ranges.begin() + datagram.range_count,
                       ranges.begin() + datagram.range_count + 1);
    ++datagram.range_count;
  } else {
    std::copy(ranges.begin() + last, ranges.begin() + datagram.range_count,
              ranges.begin() + first + 1);
    datagram.range_count -= last - first - 1;
  }
  ranges[first] = range;
  return true;
}

Layer<IpPayload> FragmentTable::Add(const IpPayload& part, Load& load, base::TimeNs now) {
  if (now > next_deadline_) Sweep(now);
  const std::uint32_t begin = part.fragment->offset;
  if (part.wire_length == 0 || (part.fragment->more && part.wire_length % 8 != 0) ||
      part.wire_length > kMaxPayload || begin + part.wire_length > kMaxPayload) {
    return tl::unexpected(Reject::kBadFragment);
  }
  const std::uint32_t tag = TagOf(part);
  Datagram* found = Find(part, tag);
  Datagram& datagram = found != nullptr ? *found : Open(part, tag, now);
  if (datagram.state == State::kDropped) return tl::unexpected(datagram.dropped_for);
  if (!Fits(datagram, part)) return tl::unexpected(Drop(datagram, Reject::kFragmentConflict));

  const std::uint32_t end = begin + part.wire_length;
  const bool too_long =
      datagram.load.bytes + load.bytes > std::numeric_limits<std::uint32_t>::max();
  if (++datagram.parts > options_.parts || too_long || !Insert(datagram, {begin, end})) {
    return tl::unexpected(Drop(datagram, Reject::kFragmentLimit));
  }
  std::copy(part.bytes.begin(), part.bytes.end(), PayloadOf(datagram).subspan(begin).begin());
  base::ForgetMovedBytes();
  datagram.extent = std::max(datagram.extent, end);
  if (part.bytes.size() < part.wire_length) {
    datagram.known =
        std::min(datagram.known, begin + static_cast<std::uint32_t>(part.bytes.size()));
  }
  if (!part.fragment->more) datagram.end = end;
  if (begin == 0) {
    datagram.first_came = true;
    datagram.protocol = part.protocol;
  }
  const bool whole = datagram.range_count == 1 && datagram.ranges[0].begin == 0 &&
                     datagram.ranges[0].end == datagram.end;
  if (!whole) {
    stats_.Hold(load);
    datagram.load.packets += load.packets;
    datagram.load.bytes += load.bytes;
    return tl::unexpected(Reject::kFragmentHeld);
  }
  stats_.LetGo(datagram.load);
  load.packets += datagram.load.packets;
  load.bytes += datagram.load.bytes;
  datagram.state = State::kWhole;
  ++whole_;
  IpPayload payload = part;
  payload.fragment.reset();
  payload.protocol = datagram.protocol;
  payload.wire_length = datagram.end;
  payload.bytes = PayloadOf(datagram).first(std::min(datagram.end, datagram.known));
  return payload;
}

// Keeps the name of a datagram that none may complete any more, and none of its bytes.
Reject FragmentTable::Drop(Datagram& datagram, Reject reject) {
  base::ForgetMovedBytes();
  stats_.LetGo(datagram.load);
  stats_.Refuse(reject, datagram.load);
  datagram.load = {};
  datagram.state = State::kDropped;
  datagram.dropped_for = reject;
  explicit_bzero(PayloadOf(datagram).data(), datagram.extent);
  datagram.extent = 0;
  return reject;
}

void FragmentTable::GiveUp(Datagram& datagram, Reject reject) {
  stats_.LetGo(datagram.load);
  stats_.Refuse(reject, datagram.load);
  Free(datagram);
}

void FragmentTable::Free(Datagram& datagram) {
  explicit_bzero(PayloadOf(datagram).data(), datagram.extent);
  tags_[static_cast<std::size_t>(&datagram - datagrams_.data())] = 0;
  explicit_bzero(&datagram, sizeof(Datagram));
  --used_;
}

void FragmentTable::ForgetWhole() {
  for (Datagram& datagram : datagrams_) {
    if (datagram.state == State::kWhole) Free(datagram);
  }
  whole_ = 0;
}

void FragmentTable::Sweep(base::TimeNs now) {
  if (now <= next_deadline_) return;
  next_deadline_ = kNever;
  for (Datagram& datagram : datagrams_) {
    if (datagram.state == State::kFree || datagram.state == State::kWhole) continue;
    if (datagram.deadline < now) {
      GiveUp(datagram, Reject::kFragmentIncomplete);
    } else {
      next_deadline_ = std::min(next_deadline_, datagram.deadline);
    }
  }
}

void FragmentTable::Finish() {
  Forget();
  for (Datagram& datagram : datagrams_) {
    if (datagram.state != State::kFree) GiveUp(datagram, Reject::kFragmentIncomplete);
  }
  next_deadline_ = kNever;
}

}  // namespace unopened::capture
