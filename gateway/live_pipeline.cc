#include "gateway/live_pipeline.h"

#include <algorithm>
#include <utility>

#include "capture/decoder.h"
#include "gateway/intake.h"
#include "gateway/interface_merge.h"
#include "gateway/window_clock.h"
#include "gateway/worker.h"

namespace unopened::gateway {
namespace {

constexpr std::size_t kPacketsADispatch = 4096;
// How far the wall clock runs ahead of the packets still in the rings.
constexpr base::TimeNs kRingDelay = 2 * base::kNsPerSecond;

}  // namespace

class LivePipeline::LiveWorker final : private capture::PacketSink {
 public:
  LiveWorker(std::size_t part, const LivePipelineOptions& options,
             std::vector<std::unique_ptr<capture::PacketSource>> sources,
             const classify::EndpointMatcher& matcher, const base::Clock& clock,
             WindowCollector& collector, const std::atomic<const EditionChange*>& change)
      : part_(part),
        sources_(std::move(sources)),
        clock_(clock),
        collector_(collector),
        change_(change),
        windows_(options.run.window_seconds),
        worker_(options.classifier, options.hash_key, matcher) {
    last_stats_.resize(sources_.size());
    ended_.resize(sources_.size());
    if (sources_.size() < 2) return;
    InterfaceMergeOptions merge;
    merge.interfaces = sources_.size();
    merge_ = std::make_unique<InterfaceMerge>(merge, static_cast<capture::PacketSink&>(*this));
  }

  void Begin(base::TimeNs now) {
    windows_.Clamp(now);
    worker_.SetLiveStart(now);
    last_second_ = now;
  }

  void Run(const std::function<void(const base::Error&)>& on_failure) {
    std::size_t open = sources_.size();
    while (open > 0) {
      NoticeChange();
      for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (ended_[i]) continue;
        const auto state = sources_[i]->Dispatch(
            kPacketsADispatch,
            merge_ ? merge_->inlet(i) : static_cast<capture::PacketSink&>(*this));
        if (!state) on_failure(state.error());
        if (!state || *state == capture::PacketSource::State::kEnd) {
          ended_[i] = true;
          if (merge_) merge_->End(i);
          --open;
        }
      }
      if (merge_) merge_->Release(clock_.Now());
      AdvanceTo(clock_.Now() - kRingDelay);
    }
    if (merge_) merge_->ReleaseAll();
    // The rings are drained: what was counted since the window began is its last, partial share.
    for (std::size_t i = 0; i < sources_.size(); ++i)
      intake_.OnSourceStats(sources_[i]->Stats(), last_stats_[i]);
    decoder_.Finish();
    worker_.Finish(windows_.now());
    Deliver(true);
  }

  void Stop() {
    for (const auto& source : sources_) source->Stop();
  }
  base::TimeNs now() const { return windows_.now(); }
  void AddTo(exporters::Operational& operational) const {
    worker_.AddTo(operational);
    intake_.AddTo(operational);
  }

 private:
  void OnPacket(const capture::Packet& packet) override {
    const base::TimeNs time = std::max(packet.time, windows_.now());
    if (time >= windows_.window_end()) AdvanceTo(time);
    windows_.Clamp(time);
    auto decoded = decoder_.Decode(packet);
    if (!decoded) return;  // counted by the decoder, and so by the intake
    decoded->time = time;
    worker_.OnSegment(*decoded);
  }

  // Closes each window that ends at or before `time`, empty ones too: an empty window is a fact.
  void AdvanceTo(base::TimeNs time) {
    while (time >= windows_.window_end()) {
      for (std::size_t i = 0; i < sources_.size(); ++i)
        intake_.OnSourceStats(sources_[i]->Stats(), last_stats_[i]);
      decoder_.Sweep(windows_.window_end());
      worker_.Sweep(windows_.window_end());
      if (coming_ != nullptr && windows_.window_end() == coming_->at) {
        TakeUp();
      } else {
        Deliver(false);
      }
      windows_.NextWindow();
    }
    const base::TimeNs now = windows_.Clamp(time);
    if (now - last_second_ < base::kNsPerSecond) return;
    last_second_ = now;
    decoder_.Sweep(now);
    worker_.Sweep(now);
    audit::TallyDelta so_far;
    worker_.CopyInto(so_far);
    intake_.CopyInto(so_far);
    collector_.SoFar(part_, windows_.window_start(), std::move(so_far));
  }

  // Another edition of the catalogue may be on its way: the window that holds its time ends there.
  void NoticeChange() {
    const EditionChange* change = change_.load(std::memory_order_acquire);
    if (change == nullptr || change->generation == generation_ || coming_ != nullptr) return;
    coming_ = change;
    windows_.CutAt(change->at);
    if (windows_.now() < change->at) return;
    // Packets ran ahead of the clock. Where the window at hand holds the change's time, it ends
    // now.
    const bool at_hand = windows_.window_end() == change->at;
    TakeUp();
    if (at_hand) windows_.NextWindow();
  }

  void TakeUp() {
    collector_.TakeUp(part_, windows_.window_start(), TakeShare());
    worker_.TakeUp(*coming_->edition);
    generation_ = coming_->generation;
    coming_ = nullptr;
  }

  void Deliver(bool partial) {
    collector_.Deliver(windows_.window_start(), TakeShare(), partial, true, {part_, generation_});
  }

  audit::TallyDelta TakeShare() {
    audit::TallyDelta delta;
    worker_.TakeInto(delta);
    intake_.TakeInto(delta);
    if (merge_) {
      const std::uint64_t early = merge_->early();
      if (early != early_told_) delta.bounds["interface_merge"] += early - early_told_;
      early_told_ = early;
    }
    return delta;
  }

  const std::size_t part_;
  std::vector<std::unique_ptr<capture::PacketSource>> sources_;
  std::vector<capture::SourceStats> last_stats_;
  std::vector<bool> ended_;
  const base::Clock& clock_;
  WindowCollector& collector_;
  const std::atomic<const EditionChange*>& change_;
  const EditionChange* coming_ = nullptr;  // noticed, its time not come
  std::uint32_t generation_ = 0;           // of the edition in use
  WindowClock windows_;
  base::TimeNs last_second_ = 0;
  capture::Decoder decoder_;
  Intake intake_{decoder_};
  Worker worker_;
  std::unique_ptr<InterfaceMerge> merge_;  // where there is more than one interface
  std::uint64_t early_told_ = 0;
};

LivePipeline::LivePipeline(LivePipelineOptions options,
                           std::vector<std::vector<std::unique_ptr<capture::PacketSource>>> sources,
                           const classify::EndpointMatcher& matcher, const base::Clock& clock,
                           TaskQueue& queue)
    : options_(std::move(options)),
      clock_(clock),
      queue_(queue),
      collector_(sources.size(), queue) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    workers_.push_back(std::make_unique<LiveWorker>(i, options_, std::move(sources[i]), matcher,
                                                    clock_, collector_, change_));
  }
}

LivePipeline::~LivePipeline() = default;

void LivePipeline::Start(const std::function<void(const base::Error&)>& on_failure) {
  started_ = clock_.Now();
  queue_.Put(RunBegins{options_.run, started_});
  for (const auto& worker : workers_) {
    worker->Begin(started_);
    threads_.emplace_back([&worker = *worker, on_failure] { worker.Run(on_failure); });
  }
}

void LivePipeline::StopAndJoin(const std::string& reason) {
  for (const auto& worker : workers_) worker->Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  collector_.Flush();
  base::TimeNs ended = started_;
  for (const auto& worker : workers_) ended = std::max(ended, worker->now());
  queue_.Put(RunEnds{ended, reason});
}

base::TimeNs LivePipeline::Change(const Edition& edition) {
  const EditionChange change = collector_.Announce(
      edition, std::max(clock_.Now(), started_),
      static_cast<base::TimeNs>(options_.run.window_seconds) * base::kNsPerSecond);
  changes_.push_back(std::make_unique<const EditionChange>(change));
  change_.store(changes_.back().get(), std::memory_order_release);
  return change.at;
}

exporters::Operational LivePipeline::Snapshot() const {
  exporters::Operational now;
  for (const auto& worker : workers_) worker->AddTo(now);
  now.workers = static_cast<std::uint32_t>(workers_.size());
  now.flow_capacity = options_.classifier.flow_capacity * workers_.size();
  now.tracked_capacity = options_.classifier.tracked_capacity * workers_.size();
  now.live = true;
  now.started_ns = started_;
  return now;
}

}  // namespace unopened::gateway
