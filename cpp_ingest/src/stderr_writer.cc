#include "stderr_writer.h"

#include <poll.h>
#include <unistd.h>

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
  pollfd stderr_state{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&stderr_state, 1, kPatienceMilliseconds) != 1) return;
  while (write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace keystone::ingest
