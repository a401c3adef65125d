#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <span>

#include "batch.h"

namespace keystone::ingest {

grpc::ByteBuffer ToByteBuffer(const google::protobuf::MessageLite& message);

// Fills a batch's or a stream's answer; the deliveries give their problems away.
template <typename Response>
void FillAnswer(std::span<Delivery> deliveries, Response& response) {
  response.mutable_outcomes()->Reserve(static_cast<int>(deliveries.size()));
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    response.add_outcomes(deliveries[i].outcome);
    if (!deliveries[i].problem) continue;
    deliveries[i].problem->set_index(static_cast<std::uint32_t>(i));
    response.mutable_problems()->AddAllocated(deliveries[i].problem.release());
  }
}

}  // namespace keystone::ingest
