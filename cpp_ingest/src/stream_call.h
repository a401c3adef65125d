#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "ingestor.h"

namespace keystone::ingest {

// IngestStream: batches in, answers out in the order in which they settle. It reads on only while the events whose
// answers are not yet written stay within the window, so that a client that does not read is not read from either.
class StreamCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // `on_done` is called last, and may destroy the call.
  StreamCall(Ingestor& ingestor, kafka::Producer& producer, grpc::CallbackServerContext& context, CallInfo call,
             std::function<void(StreamCall&)> on_done);

  void Start();
  // Reads no more, answers what was read, ends with the status.
  void End(const grpc::Status& status);

 private:
  class StreamBatch;
  struct Answer {
    grpc::ByteBuffer bytes;
    std::size_t events;
  };

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { on_done_(*this); }

  // Takes a batch in, or says why the stream ends.
  grpc::Status Accept(const grpc::ByteBuffer& request);
  void OnBatchSettled(Answer answer);
  // Drops that many answers, written or not.
  void Forget(std::size_t answers);

  // Starts what the state allows. gRPC may call back from within a start, so that it is done without the lock, by one
  // thread at a time; others leave their change of state to that one.
  void Advance(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool CanWrite() const { return !writing_ && !answers_.empty(); }
  [[nodiscard]] bool CanRead() const;
  [[nodiscard]] bool CanFinish() const;

  Ingestor& ingestor_;
  kafka::Producer& producer_;
  grpc::CallbackServerContext& context_;
  const CallInfo call_;
  const std::function<void(StreamCall&)> on_done_;
  grpc::ByteBuffer request_;

  std::mutex mutex_;
  std::deque<Answer> answers_;
  std::size_t answer_bytes_ = 0;
  std::size_t unanswered_events_ = 0;
  std::size_t open_batches_ = 0;
  bool started_ = false;
  bool reading_ = false;
  bool accepting_ = false;
  bool writing_ = false;
  bool advancing_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> end_;
};

}  // namespace keystone::ingest
