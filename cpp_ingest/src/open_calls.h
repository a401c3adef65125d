#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>

namespace keystone::ingest {

// Whether a call may begin.
enum class Entry { kIn, kFull, kGoingAway };

// Counts the calls under way, and lets no more in than the bound, and none once the server drains.
class OpenCalls {
 public:
  explicit OpenCalls(std::size_t max_calls) : max_calls_(static_cast<int>(max_calls)) {}

  Entry TryEnter() {
    const bool room = count_.fetch_add(1) < max_calls_;
    if (room && !draining_) return Entry::kIn;
    Leave();
    return draining_ ? Entry::kGoingAway : Entry::kFull;
  }

  void Leave() { count_.fetch_sub(1); }

  void Drain() { draining_ = true; }

  // Whether the last one left in time.
  [[nodiscard]] bool WaitForNone(std::chrono::steady_clock::time_point deadline) const {
    constexpr std::chrono::milliseconds kBetweenLooks{2};
    while (count_ > 0) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::sleep_for(kBetweenLooks);
    }
    return true;
  }

 private:
  const int max_calls_;
  std::atomic<int> count_{0};
  std::atomic<bool> draining_{false};
};

}  // namespace keystone::ingest
