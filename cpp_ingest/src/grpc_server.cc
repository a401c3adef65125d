#include "grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <chrono>

#include "keystone/ingest/v1/order_ingest_service.grpc.pb.h"
#include "tls.h"

namespace keystone::ingest {
namespace {

void SetConnectionBounds(grpc::ServerBuilder& builder, const ServerOptions& server) {
  constexpr int kMillisecondsASecond = 1000;
  constexpr int kKeepaliveMilliseconds = 30'000;
  constexpr int kKeepaliveTimeoutMilliseconds = 10'000;
  constexpr int kShortestPingIntervalMilliseconds = 5'000;
  constexpr int kMaxConcurrentCalls = 4096;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second server on the port is a mistake, not a share
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kShortestPingIntervalMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             server.max_connection_idle_seconds * kMillisecondsASecond);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentCalls);
}

}  // namespace

GrpcServer::GrpcServer(const ServerOptions& server, const TlsOptions& tls, const LimitOptions& limits,
                       grpc::Service& service)
    : listen_(server.listen) {
  constexpr std::size_t kMaxTransportBytes = std::size_t{128} * 1024 * 1024;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen_, MakeServerCredentials(tls), &port_);
  builder.RegisterService(&service);
  SetConnectionBounds(builder, server);
  // Requests up to twice the bound get our answer, which says what the bound is; larger ones gRPC's own.
  builder.SetMaxReceiveMessageSize(static_cast<int>(2 * limits.max_request_bytes));
  grpc::ResourceQuota quota("keystone-ingest");
  quota.Resize(kMaxTransportBytes);
  builder.SetResourceQuota(quota);
  server_ = builder.BuildAndStart();
  if (port_ == 0) server_.reset();
  if (server_) SetServing(false);
}

std::string GrpcServer::address() const { return listen_.substr(0, listen_.rfind(':') + 1) + std::to_string(port_); }

void GrpcServer::SetServing(bool serving) {
  auto* health = server_->GetHealthCheckService();
  health->SetServingStatus(serving);
  health->SetServingStatus(v1::OrderIngestService::service_full_name(), serving);
}

void GrpcServer::Shutdown() {
  // gRPC would wait for each client to hang up, which an idle one may be slow to do.
  constexpr std::chrono::milliseconds kLastAnswers{200};
  server_->Shutdown(std::chrono::system_clock::now() + kLastAnswers);
}

}  // namespace keystone::ingest
