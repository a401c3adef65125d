#include "producer.h"

#include <utility>

#include "../logging.h"
#include "configuration.h"
#include "delivery_outcome.h"
#include "topic_admin.h"

namespace keystone::ingest::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenProbes{1000};
constexpr int kProbeTimeoutMilliseconds = 1000;

struct Finding {
  KafkaState state;
  std::string reason;
};

Finding ReadMetadata(const struct rd_kafka_metadata& metadata) {
  if (metadata.topic_cnt != 1) return {KafkaState::kUnreachable, "the broker told nothing of the topic"};
  const rd_kafka_metadata_topic& topic = metadata.topics[0];
  if (IsAuthorizationError(topic.err)) return {KafkaState::kTopicForbidden, rd_kafka_err2str(topic.err)};
  if (topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
    return {KafkaState::kUnreachable, rd_kafka_err2str(topic.err)};
  }
  if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) return {KafkaState::kTopicMissing, rd_kafka_err2str(topic.err)};
  return {KafkaState::kReady, {}};
}

void LogLibrdkafka(int level, std::string_view text) {
  constexpr int kSyslogError = 3;
  constexpr int kSyslogWarning = 4;
  const auto severity = level <= kSyslogError     ? spdlog::level::err
                        : level == kSyslogWarning ? spdlog::level::warn
                                                  : spdlog::level::debug;
  LogOften(severity, "librdkafka", {{"detail", std::string(text)}});
}

}  // namespace

Producer::Producer(const KafkaOptions& options, const LimitOptions& limits, Observer observer)
    : options_(options), limits_(limits), observer_(std::move(observer)), topics_ensured_(!options.create_topics) {
  handle_ = NewHandle();
  supervisor_ = std::jthread([this](const std::stop_token& stop) { Supervise(stop); });
}

Producer::~Producer() {
  supervisor_.request_stop();
  wake_.notify_all();
  supervisor_.join();
}

std::shared_ptr<ProducerHandle> Producer::handle() const {
  const std::lock_guard lock(mutex_);
  return handle_;
}

bool Producer::answered() const {
  return topics_ensured_ && state() != KafkaState::kUnreachable && handle()->has_producer_id();
}

std::string Producer::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

std::shared_ptr<ProducerHandle> Producer::NewHandle() {
  return std::make_shared<ProducerHandle>(
      MakeProducerConf(options_, limits_), options_.topic, options_.dead_letter_topic(),
      ProducerHandle::Callbacks{
          .on_error = [this](rd_kafka_resp_err_t error, std::string_view reason) { OnError(error, reason); },
          .on_log = LogLibrdkafka});
}

void Producer::Supervise(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    const bool replace = std::exchange(fatal_, false);
    probe_now_ = false;
    lock.unlock();
    if (replace) {
      Replace();
    } else {
      Probe(*handle());
    }
    lock.lock();
    // After a replacement the full pause: a fatal error that returns at once must not spin.
    wake_.wait_for(lock, stop, kBetweenProbes, [this, replace] { return probe_now_ && !replace; });
  }
}

void Producer::Replace() {
  constexpr milliseconds kBetweenLooks{10};
  std::shared_ptr<ProducerHandle> retired = NewHandle();
  std::unique_lock lock(mutex_);
  std::swap(handle_, retired);
  lock.unlock();
  observer_.on_restart();
  retired->Purge();
  // Calls that took the handle before the swap are done within microseconds. The last owner waits for its poller,
  // which must not be a call.
  while (retired.use_count() > 1) std::this_thread::sleep_for(kBetweenLooks);
}

void Producer::EnsureTopics(ProducerHandle& handle) {
  const std::string problem = CreateTopics(handle.get(), {options_.topic, options_.dead_letter_topic()},
                                           {.partitions = options_.partitions, .replication = options_.replication});
  if (problem.empty()) {
    topics_ensured_ = true;
  } else {
    Log(spdlog::level::err, "topics could not be created", {{"reason", problem}});
    const std::lock_guard lock(mutex_);
    last_error_ = "the topics could not be created: " + problem;
  }
}

void Producer::Probe(ProducerHandle& handle) {
  const struct rd_kafka_metadata* answer = nullptr;
  const auto error = rd_kafka_metadata(handle.get(), 0, handle.topic(), &answer, kProbeTimeoutMilliseconds);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::string known = last_error();
    return ChangeState(KafkaState::kUnreachable, known.empty() ? rd_kafka_err2str(error) : known);
  }
  const Metadata metadata(answer);
  if (!topics_ensured_) EnsureTopics(handle);
  const Finding finding = ReadMetadata(*metadata);
  ChangeState(finding.state, finding.reason);
}

void Producer::ChangeState(KafkaState state, const std::string& reason) {
  if (state == KafkaState::kReady) {
    const std::lock_guard lock(mutex_);
    last_error_.clear();
  }
  if (state_.exchange(state) != state) observer_.on_state(state, reason);
}

void Producer::OnError(rd_kafka_resp_err_t error, std::string_view reason) {
  // That all brokers are down only repeats what the errors before it said, with less detail.
  const bool repeats = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  LogOften(repeats ? spdlog::level::debug : spdlog::level::warn, "Kafka error",
           {{"code", rd_kafka_err2name(error)}, {"reason", std::string(reason)}});
  const std::lock_guard lock(mutex_);
  if (!repeats || last_error_.empty()) last_error_ = reason;
  if (error == RD_KAFKA_RESP_ERR__FATAL) fatal_ = true;
  if (fatal_ || repeats) {
    probe_now_ = true;
    wake_.notify_all();
  }
}

}  // namespace keystone::ingest::kafka
