#include "ingest_service.h"

#include <fmt/format.h>

#include "call_info.h"
#include "event_slices.h"
#include "flat_request.h"
#include "schema_id.h"
#include "unary_calls.h"

namespace keystone::ingest {
namespace {

constexpr auto kBadSchemaId = "keystone-schema-id is no schema id: up to 64 of 0-9, a-f and - are allowed";

// A stream that is over before it began.
class RefusedStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit RefusedStream(const grpc::Status& status) { Finish(status); }

 private:
  void OnDone() override { delete this; }
};

grpc::Status NotIn(Entry entry) { return entry == Entry::kFull ? TooManyCalls() : GoingAway(); }

std::string TooManyBytes(std::size_t bytes, std::size_t max_bytes) {
  return fmt::format("the request has {} bytes; at most {} are taken", bytes, max_bytes);
}

}  // namespace

grpc::ServerUnaryReactor* IngestService::Ingest(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) {
  const auto call = ReadCallInfo(*context, ingestor_);
  if (!call) return Refuse(*context, std::string(kSchemaIdKey), kBadSchemaId);
  const LimitOptions& limits = ingestor_.limits();
  if (request->Length() > limits.max_request_bytes) {
    return Refuse(*context, "event", TooManyBytes(request->Length(), limits.max_request_bytes));
  }
  const FlatRequest flat(*request);
  const SplitRequest split = SplitEvents(flat.bytes(), kIngestRequest, 1);
  if (!split.problem.empty()) return Refuse(*context, "event", split.problem);
  if (split.events.empty()) return Refuse(*context, "event", "event is required");
  if (const Entry entry = open_calls_.TryEnter(); entry != Entry::kIn) return Refuse(*context, NotIn(entry));
  auto* ingest = new IngestCall(ingestor_, open_calls_, *response);  // owns itself
  return ingest->Start(ingestor_, producer_, *call, split.events);
}

grpc::ServerUnaryReactor* IngestService::IngestBatch(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  const auto call = ReadCallInfo(*context, ingestor_);
  if (!call) return Refuse(*context, std::string(kSchemaIdKey), kBadSchemaId);
  const LimitOptions& limits = ingestor_.limits();
  if (request->Length() > limits.max_request_bytes) {
    return Refuse(*context, "events", TooManyBytes(request->Length(), limits.max_request_bytes));
  }
  const FlatRequest flat(*request);
  const SplitRequest split = SplitEvents(flat.bytes(), kIngestBatchRequest, limits.max_batch_events);
  if (!split.problem.empty()) return Refuse(*context, "events", split.problem);
  if (split.events.empty()) return Refuse(*context, "events", "the batch has no events");
  if (const Entry entry = open_calls_.TryEnter(); entry != Entry::kIn) return Refuse(*context, NotIn(entry));
  auto* batch = new IngestBatchCall(split.events.size(), ingestor_, open_calls_, *response);  // owns itself
  return batch->Start(ingestor_, producer_, *call, split.events);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestService::IngestStream(
    grpc::CallbackServerContext* context) {
  auto call = ReadCallInfo(*context, ingestor_);
  if (!call) {
    ingestor_.metrics().refused_requests().Increment();
    return new RefusedStream(InvalidRequest(std::string(kSchemaIdKey), kBadSchemaId));  // owns itself
  }
  if (const Entry entry = open_calls_.TryEnter(); entry != Entry::kIn) {
    ingestor_.metrics().refused_requests().Increment();
    return new RefusedStream(NotIn(entry));  // owns itself
  }
  return streams_.Open(ingestor_, producer_, *context, *std::move(call));
}

grpc::ServerUnaryReactor* IngestService::Refuse(grpc::CallbackServerContext& context, const grpc::Status& status) {
  ingestor_.metrics().refused_requests().Increment();
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

bool IngestService::Drain(std::chrono::steady_clock::time_point deadline) {
  open_calls_.Drain();
  streams_.Drain();
  return open_calls_.WaitForNone(deadline);
}

}  // namespace keystone::ingest
