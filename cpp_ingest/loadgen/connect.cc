#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <sstream>

#include "load.h"

namespace keystone::loadgen {
namespace {

std::string ReadFile(const std::string& name) {
  if (name.empty()) return {};
  std::ostringstream text;
  text << std::ifstream(name).rdbuf();
  return text.str();
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const LoadOptions& options) {
  if (options.tls_ca.empty()) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({.pem_root_certs = ReadFile(options.tls_ca),
                               .pem_private_key = ReadFile(options.tls_key),
                               .pem_cert_chain = ReadFile(options.tls_cert)});
}

}  // namespace

Channels Connect(const LoadOptions& options) {
  constexpr int kFirstBackoffMilliseconds = 50;
  constexpr int kMaxBackoffMilliseconds = 200;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // else channels to one address share a connection
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMilliseconds);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kFirstBackoffMilliseconds);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMilliseconds);
  Channels channels;
  for (std::size_t i = 0; i < options.connections; ++i) {
    channels.push_back(grpc::CreateCustomChannel(options.target, Credentials(options), arguments));
  }
  return channels;
}

}  // namespace keystone::loadgen
