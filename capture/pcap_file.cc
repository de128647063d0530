#include "capture/pcap_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "capture/capture_format.h"
#include "capture/link_type_name.h"

namespace unopened::capture {
namespace {

using base::Error;
using base::Fail;
using base::Failure;
using base::Result;

constexpr std::size_t kReadBufferSize = 256U << 10;  // docs/decisions/0007-an-own-reader.md

constexpr std::string_view kStdin = "-";

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);  // the standard input is not ours
  }
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// The file's bytes from the first one not consumed on, as many as were read.
class Window {
 public:
  explicit Window(Descriptor descriptor)
      : descriptor_(std::move(descriptor)), buffer_(kReadBufferSize) {}

  base::Bytes bytes() const { return base::Bytes(buffer_).subspan(begin_, end_ - begin_); }
  std::uint64_t consumed() const { return consumed_; }
  void Consume(std::size_t size) {
    begin_ += size;
    consumed_ += size;
  }

  enum class Filled : std::uint8_t { kYes, kEnd, kInterrupted, kFailed };
  // Reads until the window holds `size` bytes. kEnd: the file has no more. kFailed: errno says why.
  Filled Fill(std::size_t size) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() < size) buffer_.resize(size);  // a block larger than any before
    while (end_ < size) {
      const auto room = std::span(buffer_).subspan(end_);
      const ssize_t got = read(descriptor_.get(), room.data(), room.size());
      if (got == 0) return Filled::kEnd;
      if (got < 0) return errno == EINTR ? Filled::kInterrupted : Filled::kFailed;
      end_ += static_cast<std::size_t>(got);
    }
    return Filled::kYes;
  }

 private:
  Descriptor descriptor_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t consumed_ = 0;
};

class FileSource final : public PacketSource {
 public:
  FileSource(std::string name, Window window, CaptureFormat format)
      : name_(std::move(name)), window_(std::move(window)), format_(std::move(format)) {}

  Result<State> Dispatch(std::size_t max, PacketSink& sink) override {
    if (failed_) return Fail(*failed_);
    const std::size_t ahead = std::clamp<std::size_t>(sink.looks_ahead(), 1, ahead_.size());
    std::size_t packets = 0;
    while (packets < max) {
      if (stopped_.load(std::memory_order_relaxed)) return State::kEnd;
      // The bytes stay where they are until the window is filled again.
      CaptureFormat::Piece piece;
      std::size_t count = 0;
      while (count < std::min(ahead, max - packets)) {
        piece = format_.Next(window_.bytes());
        if (piece.found != CaptureFormat::Found::kPacket) break;
        window_.Consume(piece.size);
        ahead_[count++] = piece.packet;
      }
      if (count > 0) {
        stats_.received += count;
        packets += count;
        sink.OnPackets(std::span(ahead_).first(count));
        continue;
      }
      switch (piece.found) {
        case CaptureFormat::Found::kPacket:
          break;
        case CaptureFormat::Found::kNothing:
          window_.Consume(piece.size);
          break;
        case CaptureFormat::Found::kNeedMore:
          switch (window_.Fill(piece.size)) {
            case Window::Filled::kYes:
            case Window::Filled::kInterrupted:  // no damage, and perhaps a stop
              break;
            case Window::Filled::kEnd:
              if (window_.bytes().empty()) return State::kEnd;
              return Damaged("the capture is truncated",
                             "it ends after " + std::to_string(window_.bytes().size()) + " of " +
                                 std::to_string(piece.size) + " bytes");
            case Window::Filled::kFailed:
              return Damaged("cannot read the capture further",
                             std::generic_category().message(errno));
          }
          break;
        case CaptureFormat::Found::kDamage:
          return Damaged("the capture is damaged", piece.damage);
      }
    }
    return State::kMore;
  }

  // Reads up to the first packet, so that what the file is about is known.
  Result<base::Done> Prepare() {
    while (true) {
      const CaptureFormat::Piece piece = format_.Next(window_.bytes());
      switch (piece.found) {
        case CaptureFormat::Found::kNothing:
          window_.Consume(piece.size);
          break;
        case CaptureFormat::Found::kNeedMore:
          switch (window_.Fill(piece.size)) {
            case Window::Filled::kYes:
              break;
            case Window::Filled::kInterrupted:
              if (stopped_.load(std::memory_order_relaxed)) return base::Done{};
              break;
            case Window::Filled::kEnd:
            case Window::Filled::kFailed:
              return CheckLinkTypes();
          }
          break;
        case CaptureFormat::Found::kPacket:
        case CaptureFormat::Found::kDamage:  // Dispatch() meets and names it
          return CheckLinkTypes();
      }
    }
  }

  void Stop() override { stopped_.store(true, std::memory_order_relaxed); }

  SourceStats Stats() override {
    stats_.bytes_read = window_.consumed();
    return stats_;
  }

  const std::string& name() const override { return name_; }

 private:
  Result<State> Damaged(std::string_view what, std::string_view why) {
    failed_ = Error{Failure::kPartialInput, std::string(what),
                    name_ + ": after packet " + std::to_string(stats_.received) + ", at byte " +
                        std::to_string(window_.consumed()) + ": " + std::string(why),
                    "the packets before it were processed"};
    return Fail(*failed_);
  }

  // A file none of whose interfaces can be read is refused; where some can, the packets of the
  // others are losses by name.
  Result<base::Done> CheckLinkTypes() const {
    const auto& interfaces = format_.interfaces();
    if (interfaces.empty()) {
      return Fail(Failure::kInput, "not a capture", name_ + ": it describes no interface",
                  "pcap and pcapng are read");
    }
    if (std::any_of(interfaces.begin(), interfaces.end(), [](const auto& interface) {
          return interface.link != LinkType::kUnsupported;
        })) {
      return base::Done{};
    }
    return Fail(Failure::kInput, "the capture's link type is not supported",
                name_ + ": " + LinkTypeName(interfaces.front().link_type),
                "docs/capture.md says which are read");
  }

  std::string name_;
  Window window_;
  CaptureFormat format_;
  std::array<Packet, PacketSink::kMostAhead> ahead_;
  std::atomic<bool> stopped_{false};
  SourceStats stats_;
  std::optional<Error> failed_;
};

Result<Descriptor> Open(const std::string& path) {
  if (path == kStdin) return Descriptor(STDIN_FILENO);
  Descriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) {
    if (errno == ENOENT) return Fail(Failure::kInput, "no such file", path);
    const auto failure = errno == EACCES ? Failure::kPermission : Failure::kInput;
    return Fail(failure, "cannot open the file",
                path + ": " + std::generic_category().message(errno));
  }
  struct stat status {};
  if (fstat(descriptor.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return Fail(Failure::kInput, "a folder is no capture", path);
  }
  posix_fadvise(descriptor.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return descriptor;
}

// Says what a file is that begins as no capture does.
Error NotACapture(const std::string& name, base::Bytes first) {
  constexpr std::array<std::uint8_t, 2> kGzip = {0x1f, 0x8b};
  constexpr std::array<std::uint8_t, 4> kZstd = {0x28, 0xb5, 0x2f, 0xfd};
  constexpr std::array<std::uint8_t, 6> kXz = {0xfd, '7', 'z', 'X', 'Z', 0};
  const auto starts_with = [&](base::Bytes magic) {
    return first.size() >= magic.size() && std::equal(magic.begin(), magic.end(), first.begin());
  };
  if (starts_with(kGzip) || starts_with(kZstd) || starts_with(kXz)) {
    return {Failure::kInput, "the capture is compressed", name,
            "decompress it first, e.g. zcat FILE | unopened watch -r -"};
  }
  return {Failure::kInput, "not a capture", name, "pcap and pcapng are read"};
}

bool IsCaptureName(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".pcap" || extension == ".pcapng" || extension == ".cap";
}

}  // namespace

Result<std::unique_ptr<PacketSource>> OpenFile(const std::string& path) {
  const std::string name = path == kStdin ? "standard input" : path;
  auto descriptor = Open(path);
  if (!descriptor) return Fail(descriptor.error());

  Window window(std::move(*descriptor));
  Window::Filled filled = Window::Filled::kInterrupted;
  while (filled == Window::Filled::kInterrupted) filled = window.Fill(CaptureFormat::kStartSize);
  if (filled == Window::Filled::kFailed) {
    return Fail(Failure::kInput, "cannot read the file",
                name + ": " + std::generic_category().message(errno));
  }
  const base::Bytes start = window.bytes();
  if (start.empty()) return Fail(Failure::kInput, "the capture is empty", name);
  auto format =
      CaptureFormat::Recognise(start.first(std::min(start.size(), CaptureFormat::kStartSize)));
  if (!format) return Fail(NotACapture(name, start));

  auto source = std::make_unique<FileSource>(name, std::move(window), std::move(*format));
  if (auto ready = source->Prepare(); !ready) return Fail(ready.error());
  return source;
}

Result<std::vector<std::string>> ListCaptures(const std::string& path) {
  namespace fs = std::filesystem;
  if (path == kStdin) return std::vector<std::string>{path};
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return Fail(Failure::kInput, "no such file or folder", path);
  }
  if (error) {
    const bool permission = error == std::errc::permission_denied;
    return Fail(permission ? Failure::kPermission : Failure::kInput, "cannot read",
                path + ": " + error.message());
  }
  if (!fs::is_directory(status)) return std::vector<std::string>{path};

  std::vector<std::string> captures;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;  // an entry that cannot be read is met again when it is opened
    if (IsCaptureName(entry->path()) && !entry->is_directory(ignored)) {
      captures.push_back(entry->path().string());
    }
  }
  if (error) {
    const bool permission = error == std::errc::permission_denied;
    return Fail(permission ? Failure::kPermission : Failure::kInput, "cannot read the folder",
                path + ": " + error.message());
  }
  if (captures.empty()) {
    return Fail(Failure::kInput, "the folder holds no capture", path,
                "*.pcap, *.pcapng and *.cap are looked for");
  }
  std::sort(captures.begin(), captures.end());
  return captures;
}

}  // namespace unopened::capture
