#include "rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace keystone::ingest {

std::size_t TokenBucket::Take(std::size_t wanted, SteadyTime now) {
  tokens_ = TokensAt(now);
  filled_ = now;
  const auto granted = std::min(wanted, static_cast<std::size_t>(tokens_));
  tokens_ -= static_cast<double>(granted);
  return granted;
}

std::chrono::milliseconds TokenBucket::UntilNext() const {
  constexpr double kMillisecondsASecond = 1000;
  const double seconds = std::max(0.0, 1 - tokens_) / rate_;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * kMillisecondsASecond)));
}

bool TokenBucket::IsFull(SteadyTime now) const { return TokensAt(now) >= burst_; }

double TokenBucket::TokensAt(SteadyTime now) const {
  const double seconds = std::max(0.0, std::chrono::duration<double>(now - filled_).count());
  return std::min(burst_, tokens_ + seconds * rate_);
}

RateLimiter::RateLimiter(double rate, double burst) : rate_(rate), burst_(std::max(1.0, burst > 0 ? burst : rate)) {}

RateLimiter::Grant RateLimiter::Take(std::string_view identity, std::size_t wanted, SteadyTime now) {
  if (!enabled()) return {wanted, {}};
  const std::lock_guard lock(mutex_);
  TokenBucket& bucket = BucketOf(identity, now);
  const std::size_t granted = bucket.Take(wanted, now);
  return {granted, bucket.UntilNext()};
}

TokenBucket& RateLimiter::BucketOf(std::string_view identity, SteadyTime now) {
  if (const auto known = buckets_.find(std::string(identity)); known != buckets_.end()) return known->second;
  if (buckets_.size() >= kMaxIdentities) {
    std::erase_if(buckets_, [now](const auto& entry) { return entry.second.IsFull(now); });
  }
  // The crowd's bucket has the empty name, which no identity has.
  const std::string_view name = buckets_.size() < kMaxIdentities ? identity : std::string_view{};
  return buckets_.try_emplace(std::string(name), rate_, burst_, now).first->second;
}

}  // namespace keystone::ingest
