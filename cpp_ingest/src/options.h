#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace keystone::ingest {

struct KafkaOptions {
  std::string brokers;
  std::string topic = "keystone.order-events.v1";
  std::string config_file;
  // What the file says, in its order.
  std::vector<std::pair<std::string, std::string>> properties;
  std::optional<int> linger_ms;
  std::optional<int> message_timeout_ms;
  bool create_topics = false;
  int partitions = 6;
  // -1: the broker's default.
  int replication = -1;
  int mock_brokers = 0;

  [[nodiscard]] std::string dead_letter_topic() const { return topic + ".dlq"; }
};

struct LimitOptions {
  std::size_t max_event_bytes = std::size_t{900} * 1024;
  std::size_t max_batch_events = 500;
  std::size_t max_request_bytes = std::size_t{4} * 1024 * 1024;
  std::size_t stream_window_events = 10'000;
  // Calls under way at once, streams among them.
  std::size_t open_calls = 4096;
  std::size_t pending_events = 100'000;
  std::size_t pending_bytes = std::size_t{64} * 1024 * 1024;
  // Events a second for each identity; 0: no bound.
  double rate_per_identity = 0;
  // How many may come at once; 0: as many as a second's.
  double rate_burst = 0;
};

struct TlsOptions {
  std::string certificate;
  std::string key;
  std::string client_ca;
  unsigned reload_seconds = 10;

  [[nodiscard]] bool enabled() const { return !certificate.empty(); }
};

struct ServerOptions {
  std::string listen = "127.0.0.1:50051";
  std::string metrics;
  int wait_for_kafka_seconds = 60;
  int drain_timeout_seconds = 30;
  int max_connection_idle_seconds = 300;
  std::size_t max_connections = 1000;
  // Resident, of the whole process; 0: no bound. What is not given follows from the other limits.
  std::optional<std::size_t> max_memory_mib;
  std::string log_level = "info";
};

struct Options {
  KafkaOptions kafka;
  LimitOptions limits;
  TlsOptions tls;
  ServerOptions server;
  std::string schema_id;
  // Not to serve, but to ask a server that does.
  bool probe = false;
};

// What the process needs for its limits to be met first: 192 MiB by default.
std::size_t NeededMemoryMib(const LimitOptions& limits);

// The process ends here: with this code, after this text on stdout (help) or stderr (a mistake).
struct Exit {
  int code;
  std::string text;
};

// Reads flags, then the environment, then the Kafka properties' file.
std::variant<Options, Exit> ParseOptions(int argc, const char* const* argv);

}  // namespace keystone::ingest
