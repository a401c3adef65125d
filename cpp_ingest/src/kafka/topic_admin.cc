#include "topic_admin.h"

#include <fmt/format.h>

#include <array>

namespace keystone::ingest::kafka {
namespace {

constexpr int kTimeoutMilliseconds = 10'000;

std::string ReadResults(rd_kafka_event_t* event) {
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_event_error_string(event);
  std::size_t count = 0;
  const auto* const* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* detail = rd_kafka_topic_result_error_string(results[i]);
    return fmt::format("{}: {}", rd_kafka_topic_result_name(results[i]),
                       detail != nullptr ? detail : rd_kafka_err2str(error));
  }
  return {};
}

}  // namespace

std::string CreateTopics(rd_kafka_t* handle, const std::vector<std::string>& names, TopicLayout layout) {
  std::array<char, 512> reason{};
  std::vector<NewTopic> topics;
  std::vector<rd_kafka_NewTopic_t*> borrowed;
  for (const std::string& name : names) {
    topics.emplace_back(
        rd_kafka_NewTopic_new(name.c_str(), layout.partitions, layout.replication, reason.data(), reason.size()));
    if (!topics.back()) return fmt::format("{}: {}", name, reason.data());
    borrowed.push_back(topics.back().get());
  }
  const AdminOptions options(rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMilliseconds, reason.data(), reason.size());
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), kTimeoutMilliseconds, reason.data(), reason.size());
  const Queue queue(rd_kafka_queue_new(handle));
  rd_kafka_CreateTopics(handle, borrowed.data(), borrowed.size(), options.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), 2 * kTimeoutMilliseconds));
  return event ? ReadResults(event.get()) : "the broker did not answer";
}

}  // namespace keystone::ingest::kafka
