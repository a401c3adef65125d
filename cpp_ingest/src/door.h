#pragma once

#include <grpcpp/server_builder.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include "connections.h"
#include "memory_guard.h"
#include "metrics.h"
#include "sockets.h"

namespace keystone::ingest {

// Lets connections in, and gives them to gRPC: as many as there is room for. gRPC's own listener would take each one,
// and never accept again once the process had no file descriptor left for one.
class Door {
 public:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  struct Bounds {
    std::size_t connections;
    // Of the process; 0: no bound.
    std::size_t memory_bytes;
  };

  // `on_change` is called from the door's thread, whenever it opens or closes. It is open at first.
  Door(std::vector<Descriptor> sockets, std::unique_ptr<Acceptor> acceptor, Bounds bounds, Metrics& metrics,
       std::function<void(bool open)> on_change);

  // Lets nobody in any more.
  void Close();

 private:
  void Run(const std::stop_token& stop);
  void AcceptFrom(int listener);
  void LetIn(int listener, Descriptor socket);
  void GuardMemory();
  [[nodiscard]] bool HasRoom() const;
  void Tell();

  std::vector<Descriptor> sockets_;
  const std::unique_ptr<Acceptor> acceptor_;
  const Bounds bounds_;
  Metrics& metrics_;
  const std::function<void(bool open)> on_change_;
  const MemoryGuard memory_;
  Connections connections_;
  bool out_of_files_ = false;
  bool short_of_memory_ = false;
  // In bytes, when connections were closed last; 0 while there is memory enough.
  std::size_t resident_when_shed_ = 0;
  bool open_ = true;
  std::jthread thread_;
};

}  // namespace keystone::ingest
