// Any capture file, from its first byte to settled sessions: the reader finds the same packets
// however its window is cut, and no packet and no byte is lost up to the sessions.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "capture/capture_format.h"
#include "capture/decoder.h"
#include "classify/classifier.h"

namespace capture = unopened::capture;
namespace classify = unopened::classify;
using capture::CaptureFormat;
using unopened::base::Bytes;

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

class Sink final : public classify::SessionSink {
 public:
  classify::CountSlot OnSettled(const classify::SettledFlow& flow) override {
    packets += flow.traffic.packets;
    bytes += flow.traffic.bytes;
    return 0;
  }
  void OnTraffic(classify::CountSlot, std::uint32_t later, std::uint32_t wire_length,
                 bool) override {
    packets += later;
    bytes += wire_length;
  }
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

// Calls `on_packet` for each packet of `file`. `whole`: with a window of all that is left,
// otherwise of no more than was asked for. Returns the bytes consumed.
template <class OnPacket>
std::size_t Read(Bytes file, bool whole, OnPacket on_packet) {
  auto format =
      CaptureFormat::Recognise(file.first(std::min(file.size(), CaptureFormat::kStartSize)));
  if (!format) return 0;
  std::size_t at = 0;
  std::size_t held = whole ? file.size() : 0;
  while (true) {
    const Bytes rest = file.subspan(at);
    const Bytes window = rest.first(std::min(held, rest.size()));
    const auto piece = format->Next(window);
    switch (piece.found) {
      case CaptureFormat::Found::kNeedMore:
        Require(piece.size > window.size());
        if (piece.size > rest.size()) return at;
        held = piece.size;
        break;
      case CaptureFormat::Found::kDamage:
        Require(!piece.damage.empty());
        return at;
      case CaptureFormat::Found::kPacket:
        Require(piece.packet.bytes.size() <= piece.size &&
                piece.packet.wire_length >= piece.packet.bytes.size());
        on_packet(piece.packet);
        [[fallthrough]];
      case CaptureFormat::Found::kNothing:
        Require(piece.size > 0 && piece.size <= window.size());
        at += piece.size;
        held = whole ? file.size() : 0;
        break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, size);
  std::vector<std::uint64_t> seen;
  const auto note = [&seen](const capture::Packet& packet) {
    seen.push_back(packet.bytes.size() + packet.wire_length * 31ULL +
                   static_cast<std::uint64_t>(packet.time) * 97);
  };
  const std::size_t consumed = Read(file, false, note);
  const std::vector<std::uint64_t> by_pieces = std::move(seen);
  seen.clear();

  classify::ClassifierOptions options;
  options.flow_capacity = 64;
  options.tracked_capacity = 16;
  options.prefix_pool_bytes = 1U << 18;
  Sink sink;
  const classify::EndpointMatcher matcher;
  classify::Classifier classifier(options, {}, matcher, sink);
  capture::DecoderOptions decoder_options;
  decoder_options.fragments.datagrams = 16;
  capture::Decoder decoder(decoder_options);
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  unopened::base::TimeNs now = 0;
  const std::size_t again = Read(file, true, [&](const capture::Packet& packet) {
    note(packet);
    ++packets;
    bytes += packet.wire_length;
    now = std::max(now, packet.time);
    auto segment = decoder.Decode(packet);
    if (!segment) return;
    segment->time = now;
    classifier.OnSegment(*segment);
  });
  Require(again == consumed && seen == by_pieces);
  decoder.Finish();
  classifier.Finish(now);
  Require(sink.packets == decoder.stats().decoded_packets.Get() &&
          sink.bytes == decoder.stats().decoded_bytes.Get());
  for (const auto& counter : decoder.stats().rejected_packets) sink.packets += counter.Get();
  for (const auto& counter : decoder.stats().rejected_bytes) sink.bytes += counter.Get();
  Require(sink.packets == packets && sink.bytes == bytes);
  return 0;
}
