#include "options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "exit_codes.h"
#include "properties_file.h"
#include "schema_id.h"

namespace keystone::ingest {
namespace {

constexpr int kMaxPort = 65535;

std::string CheckHostPort(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return "is not of the form HOST:PORT";
  const std::string port = text.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != std::string::npos || port.size() > 5 || std::stoi(port) > kMaxPort) {
    return "has no port between 0 and 65535";
  }
  return {};
}

std::string CheckSchemaId(const std::string& text) {
  return IsSchemaId(text) ? std::string{} : "is not a schema id (up to 64 of 0-9, a-f and -)";
}

std::string CheckTopic(const std::string& text) {
  constexpr std::size_t kMaxTopic = 249 - 4;  // the dead-letter topic's name is 4 longer
  constexpr auto kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (text.empty() || text.size() > kMaxTopic || text.find_first_not_of(kAllowed) != std::string::npos) {
    return "is not a topic's name";
  }
  return {};
}

void AddKafkaFlags(CLI::App& app, KafkaOptions& kafka) {
  const std::string group = "Kafka";
  app.add_option("--kafka-brokers", kafka.brokers, "Kafka's brokers, HOST:PORT,...")
      ->envname("KEYSTONE_KAFKA_BROKERS")
      ->group(group);
  app.add_option("--kafka-topic", kafka.topic, "Topic; invalid events go to <topic>.dlq")
      ->envname("KEYSTONE_KAFKA_TOPIC")
      ->check(CLI::Validator(CheckTopic, "TOPIC"))
      ->capture_default_str()
      ->group(group);
  app.add_option("--kafka-config", kafka.config_file, "File of librdkafka properties, key=value (TLS, SASL)")
      ->envname("KEYSTONE_KAFKA_CONFIG")
      ->group(group);
  app.add_option("--linger-ms", kafka.linger_ms, "How long an event waits for others to share its request [5]")
      ->check(CLI::Range(0, 1000))
      ->group(group);
  app.add_option("--message-timeout-ms", kafka.message_timeout_ms,
                 "When an event that Kafka has not taken is given up; keep it below the clients' deadlines [10000]")
      ->check(CLI::Range(100, 900'000))
      ->group(group);
  app.add_flag("--create-topics", kafka.create_topics, "Create the topic and its dead-letter topic if missing")
      ->group(group);
  app.add_option("--partitions", kafka.partitions, "Partitions of a created topic")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--replication", kafka.replication, "Replicas of a created topic; -1: the broker's default")
      ->check(CLI::Range(-1, 100))
      ->capture_default_str()
      ->group(group);
  app.add_option("--mock-kafka", kafka.mock_brokers, "Run librdkafka's mock cluster of N brokers inside the process")
      ->check(CLI::Range(1, 32))
      ->group(group);
}

void AddLimitFlags(CLI::App& app, LimitOptions& limits) {
  const std::string group = "Limits";
  app.add_option("--max-event-bytes", limits.max_event_bytes, "Largest event; keep it below the broker's bound")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-batch-events", limits.max_batch_events, "Most events in a batch")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-request-bytes", limits.max_request_bytes, "Largest request")
      ->check(CLI::Range(1, 500'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--stream-window", limits.stream_window_events, "Unacknowledged events of a stream before it waits")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-open-calls", limits.open_calls, "Calls under way at once, open streams among them")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-pending-events", limits.pending_events, "Unacknowledged events of all calls")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-pending-bytes", limits.pending_bytes, "Their bytes")
      ->check(CLI::Range(1, 2'000'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--rate-limit", limits.rate_per_identity,
                 "Events a second for each client (its certificate's subject, else its address); 0: no bound")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(group);
  app.add_option("--rate-burst", limits.rate_burst, "How many of them may come at once; 0: a second's worth")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(group);
}

void AddTlsFlags(CLI::App& app, TlsOptions& tls) {
  const std::string group = "TLS";
  auto* certificate =
      app.add_option("--tls-cert", tls.certificate, "Certificate chain (PEM); read again when it changes");
  certificate->check(CLI::ExistingFile)->group(group);
  auto* key = app.add_option("--tls-key", tls.key, "Its key (PEM)")->check(CLI::ExistingFile)->group(group);
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--tls-client-ca", tls.client_ca, "CA of the clients (PEM): only they are served (mTLS)")
      ->check(CLI::ExistingFile)
      ->needs(certificate)
      ->group(group);
  app.add_option("--tls-reload-seconds", tls.reload_seconds, "How often these files are looked at")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str()
      ->group(group);
}

void AddServerFlags(CLI::App& app, ServerOptions& server) {
  const std::string group = "Server";
  app.add_option("--listen", server.listen, "Where to listen; port 0: any free one")
      ->envname("KEYSTONE_INGEST_ADDRESS")
      ->check(CLI::Validator(CheckHostPort, "HOST:PORT"))
      ->capture_default_str()
      ->group(group);
  app.add_option("--metrics", server.metrics, "Where Prometheus finds /metrics; not served without it")
      ->check(CLI::Validator(CheckHostPort, "HOST:PORT"))
      ->group(group);
  app.add_option("--wait-for-kafka", server.wait_for_kafka_seconds, "Give up when Kafka has not answered by then")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str()
      ->group(group);
  app.add_option("--drain-timeout", server.drain_timeout_seconds, "Longest time from SIGTERM to the end, in seconds")
      ->check(CLI::Range(0, 3'600))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-connection-idle", server.max_connection_idle_seconds, "When a silent connection is closed")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-connections", server.max_connections,
                 "Open connections; fewer where the process may not open so many files")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option(
         "--max-memory-mib", server.max_memory_mib,
         "When the process has more resident, connections are closed; 0: no bound [as the other limits need: 192]")
      ->check(CLI::Range(0, 1'000'000))
      ->group(group);
  app.add_option("--log-level", server.log_level, "Least severe of what is logged to stderr")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str()
      ->group(group);
}

// Empty, or what is wrong.
std::string ReadKafkaConfig(KafkaOptions& kafka) {
  if (kafka.config_file.empty()) return {};
  std::ifstream file(kafka.config_file);
  if (!file || std::filesystem::is_directory(kafka.config_file)) {
    return fmt::format("{} cannot be read", kafka.config_file);
  }
  auto read = ReadProperties(file);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    return fmt::format("{}: {}", kafka.config_file, *problem);
  }
  kafka.properties = std::get<Properties>(std::move(read));
  if (const std::string problem = ForbiddenProperty(kafka.properties); !problem.empty()) {
    return fmt::format("{}: {}", kafka.config_file, problem);
  }
  for (const auto& [key, value] : kafka.properties) {
    if (kafka.brokers.empty() && (key == "bootstrap.servers" || key == "metadata.broker.list")) kafka.brokers = value;
  }
  return {};
}

// Empty, or what is wrong.
std::string Complete(Options& options) {
  if (std::string problem = ReadKafkaConfig(options.kafka); !problem.empty()) return problem;
  const bool names_a_broker = options.kafka.brokers.find_first_not_of(", ") != std::string::npos;
  if (!names_a_broker && options.kafka.mock_brokers == 0) {
    return "no Kafka: set KEYSTONE_KAFKA_BROKERS to HOST:PORT,... or give --mock-kafka 1";
  }
  const std::size_t needed = NeededMemoryMib(options.limits);
  const std::size_t memory = options.server.max_memory_mib.value_or(needed);
  if (memory != 0 && memory < needed) {
    return fmt::format("--max-memory-mib {} is less than the other limits need: {}", memory, needed);
  }
  options.server.max_memory_mib = memory;
  if (options.limits.max_event_bytes > options.limits.max_request_bytes) {
    return "--max-event-bytes is more than --max-request-bytes";
  }
  if (options.limits.max_event_bytes > options.limits.pending_bytes) {
    return "--max-event-bytes is more than --max-pending-bytes: the largest event could never be taken";
  }
  return {};
}

}  // namespace

std::size_t NeededMemoryMib(const LimitOptions& limits) {
  constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;
  // The program, gRPC's quota, answers that wait to be read, and a few of the largest requests.
  constexpr std::size_t kFixed = 112;
  constexpr std::size_t kLargestRequests = 4;
  return kFixed + (limits.pending_bytes + kLargestRequests * limits.max_request_bytes) / kMebibyte;
}

std::variant<Options, Exit> ParseOptions(int argc, const char* const* argv) {
  Options options;
  CLI::App app{"Takes order events by gRPC and acknowledges each when Kafka holds it durably.", "keystone-ingest"};
  app.set_version_flag("--version", std::string("keystone-ingest " KEYSTONE_VERSION));
  AddServerFlags(app, options.server);
  AddKafkaFlags(app, options.kafka);
  AddLimitFlags(app, options.limits);
  AddTlsFlags(app, options.tls);
  app.add_option("--schema-id", options.schema_id, "Id of the events' schema, where a call names none [the built-in]")
      ->envname("KEYSTONE_SCHEMA_ID")
      ->check(CLI::Validator(CheckSchemaId, "ID"));
  app.add_flag("--probe", options.probe, "Ask the server at --listen whether it serves (grpc.health.v1), and end");
  bool print_schema_id = false;
  app.add_flag("--print-schema-id", print_schema_id, "Print the schema's id and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {
    std::ostringstream text;
    app.exit(wanted, text, text);
    return Exit{0, text.str()};
  } catch (const CLI::ParseError& error) {
    return Exit{kExitUsage, fmt::format("keystone-ingest: {}\n", error.what())};
  }
  if (options.schema_id.empty()) options.schema_id = BuiltInSchemaId();
  if (print_schema_id) return Exit{0, options.schema_id + "\n"};
  if (options.probe) return options;
  if (const std::string problem = Complete(options); !problem.empty()) {
    return Exit{kExitUsage, fmt::format("keystone-ingest: {}\n", problem)};
  }
  return options;
}

}  // namespace keystone::ingest
