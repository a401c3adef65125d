#include "stream_call.h"

#include <fmt/format.h>
#include <grpcpp/server_context.h>

#include "answers.h"
#include "error_status.h"
#include "event_slices.h"
#include "flat_request.h"

namespace keystone::ingest {
namespace {

// Answers that tell of many broken rules are large: their bytes are bounded like their events.
constexpr std::size_t kMaxAnswerBytes = std::size_t{1} * 1024 * 1024;

}  // namespace

// Destroys itself when settled.
class StreamCall::StreamBatch final : public Batch {
 public:
  StreamBatch(StreamCall& stream, std::uint64_t sequence, std::size_t events)
      : Batch(Method::kStream, events, stream.ingestor_.metrics(), stream.ingestor_.budget()),
        stream_(stream),
        sequence_(sequence) {}

 private:
  void OnSettled() override {
    const std::unique_ptr<StreamBatch> self(this);
    v1::IngestStreamResponse response;
    response.set_sequence(sequence_);
    FillAnswer(deliveries(), response);
    stream_.OnBatchSettled({ToByteBuffer(response), deliveries().size()});
  }

  StreamCall& stream_;
  const std::uint64_t sequence_;
};

StreamCall::StreamCall(Ingestor& ingestor, kafka::Producer& producer, grpc::CallbackServerContext& context,
                       CallInfo call, std::function<void(StreamCall&)> on_done)
    : ingestor_(ingestor),
      producer_(producer),
      context_(context),
      call_(std::move(call)),
      on_done_(std::move(on_done)) {}

void StreamCall::Start() {
  std::unique_lock lock(mutex_);
  started_ = true;
  Advance(lock);
}

void StreamCall::End(const grpc::Status& status) {
  std::unique_lock lock(mutex_);
  if (!end_) end_ = status;
  Advance(lock);
}

void StreamCall::OnReadDone(bool ok) {
  std::unique_lock lock(mutex_);
  if (ok && !end_) {
    accepting_ = true;
    lock.unlock();
    const grpc::Status accepted = Accept(request_);
    lock.lock();
    accepting_ = false;
    if (!accepted.ok() && !end_) end_ = accepted;
  } else if (!end_) {
    end_ = grpc::Status::OK;
  }
  reading_ = false;
  Advance(lock);
}

grpc::Status StreamCall::Accept(const grpc::ByteBuffer& request) {
  const LimitOptions& limits = ingestor_.limits();
  if (request.Length() > limits.max_request_bytes) {
    return InvalidRequest("events", fmt::format("a batch of the stream has {} bytes; at most {} are taken",
                                                request.Length(), limits.max_request_bytes));
  }
  const FlatRequest flat(request);
  const SplitRequest split = SplitEvents(flat.bytes(), kIngestStreamRequest, limits.max_batch_events);
  if (!split.problem.empty()) return InvalidRequest("events", split.problem);
  if (split.events.empty()) {
    return InvalidRequest("events", fmt::format("batch {} of the stream has no events", split.sequence));
  }
  {
    const std::lock_guard lock(mutex_);
    unanswered_events_ += split.events.size();
    ++open_batches_;
  }
  auto* batch = new StreamBatch(*this, split.sequence, split.events.size());  // owns itself
  ingestor_.Submit(producer_, call_, split.events, *batch);
  return grpc::Status::OK;
}

void StreamCall::OnBatchSettled(Answer answer) {
  const bool kept = ingestor_.answers().TryTake(answer.bytes.Length());
  if (!kept) {
    // Its answers before wait to be read. Without this one it cannot go on: the client sends again what has none.
    ingestor_.metrics().answers_lost().Increment();
    context_.TryCancel();
  }
  std::unique_lock lock(mutex_);
  --open_batches_;
  if (!kept) {
    end_ = grpc::Status::CANCELLED;
    return Advance(lock);
  }
  answer_bytes_ += answer.bytes.Length();
  answers_.push_back(std::move(answer));
  Advance(lock);
}

void StreamCall::OnWriteDone(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  unanswered_events_ -= answers_.front().events;
  Forget(1);
  if (!ok) {
    end_ = grpc::Status::CANCELLED;
    Forget(answers_.size());
  }
  Advance(lock);
}

void StreamCall::Forget(std::size_t answers) {
  for (; answers > 0; --answers) {
    const std::size_t bytes = answers_.front().bytes.Length();
    ingestor_.answers().GiveBack(bytes);
    answer_bytes_ -= bytes;
    answers_.pop_front();
  }
}

void StreamCall::OnCancel() {
  std::unique_lock lock(mutex_);
  end_ = grpc::Status::CANCELLED;
  Advance(lock);
}

bool StreamCall::CanRead() const {
  return started_ && !reading_ && !end_ && unanswered_events_ < ingestor_.limits().stream_window_events &&
         answer_bytes_ < kMaxAnswerBytes;
}

bool StreamCall::CanFinish() const {
  return started_ && end_ && !finished_ && !accepting_ && !writing_ && answers_.empty() && open_batches_ == 0;
}

void StreamCall::Advance(std::unique_lock<std::mutex>& lock) {
  if (advancing_) return;
  advancing_ = true;
  while (true) {
    if (CanWrite()) {
      writing_ = true;
      const grpc::ByteBuffer* bytes = &answers_.front().bytes;
      lock.unlock();
      StartWrite(bytes);
    } else if (CanRead()) {
      reading_ = true;
      lock.unlock();
      StartRead(&request_);
    } else {
      break;
    }
    lock.lock();
  }
  advancing_ = false;
  if (!CanFinish()) return;
  finished_ = true;
  const grpc::Status status = *end_;
  lock.unlock();
  Finish(status);  // may be the end of this object
}

}  // namespace keystone::ingest
