#pragma once

#include <chrono>
#include <csignal>

namespace keystone::ingest {

// SIGTERM and SIGINT as something to wait for. Construct it before any thread, so that none of them gets the signals.
class Signals {
 public:
  Signals();
  // Whether one of them came within that time.
  [[nodiscard]] bool WaitFor(std::chrono::milliseconds time) const;

 private:
  sigset_t ending_{};
};

}  // namespace keystone::ingest
