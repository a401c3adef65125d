#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace keystone::ingest::testing {

// keystone-ingest as a process of its own; killed if it still runs at the end.
class ChildProcess {
 public:
  enum class Stderr { kRead, kFullPipe };

  explicit ChildProcess(std::vector<std::string> arguments, Stderr mode = Stderr::kRead);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  // HOST:PORT of its one line on stdout.
  const std::string& ReadyAddress();
  // SIGTERM, and the exit code.
  int Terminate();
  // The exit code, once it ends by itself.
  int Wait();

  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] const std::string& errors() const { return errors_; }

 private:
  pid_t pid_ = -1;
  int stdout_ = -1;
  int stderr_ = -1;
  bool reads_stderr_;
  std::string output_;
  std::string errors_;
  std::string address_;
};

}  // namespace keystone::ingest::testing
