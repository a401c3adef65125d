#include "application.h"

#include <fmt/format.h>
#include <prometheus/exposer.h>

#include <cstdio>
#include <mutex>
#include <thread>
#include <tuple>

#include "event_decoder.h"
#include "exit_codes.h"
#include "file_limit.h"
#include "grpc_server.h"
#include "ingest_service.h"
#include "kafka/configuration.h"
#include "kafka/mock_cluster.h"
#include "logging.h"
#include "signals.h"
#include "stderr_writer.h"
#include "tls.h"

namespace keystone::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// How the process ends, and why if not well.
struct Ending {
  int code = 0;
  std::string sentence;
};

std::string NameOf(kafka::KafkaState state) {
  switch (state) {
    case kafka::KafkaState::kReady:
      return "ready";
    case kafka::KafkaState::kTopicMissing:
      return "topic missing";
    case kafka::KafkaState::kTopicForbidden:
      return "topic forbidden";
    default:
      return "unreachable";
  }
}

// The parts of a running server, in the order in which they need each other: each is gone before what it uses.
class Application {
 public:
  explicit Application(Options options) : options_(std::move(options)) {}

  Ending Run(const Signals& signals);

 private:
  void StartMock();
  void StartProducer();
  // Nothing when the server is to go on.
  std::optional<Ending> WaitForKafka(const Signals& signals);
  void PrintReady() const;
  void Drain();
  void OnKafkaState(kafka::KafkaState state, const std::string& reason);

  Options options_;
  std::optional<kafka::MockCluster> mock_;
  Metrics metrics_;
  std::optional<prometheus::Exposer> exposer_;
  std::optional<Ingestor> ingestor_;
  std::mutex health_mutex_;
  bool kafka_ready_ = false;
  // While it listens and does not drain.
  GrpcServer* healthy_ = nullptr;
  std::optional<kafka::Producer> producer_;
  std::optional<IngestService> service_;
  std::optional<GrpcServer> server_;
};

Ending Application::Run(const Signals& signals) {
  constexpr std::size_t kFewestFiles = 64;
  if (const std::size_t files = FileLimit(); files < kFewestFiles) {
    return Ending{kExitEnvironment, fmt::format("the process may open {} files; at least {} are needed (ulimit -n)",
                                                files, kFewestFiles)};
  }
  if (const std::string problem = CheckTlsFiles(options_.tls); !problem.empty()) return Ending{kExitUsage, problem};
  try {
    StartMock();
    StartProducer();
  } catch (const kafka::ConfigurationError& error) {
    return Ending{kExitUsage, error.what()};
  }
  try {
    if (!options_.server.metrics.empty()) {
      // Who connects and then says nothing holds a thread for a moment, not the page for half a minute.
      exposer_.emplace(std::vector<std::string>{"listening_ports", options_.server.metrics, "num_threads", "16",
                                                "request_timeout_ms", "1000"});
      exposer_->RegisterCollectable(metrics_.registry());
    }
  } catch (const std::exception&) {
    return Ending{kExitEnvironment, fmt::format("cannot listen on {}, where the metrics should be: it is taken, or not "
                                                "this machine's",
                                                options_.server.metrics)};
  }
  service_.emplace(*ingestor_, *producer_);
  server_.emplace(options_.server, options_.tls, options_.limits, *service_, metrics_);
  if (!server_->problem().empty()) {
    return Ending{kExitEnvironment, fmt::format("cannot listen on {}: {}", options_.server.listen, server_->problem())};
  }
  {
    const std::lock_guard lock(health_mutex_);
    healthy_ = &*server_;
    healthy_->SetServing(kafka_ready_);
  }
  if (const auto ending = WaitForKafka(signals)) {
    Drain();
    return *ending;
  }
  PrintReady();
  while (!signals.WaitFor(seconds(3600))) {
  }
  Drain();
  return {};
}

void Application::StartMock() {
  if (options_.kafka.mock_brokers == 0) return;
  mock_.emplace(options_.kafka.mock_brokers);
  mock_->CreateTopic(options_.kafka.topic, options_.kafka.partitions);
  mock_->CreateTopic(options_.kafka.dead_letter_topic(), 1);
  options_.kafka.brokers = mock_->bootstrap();
  options_.kafka.create_topics = false;
}

void Application::StartProducer() {
  ingestor_.emplace(options_.limits, options_.schema_id, metrics_);
  producer_.emplace(
      options_.kafka, options_.limits,
      kafka::Producer::Observer{
          .on_state = [this](kafka::KafkaState state, const std::string& reason) { OnKafkaState(state, reason); },
          .on_restart =
              [this] {
                metrics_.producer_restarts().Increment();
                Log(spdlog::level::warn, "the Kafka producer was replaced after a fatal error");
              }});
}

std::optional<Ending> Application::WaitForKafka(const Signals& signals) {
  const auto deadline = steady_clock::now() + seconds(options_.server.wait_for_kafka_seconds);
  while (!producer_->answered()) {
    if (signals.WaitFor(milliseconds(20))) return Ending{};
    if (steady_clock::now() < deadline) continue;
    const std::string reason = producer_->last_error();
    return Ending{kExitEnvironment,
                  fmt::format("Kafka at {} did not answer within {} s{}{}", options_.kafka.brokers,
                              options_.server.wait_for_kafka_seconds, reason.empty() ? "" : ": ", reason)};
  }
  return std::nullopt;
}

void Application::PrintReady() const {
  std::string line = fmt::format("keystone-ingest listening on {}", server_->address());
  if (mock_) line += " kafka=" + mock_->bootstrap();
  if (std::puts(line.c_str()) < 0 || std::fflush(stdout) != 0) {
    Log(spdlog::level::warn, "stdout does not take the line with the address");
  }
  Log(spdlog::level::info, "ready",
      {{"address", server_->address()}, {"kafka", options_.kafka.brokers}, {"topic", options_.kafka.topic}});
}

void Application::Drain() {
  Log(spdlog::level::info, "draining");
  {
    const std::lock_guard lock(health_mutex_);
    healthy_ = nullptr;
    server_->SetServing(false);
  }
  if (!service_->Drain(steady_clock::now() + seconds(options_.server.drain_timeout_seconds))) {
    Log(spdlog::level::warn, "not all calls could be answered in time");
    producer_->Abandon();  // which answers them: not persisted, or unknown
    std::ignore = service_->Drain(steady_clock::now() + seconds(1));
  }
  server_->Shutdown();
  Log(spdlog::level::info, "drained");
}

void Application::OnKafkaState(kafka::KafkaState state, const std::string& reason) {
  const bool ready = state == kafka::KafkaState::kReady;
  Log(ready ? spdlog::level::info : spdlog::level::warn, "Kafka is " + NameOf(state), {{"reason", reason}});
  metrics_.kafka_ready().Set(ready ? 1 : 0);
  const std::lock_guard lock(health_mutex_);
  kafka_ready_ = ready;
  if (healthy_ != nullptr) healthy_->SetServing(ready);
}

}  // namespace

int RunServer(Options options) {
  const Signals signals;
  SilenceProtobufLog();
  StartLogging(options.server.log_level);
  RaiseFileLimit();
  const Ending ending = Application(std::move(options)).Run(signals);
  StopLogging();
  if (!ending.sentence.empty()) WriteToStderr(fmt::format("keystone-ingest: {}\n", ending.sentence));
  return ending.code;
}

}  // namespace keystone::ingest
