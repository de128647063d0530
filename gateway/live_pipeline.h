// LivePipeline: interfaces through decoder, workers and windows into the log writer's queue, until
// Stop().
//
// Worker k owns member k of each interface's fanout group and runs to the end on its own table. A
// window closes in a worker once max(packet time, wall clock - 2 s) passed its end; empty windows
// are closed too. Threads: one a worker; the public members may be called from any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "audit/ledger.h"
#include "base/clock.h"
#include "base/result.h"
#include "capture/packet.h"
#include "classify/classifier.h"
#include "exporters/prometheus/operational.h"
#include "gateway/edition.h"
#include "gateway/window_collector.h"

namespace unopened::gateway {

struct LivePipelineOptions {
  classify::ClassifierOptions classifier;
  std::array<std::uint8_t, 16> hash_key{};
  audit::RunStatement run;
};

class LivePipeline {
 public:
  // `sources[k]` are worker k's, one an interface. `matcher`, `clock` and `queue` outlive the
  // pipeline.
  LivePipeline(LivePipelineOptions options,
               std::vector<std::vector<std::unique_ptr<capture::PacketSource>>> sources,
               const classify::EndpointMatcher& matcher, const base::Clock& clock,
               TaskQueue& queue);
  ~LivePipeline();

  // Puts the run's beginning into the queue and starts the workers. `on_failure` is called from a
  // worker's thread when an interface fails for good (it went away); the worker ends.
  void Start(const std::function<void(const base::Error&)>& on_failure);
  // Ends the captures, drains the rings, closes the last window as partial and puts the run's end
  // into the queue.
  void StopAndJoin(const std::string& reason);

  // Goes on with another edition of the catalogue, which outlives the pipeline's use of it, from
  // the returned time on, two seconds ahead or so. The change before must be through: its edition
  // is recorded with.
  base::TimeNs Change(const Edition& edition);

  exporters::Operational Snapshot() const;

 private:
  class LiveWorker;

  const LivePipelineOptions options_;
  const base::Clock& clock_;
  TaskQueue& queue_;
  WindowCollector collector_;
  std::vector<std::unique_ptr<const EditionChange>> changes_;
  std::atomic<const EditionChange*> change_{nullptr};  // the latest; workers look for it
  std::vector<std::unique_ptr<LiveWorker>> workers_;
  std::vector<std::thread> threads_;
  base::TimeNs started_ = 0;
};

}  // namespace unopened::gateway
