#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <string>
#include <vector>

#include "event_factory.h"

namespace keystone::loadgen {

// A request as bytes, and the ids of its events.
struct Request {
  grpc::ByteBuffer bytes;
  std::vector<std::string> ids;
};

// Requests written by hand, as decoding and encoding again would cost the client more than the server.
Request MakeRequest(EventFactory& factory, std::size_t events);
Request MakeStreamRequest(EventFactory& factory, std::size_t events, std::uint64_t sequence);

}  // namespace keystone::loadgen
