#pragma once

#include <string_view>

#include "budget.h"
#include "kafka/producer_handle.h"
#include "metrics.h"

namespace keystone::ingest {

// Keeps what was refused as invalid, for people to look into: best effort, within a budget of its own, counted.
class DeadLetters final : public kafka::DeliveryTarget {
 public:
  explicit DeadLetters(Metrics& metrics) : metrics_(metrics) {}

  void Send(kafka::ProducerHandle& handle, const kafka::Record& record);
  void OnDelivery(const rd_kafka_message_t& message) override;

 private:
  static constexpr std::size_t kMaxEvents = 5'000;
  static constexpr std::size_t kMaxBytes = std::size_t{8} * 1024 * 1024;

  Metrics& metrics_;
  Budget budget_{kMaxEvents, kMaxBytes};
};

}  // namespace keystone::ingest
