#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace keystone::ingest {

using SteadyTime = std::chrono::steady_clock::time_point;

// Fills at `rate` tokens a second up to `burst`.
class TokenBucket {
 public:
  TokenBucket(double rate, double burst, SteadyTime now) : rate_(rate), burst_(burst), tokens_(burst), filled_(now) {}

  // Takes as many of the wanted tokens as there are, and says how many.
  std::size_t Take(std::size_t wanted, SteadyTime now);
  // Until a token is there.
  [[nodiscard]] std::chrono::milliseconds UntilNext() const;
  // Whether it is full again, so that forgetting it changes nothing.
  [[nodiscard]] bool IsFull(SteadyTime now) const;

 private:
  [[nodiscard]] double TokensAt(SteadyTime now) const;

  double rate_;
  double burst_;
  double tokens_;
  SteadyTime filled_;
};

// A bucket for each identity. The number of identities is bounded: beyond it, newcomers share one bucket.
class RateLimiter {
 public:
  // A rate of 0 bounds nothing; a burst of 0 is a second's worth.
  RateLimiter(double rate, double burst);

  struct Grant {
    std::size_t events;
    std::chrono::milliseconds retry_after;
  };

  [[nodiscard]] bool enabled() const { return rate_ > 0; }
  Grant Take(std::string_view identity, std::size_t wanted, SteadyTime now);

 private:
  static constexpr std::size_t kMaxIdentities = 10'000;

  TokenBucket& BucketOf(std::string_view identity, SteadyTime now);

  const double rate_;
  const double burst_;
  std::mutex mutex_;
  std::unordered_map<std::string, TokenBucket> buckets_;
};

}  // namespace keystone::ingest
