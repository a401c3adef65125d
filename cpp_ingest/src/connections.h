#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <vector>

namespace keystone::ingest {

// The connections that were given to gRPC, which does not tell when one of them ends: a socket's number and inode tell
// whether it is still the same one.
class Connections {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // One that is closed when `until` comes, whatever it does.
  void Add(int socket, Time until = Time::max());
  // Forgets those that ended, and closes those whose time is over.
  void Sweep(Time now);
  // Closes that many of the newest that are not closed yet; how many there were.
  std::size_t CloseNewest(std::size_t count);

  [[nodiscard]] std::size_t size() const { return open_.size(); }
  // Closes the oldest of those that have an end, where there are more than so many.
  void BoundPassing(std::size_t most);

 private:
  struct Connection {
    int socket;
    ino_t inode;
    Time until;
    bool closing = false;
  };
  static bool IsOpen(const Connection& one);
  static void Close(Connection& one);

  std::vector<Connection> open_;
};

}  // namespace keystone::ingest
