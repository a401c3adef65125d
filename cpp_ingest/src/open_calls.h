#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace keystone::ingest {

// Counts the calls under way, and lets no more in once the server drains.
class OpenCalls {
 public:
  bool TryEnter() {
    count_.fetch_add(1);
    if (!draining_) return true;
    Leave();
    return false;
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
  std::atomic<int> count_{0};
  std::atomic<bool> draining_{false};
};

}  // namespace keystone::ingest
