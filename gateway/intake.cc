#include "gateway/intake.h"

namespace unopened::gateway {

void Intake::CopyInto(audit::TallyDelta& delta) const {
  const auto add = [&delta](std::string_view cause, std::uint64_t packets, std::uint64_t bytes) {
    if (packets == 0) return;
    audit::Loss& loss = delta.losses[std::string(cause)];
    loss.packets += packets;
    loss.bytes += bytes;
    delta.packets += packets;
    delta.bytes += bytes;
  };
  for (std::size_t i = 0; i < kRejects; ++i) {
    add(capture::kRejectNames[i],
        decoder_.stats().rejected_packets[i].Get() - told_.rejects[i].packets,
        decoder_.stats().rejected_bytes[i].Get() - told_.rejects[i].bytes);
  }
  // Fragments that came in this window and wait are seen and pending. Those that waited at its
  // beginning and do no more are seen in a segment or a reject now, so they are taken off: modulo
  // 2^64, in a sum that is never negative.
  const capture::DecoderStats& stats = decoder_.stats();
  delta.packets += stats.held_packets.Get() - told_.held.packets;
  delta.bytes += stats.held_bytes.Get() - told_.held.bytes;
  delta.pending_packets += stats.held_packets.Get();
  delta.pending_bytes += stats.held_bytes.Get();
  add("dropped_kernel", dropped_kernel_.Get() - told_.dropped_kernel, 0);
  add("dropped_interface", dropped_interface_.Get() - told_.dropped_interface, 0);
}

void Intake::TakeInto(audit::TallyDelta& delta) {
  CopyInto(delta);
  for (std::size_t i = 0; i < kRejects; ++i)
    told_.rejects[i] = {decoder_.stats().rejected_packets[i].Get(),
                        decoder_.stats().rejected_bytes[i].Get()};
  told_.held = {decoder_.stats().held_packets.Get(), decoder_.stats().held_bytes.Get()};
  told_.dropped_kernel = dropped_kernel_.Get();
  told_.dropped_interface = dropped_interface_.Get();
}

void Intake::AddTo(exporters::Operational& operational) const {
  for (std::size_t i = 0; i < kRejects; ++i) {
    const std::uint64_t packets = decoder_.stats().rejected_packets[i].Get();
    if (packets == 0) continue;
    audit::Loss& loss = operational.rejects[std::string(capture::kRejectNames[i])];
    loss.packets += packets;
    loss.bytes += decoder_.stats().rejected_bytes[i].Get();
    operational.packets += packets;
    operational.bytes += decoder_.stats().rejected_bytes[i].Get();
  }
  operational.packets += decoder_.stats().held_packets.Get();
  operational.bytes += decoder_.stats().held_bytes.Get();
  operational.dropped_kernel += dropped_kernel_.Get();
  operational.dropped_interface += dropped_interface_.Get();
}

}  // namespace unopened::gateway
