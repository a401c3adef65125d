#include <sys/prctl.h>

#include <cstdio>
#include <tuple>

#include "load.h"

namespace keystone::loadgen {
namespace {

int Run(const LoadOptions& options) {
  prctl(PR_SET_TIMERSLACK, 1UL);  // else an open loop's calls are up to 50 us late
  const Channels channels = Connect(options);
  const Clock::time_point start = Clock::now();
  const auto warmup =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.warmup_seconds));
  Course course(options, start);
  Tally tally(start + warmup, options.ack_log);
  (options.mode == Mode::kStream ? RunStreams : RunCalls)(options, channels, course, tally);
  std::ignore = std::puts(tally.Report(Clock::now()).c_str());
  return 0;
}

}  // namespace
}  // namespace keystone::loadgen

int main(int argc, char** argv) {
  const auto parsed = keystone::loadgen::ParseLoadOptions(argc, argv);
  if (const auto* exit = std::get_if<keystone::loadgen::LoadExit>(&parsed)) {
    std::ignore = std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  return keystone::loadgen::Run(std::get<keystone::loadgen::LoadOptions>(parsed));
}
