#include "signals.h"

#include <ctime>
#include <tuple>

namespace keystone::ingest {

Signals::Signals() {
  sigemptyset(&ending_);
  sigaddset(&ending_, SIGTERM);
  sigaddset(&ending_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending_, nullptr);
  std::ignore = std::signal(SIGPIPE, SIG_IGN);
}

bool Signals::WaitFor(std::chrono::milliseconds time) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds);
  const timespec limit{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
  return sigtimedwait(&ending_, nullptr, &limit) > 0;
}

}  // namespace keystone::ingest
