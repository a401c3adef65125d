// keystone-noop: the same service, answering OK at once without looking at a request. What gRPC alone costs.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <cstdio>
#include <string>
#include <tuple>
#include <utility>

#include "answers.h"
#include "event_slices.h"
#include "flat_request.h"
#include "ingest_service.h"
#include "mutexes.h"
#include "signals.h"

namespace keystone::ingest {
namespace {

constexpr std::size_t kAnyNumber = 1'000'000;

template <typename Response>
grpc::ByteBuffer Acknowledge(Response response, std::size_t events) {
  for (std::size_t i = 0; i < events; ++i) response.add_outcomes(v1::OUTCOME_ACKNOWLEDGED);
  return ToByteBuffer(response);
}

class NoopStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  NoopStream() { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    const FlatRequest flat(request_);
    const SplitRequest split = SplitEvents(flat.bytes(), kIngestStreamRequest, kAnyNumber);
    v1::IngestStreamResponse response;
    response.set_sequence(split.sequence);
    answer_ = Acknowledge(std::move(response), split.events.size());
    StartWrite(&answer_);
  }
  void OnWriteDone(bool ok) override {
    if (ok) StartRead(&request_);
  }
  void OnDone() override { delete this; }

  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
};

class NoopService final : public RawOrderIngestService {
  grpc::ServerUnaryReactor* Ingest(grpc::CallbackServerContext* context, const grpc::ByteBuffer* /*request*/,
                                   grpc::ByteBuffer* response) override {
    v1::IngestResponse answer;
    answer.set_partition(1);
    answer.set_offset(1);
    *response = ToByteBuffer(answer);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* IngestBatch(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    const FlatRequest flat(*request);
    const SplitRequest split = SplitEvents(flat.bytes(), kIngestBatchRequest, kAnyNumber);
    *response = Acknowledge(v1::IngestBatchResponse{}, split.events.size());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestStream(
      grpc::CallbackServerContext* /*context*/) override {
    return new NoopStream();  // owns itself
  }
};

}  // namespace
}  // namespace keystone::ingest

int main(int argc, char** argv) {
  keystone::ingest::TrustMutexes();
  const keystone::ingest::Signals signals;
  const std::string address = argc > 1 ? argv[1] : "127.0.0.1:0";
  int port = 0;
  keystone::ingest::NoopService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (port == 0) return 3;
  std::ignore = std::printf("keystone-noop listening on %s:%d\n", address.substr(0, address.rfind(':')).c_str(), port);
  std::ignore = std::fflush(stdout);
  while (!signals.WaitFor(std::chrono::seconds(3600))) {
  }
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}
