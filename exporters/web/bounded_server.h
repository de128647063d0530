// BoundedServer: cpp-httplib's server with what it lacks against a slow, endless or crowding
// client: a deadline and a size for each connection as a whole, a bound on connections waiting, and
// a stop that waits for nobody.
//
// One request a connection: an idle kept-alive connection would hold a thread, and there are few.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "exporters/web/listen_address.h"

namespace unopened::exporters {

inline constexpr std::size_t kServerThreads = 4;
inline constexpr std::ptrdiff_t kConnectionsWaiting = 32;   // more wait in the kernel's queue
inline constexpr std::size_t kRequestBytes = 16384;         // line, fields and body together
inline constexpr std::chrono::seconds kConnectionTime{10};  // from first byte read to last written

class BoundedServer final : public httplib::Server {
 public:
  explicit BoundedServer(std::chrono::milliseconds connection_time = kConnectionTime);
  ~BoundedServer() override;  // Stop()
  BoundedServer(const BoundedServer&) = delete;
  BoundedServer& operator=(const BoundedServer&) = delete;

  // Binds, and serves from threads of its own; `address.port` becomes the one bound. False: the
  // address is taken or not ours, and nothing is left running. Once.
  bool Begin(ListenAddress& address);
  // Ends every connection at once, and joins. Any number of times.
  void Stop();

 private:
  bool process_and_close_socket(socket_t socket) override;

  const std::chrono::milliseconds connection_time_;
  std::thread thread_;
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  bool stopping_ = false;      // under mutex_
  std::set<socket_t> served_;  // under mutex_: what Stop() has to wake
};

}  // namespace unopened::exporters
