#include "child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace keystone::ingest::testing {
namespace {

std::string ReadAll(int descriptor) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = read(descriptor, part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

void Fill(int pipe_end) {
  const int flags = fcntl(pipe_end, F_GETFL);
  fcntl(pipe_end, F_SETFL, flags | O_NONBLOCK);
  const std::array<char, 4096> filler{};
  while (write(pipe_end, filler.data(), filler.size()) > 0) {
  }
  fcntl(pipe_end, F_SETFL, flags);
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments, Stderr mode) : reads_stderr_(mode == Stderr::kRead) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  if (!reads_stderr_) Fill(err[1]);
  arguments.insert(arguments.begin(), KEYSTONE_INGEST_BINARY);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  stdout_ = out[0];
  stderr_ = err[0];
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(stdout_);
  close(stderr_);
}

const std::string& ChildProcess::ReadyAddress() {
  if (!address_.empty()) return address_;
  char c = 0;
  while (read(stdout_, &c, 1) == 1) {
    output_ += c;
    if (c == '\n') break;
  }
  constexpr std::string_view kPrefix = "keystone-ingest listening on ";
  if (output_.compare(0, kPrefix.size(), kPrefix) != 0) throw std::runtime_error("not ready: " + output_);
  address_ = output_.substr(kPrefix.size(), output_.find_first_of(" \n", kPrefix.size()) - kPrefix.size());
  return address_;
}

int ChildProcess::Terminate() {
  kill(pid_, SIGTERM);
  return Wait();
}

int ChildProcess::Wait() {
  output_ += ReadAll(stdout_);
  if (reads_stderr_) errors_ += ReadAll(stderr_);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace keystone::ingest::testing
