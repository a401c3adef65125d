#include "metrics.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace keystone::ingest {
namespace {

constexpr std::array<const char*, 3> kMethods{"unary", "batch", "stream"};

prometheus::Counter* AddCounter(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return &prometheus::BuildCounter().Name("keystone_ingest_" + name).Help(help).Register(registry).Add({});
}

prometheus::Gauge* AddGauge(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return &prometheus::BuildGauge().Name("keystone_ingest_" + name).Help(help).Register(registry).Add({});
}

std::array<prometheus::Histogram*, 3> AddHistograms(prometheus::Registry& registry, const std::string& name,
                                                    const std::string& help,
                                                    const prometheus::Histogram::BucketBoundaries& bounds) {
  auto& family = prometheus::BuildHistogram().Name("keystone_ingest_" + name).Help(help).Register(registry);
  std::array<prometheus::Histogram*, 3> histograms{};
  std::transform(kMethods.begin(), kMethods.end(), histograms.begin(), [&](const char* method) {
    return &family.Add({{"method", method}}, bounds);
  });
  return histograms;
}

// OUTCOME_NOT_PERSISTED as not_persisted.
std::string LabelOf(v1::Outcome outcome) {
  std::string label = v1::Outcome_Name(outcome).substr(std::string_view("OUTCOME_").size());
  std::transform(label.begin(), label.end(), label.begin(), [](unsigned char c) { return std::tolower(c); });
  return label;
}

}  // namespace

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {
  prometheus::Registry& registry = *registry_;
  auto& outcomes = prometheus::BuildCounter()
                       .Name("keystone_ingest_event_outcomes_total")
                       .Help("Events answered, by outcome")
                       .Register(registry);
  for (int value = 0; value < v1::Outcome_ARRAYSIZE; ++value) {
    outcomes_.at(value) = &outcomes.Add({{"outcome", LabelOf(static_cast<v1::Outcome>(value))}});
  }
  handler_ = AddHistograms(registry, "handler_seconds", "Time to validate and enqueue a request's events",
                           {5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 1e-1});
  acks_ = AddHistograms(registry, "acknowledgement_seconds", "Time from there to the last outcome of the request",
                        {5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 1e-1, 2.5e-1, 5e-1, 1, 2.5, 5, 10, 30});
  received_ = AddCounter(registry, "events_received_total", "Events received");
  accepted_ = AddCounter(registry, "events_accepted_total", "Events given to Kafka's producer");
  refused_requests_ =
      AddCounter(registry, "requests_refused_total",
                 "Requests refused whole: malformed, out of bounds, too many at once, or while draining");
  producer_restarts_ = AddCounter(registry, "producer_restarts_total", "Producers replaced after a fatal error");
  dead_letters_delivered_ = AddCounter(registry, "dead_letters_total", "Invalid events kept in the dead-letter topic");
  dead_letters_lost_ = AddCounter(registry, "dead_letters_lost_total", "Invalid events that it could not take");
  answers_lost_ =
      AddCounter(registry, "answers_lost_total", "Answers given up because clients did not read those before them");
  connections_refused_ = AddCounter(registry, "connections_refused_total", "Connections that there was no room for");
  connections_shed_ =
      AddCounter(registry, "connections_shed_total", "Connections closed because too much memory was used");
  connections_ = AddGauge(registry, "connections", "Open connections");
  kafka_ready_ = AddGauge(registry, "kafka_ready", "1 while the topic can be written");
  pending_events_ = AddGauge(registry, "pending_events", "Events not acknowledged yet");
  pending_bytes_ = AddGauge(registry, "pending_bytes", "Their bytes");
  streams_ = AddGauge(registry, "streams", "Open streams");
}

}  // namespace keystone::ingest
