#pragma once

#include <string>
#include <utility>
#include <vector>

namespace keystone::ingest {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  // Gives it away.
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

// Where a server listens: a socket for each address of its host, all on one port.
struct Listening {
  std::vector<Descriptor> sockets;
  int port = 0;
  // Why it does not listen, where there is no socket.
  std::string problem;
  // Another process has the port.
  bool taken = false;
};

// HOST:PORT; port 0 takes a free one. A host of 0.0.0.0 or [::] is both.
Listening ListenOn(const std::string& address);

}  // namespace keystone::ingest
