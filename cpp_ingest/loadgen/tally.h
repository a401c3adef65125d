#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "histogram.h"
#include "keystone/ingest/v1/order_ingest_service.pb.h"

namespace keystone::loadgen {

using Clock = std::chrono::steady_clock;

// What became of all events, from any thread. OUTCOME_UNSPECIFIED stands for events without an answer.
class Tally {
 public:
  Tally(Clock::time_point counted_from, const std::string& ack_log);

  // Events of one call that was due then, with an outcome each.
  void Record(Clock::time_point due, const std::vector<std::string>& ids,
              const std::vector<ingest::v1::Outcome>& outcomes);
  void RecordUnanswered(std::size_t events);

  // The report as one JSON object.
  [[nodiscard]] std::string Report(Clock::time_point end) const;
  [[nodiscard]] bool logs_ids() const { return ack_log_.is_open(); }

 private:
  const Clock::time_point counted_from_;
  std::array<std::atomic<std::uint64_t>, ingest::v1::Outcome_ARRAYSIZE> outcomes_{};
  std::atomic<std::uint64_t> counted_acknowledged_{0};
  Histogram latency_;
  std::mutex mutex_;
  std::ofstream ack_log_;
};

}  // namespace keystone::loadgen
