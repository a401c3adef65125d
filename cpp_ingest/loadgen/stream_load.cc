#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/slice.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "load.h"
#include "requests.h"

namespace keystone::loadgen {
namespace {

namespace v1 = ingest::v1;

struct Sent {
  Clock::time_point due;
  Request request;
};

// One IngestStream call: sends what it is given, records what is answered. When it ends early, what has no answer stays
// in `unanswered()`.
class Stream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Stream(const std::shared_ptr<grpc::Channel>& channel, std::chrono::system_clock::time_point deadline, Tally& tally,
         std::function<void()> on_answer)
      : stub_(channel), tally_(tally), on_answer_(std::move(on_answer)) {
    context_.set_wait_for_ready(true);
    context_.set_deadline(deadline);
    stub_.PrepareBidiStreamingCall(&context_, std::string(kServicePath) + "IngestStream", {}, this);
    AddHold();  // writes come from outside of the reactions
    StartRead(&answer_);
    StartCall();
  }

  // False when the call is over, so that nothing more can be sent on it.
  bool Send(std::uint64_t sequence, Sent sent) {
    std::unique_lock lock(mutex_);
    if (ended_) return false;
    const auto entry = unanswered_.emplace(sequence, std::move(sent)).first;
    to_write_.push_back(&entry->second.request.bytes);
    if (to_write_.size() == 1) {
      lock.unlock();
      StartWrite(&entry->second.request.bytes);
    }
    return true;
  }

  // Half-closes and waits for the rest of the answers.
  void Close() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || to_write_.empty(); });
    lock.unlock();
    StartWritesDone();
    Release();
    lock.lock();
    changed_.wait(lock, [this] { return done_; });
  }

  // Whether another batch may be sent, or has to be, as the call is over and a new one takes its place.
  [[nodiscard]] bool HasRoom(std::size_t in_flight) {
    const std::lock_guard lock(mutex_);
    return ended_ || unanswered_.size() < in_flight;
  }

  std::map<std::uint64_t, Sent>& unanswered() { return unanswered_; }

 private:
  void Release() {
    if (!released_.exchange(true)) RemoveHold();
  }

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    to_write_.pop_front();
    if (!ok) {
      to_write_.clear();
      ended_ = true;
    }
    const grpc::ByteBuffer* next = to_write_.empty() ? nullptr : to_write_.front();
    changed_.notify_all();
    lock.unlock();
    if (next != nullptr) StartWrite(next);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      std::unique_lock lock(mutex_);
      ended_ = true;
      changed_.notify_all();
      lock.unlock();
      on_answer_();
      return;
    }
    Take();
    StartRead(&answer_);
    on_answer_();
  }

  void Take() {
    grpc::Slice slice;
    v1::IngestStreamResponse response;
    if (!answer_.DumpToSingleSlice(&slice).ok() ||
        !response.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
      return;
    }
    std::unique_lock lock(mutex_);
    const auto answered = unanswered_.extract(response.sequence());
    lock.unlock();
    if (answered.empty()) return;
    std::vector<v1::Outcome> outcomes;
    for (const int outcome : response.outcomes()) outcomes.push_back(static_cast<v1::Outcome>(outcome));
    tally_.Record(answered.mapped().due, answered.mapped().request.ids, outcomes);
  }

  void OnDone(const grpc::Status& /*status*/) override {
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  Tally& tally_;
  const std::function<void()> on_answer_;
  grpc::ByteBuffer answer_;
  std::atomic<bool> released_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Sent> unanswered_;
  std::deque<const grpc::ByteBuffer*> to_write_;
  bool ended_ = false;
  bool done_ = false;
};

// Keeps one stream busy, and opens a new one when it breaks.
class Worker {
 public:
  Worker(const LoadOptions& options, const Course& course, std::shared_ptr<grpc::Channel> channel, std::uint64_t seed,
         Tally& tally)
      : options_(options),
        channel_(std::move(channel)),
        factory_(seed),
        tally_(tally),
        deadline_(std::chrono::system_clock::now() +
                  std::chrono::duration_cast<std::chrono::system_clock::duration>(
                      course.end() - Clock::now() + std::chrono::duration<double>(options.deadline_seconds))) {
    Open();
  }

  void RunClosedLoop(Course& course) {
    while (course.Claim(options_.batch_events)) {
      WaitForRoom();
      Send(Clock::now());
    }
  }

  void Send(Clock::time_point due) { SendOn({due, MakeStreamRequest(factory_, options_.batch_events, sequence_)}); }

  void Finish() {
    stream_->Close();
    while (options_.resend && !stream_->unanswered().empty() && std::chrono::system_clock::now() < deadline_) {
      Reopen();
      stream_->Close();
    }
    for (const auto& [sequence, sent] : stream_->unanswered()) tally_.RecordUnanswered(sent.request.ids.size());
  }

 private:
  void Open() {
    stream_ = std::make_unique<Stream>(channel_, deadline_, tally_, [this] {
      const std::lock_guard lock(mutex_);
      ++answers_;
      answered_.notify_all();
    });
  }

  void SendOn(const Sent& sent) {
    const std::uint64_t sequence = sequence_++;
    // A broken stream gives its batches to the next one, or to the count of the unanswered.
    while (!stream_->Send(sequence, sent)) {
      if (std::chrono::system_clock::now() >= deadline_) return tally_.RecordUnanswered(sent.request.ids.size());
      Reopen();
    }
  }

  void Reopen() {
    constexpr std::chrono::milliseconds kPause{50};
    stream_->Close();
    auto left = std::move(stream_->unanswered());
    std::this_thread::sleep_for(kPause);
    Open();
    for (auto& [sequence, sent] : left) {
      const std::size_t events = sent.request.ids.size();
      if (!options_.resend || !stream_->Send(sequence, std::move(sent))) tally_.RecordUnanswered(events);
    }
  }

  void WaitForRoom() {
    std::unique_lock lock(mutex_);
    while (true) {
      const std::uint64_t seen = answers_;
      lock.unlock();
      const bool room = stream_->HasRoom(options_.in_flight);
      lock.lock();
      if (room) return;
      answered_.wait(lock, [this, seen] { return answers_ != seen; });
    }
  }

  const LoadOptions& options_;
  const std::shared_ptr<grpc::Channel> channel_;
  EventFactory factory_;
  Tally& tally_;
  // Of the last answer: the end of the course, and a call's patience.
  const std::chrono::system_clock::time_point deadline_;
  std::uint64_t sequence_ = 0;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::uint64_t answers_ = 0;
  std::unique_ptr<Stream> stream_;
};

}  // namespace

void RunStreams(const LoadOptions& options, const Channels& channels, Course& course, Tally& tally) {
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t i = 0; i < options.streams; ++i) {
    workers.push_back(
        std::make_unique<Worker>(options, course, channels[i % channels.size()], options.seed + (i << 32U), tally));
  }
  if (options.rate > 0) {
    std::size_t next = 0;
    RunOpenLoop(options, course, [&](Clock::time_point due) { workers[next++ % workers.size()]->Send(due); });
  } else {
    std::vector<std::jthread> threads;
    threads.reserve(workers.size());
    for (const auto& worker : workers) threads.emplace_back([&course, &worker] { worker->RunClosedLoop(course); });
  }
  for (const auto& worker : workers) worker->Finish();
}

}  // namespace keystone::loadgen
