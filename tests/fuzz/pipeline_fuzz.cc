// Any capture file through all that `watch -r` does short of the disk: reader, decoder, classifier,
// settling, tally, windows, ledger. The entries that come out are held to the rules that a verifier
// holds them to, conservation of every packet and byte among them.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audit/blind.h"
#include "audit/entry_check.h"
#include "audit/ledger.h"
#include "capture/capture_format.h"
#include "gateway/file_pipeline.h"
#include "gateway/window_collector.h"
#include "tests/audit/sample_catalogue.h"

namespace {

using namespace unopened;
using capture::CaptureFormat;

void Require(bool holds) {
  if (!holds) std::abort();
}

// A capture file in memory.
class MemorySource final : public capture::PacketSource {
 public:
  explicit MemorySource(base::Bytes file)
      : rest_(file),
        format_(CaptureFormat::Recognise(
            file.first(std::min(file.size(), CaptureFormat::kStartSize)))) {}

  base::Result<State> Dispatch(std::size_t max, capture::PacketSink& sink) override {
    std::array<capture::Packet, capture::PacketSink::kMostAhead> ahead;
    const std::size_t most = std::min(ahead.size(), std::max<std::size_t>(1, sink.looks_ahead()));
    std::size_t count = 0;
    State state = State::kMore;
    for (std::size_t taken = 0; taken < max && state == State::kMore;) {
      const auto piece = format_ ? format_->Next(rest_) : CaptureFormat::Piece{};
      if (!format_ || piece.found == CaptureFormat::Found::kNeedMore ||
          piece.found == CaptureFormat::Found::kDamage) {
        state = State::kEnd;
        break;
      }
      Require(piece.size > 0 && piece.size <= rest_.size());
      rest_ = rest_.subspan(piece.size);
      if (piece.found != CaptureFormat::Found::kPacket) continue;
      ++taken;
      ahead[count++] = piece.packet;
      packets_ += 1;
      bytes_ += piece.packet.wire_length;
      if (count < most) continue;
      sink.OnPackets(std::span(ahead).first(count));
      count = 0;
    }
    if (count != 0) sink.OnPackets(std::span(ahead).first(count));
    return state;
  }
  void Stop() override {}
  capture::SourceStats Stats() override { return {}; }
  const std::string& name() const override { return name_; }

  audit::Loss seen() const { return {packets_, bytes_}; }

 private:
  base::Bytes rest_;
  std::optional<CaptureFormat> format_;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::string name_ = "memory";
};

// The recorder's side, with what it would have committed.
std::vector<std::string> Entries(gateway::TaskQueue& queue, std::uint32_t window_seconds) {
  static const audit::Catalogue catalogue = audit::tests::SampleCatalogue();
  audit::Ledger ledger(catalogue);
  std::vector<std::string> all;
  while (auto task = queue.Take(0)) {
    std::vector<std::string> bodies;
    if (const auto* begins = std::get_if<gateway::RunBegins>(&*task)) {
      bodies = ledger.BeginRun(begins->statement, begins->at);
    } else if (const auto* closes = std::get_if<gateway::WindowCloses>(&*task)) {
      const audit::TallyDelta& tally = closes->tally;
      if (tally.shapes.empty() && tally.losses.empty() && tally.packets == 0 &&
          tally.bounds.empty() && !closes->keep_if_empty) {
        continue;
      }
      bodies = ledger.CloseWindow(closes->start, window_seconds, tally, closes->partial);
    } else if (const auto* ends = std::get_if<gateway::RunEnds>(&*task)) {
      bodies.push_back(ledger.Stop(ends->at, ends->reason));
    }
    ledger.Committed(0, 0);
    for (std::string& body : bodies) all.push_back(std::move(body));
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kQueued = 1U << 16;  // windows that a file of the fuzzer's size cannot pass
  gateway::FilePipelineOptions options;
  options.classifier.flow_capacity = 64;
  options.classifier.tracked_capacity = 16;
  options.classifier.prefix_pool_bytes = 1U << 18;
  options.run.version = "0.1.0";
  options.run.source_kind = "file";
  options.run.tap = "fuzz";
  gateway::TaskQueue queue(kQueued);
  const classify::EndpointMatcher matcher;
  gateway::FilePipeline pipeline(options, matcher, queue);
  MemorySource source(base::Bytes(data, size));
  Require(pipeline.Run(source, {}).has_value());

  audit::EntryChecker checker;
  std::uint64_t index = 0;
  for (const std::string& body : Entries(queue, options.run.window_seconds)) {
    Require(!checker.Next(index, audit::WithBlind(body, audit::LogSecret{}, index)));
    ++index;
  }
  Require(!checker.Finish());
  Require(checker.report().seen == source.seen());
  return 0;
}
