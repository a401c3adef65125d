#include "door.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "file_limit.h"
#include "logging.h"

namespace keystone::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kBetweenLooks{20};
constexpr milliseconds kBetweenLooksWhenShort{5};
constexpr milliseconds kBetweenSweeps{200};
// Beyond the bound the newest few are let in for a moment, so that who asks for the server's health is told.
constexpr std::size_t kPassing = 16;
constexpr seconds kPassingTime{5};
// The last files are kept for what the process itself opens.
constexpr std::size_t kLastFiles = 32;

bool IsShortage(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

bool HasFileLeft() { return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)).valid(); }

}  // namespace

Door::Door(std::vector<Descriptor> sockets, std::unique_ptr<Acceptor> acceptor, Bounds bounds, Metrics& metrics,
           std::function<void(bool open)> on_change)
    : sockets_(std::move(sockets)),
      acceptor_(std::move(acceptor)),
      bounds_(bounds),
      metrics_(metrics),
      on_change_(std::move(on_change)),
      memory_(bounds.memory_bytes),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void Door::Close() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  sockets_.clear();
}

void Door::Run(const std::stop_token& stop) {
  std::vector<pollfd> waiting;
  for (const Descriptor& one : sockets_) waiting.push_back({.fd = one.number(), .events = POLLIN, .revents = 0});
  auto next_sweep = steady_clock::now();
  while (!stop.stop_requested()) {
    // While no socket can be had, those that wait would end each poll at once.
    const auto watched = out_of_files_ ? 0 : waiting.size();
    const int ready = poll(waiting.data(), watched,
                           static_cast<int>((short_of_memory_ ? kBetweenLooksWhenShort : kBetweenLooks).count()));
    if (out_of_files_) out_of_files_ = !HasFileLeft();
    const auto now = steady_clock::now();
    if (ready > 0 || now >= next_sweep || !open_) {
      connections_.Sweep(now);
      next_sweep = now + kBetweenSweeps;
    }
    GuardMemory();
    for (const pollfd& one : waiting) {
      if (ready > 0 && one.revents != 0) AcceptFrom(one.fd);
    }
    Tell();
  }
}

void Door::AcceptFrom(int listener) {
  constexpr int kAtOnce = 64;
  for (int i = 0; i < kAtOnce; ++i) {
    Descriptor socket(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) {
      out_of_files_ = IsShortage(errno);
      return;
    }
    LetIn(listener, std::move(socket));
  }
}

void Door::LetIn(int listener, Descriptor socket) {
  const bool room = HasRoom();
  if (!room) metrics_.connections_refused().Increment();
  if (static_cast<std::size_t>(socket.number()) + kLastFiles > FileLimit()) return;
  connections_.Add(socket.number(), room ? Connections::Time::max() : steady_clock::now() + kPassingTime);
  connections_.BoundPassing(kPassing);
  Acceptor::NewConnectionParameters connection;
  connection.listener_fd = listener;
  connection.fd = socket.Release();
  acceptor_->HandleNewConnection(&connection);
}

void Door::GuardMemory() {
  short_of_memory_ = memory_.IsNear();
  if (!short_of_memory_ || !memory_.IsOver()) {
    resident_when_shed_ = 0;
    return;
  }
  // What connections took in is worked off a while after they are closed: it is theirs as long as no more comes to it.
  constexpr std::size_t kNoGrowth = std::size_t{4} * 1024 * 1024;
  const std::size_t resident = memory_.resident();
  const bool grows_still = resident_when_shed_ != 0 && resident > resident_when_shed_ + kNoGrowth;
  const std::size_t closed = connections_.CloseNewest(grows_still ? connections_.size() : connections_.size() / 2 + 1);
  resident_when_shed_ = resident;
  LogOften(spdlog::level::warn, "too much memory is used: the newest connections are closed",
           {{"connections", std::to_string(connections_.size())}, {"closed", std::to_string(closed)}});
  metrics_.connections_shed().Increment(static_cast<double>(closed));
}

bool Door::HasRoom() const { return !out_of_files_ && !short_of_memory_ && connections_.size() < bounds_.connections; }

void Door::Tell() {
  metrics_.connections().Set(static_cast<double>(connections_.size()));
  const bool open = HasRoom();
  if (open == open_) return;
  open_ = open;
  const std::string why = open               ? ""
                          : out_of_files_    ? "no file descriptor is left"
                          : short_of_memory_ ? "too little memory is left"
                                             : "as many connections are open as there may be";
  LogOften(open ? spdlog::level::info : spdlog::level::warn,
           open ? "connections are let in" : "no connection is let in",
           {{"connections", std::to_string(connections_.size())}, {"reason", why}});
  on_change_(open);
}

}  // namespace keystone::ingest
