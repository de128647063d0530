#include "gateway/interrupt.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <initializer_list>

namespace unopened::gateway {
namespace {

sigset_t Waited() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, kWakeUp}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = Waited();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int WaitForSignal(int milliseconds) {
  const sigset_t set = Waited();
  const timespec limit{milliseconds / 1000, static_cast<long>(milliseconds % 1000) * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &limit);
  return signal > 0 ? signal : 0;
}

bool TerminalIsGone() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    pollfd wait{stream, 0, 0};
    struct stat status {};
    // Hung up, a terminal's descriptor is a character device still.
    if (fstat(stream, &status) != 0 || !S_ISCHR(status.st_mode)) continue;
    if (poll(&wait, 1, 0) == 1 && (wait.revents & POLLHUP) != 0) return true;
  }
  return false;
}

}  // namespace unopened::gateway
