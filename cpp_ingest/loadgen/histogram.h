#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace keystone::loadgen {

// Counts of values by size, after HdrHistogram: each power of two has 128 buckets of equal width, so that any value is
// known to within 0.8 %, from any thread.
class Histogram {
 public:
  void Record(std::uint64_t value) {
    counts_[BucketOf(value)].fetch_add(1, std::memory_order_relaxed);
    std::uint64_t most = max_.load(std::memory_order_relaxed);
    while (value > most && !max_.compare_exchange_weak(most, value, std::memory_order_relaxed)) {
    }
  }

  // The smallest recorded value that at least this share of values do not exceed; 0 when there are none.
  [[nodiscard]] std::uint64_t Quantile(double share) const {
    const std::uint64_t total = Count();
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      seen += counts_[bucket].load(std::memory_order_relaxed);
      if (seen > 0 && seen >= rank) return std::min(HighestIn(bucket), Max());
    }
    return 0;
  }

  [[nodiscard]] std::uint64_t Max() const { return max_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t Count() const {
    std::uint64_t total = 0;
    for (const auto& count : counts_) total += count.load(std::memory_order_relaxed);
    return total;
  }

 private:
  static constexpr unsigned kSubBits = 7;
  static constexpr std::uint64_t kSubBuckets = 1U << kSubBits;
  static constexpr unsigned kLargestBit = 44;  // some hours, in nanoseconds
  static constexpr std::size_t kBuckets = (kLargestBit - kSubBits + 2) * kSubBuckets;

  static std::size_t BucketOf(std::uint64_t value) {
    if (value < kSubBuckets) return value;
    value = std::min(value, (std::uint64_t{1} << (kLargestBit + 1)) - 1);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
    return shift * kSubBuckets + (value >> shift);
  }

  static std::uint64_t HighestIn(std::size_t bucket) {
    if (bucket < 2 * kSubBuckets) return bucket;
    const std::uint64_t shift = bucket / kSubBuckets - 1;
    return ((bucket - shift * kSubBuckets + 1) << shift) - 1;
  }

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::atomic<std::uint64_t> max_{0};
};

}  // namespace keystone::loadgen
