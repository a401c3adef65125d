#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace keystone::loadgen {

enum class Mode { kUnary, kBatch, kStream };

struct LoadOptions {
  std::string target = "127.0.0.1:50051";
  Mode mode = Mode::kUnary;
  // Closed loop: calls in flight, or batches in flight on each stream.
  std::size_t in_flight = 64;
  std::size_t batch_events = 100;
  std::size_t streams = 4;
  std::size_t connections = 1;
  // Open loop: events a second; 0: closed loop.
  double rate = 0;
  double seconds = 10;
  // Not counted: until then the server and the connections warm up.
  double warmup_seconds = 0;
  // Ends after so many events; 0: by time alone.
  std::uint64_t events = 0;
  std::uint64_t seed = 1;
  double deadline_seconds = 30;
  bool resend = false;
  std::string ack_log;
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;
};

struct LoadExit {
  int code;
  std::string text;
};

std::variant<LoadOptions, LoadExit> ParseLoadOptions(int argc, const char* const* argv);

}  // namespace keystone::loadgen
