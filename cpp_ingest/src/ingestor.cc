#include "ingestor.h"

#include <algorithm>

#include "event_decoder.h"
#include "event_slices.h"
#include "kafka/delivery_outcome.h"
#include "problems.h"

namespace keystone::ingest {
namespace {

EventDecoder& ThreadsDecoder() {
  thread_local EventDecoder decoder;
  return decoder;
}

std::vector<Violation> WhyUndecodable(const EventDecoder& decoder) {
  if (decoder.bad_text_field().empty()) return {{"event", "is not a valid protobuf OrderEvent"}};
  return {{decoder.bad_text_field(), "is not UTF-8"}};
}

}  // namespace

struct Ingestor::Context {
  kafka::ProducerHandle& handle;
  const CallInfo& call;
  EventDecoder& decoder;
  std::chrono::system_clock::time_point now;
};

void Ingestor::Submit(kafka::Producer& producer, const CallInfo& call, std::span<const std::string_view> events,
                      Batch& batch) {
  const std::shared_ptr<kafka::ProducerHandle> handle = producer.handle();
  const Context context{*handle, call, ThreadsDecoder(), std::chrono::system_clock::now()};
  const RateLimiter::Grant grant = rate_limiter_.Take(call.identity, events.size(), std::chrono::steady_clock::now());
  const std::span<Delivery> deliveries = batch.deliveries();
  std::size_t enqueued = 0;
  for (std::size_t i = 0; i < grant.events; ++i) {
    if (SubmitOne(context, events[i], deliveries[i])) ++enqueued;
  }
  for (std::size_t i = grant.events; i < events.size(); ++i) {
    deliveries[i].outcome = v1::OUTCOME_THROTTLED;
    deliveries[i].problem =
        ThrottledProblem(ReadEventId(events[i]), "this client's rate limit is reached", grant.retry_after);
  }
  context.decoder.Reset();
  batch.EndSubmission(events.size() - enqueued, enqueued);
}

bool Ingestor::SubmitOne(const Context& context, std::string_view event, Delivery& delivery) {
  if (event.size() > limits_.max_event_bytes) {
    delivery.outcome = v1::OUTCOME_TOO_LARGE;
    delivery.problem = TooLargeProblem(ReadEventId(event), event.size(), limits_.max_event_bytes);
    return false;
  }
  const bool decoded = context.decoder.Decode(event);
  const std::string& key = context.decoder.event().order_id();
  const auto violations = decoded ? Validate(context.decoder.event(), context.now) : WhyUndecodable(context.decoder);
  if (!violations.empty()) {
    RejectInvalid(context, event, key, violations, delivery);
    return false;
  }
  return Enqueue(context, event, key, delivery);
}

bool Ingestor::Enqueue(const Context& context, std::string_view event, std::string_view key, Delivery& delivery) {
  if (!budget_.TryTake(event.size())) {
    delivery.outcome = v1::OUTCOME_THROTTLED;
    delivery.problem = ThrottledProblem(ReadEventId(event), "the server holds as much as it may", kRetryAfterFull);
    return false;
  }
  delivery.bytes = event.size();
  const auto error = context.handle.Produce(
      {.key = key, .value = event, .schema_id = context.call.schema_id, .reason = {}}, &delivery);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  budget_.GiveBack(event.size());
  delivery.outcome = kafka::OutcomeOfRefusal(error);
  delivery.error = error;
  delivery.problem = KafkaProblem(delivery.outcome, error, ReadEventId(event));
  return false;
}

void Ingestor::RejectInvalid(const Context& context, std::string_view event, std::string_view key,
                             const std::vector<Violation>& violations, Delivery& delivery) {
  constexpr std::size_t kMaxKey = 256;
  delivery.outcome = v1::OUTCOME_INVALID;
  delivery.problem = InvalidProblem(ReadEventId(event), violations);
  // A null key, where the event has none that could be an order's.
  const bool has_key = !key.empty() && key.size() <= kMaxKey;
  dead_letters_.Send(context.handle, {.key = has_key ? key : std::string_view{},
                                      .value = event,
                                      .schema_id = context.call.schema_id,
                                      .reason = Describe(violations)});
}

}  // namespace keystone::ingest
