#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/slice.h>

#include <chrono>
#include <memory>
#include <string>

#include "google/rpc/status.pb.h"
#include "keystone/ingest/v1/order_ingest_service.grpc.pb.h"
#include "sample_events.h"

namespace keystone::ingest::testing {

// Valid now, with an id of its own.
inline v1::OrderEvent FreshEvent(int number = 0) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  v1::OrderEvent event = PlacedEvent();
  event.mutable_event_time()->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  const std::string digits = std::to_string(100'000'000'000 + number);
  event.mutable_event_id()->replace(event.event_id().size() - digits.size(), digits.size(), digits);
  event.set_order_id("order-" + digits);
  return event;
}

class Client {
 public:
  explicit Client(std::shared_ptr<grpc::Channel> channel)
      : channel_(std::move(channel)), stub_(v1::OrderIngestService::NewStub(channel_)) {}

  grpc::Status Ingest(const v1::OrderEvent& event, v1::IngestResponse* response = nullptr,
                      const std::string& schema_id = {}) {
    grpc::ClientContext context;
    SetDeadline(context);
    if (!schema_id.empty()) context.AddMetadata("keystone-schema-id", schema_id);
    v1::IngestRequest request;
    *request.mutable_event() = event;
    v1::IngestResponse ignored;
    return stub_->Ingest(&context, request, response != nullptr ? response : &ignored);
  }

  grpc::Status IngestBatch(const v1::IngestBatchRequest& request, v1::IngestBatchResponse* response) {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->IngestBatch(&context, request, response);
  }

  // Any bytes to any of the methods with one answer.
  grpc::Status CallRaw(const std::string& method, const std::string& bytes, std::string* answer = nullptr) {
    grpc::ClientContext context;
    SetDeadline(context);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    grpc::GenericStub stub(channel_);
    auto call = stub.PrepareUnaryCall(&context, "/keystone.ingest.v1.OrderIngestService/" + method, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    grpc::Slice whole;
    if (answer != nullptr && status.ok() && response.DumpToSingleSlice(&whole).ok()) {
      answer->assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
    }
    return status;
  }

  v1::OrderIngestService::Stub& stub() { return *stub_; }

  static void SetDeadline(grpc::ClientContext& context) {
    constexpr std::chrono::seconds kDeadline{30};
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::OrderIngestService::Stub> stub_;
};

// The detail of a type that a status carries; a default one when there is none.
template <typename Detail>
Detail DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  Detail detail;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& any : details.details()) {
      if (any.UnpackTo(&detail)) return detail;
    }
  }
  return {};
}

}  // namespace keystone::ingest::testing
