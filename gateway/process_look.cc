#include "gateway/process_look.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>

namespace unopened::gateway {
namespace {

using base::Fail;
using base::Failure;
using base::Result;

constexpr std::size_t kChunk = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Private, readable and not a file's own text: where a process keeps what it knows.
std::vector<Mapping> MappingsOf(const std::string& folder) {
  std::vector<Mapping> mappings;
  std::ifstream maps(folder + "/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::string range;
    std::string rights;
    fields >> range >> rights;
    const std::size_t dash = range.find('-');
    if (dash == std::string::npos || rights.size() < 4 || rights[0] != 'r' || rights[1] != 'w') {
      continue;
    }
    mappings.push_back({std::stoull(range.substr(0, dash), nullptr, 16),
                        std::stoull(range.substr(dash + 1), nullptr, 16)});
  }
  return mappings;
}

bool MayWriteCoreFiles(const std::string& folder) {
  std::ifstream limits(folder + "/limits");
  for (std::string line; std::getline(limits, line);) {
    constexpr std::string_view kName = "Max core file size";
    if (!line.starts_with(kName)) continue;
    std::istringstream fields(line.substr(kName.size()));
    std::string soft;
    fields >> soft;
    return soft != "0";
  }
  return true;
}

std::uint64_t Count(std::string_view bytes, std::string_view needle) {
  std::uint64_t found = 0;
  for (std::size_t at = bytes.find(needle); at != std::string_view::npos;
       at = bytes.find(needle, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

std::vector<std::string> FormsOf(const std::string& identifier) {
  std::vector<std::string> forms = {identifier};
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, identifier.c_str(), &v4) == 1) {
    forms.emplace_back(reinterpret_cast<const char*>(&v4), sizeof v4);
  } else if (inet_pton(AF_INET6, identifier.c_str(), &v6) == 1) {
    forms.emplace_back(reinterpret_cast<const char*>(&v6), sizeof v6);
  }
  return forms;
}

Result<ProcessFindings> LookAtProcess(pid_t pid, const std::vector<std::string>& needles) {
  const std::string folder = "/proc/" + std::to_string(pid);
  ProcessFindings findings;
  findings.found.assign(needles.size(), 0);
  std::ifstream comm(folder + "/comm");
  if (!std::getline(comm, findings.name)) {
    return Fail(Failure::kInput, "there is no such process", std::to_string(pid));
  }
  findings.core_files = MayWriteCoreFiles(folder);
  if (needles.empty()) return findings;
  const Descriptor memory(::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  if (memory.get() < 0) {
    return Fail(Failure::kPermission, "the process's memory may not be read", std::to_string(pid),
                std::strerror(errno));
  }
  std::size_t longest = 1;
  for (const std::string& needle : needles) longest = std::max(longest, needle.size());
  std::string window;
  for (const Mapping& mapping : MappingsOf(folder)) {
    window.clear();
    for (std::uint64_t at = mapping.begin; at < mapping.end;) {
      const std::size_t kept = window.size();
      window.resize(kept + std::min<std::uint64_t>(kChunk, mapping.end - at));
      const ssize_t got =
          ::pread(memory.get(), window.data() + kept, window.size() - kept, static_cast<off_t>(at));
      if (got <= 0) break;  // unmapped meanwhile
      window.resize(kept + static_cast<std::size_t>(got));
      for (std::size_t i = 0; i < needles.size(); ++i)
        findings.found[i] += Count(window, needles[i]);
      findings.bytes_searched += static_cast<std::uint64_t>(got);
      at += static_cast<std::uint64_t>(got);
      // What may begin at the end of this piece, but no whole needle, or it would count twice.
      window.erase(0, window.size() - std::min(window.size(), longest - 1));
    }
  }
  return findings;
}

}  // namespace unopened::gateway
