#include "gateway/guard_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace unopened::gateway {

std::string GuardFolder() {
  if (const char* named = std::getenv("UNOPENED_GUARD")) return named;
  constexpr const char* kRunLock = "/run/lock";
  struct stat status {};
  const bool usable =
      stat(kRunLock, &status) == 0 && S_ISDIR(status.st_mode) && access(kRunLock, W_OK | X_OK) == 0;
  return usable ? kRunLock : "";
}

void TellUnguarded(const std::string& why) {
  if (why.empty()) return;
  std::fprintf(stderr, "unopened: the log is not guarded against a second writer over a copy: %s\n",
               why.c_str());
}

}  // namespace unopened::gateway
