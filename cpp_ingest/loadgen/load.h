#pragma once

#include <grpcpp/channel.h>

#include <atomic>
#include <memory>
#include <vector>

#include "loadgen_options.h"
#include "tally.h"

namespace keystone::loadgen {

inline constexpr auto kServicePath = "/keystone.ingest.v1.OrderIngestService/";

// When the load begins, when it is over, and how much of it was claimed.
class Course {
 public:
  Course(const LoadOptions& options, Clock::time_point start)
      : start_(start),
        end_(start + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options.warmup_seconds + options.seconds))),
        max_events_(options.events) {}

  // Whether so many events more may be sent.
  bool Claim(std::size_t events) {
    if (Clock::now() >= end_) return false;
    return max_events_ == 0 || claimed_.fetch_add(events, std::memory_order_relaxed) < max_events_;
  }

  [[nodiscard]] Clock::time_point start() const { return start_; }
  [[nodiscard]] Clock::time_point end() const { return end_; }

 private:
  const Clock::time_point start_;
  const Clock::time_point end_;
  const std::uint64_t max_events_;
  std::atomic<std::uint64_t> claimed_{0};
};

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// One connection each.
Channels Connect(const LoadOptions& options);

// Calls with one answer, for the unary and the batch mode.
void RunCalls(const LoadOptions& options, const Channels& channels, Course& course, Tally& tally);
void RunStreams(const LoadOptions& options, const Channels& channels, Course& course, Tally& tally);

// Calls `send(due)` at each moment that an open loop's rate makes due, until the course is over. A late call keeps its
// moment, so that the wait that it caused counts.
template <typename Send>
void RunOpenLoop(const LoadOptions& options, Course& course, Send send);

}  // namespace keystone::loadgen

#include "open_loop.h"
