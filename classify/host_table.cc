#include "classify/host_table.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <set>
#include <utility>

#include "classify/endpoint_matcher.h"

namespace unopened::classify {
namespace {

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// By byte: itself in lower case where a host name may hold it, else 0. Underscores are no host
// name's by RFC 952, but clients send them and servers answer.
constexpr std::array<std::uint8_t, 256> kHostBytes = [] {
  std::array<std::uint8_t, 256> bytes{};
  for (int i = 0; i < 256; ++i) {
    const char c = Lower(static_cast<char>(i));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.') {
      bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(c);
    }
  }
  return bytes;
}();

constexpr bool IsDigit(std::uint8_t c) { return c >= '0' && c <= '9'; }

// SplitMix64's step: another odd base for each attempt.
std::uint64_t BaseOf(std::uint64_t attempt) {
  std::uint64_t z = (attempt + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return (z ^ (z >> 31)) | 1U;
}

// Walks a name from its last byte to its first. Calls tail(length, hash) where a label begins, and
// is false where it is no host name: labels of 1 to 63 bytes, the last of them no number, so no IP
// address either.
template <class Tail>
bool Walk(std::string_view host, const std::array<std::uint64_t, kMaxHost>& powers, Tail tail) {
  if (host.empty() || host.size() > kMaxHost) return false;
  std::uint64_t hash = 0;
  std::size_t label = 0;
  bool last_label = true;
  bool numeric = true;
  bool good = true;
  for (std::size_t length = 0; length < host.size(); ++length) {
    const std::uint8_t c = kHostBytes[static_cast<std::uint8_t>(host[host.size() - 1 - length])];
    if (c == '.') {
      good = good && label - 1 < kMaxLabel && !(last_label && numeric);
      if (!good) return false;
      tail(length, hash);
      label = 0;
      last_label = false;
    } else {
      good = good && c != 0;
      numeric = numeric && IsDigit(c);
      ++label;
    }
    hash += c * powers[length];
  }
  if (!good || label - 1 >= kMaxLabel || (last_label && numeric)) return false;
  tail(host.size(), hash);
  return true;
}

}  // namespace

std::string_view WithoutRoot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

std::string LoweredHost(std::string_view host) {
  std::string out(host);
  std::ranges::transform(out, out.begin(), Lower);
  return out;
}

HostTable::HostTable(const std::vector<HostRule>& rules) {
  std::vector<std::pair<std::string, EndpointMatch>> suffixes;
  std::set<std::string> seen;
  for (const HostRule& rule : rules) {
    std::string suffix = LoweredHost(WithoutRoot(rule.suffix));
    if (!Walk(suffix, powers_, [](std::size_t, std::uint64_t) {}) || !seen.insert(suffix).second) {
      continue;
    }
    shortest_ = std::min(shortest_, suffix.size());
    longest_ = std::max(longest_, suffix.size());
    suffixes.emplace_back(std::move(suffix), EndpointMatch{rule.endpoint, rule.evidence});
  }
  const std::size_t slots = std::bit_ceil(2 * suffixes.size() + 2);
  shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots));
  // No two suffixes may have one hash: then the hash alone finds the only candidate.
  std::uint64_t attempt = 0;
  do {
    slots_.assign(slots, Slot{});
    texts_.clear();
    powers_[0] = BaseOf(attempt++);
    for (std::size_t i = 1; i < powers_.size(); ++i) powers_[i] = powers_[i - 1] * powers_[0];
  } while (!Fill(suffixes));
}

bool HostTable::Fill(const std::vector<std::pair<std::string, EndpointMatch>>& suffixes) {
  for (const auto& [suffix, match] : suffixes) {
    const std::uint64_t hash = HashOf(suffix);
    std::size_t i = hash >> shift_;
    while (slots_[i].size != 0) {
      if (slots_[i].hash == hash) return false;
      i = (i + 1) & (slots_.size() - 1);
    }
    slots_[i] = {hash, static_cast<std::uint32_t>(texts_.size()),
                 static_cast<std::uint8_t>(suffix.size()), match};
    texts_ += suffix;
  }
  return true;
}

std::uint64_t HostTable::HashOf(std::string_view suffix) const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < suffix.size(); ++i) {
    hash += static_cast<std::uint8_t>(suffix[suffix.size() - 1 - i]) * powers_[i];
  }
  return hash;
}

const HostTable::Slot* HostTable::Probe(std::uint64_t hash) const {
  std::size_t i = hash >> shift_;
  while (slots_[i].size != 0) {
    if (slots_[i].hash == hash) return &slots_[i];
    i = (i + 1) & (slots_.size() - 1);
  }
  return nullptr;
}

bool HostTable::IsOf(const Slot& slot, std::string_view tail) const {
  const std::string_view suffix = std::string_view(texts_).substr(slot.at, slot.size);
  // Nearly always so: what the classifier hands over is in lower case.
  return suffix == tail || std::ranges::equal(suffix, tail, {}, {}, Lower);
}

EndpointMatch HostTable::Find(std::string_view host) const {
  host = WithoutRoot(host);
  const Slot* longest = nullptr;
  std::size_t length = 0;
  const bool is_name = Walk(host, powers_, [&](std::size_t tail, std::uint64_t hash) {
    if (tail < shortest_ || tail > longest_) return;
    if (const Slot* slot = Probe(hash)) {
      longest = slot;
      length = tail;
    }
  });
  if (!is_name || longest == nullptr) return {};
  if (IsOf(*longest, host.substr(host.size() - length))) return longest->match;
  // Another name of the same 64 bits: compare each, the shortest first.
  EndpointMatch found;
  Walk(host, powers_, [&](std::size_t tail, std::uint64_t hash) {
    const Slot* slot = Probe(hash);
    if (slot != nullptr && IsOf(*slot, host.substr(host.size() - tail))) found = slot->match;
  });
  return found;
}

}  // namespace unopened::classify
