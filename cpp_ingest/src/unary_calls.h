#pragma once

#include <grpcpp/support/server_callback.h>

#include "batch.h"
#include "ingestor.h"

namespace keystone::ingest {

// A call with one request and one answer; it destroys itself once gRPC is done with it.
class UnaryCall : public grpc::ServerUnaryReactor, protected Batch {
 public:
  void Start(Ingestor& ingestor, kafka::Producer& producer, const CallInfo& call,
             std::span<const std::string_view> events) {
    ingestor.Submit(producer, call, events, *this);
  }

 protected:
  UnaryCall(Method method, std::size_t events, Ingestor& ingestor, grpc::ByteBuffer& response)
      : Batch(method, events, ingestor.metrics(), ingestor.budget()), response_(response) {}

  grpc::ByteBuffer& response() { return response_; }

 private:
  void OnDone() final { delete this; }

  grpc::ByteBuffer& response_;
};

// Ingest: one event, whose outcome is the call's status.
class IngestCall final : public UnaryCall {
 public:
  IngestCall(Ingestor& ingestor, grpc::ByteBuffer& response) : UnaryCall(Method::kUnary, 1, ingestor, response) {}

 private:
  void OnSettled() override;
};

// IngestBatch: the status is OK, and the answer holds an outcome for each event.
class IngestBatchCall final : public UnaryCall {
 public:
  IngestBatchCall(std::size_t events, Ingestor& ingestor, grpc::ByteBuffer& response)
      : UnaryCall(Method::kBatch, events, ingestor, response) {}

 private:
  void OnSettled() override;
};

}  // namespace keystone::ingest
