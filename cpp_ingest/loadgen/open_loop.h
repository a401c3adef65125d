#pragma once

#include <chrono>
#include <thread>

#include "load.h"

namespace keystone::loadgen {

template <typename Send>
void RunOpenLoop(const LoadOptions& options, Course& course, Send send) {
  const std::chrono::duration<double> interval(static_cast<double>(options.batch_events) / options.rate);
  for (std::uint64_t number = 0;; ++number) {
    const auto due =
        course.start() + std::chrono::duration_cast<Clock::duration>(interval * static_cast<double>(number));
    if (due >= course.end()) return;
    std::this_thread::sleep_until(due);
    if (!course.Claim(options.batch_events)) return;
    send(due);
  }
}

}  // namespace keystone::loadgen
