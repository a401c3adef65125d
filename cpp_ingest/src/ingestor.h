#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "batch.h"
#include "budget.h"
#include "dead_letters.h"
#include "kafka/producer.h"
#include "metrics.h"
#include "options.h"
#include "rate_limiter.h"
#include "validation.h"

namespace keystone::ingest {

// What is the same for all events of a call.
struct CallInfo {
  std::string schema_id;
  // Whose quota is used; only set where there is one.
  std::string identity;
};

// From an event's bytes to its place in the producer's queue: the part of the server that knows no gRPC.
class Ingestor {
 public:
  Ingestor(const LimitOptions& limits, std::string schema_id, Metrics& metrics)
      : limits_(limits),
        schema_id_(std::move(schema_id)),
        metrics_(metrics),
        budget_(limits.pending_events, limits.pending_bytes),
        rate_limiter_(limits.rate_per_identity, limits.rate_burst),
        dead_letters_(metrics) {}

  // Each event of the batch gets its outcome: now, or when Kafka tells. The bytes are only read during the call.
  void Submit(kafka::Producer& producer, const CallInfo& call, std::span<const std::string_view> events, Batch& batch);

  [[nodiscard]] const LimitOptions& limits() const { return limits_; }
  [[nodiscard]] const std::string& schema_id() const { return schema_id_; }
  [[nodiscard]] bool limits_rate() const { return rate_limiter_.enabled(); }
  Metrics& metrics() { return metrics_; }
  Budget& budget() { return budget_; }
  // The bytes of answers that clients have not read yet, over all calls.
  Budget& answers() { return answers_; }

 private:
  static constexpr std::size_t kMaxAnswerBytes = std::size_t{32} * 1024 * 1024;

  struct Context;
  // Whether Kafka's producer took it, so that its outcome is still to come.
  bool SubmitOne(const Context& context, std::string_view event, Delivery& delivery);
  bool Enqueue(const Context& context, std::string_view event, std::string_view key, Delivery& delivery);
  void RejectInvalid(const Context& context, std::string_view event, std::string_view key,
                     const std::vector<Violation>& violations, Delivery& delivery);

  const LimitOptions limits_;
  const std::string schema_id_;
  Metrics& metrics_;
  Budget budget_;
  Budget answers_{std::numeric_limits<std::size_t>::max() / 2, kMaxAnswerBytes};
  RateLimiter rate_limiter_;
  DeadLetters dead_letters_;
};

}  // namespace keystone::ingest
