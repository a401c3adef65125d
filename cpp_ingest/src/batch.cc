#include "batch.h"

#include <fmt/format.h>

#include "budget.h"
#include "event_slices.h"
#include "kafka/delivery_outcome.h"
#include "problems.h"

namespace keystone::ingest {
namespace {

double SecondsBetween(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void Delivery::OnDelivery(const rd_kafka_message_t& message) {
  outcome = kafka::OutcomeOfDelivery(message.err, rd_kafka_message_status(&message));
  error = message.err;
  partition = message.partition;
  offset = message.offset;
  if (outcome != v1::OUTCOME_ACKNOWLEDGED) {
    const std::string_view value(static_cast<const char*>(message.payload), message.len);
    problem = KafkaProblem(outcome, message.err, ReadEventId(value));
  }
  batch_->budget().GiveBack(bytes);
  batch_->Settle(1);
}

Batch::Batch(Method method, std::size_t events, Metrics& metrics, Budget& budget)
    : method_(method), metrics_(metrics), budget_(budget), deliveries_(events), unsettled_(events + 1) {
  for (Delivery& delivery : deliveries_) delivery.batch_ = this;
}

void Batch::EndSubmission(std::size_t settled_events, std::size_t enqueued_events) {
  submitted_ = std::chrono::steady_clock::now();
  metrics_.received().Increment(static_cast<double>(deliveries_.size()));
  metrics_.accepted().Increment(static_cast<double>(enqueued_events));
  metrics_.ObserveHandler(method_, SecondsBetween(started_, submitted_));
  Settle(settled_events + 1);
}

void Batch::Settle(std::size_t events) {
  if (unsettled_.fetch_sub(events, std::memory_order_acq_rel) != events) return;
  Observe();
  OnSettled();
}

void Batch::Observe() {
  std::array<std::size_t, v1::Outcome_ARRAYSIZE> counts{};
  for (const Delivery& delivery : deliveries_) ++counts.at(delivery.outcome);
  for (int outcome = 0; outcome < v1::Outcome_ARRAYSIZE; ++outcome) {
    const std::size_t events = counts.at(outcome);
    if (events > 0) metrics_.CountOutcomes(static_cast<v1::Outcome>(outcome), events);
  }
  metrics_.ObserveAcknowledgement(method_, SecondsBetween(submitted_, std::chrono::steady_clock::now()));
  metrics_.pending_events().Set(static_cast<double>(budget_.events()));
  metrics_.pending_bytes().Set(static_cast<double>(budget_.bytes()));
}

}  // namespace keystone::ingest
