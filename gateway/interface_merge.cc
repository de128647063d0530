#include "gateway/interface_merge.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace unopened::gateway {

// Packets of one interface, first in, first out; their bytes stand in one circular store, each
// packet's in one piece.
class InterfaceMerge::Queue {
 public:
  Queue(std::size_t packets, std::size_t bytes) : records_(packets), store_(bytes) {}
  ~Queue() { explicit_bzero(store_.data(), store_.size()); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  bool empty() const { return count_ == 0; }
  const capture::Packet& front() const { return records_[first_].packet; }

  // False where there is no room.
  bool Push(const capture::Packet& packet) {
    const std::size_t size = packet.bytes.size();
    std::size_t at = 0;
    if (count_ == records_.size() || !Place(size, at)) return false;
    Record& record = records_[(first_ + count_) % records_.size()];
    record.packet = packet;
    record.at = at;
    const std::span<std::uint8_t> copy(store_.data() + at, size);
    std::copy(packet.bytes.begin(), packet.bytes.end(), copy.begin());
    record.packet.bytes = copy;
    next_ = at + size;
    ++count_;
    return true;
  }
  void Pop() {
    Record& record = records_[first_];
    explicit_bzero(store_.data() + record.at, record.packet.bytes.size());
    record.packet = {};
    first_ = (first_ + 1) % records_.size();
    --count_;
  }

  base::TimeNs last_time = std::numeric_limits<base::TimeNs>::min();
  bool ended = false;

 private:
  struct Record {
    capture::Packet packet;  // its bytes are in the store
    std::size_t at = 0;
  };

  // Where `size` bytes fit. Used bytes run from the first record's place to `next_`, around the end
  // if need be; one byte stays free between, so that a full store is told from an empty one.
  bool Place(std::size_t size, std::size_t& at) const {
    if (count_ == 0) {
      at = 0;
      return size <= store_.size();
    }
    const std::size_t used_from = records_[first_].at;
    if (next_ < used_from) {
      at = next_;
      return size < used_from - next_;
    }
    if (size <= store_.size() - next_) {
      at = next_;
      return true;
    }
    at = 0;
    return size < used_from;
  }

  std::vector<Record> records_;
  std::vector<std::uint8_t> store_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

class InterfaceMerge::Inlet final : public capture::PacketSink {
 public:
  Inlet(InterfaceMerge& merge, Queue& queue) : merge_(merge), queue_(queue) {}
  void OnPacket(const capture::Packet& packet) override { merge_.Accept(queue_, packet); }

 private:
  InterfaceMerge& merge_;
  Queue& queue_;
};

InterfaceMerge::InterfaceMerge(const InterfaceMergeOptions& options, capture::PacketSink& out)
    : options_(options), out_(out) {
  for (std::size_t i = 0; i < options.interfaces; ++i) {
    queues_.push_back(std::make_unique<Queue>(options.queue_packets, options.queue_bytes));
    inlets_.push_back(std::make_unique<Inlet>(*this, *queues_.back()));
  }
}

InterfaceMerge::~InterfaceMerge() = default;

capture::PacketSink& InterfaceMerge::inlet(std::size_t interface) { return *inlets_[interface]; }

void InterfaceMerge::End(std::size_t interface) { queues_[interface]->ended = true; }

InterfaceMerge::Queue* InterfaceMerge::Earliest() {
  Queue* earliest = nullptr;
  for (const auto& queue : queues_) {
    if (queue->empty()) continue;
    if (earliest == nullptr || queue->front().time < earliest->front().time) earliest = queue.get();
  }
  return earliest;
}

void InterfaceMerge::HandOn(Queue& queue) {
  out_.OnPacket(queue.front());
  queue.Pop();
}

void InterfaceMerge::Accept(Queue& queue, const capture::Packet& packet) {
  queue.last_time = std::max(queue.last_time, packet.time);
  while (!queue.Push(packet)) {
    ++early_;
    Queue* earliest = Earliest();
    if (earliest == nullptr) {
      out_.OnPacket(packet);  // larger than a whole queue
      return;
    }
    HandOn(*earliest);
  }
}

void InterfaceMerge::Release(base::TimeNs now) {
  base::TimeNs certain = std::numeric_limits<base::TimeNs>::max();
  for (const auto& queue : queues_) {
    if (!queue->ended) certain = std::min(certain, std::max(queue->last_time, now - options_.hold));
  }
  for (Queue* queue = Earliest(); queue != nullptr && queue->front().time <= certain;
       queue = Earliest()) {
    HandOn(*queue);
  }
}

void InterfaceMerge::ReleaseAll() {
  for (Queue* queue = Earliest(); queue != nullptr; queue = Earliest()) HandOn(*queue);
}

}  // namespace unopened::gateway
