#pragma once

#include <cstddef>

#include "sockets.h"

namespace keystone::ingest {

// Watches what the process has resident. Budgets and quotas bound each kind of use that is known; this bounds their
// sum, and what nobody thought of.
class MemoryGuard {
 public:
  // 0 bounds nothing.
  explicit MemoryGuard(std::size_t max_bytes);

  // Whether it is over its bound, and stays so when the allocator has given back what it keeps for later.
  [[nodiscard]] bool IsOver() const;
  // Whether too little is left to take more work in: fifteen sixteenths are used.
  [[nodiscard]] bool IsNear() const;
  // What is resident now; 0 where the system does not say.
  [[nodiscard]] std::size_t resident() const;

 private:
  [[nodiscard]] bool IsAbove(std::size_t bytes) const;

  const std::size_t max_bytes_;
  const Descriptor statm_;
};

}  // namespace keystone::ingest
