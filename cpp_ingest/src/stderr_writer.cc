#include "stderr_writer.h"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <string>

namespace keystone::ingest {

void WriteToStderr(std::string_view line) {
  constexpr int kPatienceMilliseconds = 20;
  // A pipe that polls writable has room for PIPE_BUF bytes, and takes as many at once.
  std::string cut;
  if (line.size() > PIPE_BUF) {
    cut = std::string(line.substr(0, PIPE_BUF - 1)) + '\n';
    line = cut;
  }
  // Only the first line that finds the pipe full waits: many would hold up the end of the process.
  static std::atomic<bool> was_full{false};
  pollfd stderr_state{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  const bool writable = poll(&stderr_state, 1, was_full ? 0 : kPatienceMilliseconds) == 1;
  was_full = !writable;
  if (!writable) return;
  while (write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace keystone::ingest
