#include "gateway/shape_counter.h"

namespace unopened::gateway {

ShapeCounter::ShapeCounter(std::uint32_t capacity) : capacity_(capacity) {
  shapes_.reserve(capacity_ + 1);
  counts_.reserve(capacity_ + 1);
  slots_.reserve(capacity_ + 1);
  shapes_.emplace_back();
  counts_.emplace_back();
}

classify::CountSlot ShapeCounter::OnSettled(const classify::SettledFlow& flow) {
  const audit::Shape shape = audit::ShapeOf(flow.session);
  classify::CountSlot slot = 0;
  if (const auto known = slots_.find(shape); known != slots_.end()) {
    slot = known->second;
  } else if (shapes_.size() <= capacity_) {
    slot = static_cast<classify::CountSlot>(shapes_.size());
    shapes_.push_back(shape);
    counts_.emplace_back();
    slots_.emplace(shape, slot);
  } else {
    ++overflowed_;
  }
  audit::Counts& counts = counts_[slot];
  counts.sessions += 1;
  counts.conversations += flow.traffic.conversation ? 1 : 0;
  counts.packets += flow.traffic.packets;
  counts.bytes += flow.traffic.bytes;
  return slot;
}

void ShapeCounter::OnTraffic(classify::CountSlot slot, std::uint32_t packets,
                             std::uint32_t wire_length, bool becomes_conversation) {
  audit::Counts& counts = counts_[slot];
  counts.packets += packets;
  counts.bytes += wire_length;
  counts.conversations += becomes_conversation ? 1 : 0;
}

void ShapeCounter::Remap(const std::vector<classify::EndpointId>& places) {
  slots_.clear();
  for (std::size_t slot = 1; slot < shapes_.size(); ++slot) {
    classify::Session facts = shapes_[slot].facts;
    facts.endpoint =
        facts.endpoint < places.size() ? places[facts.endpoint] : classify::kNoEndpoint;
    shapes_[slot] = audit::ShapeOf(facts);
    slots_.emplace(shapes_[slot], static_cast<classify::CountSlot>(slot));
  }
}

void ShapeCounter::CopyInto(audit::TallyDelta& delta) const {
  for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
    if (counts_[slot] != audit::Counts{}) delta.shapes[shapes_[slot]] += counts_[slot];
  }
  if (overflowed_ != 0) delta.bounds["shapes_in_run"] += overflowed_;
}

void ShapeCounter::TakeInto(audit::TallyDelta& delta) {
  CopyInto(delta);
  for (audit::Counts& counts : counts_) counts = {};
  overflowed_ = 0;
}

}  // namespace unopened::gateway
