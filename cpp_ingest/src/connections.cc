#include "connections.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

namespace keystone::ingest {
namespace {

// 0 for what is no open file.
ino_t InodeOf(int socket) {
  struct stat found {};
  return fstat(socket, &found) == 0 ? found.st_ino : 0;
}

}  // namespace

void Connections::Add(int socket, Time until) {
  open_.push_back({.socket = socket, .inode = InodeOf(socket), .until = until});
}

bool Connections::IsOpen(const Connection& one) { return one.inode != 0 && InodeOf(one.socket) == one.inode; }

void Connections::Close(Connection& one) {
  if (one.closing || !IsOpen(one)) return;
  one.closing = true;
  // gRPC owns the socket: it sees an end of the connection, and closes it. What waits in the socket it need not see.
  shutdown(one.socket, SHUT_RDWR);
  constexpr std::size_t kAll = std::size_t{64} * 1024 * 1024;
  while (recv(one.socket, nullptr, kAll, MSG_DONTWAIT | MSG_TRUNC) > 0) {
  }
}

void Connections::Sweep(Time now) {
  std::erase_if(open_, [](const Connection& one) { return !IsOpen(one); });
  for (Connection& one : open_) {
    if (one.until <= now) Close(one);
  }
}

std::size_t Connections::CloseNewest(std::size_t count) {
  // They are forgotten by a later sweep, once gRPC has closed them.
  std::size_t closed = 0;
  for (auto one = open_.rbegin(); one != open_.rend() && closed < count; ++one) {
    if (one->closing || !IsOpen(*one)) continue;
    Close(*one);
    ++closed;
  }
  return closed;
}

void Connections::BoundPassing(std::size_t most) {
  const auto has_end = [](const Connection& one) { return one.until != Time::max() && !one.closing; };
  auto passing = static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), has_end));
  for (Connection& one : open_) {
    if (passing <= most) return;
    if (!has_end(one)) continue;
    Close(one);
    --passing;
  }
}

}  // namespace keystone::ingest
