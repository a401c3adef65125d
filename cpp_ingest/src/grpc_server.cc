#include "grpc_server.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>

#include "file_limit.h"
#include "keystone/ingest/v1/order_ingest_service.grpc.pb.h"
#include "logging.h"
#include "tls.h"

namespace keystone::ingest {
namespace {

void SetConnectionBounds(grpc::ServerBuilder& builder, const ServerOptions& server) {
  constexpr int kMillisecondsASecond = 1000;
  constexpr int kKeepaliveMilliseconds = 30'000;
  constexpr int kKeepaliveTimeoutMilliseconds = 10'000;
  constexpr int kShortestPingIntervalMilliseconds = 5'000;
  constexpr int kMaxConcurrentCalls = 512;
  // Frames of a few bytes become calls of some kilobytes: so much at most between two looks at the memory.
  constexpr int kMostBytesOfARead = 64 * 1024;
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMostBytesOfARead);
  // Until then a connection has to show that it speaks HTTP/2, or TLS.
  constexpr int kHandshakeMilliseconds = 10'000;
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kShortestPingIntervalMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             server.max_connection_idle_seconds * kMillisecondsASecond);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentCalls);
}

// A compressed message says nothing of the memory that it takes: nothing is inflated, and who sends one is told so
// (UNIMPLEMENTED, with what is accepted).
void RefuseCompression(grpc::ServerBuilder& builder) {
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
}

// As many as are wanted, less what Kafka, metrics and logs may need of the files that the process may open.
std::size_t MostConnections(std::size_t wanted) {
  constexpr std::size_t kOwnFiles = 128;
  const std::size_t files = FileLimit();
  const std::size_t most = std::min(wanted, std::max(files / 4, files - std::min(files, kOwnFiles)));
  if (most < wanted) {
    Log(spdlog::level::warn, "fewer connections than wanted are let in: the process may open too few files (ulimit -n)",
        {{"connections", std::to_string(most)}, {"wanted", std::to_string(wanted)}, {"files", std::to_string(files)}});
  }
  return most;
}

// A sanitizer's shadow memory is not the server's use.
std::size_t MostMemory(std::size_t mebibytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0 * mebibytes;
#else
  return mebibytes * 1024 * 1024;
#endif
}

}  // namespace

GrpcServer::GrpcServer(const ServerOptions& server, const TlsOptions& tls, const LimitOptions& limits,
                       grpc::Service& service, Metrics& metrics)
    : listen_(server.listen),
      reflection_({v1::OrderIngestService::service_full_name(), "grpc.health.v1.Health",
                   grpc::reflection::v1::ServerReflection::service_full_name(),
                   "grpc.reflection.v1alpha.ServerReflection"}) {
  constexpr std::size_t kMaxTransportBytes = std::size_t{64} * 1024 * 1024;
  Listening listening = ListenOn(listen_);
  if (listening.sockets.empty()) {
    problem_ = listening.taken ? "another process has the port" : listening.problem;
    return;
  }
  port_ = listening.port;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, MakeServerCredentials(tls));
  builder.RegisterService(&service);
  builder.RegisterService(&reflection_);
  SetConnectionBounds(builder, server);
  RefuseCompression(builder);
  // Requests up to twice the bound get our answer, which says what the bound is; larger ones gRPC's own.
  builder.SetMaxReceiveMessageSize(static_cast<int>(2 * limits.max_request_bytes));
  grpc::ResourceQuota quota("keystone-ingest");
  quota.Resize(kMaxTransportBytes);
  builder.SetResourceQuota(quota);
  server_ = builder.BuildAndStart();
  if (!server_) {
    problem_ = "gRPC could not be started";
    return;
  }
  SetServing(false);
  door_.emplace(std::move(listening.sockets), std::move(acceptor),
                Door::Bounds{.connections = MostConnections(server.max_connections),
                             .memory_bytes = MostMemory(server.max_memory_mib.value_or(NeededMemoryMib(limits)))},
                metrics, [this](bool open) { SetOpen(open); });
}

GrpcServer::~GrpcServer() {
  if (door_) door_->Close();
}

std::string GrpcServer::address() const { return listen_.substr(0, listen_.rfind(':') + 1) + std::to_string(port_); }

void GrpcServer::SetServing(bool serving) {
  const std::lock_guard lock(health_mutex_);
  serving_ = serving;
  TellHealth();
}

void GrpcServer::SetOpen(bool open) {
  const std::lock_guard lock(health_mutex_);
  open_ = open;
  TellHealth();
}

void GrpcServer::TellHealth() {
  auto* health = server_->GetHealthCheckService();
  health->SetServingStatus(serving_ && open_);
  health->SetServingStatus(v1::OrderIngestService::service_full_name(), serving_ && open_);
}

void GrpcServer::Shutdown() {
  door_->Close();
  // gRPC would wait for each client to hang up, which an idle one may be slow to do.
  constexpr std::chrono::milliseconds kLastAnswers{200};
  server_->Shutdown(std::chrono::system_clock::now() + kLastAnswers);
}

}  // namespace keystone::ingest
