#include "configuration.h"

#include <fmt/format.h>

#include <array>
#include <string>

namespace keystone::ingest::kafka {
namespace {

void Set(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
  std::array<char, 512> reason{};
  const auto result = rd_kafka_conf_set(conf, key.c_str(), value.c_str(), reason.data(), reason.size());
  if (result == RD_KAFKA_CONF_UNKNOWN) throw ConfigurationError(fmt::format("Kafka property {} is unknown", key));
  if (result != RD_KAFKA_CONF_OK) throw ConfigurationError(fmt::format("Kafka property {} has a bad value", key));
}

}  // namespace

Conf MakeProducerConf(const KafkaOptions& options, const LimitOptions& limits) {
  constexpr std::size_t kKibibyte = 1024;
  // Dead letters share the handle's queue; the events' own budget shall be the first bound that is met.
  constexpr std::size_t kRoomForDeadLetters = 10'000;
  Conf conf(rd_kafka_conf_new());
  const auto set = [&conf](const std::string& key, const std::string& value) { Set(conf.get(), key, value); };

  set("client.id", "keystone-ingest");
  set("linger.ms", "5");
  set("message.timeout.ms", "10000");
  // The default of 10 s would delay the first acknowledgement after an outage by as much.
  set("reconnect.backoff.max.ms", "500");
  // How long a topic may be unknown before its events are refused; brokers lag behind a topic's creation.
  set("topic.metadata.propagation.max.ms", "2000");
  set("allow.auto.create.topics", "false");
  // The partition that a Java client would choose for the same key.
  set("partitioner", "murmur2_random");
  // librdkafka's own bound is a second one; a larger event was refused before it.
  set("message.max.bytes", std::to_string(limits.max_event_bytes + 64 * kKibibyte));
  set("queue.buffering.max.messages", std::to_string(limits.pending_events + kRoomForDeadLetters));
  set("queue.buffering.max.kbytes", std::to_string(2 * limits.pending_bytes / kKibibyte + kRoomForDeadLetters));
  // Statistics are how a handle tells that it has its producer id.
  set("statistics.interval.ms", "250");
  set("log.connection.close", "false");

  for (const auto& [key, value] : options.properties) set(key, value);
  set("bootstrap.servers", options.brokers);
  if (options.linger_ms) set("linger.ms", std::to_string(*options.linger_ms));
  if (options.message_timeout_ms) set("message.timeout.ms", std::to_string(*options.message_timeout_ms));

  set("enable.idempotence", "true");
  set("acks", "all");
  return conf;
}

}  // namespace keystone::ingest::kafka
