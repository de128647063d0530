#include "exporters/web/log_follower.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "audit/note/base64.h"
#include "audit/reader.h"

namespace unopened::exporters {
namespace {

constexpr std::uint64_t kEntriesAtOnce = 4'096;  // under one hold of the lock
constexpr std::chrono::milliseconds kMomentToCatchUp{250};

// Signature lines of a checkpoint beyond the log's own.
std::uint64_t Cosignatures(const std::string& signed_note) {
  const std::size_t text_ends = signed_note.find("\n\n");
  if (text_ends == std::string::npos) return 0;
  const auto lines = std::count(signed_note.begin() + static_cast<std::ptrdiff_t>(text_ends) + 2,
                                signed_note.end(), '\n');
  return lines > 1 ? static_cast<std::uint64_t>(lines - 1) : 0;
}

}  // namespace

LogFollower::LogFollower(std::string log_folder, std::uint64_t first_entry)
    : log_folder_(std::move(log_folder)), history_(first_entry) {}

LogFollower::~LogFollower() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void LogFollower::Run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return asked_ || ended_; });
      if (ended_) return;
      asked_ = false;
    }
    ReadOn();
    const std::scoped_lock lock(mutex_);
    level_.notify_all();
  }
}

void LogFollower::ReadOn() {
  const auto reader = audit::LogReader::Open(file_system_, log_folder_);
  {
    const std::scoped_lock lock(mutex_);
    if (!reader) {
      trouble_ = base::Describe(reader.error());
      return;
    }
    const audit::note::Checkpoint& checkpoint = reader->checkpoint();
    size_ = checkpoint.size;
    origin_ = checkpoint.origin;
    root_ = audit::note::EncodeBase64(checkpoint.root);
    cosignatures_ = Cosignatures(reader->signed_note());
    trouble_.clear();
  }
  while (true) {
    const std::scoped_lock lock(mutex_);
    if (ended_ || next_ >= reader->checkpoint().size) return;
    const std::uint64_t until = std::min(next_ + kEntriesAtOnce, reader->checkpoint().size);
    const auto read =
        reader->ReadEntries(next_, until, [this](std::uint64_t index, std::string_view entry) {
          history_.Next(index, entry);
          return true;
        });
    if (!read) {
      trouble_ = base::Describe(read.error());
      return;
    }
    next_ = until;
  }
}

std::optional<std::string> LogFollower::Told(std::string_view period) {
  std::unique_lock lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  asked_ = true;
  wake_.notify_one();
  (void)level_.wait_for(lock, kMomentToCatchUp);
  auto json = history_.Told(period);
  if (!json) return std::nullopt;
  (*json)["log"] = {{"origin", origin_},
                    {"tree_size", size_},
                    {"root", root_},
                    {"read", next_},
                    {"cosignatures", cosignatures_},
                    {"trouble", trouble_}};
  return json->dump(-1, ' ', false, audit::Json::error_handler_t::replace);
}

}  // namespace unopened::exporters
