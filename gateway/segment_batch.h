// SegmentBatch and Lane: how a file's reader hands decoded segments to a worker's thread: copies,
// in batches, over a single-producer ring. A lock-free wait a batch, nothing a packet.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "capture/flow_hash.h"
#include "capture/segment.h"

namespace unopened::gateway {

// Blocks where it has to. One producer, one consumer.
template <class T, std::size_t kSize>
class SpscRing {
 public:
  void Push(T value) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    std::size_t head = head_.load(std::memory_order_acquire);
    while (tail - head == kSize) {
      head_.wait(head, std::memory_order_acquire);
      head = head_.load(std::memory_order_acquire);
    }
    slots_[tail % kSize] = std::move(value);
    tail_.store(tail + 1, std::memory_order_release);
    tail_.notify_one();
  }
  T Pop() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    std::size_t tail = tail_.load(std::memory_order_acquire);
    while (tail == head) {
      tail_.wait(tail, std::memory_order_acquire);
      tail = tail_.load(std::memory_order_acquire);
    }
    T value = std::move(slots_[head % kSize]);
    head_.store(head + 1, std::memory_order_release);
    head_.notify_one();
    return value;
  }

 private:
  alignas(64) std::atomic<std::size_t> head_{0};
  std::array<T, kSize> slots_{};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

struct SegmentBatch {
  static constexpr std::size_t kSegments = 512;
  static constexpr std::size_t kBytes = 256 * 1024 + 65'536;

  // What the worker does after the segments.
  enum class Then : std::uint8_t { kGoOn, kCloseWindow, kFinish };

  SegmentBatch() : bytes(std::make_unique<std::uint8_t[]>(kBytes)) {
    segments.reserve(kSegments);
    hashes.reserve(kSegments);
  }
  ~SegmentBatch() {
    explicit_bzero(bytes.get(), kBytes);
  }  // payload of people: never left in freed memory
  SegmentBatch(const SegmentBatch&) = delete;
  SegmentBatch& operator=(const SegmentBatch&) = delete;

  // False where it does not fit any more.
  bool Add(const capture::Segment& segment, const capture::FlowHash& hash) {
    if (segments.size() == kSegments || used + segment.payload.size() > kBytes) return false;
    segments.push_back(segment);
    hashes.push_back(hash);
    if (!segment.payload.empty())
      std::memcpy(bytes.get() + used, segment.payload.data(), segment.payload.size());
    segments.back().payload = base::Bytes(bytes.get() + used, segment.payload.size());
    used += segment.payload.size();
    return true;
  }
  void Clear() {
    segments.clear();
    hashes.clear();
    used = 0;
    then = Then::kGoOn;
  }

  std::vector<capture::Segment> segments;
  std::vector<capture::FlowHash> hashes;  // of each
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t used = 0;
  Then then = Then::kGoOn;
  base::TimeNs window_start = 0;  // of the window to close
  base::TimeNs until = 0;         // its end, or the end of input
};

}  // namespace unopened::gateway
