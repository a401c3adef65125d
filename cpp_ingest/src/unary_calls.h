#pragma once

#include <grpcpp/support/server_callback.h>

#include "batch.h"
#include "ingestor.h"
#include "open_calls.h"

namespace keystone::ingest {

// A call with one request and one answer; it destroys itself once gRPC is done with it, and leaves the open calls,
// which it was let in to.
class UnaryCall : public grpc::ServerUnaryReactor, protected Batch {
 public:
  void Start(Ingestor& ingestor, kafka::Producer& producer, const CallInfo& call,
             std::span<const std::string_view> events) {
    ingestor.Submit(producer, call, events, *this);
  }

 protected:
  UnaryCall(Method method, std::size_t events, Ingestor& ingestor, OpenCalls& open_calls, grpc::ByteBuffer& response)
      : Batch(method, events, ingestor.metrics(), ingestor.budget()), open_calls_(open_calls), response_(response) {}

  grpc::ByteBuffer& response() { return response_; }

 private:
  void OnDone() final {
    OpenCalls& open_calls = open_calls_;
    delete this;
    open_calls.Leave();
  }

  OpenCalls& open_calls_;
  grpc::ByteBuffer& response_;
};

// Ingest: one event, whose outcome is the call's status.
class IngestCall final : public UnaryCall {
 public:
  IngestCall(Ingestor& ingestor, OpenCalls& open_calls, grpc::ByteBuffer& response)
      : UnaryCall(Method::kUnary, 1, ingestor, open_calls, response) {}

 private:
  void OnSettled() override;
};

// IngestBatch: the status is OK, and the answer holds an outcome for each event.
class IngestBatchCall final : public UnaryCall {
 public:
  IngestBatchCall(std::size_t events, Ingestor& ingestor, OpenCalls& open_calls, grpc::ByteBuffer& response)
      : UnaryCall(Method::kBatch, events, ingestor, open_calls, response) {}

 private:
  void OnSettled() override;
};

}  // namespace keystone::ingest
