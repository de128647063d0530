#include "exporters/web/bounded_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <semaphore>
#include <utility>

namespace unopened::exporters {
namespace {

using Steady = std::chrono::steady_clock;

// One connection's bytes. Reads past kRequestBytes and anything past the deadline fail, which
// httplib takes for a connection that is gone.
class BoundedStream final : public httplib::Stream {
 public:
  BoundedStream(socket_t socket, std::chrono::milliseconds time)
      : socket_(socket), deadline_(Steady::now() + time) {}

  bool is_readable() const override { return at_ < size_ || Await(POLLIN); }
  bool is_writable() const override { return Await(POLLOUT); }

  ssize_t read(char* out, size_t wanted) override {
    if (at_ == size_) {
      if (left_ == 0 || !Await(POLLIN)) return -1;
      const ssize_t got = recv(socket_, buffer_.data(), std::min(left_, buffer_.size()), 0);
      if (got <= 0) return got;
      at_ = 0;
      size_ = static_cast<std::size_t>(got);
      left_ -= size_;
    }
    const std::size_t taken = std::min(wanted, size_ - at_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), taken, out);
    at_ += taken;
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* bytes, size_t size) override {
    if (!Await(POLLOUT)) return -1;
    return send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  // Nobody asks who is there: the server keeps no address, and only loopback reaches it.
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }

 private:
  bool Await(short events) const {
    pollfd waiting{socket_, events, 0};
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Steady::now()).count();
      if (left <= 0) return false;
      const int ready = poll(&waiting, 1, static_cast<int>(left));
      if (ready >= 0 || errno != EINTR) return ready > 0;
    }
  }

  const socket_t socket_;
  const Steady::time_point deadline_;
  std::array<char, 4096> buffer_{};
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::size_t left_ = kRequestBytes;
};

// httplib's pool with a bound: the accepting thread waits while it is full, so that a crowd stays
// in the kernel's queue and does not eat the descriptors that the log needs.
class BoundedQueue final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override {
    free_.acquire();
    pool_.enqueue([this, task = std::move(task)] {
      task();
      free_.release();
    });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  std::counting_semaphore<> free_{kConnectionsWaiting};
  httplib::ThreadPool pool_{kServerThreads};
};

}  // namespace

BoundedServer::BoundedServer(std::chrono::milliseconds connection_time)
    : connection_time_(connection_time) {
  new_task_queue = [] { return new BoundedQueue; };
  set_payload_max_length(kRequestBytes);
  // SO_REUSEADDR alone: with SO_REUSEPORT, httplib's default, two gateways would share one port
  // without a word.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

BoundedServer::~BoundedServer() { Stop(); }

bool BoundedServer::Begin(ListenAddress& address) {
  if (address.port == 0) {
    const int port = bind_to_any_port(address.host);
    if (port <= 0) return false;
    address.port = port;
  } else if (!bind_to_port(address.host, address.port)) {
    return false;
  }
  thread_ = std::thread([this] {
    listen_after_bind();
    ended_.store(true);
  });
  // A stop() before the loop runs would be lost, and Stop() would wait for ever; so would this, for
  // a loop that ended at once, were `ended_` not there.
  while (!is_running() && !ended_.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (!ended_.load()) return true;
  Stop();
  return false;
}

void BoundedServer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const socket_t socket : served_) shutdown(socket, SHUT_RDWR);
  }
  stop();
  if (thread_.joinable()) thread_.join();
}

bool BoundedServer::process_and_close_socket(socket_t socket) {
  bool served = false;
  bool wanted = false;
  {
    const std::lock_guard lock(mutex_);
    wanted = !stopping_ && served_.insert(socket).second;
  }
  if (wanted) {
    BoundedStream stream(socket, connection_time_);
    bool closed = false;
    served = process_request(stream, true, closed, nullptr);
    const std::lock_guard lock(mutex_);
    served_.erase(socket);
  }
  shutdown(socket, SHUT_RDWR);
  close(socket);
  return served;
}

}  // namespace unopened::exporters
