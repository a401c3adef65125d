#include "logging.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <grpc/support/log.h>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "rate_limiter.h"
#include "stderr_writer.h"

namespace keystone::ingest {
namespace {

constexpr auto kLoggerName = "ingest";

// {"time":"2026-01-02T03:04:05.678Z","level":"info", and the payload, which is the rest of the object.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& entry, spdlog::memory_buf_t& line) override {
    constexpr int kMillisecondsASecond = 1000;
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(entry.time.time_since_epoch()).count();
    fmt::format_to(std::back_inserter(line), R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}",)",
                   fmt::gmtime(milliseconds / kMillisecondsASecond), milliseconds % kMillisecondsASecond,
                   fmt::string_view(spdlog::level::to_string_view(entry.level).data(),
                                    spdlog::level::to_string_view(entry.level).size()));
    line.append(entry.payload.data(), entry.payload.data() + entry.payload.size());
    constexpr std::string_view kEnd = "}\n";
    line.append(kEnd.data(), kEnd.data() + kEnd.size());
  }

  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StderrSink() : base_sink(std::make_unique<JsonFormatter>()) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& entry) override {
    spdlog::memory_buf_t line;
    formatter_->format(entry, line);
    WriteToStderr({line.data(), line.size()});
  }

  void flush_() override {}
};

std::string Payload(std::string_view message, std::initializer_list<LogField> fields) {
  std::string payload = fmt::format(R"("message":"{}")", EscapeJson(message));
  for (const LogField& field : fields) {
    payload += fmt::format(R"(,"{}":"{}")", EscapeJson(field.key), EscapeJson(field.value));
  }
  return payload;
}

// How many lines a second floods are cut down to.
class FloodGate {
 public:
  // Whether a line may pass; how many were left out before it.
  bool Pass(std::size_t& left_out) {
    const std::lock_guard lock(mutex_);
    if (bucket_.Take(1, std::chrono::steady_clock::now()) == 0) {
      ++left_out_;
      return false;
    }
    left_out = std::exchange(left_out_, 0);
    return true;
  }

 private:
  static constexpr double kRate = 5;
  static constexpr double kBurst = 20;
  std::mutex mutex_;
  TokenBucket bucket_{kRate, kBurst, std::chrono::steady_clock::now()};
  std::size_t left_out_ = 0;
};

void LogGrpc(gpr_log_func_args* entry) {
  const auto level = entry->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug;
  LogOften(level, "grpc", {{"detail", entry->message}});
}

}  // namespace

void StartLogging(const std::string& level) {
  constexpr std::size_t kQueuedLines = 8192;
  spdlog::init_thread_pool(kQueuedLines, 1);
  auto logger =
      std::make_shared<spdlog::async_logger>(kLoggerName, std::make_shared<StderrSink>(), spdlog::thread_pool(),
                                             spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
  gpr_set_log_function(LogGrpc);
}

void StopLogging() {
  gpr_set_log_function([](gpr_log_func_args*) {});
  spdlog::shutdown();
}

void Log(spdlog::level::level_enum level, std::string_view message, std::initializer_list<LogField> fields) {
  auto* logger = spdlog::default_logger_raw();
  if (logger != nullptr && logger->should_log(level)) logger->log(level, Payload(message, fields));
}

void LogOften(spdlog::level::level_enum level, std::string_view message, std::initializer_list<LogField> fields) {
  static FloodGate gate;
  const auto* logger = spdlog::default_logger_raw();
  std::size_t left_out = 0;
  if (logger == nullptr || !logger->should_log(level) || !gate.Pass(left_out)) return;
  Log(level, message, fields);
  if (left_out > 0) Log(level, "lines like these were left out", {{"count", std::to_string(left_out)}});
}

std::string EscapeJson(std::string_view text) {
  constexpr unsigned char kFirstPrintable = 0x20;
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (static_cast<unsigned char>(c) < kFirstPrintable) {
      escaped += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace keystone::ingest
