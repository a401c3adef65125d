#pragma once

#include <atomic>
#include <cstddef>

namespace keystone::ingest {

// How much may be unacknowledged at once, in events and in bytes, over all calls.
class Budget {
 public:
  Budget(std::size_t max_events, std::size_t max_bytes) : max_events_(max_events), max_bytes_(max_bytes) {}

  // Takes room for one event of so many bytes, or nothing.
  bool TryTake(std::size_t bytes) {
    if (events_.fetch_add(1, std::memory_order_relaxed) >= max_events_) {
      events_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > max_bytes_) {
      GiveBack(bytes);
      return false;
    }
    return true;
  }

  void GiveBack(std::size_t bytes) {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    events_.fetch_sub(1, std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t events() const { return events_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  const std::size_t max_events_;
  const std::size_t max_bytes_;
  std::atomic<std::size_t> events_{0};
  std::atomic<std::size_t> bytes_{0};
};

}  // namespace keystone::ingest
