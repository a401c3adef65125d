#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "batch.h"
#include "ingestor.h"
#include "open_calls.h"

namespace keystone::ingest {

// A call with one request and one answer, which it was let in to the open calls for. It destroys itself when it has
// answered. The reactor is the context's own: gRPC would end one of ours on another thread, a third of a call's cost.
class UnaryCall : protected Batch, public grpc::ServerUnaryReactor {
 public:
  // The call is answered through the reactor, maybe before this returns.
  grpc::ServerUnaryReactor* Start(Ingestor& ingestor, kafka::Producer& producer, const CallInfo& call,
                                  std::span<const std::string_view> events) {
    ingestor.Submit(producer, call, events, *this);
    return this;  // it lives until gRPC, which does not know it yet, says that the call is done
  }

 protected:
  UnaryCall(Method method, std::size_t events, Ingestor& ingestor, OpenCalls& open_calls, grpc::ByteBuffer& response)
      : Batch(method, events, ingestor.metrics(), ingestor.budget()),
        ingestor_(ingestor),
        open_calls_(open_calls),
        response_(response) {}

  // What the call answers, and with which status.
  virtual grpc::Status Answer(grpc::ByteBuffer& response) = 0;

 private:
  void OnSettled() final;
  // The client has its answer, or is gone.
  void OnDone() final;

  Ingestor& ingestor_;
  OpenCalls& open_calls_;
  grpc::ByteBuffer& response_;
  std::size_t answer_bytes_ = 0;
};

// Ingest: one event, whose outcome is the call's status.
class IngestCall final : public UnaryCall {
 public:
  IngestCall(Ingestor& ingestor, OpenCalls& open_calls, grpc::ByteBuffer& response)
      : UnaryCall(Method::kUnary, 1, ingestor, open_calls, response) {}

 private:
  grpc::Status Answer(grpc::ByteBuffer& response) override;
};

// IngestBatch: the status is OK, and the answer holds an outcome for each event.
class IngestBatchCall final : public UnaryCall {
 public:
  IngestBatchCall(std::size_t events, Ingestor& ingestor, OpenCalls& open_calls, grpc::ByteBuffer& response)
      : UnaryCall(Method::kBatch, events, ingestor, open_calls, response) {}

 private:
  grpc::Status Answer(grpc::ByteBuffer& response) override;
};

}  // namespace keystone::ingest
