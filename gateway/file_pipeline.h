// FilePipeline: capture files through decoder, workers and windows into the log writer's queue.
// Each file is a run of its own: clock and tables begin anew.
//
// With one worker everything happens in the caller's thread; with more, the caller reads and
// decodes and each worker has a thread. The tasks that reach the queue are the same either way.
// Thread: the caller's; Snapshot() and Stop() any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "audit/ledger.h"
#include "base/result.h"
#include "capture/decoder.h"
#include "capture/flow_hash.h"
#include "capture/packet.h"
#include "classify/classifier.h"
#include "exporters/prometheus/operational.h"
#include "gateway/edition.h"
#include "gateway/intake.h"
#include "gateway/window_clock.h"
#include "gateway/window_collector.h"
#include "gateway/worker.h"

namespace unopened::gateway {

struct FilePipelineOptions {
  classify::ClassifierOptions classifier;
  std::array<std::uint8_t, 16> hash_key{};
  std::uint32_t workers = 1;
  audit::RunStatement run;  // of every file
};

class FilePipeline final : private capture::PacketSink {
 public:
  // `matcher` and `queue` outlive the pipeline.
  FilePipeline(FilePipelineOptions options, const classify::EndpointMatcher& matcher,
               TaskQueue& queue);
  ~FilePipeline() override;

  // Reads one file to its end. kPartialInput where it was damaged: what was readable is in the
  // queue, run and stop included. `on_progress` gets the bytes read, now and then.
  base::Result<base::Done> Run(capture::PacketSource& source,
                               const std::function<void(std::uint64_t)>& on_progress);

  // Another edition of the catalogue, which outlives its use here, for the files to come. Not
  // during Run().
  void Use(const Edition& edition);

  // Ends Run() after the packets at hand, as if the file ended there. Thread: any.
  void Stop() { stop_.store(true, std::memory_order_relaxed); }
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }

  // Since the pipeline was made. Thread: any.
  exporters::Operational Snapshot() const;

 private:
  struct Lane;
  static constexpr std::size_t kAhead = 32;

  void OnPacket(const capture::Packet& packet) override;
  std::size_t looks_ahead() const override { return kAhead; }
  void OnPackets(std::span<const capture::Packet> packets) override;
  void Take(const capture::Packet& packet);
  void HandOver();
  void CloseWindowsUntil(base::TimeNs time);
  void CloseWindow(bool last);
  void Begin();
  void End(const std::string& reason);

  FilePipelineOptions options_;
  const classify::EndpointMatcher* matcher_;
  const Edition* edition_ = nullptr;  // null: that which the ledger began with
  TaskQueue& queue_;
  std::atomic<bool> stop_{false};

  std::unique_ptr<WindowCollector> collector_;
  std::unique_ptr<WindowClock> clock_;
  std::unique_ptr<capture::Decoder> decoder_;
  std::unique_ptr<Intake> intake_;
  capture::FlowHasher hasher_;
  std::array<capture::Segment, kAhead> segments_;  // decoded, not yet with a worker
  std::size_t segment_count_ = 0;

  mutable std::mutex mutex_;  // guards the vector and past_, not what the workers count
  std::vector<std::unique_ptr<Lane>> lanes_;  // one a worker
  exporters::Operational past_;               // of files already read
};

}  // namespace unopened::gateway
