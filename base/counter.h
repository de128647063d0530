// Counter: one thread adds, any thread reads, at the price of a plain add.
//
// A relaxed load and store is no read-modify-write and takes no bus lock, so it is right only with
// a single writer.
#pragma once

#include <atomic>
#include <cstdint>

namespace unopened::base {

class Counter {
 public:
  Counter() = default;
  // Copies are snapshots, so that a struct of counters can be read as a value.
  Counter(const Counter& other) : value_(other.Get()) {}
  Counter& operator=(const Counter& other) {
    value_.store(other.Get(), std::memory_order_relaxed);
    return *this;
  }

  // Thread: the one writer's.
  void Add(std::uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void Set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  // Thread: any.
  std::uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace unopened::base
