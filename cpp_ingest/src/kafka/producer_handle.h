#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "handles.h"

namespace keystone::ingest::kafka {

// Told what became of a message: librdkafka carries a pointer to it with each one.
class DeliveryTarget {
 public:
  virtual void OnDelivery(const rd_kafka_message_t& message) = 0;

 protected:
  ~DeliveryTarget() = default;
};

// What a message consists of; all is copied.
struct Record {
  std::string_view key;
  std::string_view value;
  std::string_view schema_id;
  // Only dead letters have one.
  std::string_view reason;
};

// One librdkafka producer, its two topics, and the thread that serves its callbacks.
class ProducerHandle {
 public:
  struct Callbacks {
    std::function<void(rd_kafka_resp_err_t error, std::string_view reason)> on_error;
    std::function<void(int level, std::string_view text)> on_log;
  };

  // Throws ConfigurationError.
  ProducerHandle(Conf conf, const std::string& topic, const std::string& dead_letter_topic, Callbacks callbacks);
  ProducerHandle(const ProducerHandle&) = delete;
  ProducerHandle& operator=(const ProducerHandle&) = delete;
  // Gives up what is still queued; its targets are told before this returns.
  ~ProducerHandle();

  rd_kafka_resp_err_t Produce(const Record& record, DeliveryTarget* target);
  rd_kafka_resp_err_t ProduceDeadLetter(const Record& record, DeliveryTarget* target);

  // Gives up all that is queued or under way.
  void Purge();
  // Whether all was answered in time.
  bool Flush(int timeout_ms);
  [[nodiscard]] int queued() const;

  [[nodiscard]] bool has_producer_id() const { return has_producer_id_.load(std::memory_order_relaxed); }
  [[nodiscard]] rd_kafka_t* get() const { return handle_.get(); }
  [[nodiscard]] rd_kafka_topic_t* topic() const { return topic_.get(); }

 private:
  static void DeliveryCallback(rd_kafka_t* handle, const rd_kafka_message_t* message, void* self);
  static void ErrorCallback(rd_kafka_t* handle, int error, const char* reason, void* self);
  static void LogCallback(const rd_kafka_t* handle, int level, const char* facility, const char* text);
  static int StatisticsCallback(rd_kafka_t* handle, char* json, std::size_t size, void* self);

  const Callbacks callbacks_;
  std::atomic<bool> has_producer_id_{false};
  Handle handle_;
  Topic topic_;
  Topic dead_letter_topic_;
  std::jthread poller_;
};

}  // namespace keystone::ingest::kafka
