#pragma once

#include <grpcpp/server_context.h>

#include <optional>

#include "ingestor.h"

namespace keystone::ingest {

// Reads a call's metadata and, where there is a rate limit, its identity: the subject of the client's certificate, else
// its address without the port. Nothing when the schema's id is none.
std::optional<CallInfo> ReadCallInfo(const grpc::CallbackServerContext& context, const Ingestor& ingestor);

// `ipv4:10.0.0.1:4711` as `ipv4:10.0.0.1`.
std::string WithoutPort(const std::string& peer);

}  // namespace keystone::ingest
