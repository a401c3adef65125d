#include "signals.h"

#include <csignal>
#include <ctime>

namespace keystone::ingest {
namespace {

sigset_t Ending() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t ending = Ending();
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool Signals::WaitFor(std::chrono::milliseconds time) const {
  const sigset_t ending = Ending();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds);
  const timespec limit{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
  return sigtimedwait(&ending, nullptr, &limit) > 0;
}

}  // namespace keystone::ingest
