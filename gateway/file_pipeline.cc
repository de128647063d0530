#include "gateway/file_pipeline.h"

#include <strings.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "capture/flow_hash.h"
#include "gateway/segment_batch.h"

namespace unopened::gateway {
namespace {

constexpr std::size_t kPacketsADispatch = 4096;
constexpr std::size_t kBatchesALane = 4;

}  // namespace

// One worker, and with several the thread it runs on and the batches on their way to it.
struct FilePipeline::Lane {
  Lane(const FilePipelineOptions& options, const classify::EndpointMatcher& matcher)
      : worker(options.classifier, options.hash_key, matcher) {}

  void StartThread(WindowCollector& collector) {
    for (std::size_t i = 0; i < kBatchesALane; ++i) free.Push(std::make_unique<SegmentBatch>());
    filling = free.Pop();
    thread = std::thread([this, &collector] {
      while (true) {
        std::unique_ptr<SegmentBatch> batch = full.Pop();
        worker.OnSegments(batch->segments, batch->hashes);
        const SegmentBatch::Then then = batch->then;
        if (then != SegmentBatch::Then::kGoOn) {
          CloseWindow(collector, batch->window_start, batch->until,
                      then == SegmentBatch::Then::kFinish);
        }
        batch->Clear();
        free.Push(std::move(batch));
        if (then == SegmentBatch::Then::kFinish) return;
      }
    });
  }
  void CloseWindow(WindowCollector& collector, base::TimeNs start, base::TimeNs until, bool last) {
    if (last) {
      worker.Finish(until);
    } else {
      worker.Sweep(until);
    }
    audit::TallyDelta delta;
    worker.TakeInto(delta);
    collector.Deliver(start, std::move(delta), false, false);
  }
  void Add(const capture::Segment& segment, const capture::FlowHash& hash) {
    if (filling->Add(segment, hash)) return;
    Send();
    filling->Add(segment, hash);
  }
  void Send() {
    full.Push(std::move(filling));
    filling = free.Pop();
  }
  void SendClose(base::TimeNs start, base::TimeNs until, bool last) {
    filling->then = last ? SegmentBatch::Then::kFinish : SegmentBatch::Then::kCloseWindow;
    filling->window_start = start;
    filling->until = until;
    full.Push(std::move(filling));
    if (!last) filling = free.Pop();
  }

  Worker worker;
  std::thread thread;
  SpscRing<std::unique_ptr<SegmentBatch>, kBatchesALane> full;
  SpscRing<std::unique_ptr<SegmentBatch>, kBatchesALane> free;
  std::unique_ptr<SegmentBatch> filling;
};

FilePipeline::FilePipeline(FilePipelineOptions options, const classify::EndpointMatcher& matcher,
                           TaskQueue& queue)
    : options_(std::move(options)), matcher_(&matcher), queue_(queue), hasher_(options_.hash_key) {}

FilePipeline::~FilePipeline() = default;

void FilePipeline::Use(const Edition& edition) {
  matcher_ = &edition.matcher;
  edition_ = &edition;
  options_.run.configuration_digest = edition.configuration_digest;
}

base::Result<base::Done> FilePipeline::Run(capture::PacketSource& source,
                                           const std::function<void(std::uint64_t)>& on_progress) {
  Begin();
  base::Result<base::Done> outcome = base::Done{};
  while (!stopped()) {
    const auto state = source.Dispatch(kPacketsADispatch, *this);
    if (on_progress) on_progress(source.Stats().bytes_read);
    if (!state) {
      outcome = base::Fail(state.error());
      break;
    }
    if (*state == capture::PacketSource::State::kEnd) break;
  }
  End(stopped() ? "stopped" : outcome ? "end_of_input" : "damaged_input");
  return outcome;
}

void FilePipeline::Begin() {
  const std::lock_guard lock(mutex_);
  clock_ = std::make_unique<WindowClock>(options_.run.window_seconds);
  decoder_ = std::make_unique<capture::Decoder>();
  intake_ = std::make_unique<Intake>(*decoder_);
  // Each worker delivers a part of a window, and the reader one: what it could not decode.
  collector_ = std::make_unique<WindowCollector>(options_.workers + 1, queue_);
  for (std::uint32_t i = 0; i < options_.workers; ++i)
    lanes_.push_back(std::make_unique<Lane>(options_, *matcher_));
  if (options_.workers > 1) {
    for (const auto& lane : lanes_) lane->StartThread(*collector_);
  }
}

void FilePipeline::End(const std::string& reason) {
  if (!clock_->started()) {
    clock_->Clamp(0);
    queue_.Put(RunBegins{options_.run, 0, edition_});  // a capture without a packet is a run too
  }
  CloseWindow(true);
  queue_.Put(RunEnds{clock_->now(), reason});
  for (const auto& lane : lanes_) {
    if (lane->thread.joinable()) lane->thread.join();
  }
  // A pipeline may live on while what it read is served: no address stays in it.
  explicit_bzero(segments_.data(), sizeof segments_);
  segments_.fill({});
  const std::lock_guard lock(mutex_);
  for (const auto& lane : lanes_) lane->worker.AddTo(past_);
  intake_->AddTo(past_);
  past_.flows_in_table = 0;
  past_.flows_tracked = 0;
  lanes_.clear();
  intake_.reset();
}

void FilePipeline::OnPackets(std::span<const capture::Packet> packets) {
  for (const capture::Packet& packet : packets) Take(packet);
  HandOver();
}

void FilePipeline::OnPacket(const capture::Packet& packet) {
  Take(packet);
  HandOver();
}

// Decodes into the batch at hand, which is handed over before a window is closed.
void FilePipeline::Take(const capture::Packet& packet) {
  if (!clock_->started()) {
    clock_->Clamp(packet.time);
    queue_.Put(RunBegins{options_.run, packet.time, edition_});
  }
  const base::TimeNs time = std::max(packet.time, clock_->now());
  if (time >= clock_->window_end()) {
    HandOver();
    CloseWindowsUntil(time);
  }
  clock_->Clamp(time);

  capture::Segment& segment = segments_[segment_count_];
  if (!decoder_->Decode(packet, segment)) return;  // counted by the decoder, and so by the intake
  segment.time = time;
  ++segment_count_;
  if (segment_count_ == segments_.size() || decoder_->lends()) HandOver();
}

void FilePipeline::HandOver() {
  if (segment_count_ == 0) return;
  const auto segments = std::span<const capture::Segment>(segments_).first(segment_count_);
  segment_count_ = 0;
  if (options_.workers == 1) {
    lanes_[0]->worker.OnSegments(segments, {});
    return;
  }
  for (const capture::Segment& segment : segments) {
    const capture::FlowHash hash = hasher_(segment.key);
    lanes_[hash.lo % options_.workers]->Add(segment, hash);
  }
}

// Closes the window at hand and those after it in which a flow may still settle, then goes to the
// one that holds `time`. Every deadline is at most one idle limit after the last packet, so windows
// beyond that are empty and need no entry.
void FilePipeline::CloseWindowsUntil(base::TimeNs time) {
  const base::TimeNs last_deadline =
      clock_->now() +
      std::max(options_.classifier.idle_limit_ns, options_.classifier.handshake_limit_ns);
  while (time >= clock_->window_end() && clock_->window_start() <= last_deadline) {
    CloseWindow(false);
    clock_->NextWindow();
  }
  clock_->JumpTo(time);
}

void FilePipeline::CloseWindow(bool last) {
  const base::TimeNs start = clock_->window_start();
  const base::TimeNs until = last ? clock_->now() : clock_->window_end();
  if (last) {
    decoder_->Finish();
  } else {
    decoder_->Sweep(until);
  }
  if (options_.workers == 1) {
    lanes_[0]->CloseWindow(*collector_, start, until, last);
  } else {
    for (const auto& lane : lanes_) lane->SendClose(start, until, last);
  }
  audit::TallyDelta undecoded;
  intake_->TakeInto(undecoded);
  collector_->Deliver(start, std::move(undecoded), false, false);
  // The queue must hold the last window before the run's end.
  if (last) {
    for (const auto& lane : lanes_) {
      if (lane->thread.joinable()) lane->thread.join();
    }
  }
}

exporters::Operational FilePipeline::Snapshot() const {
  const std::lock_guard lock(mutex_);
  exporters::Operational now = past_;
  for (const auto& lane : lanes_) lane->worker.AddTo(now);
  if (intake_) intake_->AddTo(now);
  now.workers = options_.workers;
  now.flow_capacity = options_.classifier.flow_capacity;
  now.tracked_capacity = options_.classifier.tracked_capacity;
  return now;
}

}  // namespace unopened::gateway
