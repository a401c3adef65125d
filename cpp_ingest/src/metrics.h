#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <memory>
#include <string>

#include "keystone/ingest/v1/order_ingest_service.pb.h"

namespace keystone::ingest {

enum class Method { kUnary, kBatch, kStream };

// What Prometheus sees. Figures are counted a request at a time, so that events stay cheap.
class Metrics {
 public:
  Metrics();

  void CountOutcomes(v1::Outcome outcome, std::size_t events) {
    outcomes_.at(outcome)->Increment(static_cast<double>(events));
  }
  // From a request's arrival to its events' place in the producer's queue.
  void ObserveHandler(Method method, double seconds) {
    handler_.at(static_cast<std::size_t>(method))->Observe(seconds);
  }
  // From there to the last outcome.
  void ObserveAcknowledgement(Method method, double seconds) {
    acks_.at(static_cast<std::size_t>(method))->Observe(seconds);
  }

  prometheus::Counter& received() { return *received_; }
  prometheus::Counter& accepted() { return *accepted_; }
  prometheus::Counter& refused_requests() { return *refused_requests_; }
  prometheus::Counter& producer_restarts() { return *producer_restarts_; }
  prometheus::Counter& dead_letters_delivered() { return *dead_letters_delivered_; }
  prometheus::Counter& dead_letters_lost() { return *dead_letters_lost_; }
  prometheus::Counter& answers_lost() { return *answers_lost_; }
  prometheus::Counter& connections_refused() { return *connections_refused_; }
  prometheus::Counter& connections_shed() { return *connections_shed_; }
  prometheus::Gauge& connections() { return *connections_; }
  prometheus::Gauge& kafka_ready() { return *kafka_ready_; }
  prometheus::Gauge& pending_events() { return *pending_events_; }
  prometheus::Gauge& pending_bytes() { return *pending_bytes_; }
  prometheus::Gauge& streams() { return *streams_; }

  [[nodiscard]] std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::array<prometheus::Counter*, v1::Outcome_ARRAYSIZE> outcomes_{};
  std::array<prometheus::Histogram*, 3> handler_{};
  std::array<prometheus::Histogram*, 3> acks_{};
  prometheus::Counter* received_;
  prometheus::Counter* accepted_;
  prometheus::Counter* refused_requests_;
  prometheus::Counter* producer_restarts_;
  prometheus::Counter* dead_letters_delivered_;
  prometheus::Counter* dead_letters_lost_;
  prometheus::Counter* answers_lost_;
  prometheus::Counter* connections_refused_;
  prometheus::Counter* connections_shed_;
  prometheus::Gauge* connections_;
  prometheus::Gauge* kafka_ready_;
  prometheus::Gauge* pending_events_;
  prometheus::Gauge* pending_bytes_;
  prometheus::Gauge* streams_;
};

}  // namespace keystone::ingest
