#pragma once

#include <chrono>

#include "error_status.h"
#include "ingestor.h"
#include "keystone/ingest/v1/order_ingest_service.grpc.pb.h"
#include "stream_registry.h"

namespace keystone::ingest {

// The service's three methods take raw bytes: the generated handlers would answer malformed protobuf with UNIMPLEMENTED
// and no message, and would lose the events' original bytes.
using RawOrderIngestService =
    v1::OrderIngestService::WithRawCallbackMethod_Ingest<v1::OrderIngestService::WithRawCallbackMethod_IngestBatch<
        v1::OrderIngestService::WithRawCallbackMethod_IngestStream<v1::OrderIngestService::Service>>>;

class IngestService final : public RawOrderIngestService {
 public:
  IngestService(Ingestor& ingestor, kafka::Producer& producer)
      : ingestor_(ingestor), producer_(producer), open_calls_(ingestor.limits().open_calls) {}

  // Lets no more calls in, ends the streams, and waits for what is under way; whether all of it was answered in time.
  bool Drain(std::chrono::steady_clock::time_point deadline);

 private:
  grpc::ServerUnaryReactor* Ingest(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* IngestBatch(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestStream(
      grpc::CallbackServerContext* context) override;

  grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext& context, const grpc::Status& status);
  grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext& context, const std::string& field,
                                   const std::string& description) {
    return Refuse(context, InvalidRequest(field, description));
  }

  Ingestor& ingestor_;
  kafka::Producer& producer_;
  OpenCalls open_calls_;
  StreamRegistry streams_{open_calls_};
};

}  // namespace keystone::ingest
