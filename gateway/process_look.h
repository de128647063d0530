// ProcessLook: what of a running process whoever owns this machine could read: whether it leaves
// core files, and whether given words lie in its memory. Linux: /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace unopened::gateway {

struct ProcessFindings {
  std::string name;         // /proc/PID/comm
  bool core_files = false;  // its limit lets it write one
  std::uint64_t bytes_searched = 0;
  std::vector<std::uint64_t> found;  // by needle: places in its memory
};

// `needles` are searched as bytes in every readable private mapping. kInput: no such process.
// kPermission: its memory may not be read (that is an answer too).
base::Result<ProcessFindings> LookAtProcess(pid_t pid, const std::vector<std::string>& needles);

// The ways in which an identifier may lie in memory: as it is; an address also as its bytes.
std::vector<std::string> FormsOf(const std::string& identifier);

}  // namespace unopened::gateway
