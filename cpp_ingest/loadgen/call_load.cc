#include <google/protobuf/any.pb.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/slice.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "load.h"
#include "requests.h"

namespace keystone::loadgen {
namespace {

namespace v1 = ingest::v1;

constexpr std::size_t kMostOpenLoopCalls = 4096;

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details())) return {};
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return {};
}

// OUTCOME_UNSPECIFIED: the server said nothing of the event.
v1::Outcome OutcomeOf(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return v1::OUTCOME_ACKNOWLEDGED;
    case grpc::StatusCode::INVALID_ARGUMENT:
      return v1::OUTCOME_INVALID;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return v1::OUTCOME_THROTTLED;
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::PERMISSION_DENIED:
      return v1::OUTCOME_REFUSED;
    default:
      break;
  }
  const std::string reason = ReasonOf(status);
  if (reason == "NOT_PERSISTED") return v1::OUTCOME_NOT_PERSISTED;
  return reason == "OUTCOME_UNKNOWN" ? v1::OUTCOME_UNKNOWN : v1::OUTCOME_UNSPECIFIED;
}

std::vector<v1::Outcome> OutcomesOfBatch(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  v1::IngestBatchResponse response;
  if (!bytes.DumpToSingleSlice(&slice).ok() ||
      !response.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return {};
  }
  std::vector<v1::Outcome> outcomes;
  for (const int outcome : response.outcomes()) outcomes.push_back(static_cast<v1::Outcome>(outcome));
  return outcomes;
}

// A place for one call at a time.
class Slot {
 public:
  Slot(const LoadOptions& options, const std::shared_ptr<grpc::Channel>& channel, std::uint64_t seed, Tally& tally)
      : options_(options), stub_(channel), factory_(seed), tally_(tally) {}

  // Sends the next request; `done` follows its answer.
  void Send(Clock::time_point due, std::function<void()> done) {
    due_ = due;
    done_ = std::move(done);
    request_ = MakeRequest(factory_, options_.batch_events);
    Call();
  }

 private:
  void Call() {
    static const std::array<std::string, 2> kMethods{std::string(kServicePath) + "Ingest",
                                                     std::string(kServicePath) + "IngestBatch"};
    context_.emplace();
    context_->set_wait_for_ready(true);
    context_->set_deadline(std::chrono::system_clock::now() +
                           std::chrono::milliseconds(static_cast<std::int64_t>(options_.deadline_seconds * 1000)));
    stub_.UnaryCall(&*context_, kMethods.at(options_.mode == Mode::kBatch ? 1 : 0), {}, &request_.bytes, &response_,
                    [this](const grpc::Status& status) { OnAnswer(status); });
  }

  void OnAnswer(const grpc::Status& status) {
    if (options_.mode == Mode::kBatch && status.ok()) {
      tally_.Record(due_, request_.ids, OutcomesOfBatch(response_));
    } else if (const v1::Outcome outcome = OutcomeOf(status); outcome != v1::OUTCOME_UNSPECIFIED) {
      tally_.Record(due_, request_.ids, std::vector<v1::Outcome>(request_.ids.size(), outcome));
    } else if (options_.resend) {
      return Call();
    } else {
      tally_.RecordUnanswered(request_.ids.size());
    }
    done_();
  }

  const LoadOptions& options_;
  grpc::GenericStub stub_;
  EventFactory factory_;
  Tally& tally_;
  Clock::time_point due_;
  std::function<void()> done_;
  Request request_;
  std::optional<grpc::ClientContext> context_;
  grpc::ByteBuffer response_;
};

// The slots that are free, and a way to wait for them.
class Pool {
 public:
  Pool(const LoadOptions& options, const Channels& channels, Tally& tally, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      constexpr std::uint64_t kSeedStep = 0xD1342543DE82EF95ULL;
      slots_.push_back(std::make_unique<Slot>(options, channels[i % channels.size()],
                                              options.seed * kSeedStep + i * (kSeedStep << 7U), tally));
      free_.push_back(slots_.back().get());
    }
  }

  Slot& Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !free_.empty(); });
    Slot& slot = *free_.back();
    free_.pop_back();
    return slot;
  }

  void GiveBack(Slot& slot) {
    const std::lock_guard lock(mutex_);
    free_.push_back(&slot);
    changed_.notify_all();
  }

  void WaitForAll() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return free_.size() == slots_.size(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
};

void SendInCircles(const LoadOptions& options, Course& course, Pool& pool, Slot& slot) {
  if (!course.Claim(options.batch_events)) return pool.GiveBack(slot);
  slot.Send(Clock::now(), [&options, &course, &pool, &slot] { SendInCircles(options, course, pool, slot); });
}

}  // namespace

void RunCalls(const LoadOptions& options, const Channels& channels, Course& course, Tally& tally) {
  const bool open_loop = options.rate > 0;
  Pool pool(options, channels, tally, open_loop ? kMostOpenLoopCalls : options.in_flight);
  if (open_loop) {
    RunOpenLoop(options, course, [&pool](Clock::time_point due) {
      Slot& slot = pool.Take();
      slot.Send(due, [&pool, &slot] { pool.GiveBack(slot); });
    });
  } else {
    for (std::size_t i = 0; i < options.in_flight; ++i) SendInCircles(options, course, pool, pool.Take());
  }
  pool.WaitForAll();
}

}  // namespace keystone::loadgen
