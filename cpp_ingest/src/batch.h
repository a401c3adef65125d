#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kafka/producer_handle.h"
#include "keystone/ingest/v1/order_ingest_service.pb.h"
#include "metrics.h"

namespace keystone::ingest {

class Batch;
class Budget;

// One event on its way to an outcome.
class Delivery final : public kafka::DeliveryTarget {
 public:
  // Kafka's answer, on the producer's poll thread: gives the budget back and settles the event.
  void OnDelivery(const rd_kafka_message_t& message) override;

  // What the budget was charged with.
  std::size_t bytes = 0;
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  // Set for all but acknowledged events.
  std::unique_ptr<v1::Problem> problem;

 private:
  friend class Batch;
  Batch* batch_ = nullptr;
};

// The events of a request, which is answered when each has its outcome.
class Batch {
 public:
  Batch(Method method, std::size_t events, Metrics& metrics, Budget& budget);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  virtual ~Batch() = default;

  [[nodiscard]] std::span<Delivery> deliveries() { return deliveries_; }
  [[nodiscard]] Budget& budget() { return budget_; }

  // So many events got their outcome. The batch ends once it was told of all, and of the end of their submission.
  void Settle(std::size_t events);
  // All that Kafka shall get, it has; the handler took until now.
  void EndSubmission(std::size_t settled_events, std::size_t enqueued_events);

 protected:
  // Every event has its outcome; this may destroy the batch.
  virtual void OnSettled() = 0;

 private:
  void Observe();

  const Method method_;
  Metrics& metrics_;
  Budget& budget_;
  std::vector<Delivery> deliveries_;
  std::atomic<std::size_t> unsettled_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point submitted_;
};

}  // namespace keystone::ingest
