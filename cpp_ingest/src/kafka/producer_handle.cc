#include "producer_handle.h"

#include <fmt/format.h>

#include <array>
#include <tuple>

#include "configuration.h"

namespace keystone::ingest::kafka {
namespace {

constexpr int kPollMilliseconds = 100;

rd_kafka_vu_t TopicOf(rd_kafka_topic_t* topic) {
  rd_kafka_vu_t argument{};
  argument.vtype = RD_KAFKA_VTYPE_RKT;
  argument.u.rkt = topic;
  return argument;
}

rd_kafka_vu_t BytesOf(rd_kafka_vtype_t type, std::string_view bytes) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  argument.u.mem.ptr = const_cast<char*>(bytes.data());  // librdkafka copies
  argument.u.mem.size = bytes.size();
  return argument;
}

rd_kafka_vu_t HeaderOf(const char* name, std::string_view value) {
  rd_kafka_vu_t argument{};
  argument.vtype = RD_KAFKA_VTYPE_HEADER;
  argument.u.header.name = name;
  argument.u.header.val = value.data();
  argument.u.header.size = static_cast<ssize_t>(value.size());
  return argument;
}

rd_kafka_vu_t CopyFlag() {
  rd_kafka_vu_t argument{};
  argument.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  argument.u.i = RD_KAFKA_MSG_F_COPY;
  return argument;
}

rd_kafka_vu_t OpaqueOf(void* opaque) {
  rd_kafka_vu_t argument{};
  argument.vtype = RD_KAFKA_VTYPE_OPAQUE;
  argument.u.ptr = opaque;
  return argument;
}

rd_kafka_resp_err_t Send(rd_kafka_t* handle, rd_kafka_topic_t* topic, const Record& record, DeliveryTarget* target) {
  std::array<rd_kafka_vu_t, 7> arguments{TopicOf(topic),
                                         CopyFlag(),
                                         BytesOf(RD_KAFKA_VTYPE_KEY, record.key),
                                         BytesOf(RD_KAFKA_VTYPE_VALUE, record.value),
                                         OpaqueOf(target),
                                         HeaderOf("keystone-schema-id", record.schema_id),
                                         HeaderOf("reason", record.reason)};
  const std::size_t count = record.reason.empty() ? arguments.size() - 1 : arguments.size();
  const Error error(rd_kafka_produceva(handle, arguments.data(), count));
  return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

ProducerHandle::ProducerHandle(Conf conf, const std::string& topic, const std::string& dead_letter_topic,
                               Callbacks callbacks)
    : callbacks_(std::move(callbacks)) {
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), DeliveryCallback);
  rd_kafka_conf_set_error_cb(conf.get(), ErrorCallback);
  rd_kafka_conf_set_log_cb(conf.get(), LogCallback);
  rd_kafka_conf_set_stats_cb(conf.get(), StatisticsCallback);
  std::array<char, 512> reason{};
  handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size()));
  if (!handle_) throw ConfigurationError(fmt::format("Kafka's client cannot be set up: {}", reason.data()));
  std::ignore = conf.release();  // the handle owns it now
  topic_.reset(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
  dead_letter_topic_.reset(rd_kafka_topic_new(handle_.get(), dead_letter_topic.c_str(), nullptr));
  if (!topic_ || !dead_letter_topic_) throw ConfigurationError(fmt::format("{} cannot be a topic", topic));
  poller_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested() || queued() > 0) rd_kafka_poll(handle_.get(), kPollMilliseconds);
  });
}

ProducerHandle::~ProducerHandle() {
  poller_.request_stop();
  Purge();
  poller_.join();
}

rd_kafka_resp_err_t ProducerHandle::Produce(const Record& record, DeliveryTarget* target) {
  return Send(handle_.get(), topic_.get(), record, target);
}

rd_kafka_resp_err_t ProducerHandle::ProduceDeadLetter(const Record& record, DeliveryTarget* target) {
  return Send(handle_.get(), dead_letter_topic_.get(), record, target);
}

void ProducerHandle::Purge() { rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT); }

bool ProducerHandle::Flush(int timeout_ms) {
  return rd_kafka_flush(handle_.get(), timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

int ProducerHandle::queued() const { return rd_kafka_outq_len(handle_.get()); }

void ProducerHandle::DeliveryCallback(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* /*self*/) {
  static_cast<DeliveryTarget*>(message->_private)->OnDelivery(*message);
}

void ProducerHandle::ErrorCallback(rd_kafka_t* handle, int error, const char* reason, void* self) {
  auto code = static_cast<rd_kafka_resp_err_t>(error);
  std::array<char, 512> fatal_reason{};
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    rd_kafka_fatal_error(handle, fatal_reason.data(), fatal_reason.size());
    reason = fatal_reason.data();
  }
  static_cast<ProducerHandle*>(self)->callbacks_.on_error(code, reason);
}

void ProducerHandle::LogCallback(const rd_kafka_t* handle, int level, const char* /*facility*/, const char* text) {
  const auto* self = static_cast<const ProducerHandle*>(rd_kafka_opaque(handle));
  self->callbacks_.on_log(level, text);
}

int ProducerHandle::StatisticsCallback(rd_kafka_t* /*handle*/, char* json, std::size_t size, void* self) {
  // The one public sign that an idempotent producer has its id.
  const bool assigned = std::string_view(json, size).find(R"("idemp_state": "Assigned")") != std::string_view::npos;
  static_cast<ProducerHandle*>(self)->has_producer_id_.store(assigned, std::memory_order_relaxed);
  return 0;
}

}  // namespace keystone::ingest::kafka
