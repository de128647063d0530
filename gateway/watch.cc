#include "gateway/watch.h"

#include <malloc.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <thread>
#include <utility>

#include "audit/reader.h"
#include "audit/store/posix_file_system.h"
#include "capture/pcap_file.h"
#include "capture/pcap_live.h"
#include "gateway/command_line.h"
#include "gateway/editions.h"
#include "gateway/file_pipeline.h"
#include "gateway/guard_folder.h"
#include "gateway/interrupt.h"
#include "gateway/live_pipeline.h"
#include "gateway/no_recorder.h"
#include "gateway/sandbox.h"
#include "gateway/summary_view.h"
#include "gateway/witness_feeder.h"

namespace unopened::gateway {
namespace {

using base::Failure;

constexpr std::size_t kQueueBound = 256;
constexpr int kRefreshMilliseconds = 1000;

std::array<std::uint8_t, 16> DrawKey() {
  std::array<std::uint8_t, 16> key{};
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) std::abort();
  return key;
}

// Freed memory is overwritten, so that no part of a packet outlives its use in a core or a page of
// swap.
void OverwriteFreedMemory() { mallopt(M_PERTURB, 0xa5); }

// Overwrites what the calling thread's finished calls left below on its stack: registers that held
// a packet's bytes are spilled there, and a finished thread's stack is kept for the next one.
[[gnu::noinline]] void OverwriteStack() {
  std::array<std::uint8_t, 64 * 1024> below;
  explicit_bzero(below.data(), below.size());
}

// What stands on stderr while files are read: how far, on a terminal only.
class Progress {
 public:
  explicit Progress(std::uint64_t total)
      : total_(total), shown_(isatty(STDERR_FILENO) == 1 && total > 0) {}
  ~Progress() { Clear(); }
  void Show(const std::string& name, std::uint64_t read) {
    if (!shown_) return;
    const auto percent =
        static_cast<int>(std::min<std::uint64_t>(100, (done_ + read) * 100 / total_));
    if (percent == last_) return;
    last_ = percent;
    std::fprintf(stderr, "\r\033[K%3d%%  %s", percent, name.c_str());
    std::fflush(stderr);
  }
  void Finish(std::uint64_t size) { done_ += size; }
  void Clear() {
    if (shown_ && last_ >= 0) std::fputs("\r\033[K", stderr);
    last_ = -1;
  }

 private:
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  int last_ = -1;
  bool shown_;
};

std::uint64_t FileSize(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)
             ? static_cast<std::uint64_t>(status.st_size)
             : 0;
}

// What a run shows a person, and when.
class Screen {
 public:
  Screen(const WatchSettings& settings, ViewContext context)
      : settings_(settings), context_(std::move(context)), style_(StyleOfStdout()) {
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    json_lines_ = settings.format == OutputFormat::kJsonLines ||
                  (settings.format == OutputFormat::kAuto && !terminal);
    refresh_ = settings.live && terminal && !json_lines_;
  }
  // From the log writer's thread.
  void OnWindow(const audit::Summary& before, const audit::Summary& after) const {
    if (!json_lines_) return;
    std::printf("%s\n", WindowLine(before, after, settings_.config.gateway.tap).c_str());
    std::fflush(stdout);
  }
  void Refresh(const audit::Summary& summary, const exporters::Operational& operational) const {
    if (!refresh_) return;
    std::printf("\033[H\033[2J%s", RenderSummary(summary, operational, context_, style_).c_str());
    std::fflush(stdout);
  }
  void Final(const audit::Summary& summary, const exporters::Operational& operational) const {
    if (json_lines_) return;
    if (refresh_) std::fputs("\033[H\033[2J", stdout);
    std::fputs(RenderSummary(summary, operational, context_, style_).c_str(), stdout);
    std::fflush(stdout);
  }

 private:
  const WatchSettings& settings_;
  ViewContext context_;
  ViewStyle style_;
  bool json_lines_ = false;
  bool refresh_ = false;
};

audit::RunStatement StatementOf(const WatchSettings& settings) {
  audit::RunStatement run;
  const config::GatewayConfig& gateway = settings.config.gateway;
  run.version = std::string(Version());
  run.source_kind = settings.live ? "live" : "file";
  run.tap = gateway.tap;
  run.legal_basis = settings.live ? gateway.legal_basis : "";
  run.filter = gateway.filter;
  run.configuration_digest = gateway.digest;
  run.window_seconds = gateway.window_seconds;
  return run;
}

// keys/auditor.credential, if the operator made one (unopened audit admit).
std::string AuditorCredential(const std::string& log_folder) {
  audit::PosixFileSystem file_system;
  const auto text = file_system.ReadAtMost(log_folder + "/keys/auditor.credential", 256);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

// One run with everything it needs, so that the two kinds differ only in their middle.
struct Stage {
  const WatchSettings& settings;
  Editions editions;
  base::SystemClock clock;
  OpenLog log;
  TaskQueue queue{kQueueBound};
  std::atomic<bool> fatal{false};
  std::unique_ptr<LogWriter> writer;
  std::unique_ptr<WitnessFeeder> witnesses;
  std::unique_ptr<exporters::WebServer> web;
  std::function<exporters::Operational()> operational;
  std::thread writer_thread;

  explicit Stage(const WatchSettings& watch)
      : settings(watch),
        editions(watch.config.folder, watch.as_loaded, watch.config.catalogue,
                 base::SystemClock().Now()) {}

  // Reads the configuration again. Null where it has a mistake, which is told; the edition in force
  // stays.
  const Edition* LoadNext() {
    editions.Retire(writer->catalogue());
    const auto edition = editions.Reload(clock.Now());
    if (!edition) (void)Report(edition.error());
    return edition ? *edition : nullptr;
  }

  exporters::Operational Now() const {
    exporters::Operational now = operational();
    const LogHealth health = writer->health();
    now.commit = health.commit;
    now.windows_held = health.windows_held;
    now.log_writable = health.writable;
    now.log_trouble = health.trouble;
    now.catalogue = editions.health();
    return now;
  }

  base::Result<base::Done> Begin(const Screen& screen, std::function<void()> on_fatal) {
    writer = std::make_unique<LogWriter>(
        *log.recorder, *log.ledger, queue,
        LogWriterOptions{settings.live, 64U << 20,
                         settings.live && log.demands ? &*log.demands : nullptr},
        [this, on_fatal = std::move(on_fatal)] {
          fatal.store(true);
          on_fatal();
        },
        [&screen](const audit::Summary& before, const audit::Summary& after) {
          screen.OnWindow(before, after);
        },
        [this] {
          if (witnesses) witnesses->Notify();
        });
    if (settings.witnesses) {
      witnesses = std::make_unique<WitnessFeeder>(
          *settings.witnesses, settings.config.gateway.log_folder, HttpPost(),
          [this](CosignaturesCame came) {
            LedgerTask task = std::move(came);
            (void)queue.TryPut(task);  // full: the next checkpoint brings others
          });
    }
    if (settings.web) {
      exporters::WebOptions options;
      options.listen_address = settings.config.gateway.listen_address;
      options.version = std::string(Version());
      options.tap = settings.config.gateway.tap;
      options.log_folder = settings.config.gateway.log_folder;
      options.auditor_credential = AuditorCredential(options.log_folder);
      options.first_entry = log.recorder->tree_size();
      auto started = exporters::WebServer::Start(
          options, {[this] { return writer->summary(); }, [this] { return Now(); }});
      if (!started) return base::Fail(started.error());
      web = std::move(*started);
      std::fprintf(stderr, "unopened: serving %s and %smetrics\n", web->url().c_str(),
                   web->url().c_str());
    }
    writer_thread = std::thread([this] { writer->Run(); });
    return base::Done{};
  }

  // Everything queued is in the log afterwards, or failure() says why not.
  void End() {
    queue.Close();
    if (writer_thread.joinable()) writer_thread.join();
    if (!witnesses) return;
    // The last checkpoint is shown too: nobody else writes any more.
    const auto came = witnesses->Finish();
    if (came) (void)log.recorder->Cosign(came->size, came->lines);
    const WitnessHealth health = witnesses->health();
    if (!health.quorum) {
      std::fprintf(stderr, "unopened: the last checkpoint is not cosigned by the quorum: %s\n",
                   health.trouble.c_str());
    }
  }
};

void TellReloaded(const Edition& edition, const std::string& from) {
  std::fprintf(stderr, "unopened: reloaded: catalogue %s of %zu services, in force from %s\n",
               edition.catalogue.digest.substr(0, 16).c_str(), edition.catalogue.services.size(),
               from.c_str());
}

void TellOpened(const OpenLog& log, const std::string& folder) {
  if (folder.empty()) return;
  TellUnguarded(log.opened.guard_skipped);
  if (log.opened.created) {
    std::fprintf(stderr,
                 "unopened: new log %s, verifier key %s (kept beside it as verifier.vkey)\n",
                 folder.c_str(), log.opened.verifier_key.c_str());
  }
  if (log.opened.recovered_entries != 0) {
    std::fprintf(stderr, "unopened: finished %llu entries that a crash had left in the journal\n",
                 static_cast<unsigned long long>(log.opened.recovered_entries));
  }
  if (log.opened.partial_window_recovered) {
    std::fprintf(stderr, "unopened: recorded the window that a crash had cut, as partial\n");
  }
}

int WatchFiles(const WatchSettings& settings) {
  const auto files = capture::ListCaptures(settings.input);
  if (!files) return Report(files.error());
  Stage stage(settings);
  auto log = OpenLogFor(settings, settings.config.catalogue);
  if (!log) return Report(log.error());
  stage.log = std::move(*log);
  TellOpened(stage.log, settings.config.gateway.log_folder);

  ViewContext context;
  context.title = settings.input +
                  (files->size() > 1 ? ", " + std::to_string(files->size()) + " captures" : "");
  context.qualifier = "packet time, one run a file";
  context.log = settings.config.gateway.log_folder;
  context.origin = stage.log.recorder->origin();
  const Screen screen(settings, context);

  FilePipelineOptions options;
  options.classifier = settings.config.gateway.classifier;
  options.hash_key = DrawKey();
  options.workers = settings.config.gateway.workers;
  options.run = StatementOf(settings);
  FilePipeline pipeline(options, stage.editions.latest().matcher, stage.queue);
  stage.operational = [&pipeline] { return pipeline.Snapshot(); };
  if (auto begun = stage.Begin(screen, [&pipeline] { pipeline.Stop(); }); !begun)
    return Report(begun.error());

  std::uint64_t total = 0;
  for (const std::string& file : *files) total += FileSize(file);
  std::atomic<bool> all_read{false};
  std::atomic<const Edition*> next_edition{nullptr};
  int worst = 0;
  const pthread_t main_thread = pthread_self();
  std::thread reader([&] {
    Progress progress(total);
    for (const std::string& file : *files) {
      if (pipeline.stopped()) break;
      if (const Edition* edition = next_edition.exchange(nullptr)) pipeline.Use(*edition);
      auto source = capture::OpenFile(file);
      base::Result<base::Done> done = base::Done{};
      if (source) {
        done = pipeline.Run(**source, [&](std::uint64_t read) { progress.Show(file, read); });
      } else {
        done = base::Fail(source.error());
      }
      progress.Finish(FileSize(file));
      if (!done) {
        progress.Clear();
        const int status = Report(done.error());
        if (worst == 0 || status != static_cast<int>(Failure::kPartialInput)) worst = status;
      }
    }
    OverwriteStack();
    all_read.store(true);
    if (!settings.serve || pipeline.stopped()) pthread_kill(main_thread, kWakeUp);
  });

  bool interrupted = false;
  bool told = false;
  const auto tell = [&] {
    if (told) return;
    told = true;
    reader.join();
    stage.End();
    screen.Final(stage.writer->summary(), stage.Now());
  };
  while (!stage.fatal.load()) {
    const int signal = WaitForSignal(kRefreshMilliseconds);
    if (all_read.load() && !settings.serve) break;
    if (signal == SIGHUP && !TerminalIsGone()) {
      if (all_read.load()) {
        std::fprintf(stderr, "unopened: nothing is left to read that a reload could apply to\n");
      } else {
        if (const Edition* edition = stage.LoadNext()) {
          next_edition.store(edition);
          TellReloaded(*edition, "the next capture on");
        }
      }
    } else if (signal != 0 && signal != kWakeUp) {
      interrupted = !all_read.load();
      pipeline.Stop();
      break;
    }
    if (all_read.load() && !told) {
      tell();
      std::fprintf(stderr, "unopened: all is read and in the log; serving until Ctrl-C\n");
    }
  }
  tell();
  while (WaitForSignal(0) != 0) {
  }
  stage.web.reset();
  if (const auto failure = stage.writer->failure()) return Report(*failure);
  if (interrupted)
    std::fprintf(stderr, "unopened: stopped before the end of the input, which the log states\n");
  return worst;
}

base::Result<std::vector<std::vector<std::unique_ptr<capture::PacketSource>>>> OpenInterfaces(
    const config::GatewayConfig& gateway) {
  std::vector<std::vector<std::unique_ptr<capture::PacketSource>>> sources(gateway.workers);
  for (std::size_t i = 0; i < gateway.interfaces.size(); ++i) {
    capture::LiveOptions options;
    options.interface = gateway.interfaces[i];
    options.interface_index = static_cast<std::uint16_t>(i);
    options.snap_length = gateway.snap_length;
    options.buffer_bytes = gateway.buffer_mib << 20;
    options.promiscuous = gateway.promiscuous;
    options.filter = gateway.filter;
    options.fanout_size = gateway.workers;
    options.fanout_group =
        static_cast<std::uint16_t>((static_cast<unsigned>(getpid()) + i) & 0xffff);
    for (std::uint32_t worker = 0; worker < gateway.workers; ++worker) {
      auto source = capture::OpenLive(options);
      if (!source) return base::Fail(source.error());
      sources[worker].push_back(std::move(*source));
    }
  }
  return sources;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

int WatchLive(const WatchSettings& settings) {
  const config::GatewayConfig& gateway = settings.config.gateway;
  auto sources = OpenInterfaces(gateway);
  if (!sources) return Report(sources.error());
  if (geteuid() == 0) {
    const auto identity = DropIdentity(settings.user);
    if (!identity) return Report(identity.error());
    if (auto handed = HandOverFolder(gateway.log_folder, *identity); !handed)
      return Report(handed.error());
    if (auto dropped = DropRoot(*identity); !dropped) return Report(dropped.error());
    std::fprintf(stderr, "unopened: interfaces open, root dropped: now %s\n",
                 identity->name.c_str());
  }
  if (auto locked = LockDown(); !locked) return Report(locked.error());

  Stage stage(settings);
  auto log = OpenLogFor(settings, settings.config.catalogue);
  if (!log) return Report(log.error());
  stage.log = std::move(*log);
  TellOpened(stage.log, gateway.log_folder);

  ViewContext context;
  context.title = gateway.tap + ", " + Joined(gateway.interfaces);
  context.qualifier = "filter: " + (gateway.filter.empty() ? "none" : gateway.filter) +
                      ", basis: " + gateway.legal_basis;
  context.log = gateway.log_folder;
  context.origin = stage.log.recorder->origin();
  const Screen screen(settings, context);

  LivePipelineOptions options{gateway.classifier, DrawKey(), StatementOf(settings)};
  LivePipeline pipeline(options, std::move(*sources), stage.editions.latest().matcher, stage.clock,
                        stage.queue);
  stage.operational = [&pipeline] { return pipeline.Snapshot(); };
  if (auto begun = stage.Begin(screen, [] {}); !begun) return Report(begun.error());

  if (auto gap = stage.log.unfinished.GapUntil(stage.clock.Now())) stage.queue.Put(std::move(*gap));
  std::atomic<int> interface_failed{0};
  pipeline.Start([&](const base::Error& error) { interface_failed.store(Report(error)); });
  std::fprintf(stderr, "unopened: watching %s; Ctrl-C stops\n", Joined(gateway.interfaces).c_str());
  int signal = 0;
  bool reload_wanted = false;
  const Edition* changing_to = nullptr;
  while (signal == 0 && !stage.fatal.load() && interface_failed.load() == 0) {
    screen.Refresh(stage.writer->summary(), stage.Now());
    signal = WaitForSignal(kRefreshMilliseconds);
    if (signal == SIGHUP && !TerminalIsGone()) {
      reload_wanted = true;
      signal = 0;
    }
    if (signal == kWakeUp) signal = 0;
    // One change is through, and recorded with, before the next begins.
    if (changing_to != nullptr && stage.writer->catalogue() != &changing_to->catalogue) continue;
    changing_to = nullptr;
    if (!std::exchange(reload_wanted, false)) continue;
    changing_to = stage.LoadNext();
    if (changing_to == nullptr) continue;
    const base::TimeNs at = pipeline.Change(*changing_to);
    TellReloaded(*changing_to, base::FormatTime(at) + " on");
  }
  pipeline.StopAndJoin(signal != 0          ? "stopped"
                       : stage.fatal.load() ? "log_failed"
                                            : "interface_failed");
  stage.End();
  screen.Final(stage.writer->summary(), stage.Now());
  stage.web.reset();
  if (const auto failure = stage.writer->failure()) return Report(*failure);
  return interface_failed.load();
}

}  // namespace

base::Result<OpenLog> OpenLogFor(const WatchSettings& settings, const audit::Catalogue& catalogue) {
  OpenLog log;
  log.ledger = std::make_unique<audit::Ledger>(catalogue);
  const config::GatewayConfig& gateway = settings.config.gateway;
  if (gateway.log_folder.empty()) {
    log.recorder = std::make_unique<NoRecorder>();
    return log;
  }
  log.file_system = std::make_unique<audit::PosixFileSystem>();
  log.clock = std::make_unique<base::SystemClock>();
  audit::RecorderOptions options;
  options.folder = gateway.log_folder;
  options.origin =
      gateway.log_origin.empty() ? "unopened.invalid/" + gateway.tap : gateway.log_origin;
  options.guard_folder = GuardFolder();
  auto recorder = audit::Recorder::Open(options, *log.file_system, *log.clock, log.opened);
  if (!recorder) return base::Fail(recorder.error());
  log.recorder = std::move(*recorder);
  log.demands.emplace(audit::DemandSpool(*log.file_system, gateway.log_folder));
  if (log.recorder->tree_size() == 0) return log;
  const auto reader = audit::LogReader::Open(*log.file_system, gateway.log_folder);
  if (!reader) return base::Fail(reader.error());
  const auto replayed = reader->ReadEntries(0, log.recorder->tree_size(),
                                            [&log](std::uint64_t, std::string_view entry) {
                                              log.ledger->Replay(std::string(entry));
                                              log.unfinished.See(entry);
                                              log.demands->See(entry);
                                              return true;
                                            });
  if (!replayed) return base::Fail(replayed.error());
  return log;
}

int Watch(const Arguments& arguments) {
  bool help_wanted = false;
  auto settings = ReadWatchSettings(arguments, help_wanted);
  if (!settings) return Report(settings.error());
  if (help_wanted) {
    std::fwrite(WatchHelp().data(), 1, WatchHelp().size(), stdout);
    return 0;
  }
  OverwriteFreedMemory();
  BlockSignals();
  return settings->live ? WatchLive(*settings) : WatchFiles(*settings);
}

}  // namespace unopened::gateway
