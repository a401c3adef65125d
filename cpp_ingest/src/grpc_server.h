#pragma once

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "options.h"

namespace keystone::ingest {

// The listening server around a service: credentials, bounds, health and reflection.
class GrpcServer {
 public:
  // Listening once constructed; `listening()` tells whether that went well.
  GrpcServer(const ServerOptions& server, const TlsOptions& tls, const LimitOptions& limits, grpc::Service& service);

  [[nodiscard]] bool listening() const { return server_ != nullptr; }
  // HOST:PORT, with the port that was chosen.
  [[nodiscard]] std::string address() const;

  // What grpc.health.v1 answers, for the service and for the server as a whole.
  void SetServing(bool serving);
  // Closes the connections, once the last answers are out.
  void Shutdown();

 private:
  const std::string listen_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace keystone::ingest
