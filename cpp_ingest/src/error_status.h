#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "batch.h"

namespace keystone::ingest {

// Statuses with google.rpc details, which clients read by the generated code of google/rpc/error_details.proto.

// INVALID_ARGUMENT with a BadRequest of one violation.
grpc::Status InvalidRequest(const std::string& field, const std::string& description);

// What a unary call answers for an event that was not acknowledged.
grpc::Status StatusOf(const Delivery& delivery);

// UNAVAILABLE, OUTCOME_UNKNOWN: for an answer that there is no room to keep.
grpc::Status AnswerLost();

// RESOURCE_EXHAUSTED with a RetryInfo, for a call beyond those that may be open at once.
grpc::Status TooManyCalls();

// UNAVAILABLE, for what comes or ends while the server does: what it did not answer it did not take.
grpc::Status GoingAway();

}  // namespace keystone::ingest
