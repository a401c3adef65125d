#pragma once

#include <grpcpp/server.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "door.h"
#include "options.h"
#include "reflection_service.h"

namespace keystone::ingest {

// The listening server around a service: credentials, bounds, health and reflection.
class GrpcServer {
 public:
  // Listening once constructed; `problem()` tells whether that went well.
  GrpcServer(const ServerOptions& server, const TlsOptions& tls, const LimitOptions& limits, grpc::Service& service,
             Metrics& metrics);
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;
  ~GrpcServer();

  // Why it does not listen; empty when it does.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // HOST:PORT, with the port that was chosen.
  [[nodiscard]] std::string address() const;

  // What grpc.health.v1 answers, for the service and for the server as a whole. While no connection can be let in, it
  // is NOT_SERVING in any case.
  void SetServing(bool serving);
  // Closes the connections, once the last answers are out.
  void Shutdown();

 private:
  void SetOpen(bool open);
  void TellHealth();

  const std::string listen_;
  int port_ = 0;
  std::string problem_;
  ReflectionService reflection_;
  std::unique_ptr<grpc::Server> server_;
  std::mutex health_mutex_;
  bool serving_ = false;
  bool open_ = true;
  std::optional<Door> door_;
};

}  // namespace keystone::ingest
