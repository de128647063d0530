#include "classify/quic/crypto_stream.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <span>

namespace unopened::classify::quic {

CryptoStream::Outcome CryptoStream::Add(std::uint64_t offset, base::Bytes bytes) {
  if (offset > kCapacity || bytes.size() > kCapacity - offset) return Outcome::kLimit;
  if (bytes.empty()) return Outcome::kAdded;
  const auto begin = static_cast<std::size_t>(offset);
  const std::size_t end = begin + bytes.size();

  // [first, last) are the ranges that the new one overlaps or touches.
  std::size_t first = 0;
  while (first < count_ && ranges_[first].end < begin) ++first;
  std::size_t last = first;
  for (; last < count_ && ranges_[last].begin <= end; ++last) {
    const std::size_t from = std::max(begin, ranges_[last].begin);
    const std::size_t to = std::min(end, ranges_[last].end);
    const auto held = std::span(bytes_).subspan(from, to - from);
    if (!std::equal(held.begin(), held.end(), bytes.subspan(from - begin).begin())) {
      return Outcome::kConflict;
    }
  }
  if (first == last && count_ == kMaxRanges) return Outcome::kLimit;

  Range merged{begin, end};
  if (first < last) {
    merged.begin = std::min(begin, ranges_[first].begin);
    merged.end = std::max(end, ranges_[last - 1].end);
    std::copy(ranges_.begin() + last, ranges_.begin() + count_, ranges_.begin() + first + 1);
  } else {
    std::copy_backward(ranges_.begin() + first, ranges_.begin() + count_,
                       ranges_.begin() + count_ + 1);
  }
  count_ = count_ + 1 - (last - first);
  ranges_[first] = merged;
  std::copy(bytes.begin(), bytes.end(), std::span(bytes_).subspan(begin).begin());
  return Outcome::kAdded;
}

base::Bytes CryptoStream::prefix() const {
  if (count_ == 0 || ranges_[0].begin != 0) return {};
  return base::Bytes(bytes_).first(ranges_[0].end);
}

void CryptoStream::Clear() {
  for (std::size_t i = 0; i < count_; ++i) {
    const auto range =
        std::span(bytes_).subspan(ranges_[i].begin, ranges_[i].end - ranges_[i].begin);
    OPENSSL_cleanse(range.data(), range.size());
  }
  count_ = 0;
}

}  // namespace unopened::classify::quic
