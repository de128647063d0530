#include "capture/pcap_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "capture/pcap_handle.h"

namespace unopened::capture {
namespace {

using base::Error;
using base::Fail;
using base::Failure;
using base::Result;

// libpcap asks stdio for a header and a packet at a time; a large buffer keeps that out of the
// kernel.
constexpr std::size_t kReadBufferSize = 256U << 10;

constexpr std::string_view kStdin = "-";

struct FileCloser {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

class FileSource final : public PacketSource {
 public:
  // `handle` owns the FILE, which uses `buffer`.
  FileSource(std::string name, std::unique_ptr<char[]> buffer, PcapHandle handle, LinkType link)
      : name_(std::move(name)),
        buffer_(std::move(buffer)),
        handle_(std::move(handle)),
        link_(link) {}

  Result<State> Dispatch(std::size_t max, PacketSink& sink) override {
    if (failed_) return Fail(*failed_);
    for (std::size_t i = 0; i < max; ++i) {
      if (stopped_.load(std::memory_order_relaxed)) return State::kEnd;
      pcap_pkthdr* header = nullptr;
      const u_char* data = nullptr;
      const int got = pcap_next_ex(handle_.get(), &header, &data);
      if (got == PCAP_ERROR_BREAK) return State::kEnd;
      if (got != 1) {
        // A signal that interrupted the read is no damage.
        if (stopped_.load(std::memory_order_relaxed)) return State::kEnd;
        failed_ = Damage();
        return Fail(*failed_);
      }
      ++stats_.received;
      captured_bytes_ += header->caplen;
      sink.OnPacket(MakePacket(*header, data, link_, 1));
    }
    return State::kMore;
  }

  void Stop() override { stopped_.store(true, std::memory_order_relaxed); }

  SourceStats Stats() override {
    stats_.bytes_read = Offset().value_or(captured_bytes_);
    return stats_;
  }

  const std::string& name() const override { return name_; }

 private:
  // None where the input is a pipe.
  std::optional<std::uint64_t> Offset() const {
    const off_t offset = ftello(pcap_file(handle_.get()));
    if (offset < 0) return std::nullopt;
    return static_cast<std::uint64_t>(offset);
  }

  Error Damage() const {
    const std::string_view reason = pcap_geterr(handle_.get());
    Error error{Failure::kPartialInput, "the capture is damaged", name_,
                "the packets before it were processed"};
    if (reason.find("truncated") != std::string_view::npos) {
      error.what = "the capture is truncated";
    } else if (reason.find("different from the") != std::string_view::npos) {
      error.what = "the capture mixes interfaces that libpcap does not read in one file";
      error.todo +=
          "; split the file by interface, e.g. tshark -r FILE -w OUT -Y "
          "'frame.interface_id == 0'";
    }
    error.where += ": after packet " + std::to_string(stats_.received);
    if (const auto offset = Offset()) error.where += ", at byte " + std::to_string(*offset);
    error.where += ": " + std::string(reason);
    return error;
  }

  std::string name_;
  std::unique_ptr<char[]> buffer_;  // outlives the FILE in handle_
  PcapHandle handle_;
  LinkType link_;
  std::atomic<bool> stopped_{false};
  SourceStats stats_;
  std::uint64_t captured_bytes_ = 0;
  std::optional<Error> failed_;
};

Result<File> OpenRegular(const std::string& path) {
  File file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    if (errno == ENOENT) return Fail(Failure::kInput, "no such file", path);
    const auto failure = errno == EACCES ? Failure::kPermission : Failure::kInput;
    return Fail(failure, "cannot open the file",
                path + ": " + std::generic_category().message(errno));
  }
  struct stat status {};
  if (fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode)) {
    return Fail(Failure::kInput, "a folder is no capture", path);
  }
  return file;
}

// Says what a file is that libpcap could not open. `first`: its first bytes.
Error NotACapture(const std::string& name, base::Bytes first, const char* reason) {
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
  return {Failure::kInput, "not a capture", name + ": " + reason, "pcap and pcapng are read"};
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
  auto buffer = std::make_unique<char[]>(kReadBufferSize);  // outlives the FILE
  File file;
  if (path == kStdin) {
    file.reset(stdin);
  } else {
    auto opened = OpenRegular(path);
    if (!opened) return Fail(opened.error());
    file = std::move(*opened);
  }
  // The standard input keeps its own buffer: it outlives this source.
  if (file.get() != stdin) std::setvbuf(file.get(), buffer.get(), _IOFBF, kReadBufferSize);

  const int first = std::fgetc(file.get());
  if (first == EOF) {
    if (std::ferror(file.get()) != 0) {
      return Fail(Failure::kInput, "cannot read the file",
                  name + ": " + std::generic_category().message(errno));
    }
    return Fail(Failure::kInput, "the capture is empty", name);
  }
  std::ungetc(first, file.get());

  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  PcapHandle handle(pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO,
                                                             reason.data()));
  if (!handle) {
    std::array<std::uint8_t, 8> start{};
    std::size_t size = 0;
    if (std::fseek(file.get(), 0, SEEK_SET) == 0) {
      size = std::fread(start.data(), 1, start.size(), file.get());
    }
    return Fail(NotACapture(name, base::Bytes(start).first(size), reason.data()));
  }
  // From here on the handle closes the file (and leaves the standard input open, as FileCloser).
  static_cast<void>(file.release());
  const int dlt = pcap_datalink(handle.get());
  const auto link = LinkTypeOf(dlt);
  if (!link) {
    return Fail(Failure::kInput, "the capture's link type is not supported",
                name + ": " + DescribeDlt(dlt),
                "Ethernet, raw IP, Linux cooked and loopback captures are read");
  }
  return std::make_unique<FileSource>(name, std::move(buffer), std::move(handle), *link);
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
