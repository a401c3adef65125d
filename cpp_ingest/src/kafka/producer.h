#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "../options.h"
#include "producer_handle.h"

namespace keystone::ingest::kafka {

enum class KafkaState { kUnreachable, kTopicMissing, kTopicForbidden, kReady };

// The producer that the calls share. A supervising thread asks Kafka each second how it is, and replaces a handle whose
// error is fatal, which for an idempotent producer means that it can never send again.
class Producer {
 public:
  struct Observer {
    // The state changed, to this for this reason.
    std::function<void(KafkaState state, const std::string& reason)> on_state;
    std::function<void()> on_restart;
  };

  // Throws ConfigurationError.
  Producer(const KafkaOptions& options, const LimitOptions& limits, Observer observer);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer();

  // The handle to send with: take it once for a request.
  [[nodiscard]] std::shared_ptr<ProducerHandle> handle() const;

  [[nodiscard]] KafkaState state() const { return state_.load(std::memory_order_relaxed); }
  // Whether Kafka told its metadata and gave a producer id, so that the next event needs neither.
  [[nodiscard]] bool answered() const;
  // Why Kafka cannot be reached, in the words of the client's last error.
  [[nodiscard]] std::string last_error() const;

  // Gives up all that Kafka has not acknowledged, so that every call is answered.
  void Abandon() const { handle()->Purge(); }

 private:
  std::shared_ptr<ProducerHandle> NewHandle();
  void Supervise(const std::stop_token& stop);
  void Replace();
  void EnsureTopics(ProducerHandle& handle);
  void Probe(ProducerHandle& handle);
  void ChangeState(KafkaState state, const std::string& reason);
  void OnError(rd_kafka_resp_err_t error, std::string_view reason);

  const KafkaOptions options_;
  const LimitOptions limits_;
  const Observer observer_;
  std::atomic<KafkaState> state_{KafkaState::kUnreachable};
  std::atomic<bool> topics_ensured_{false};

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  bool fatal_ = false;
  bool probe_now_ = false;
  std::string last_error_;
  std::shared_ptr<ProducerHandle> handle_;
  std::jthread supervisor_;
};

}  // namespace keystone::ingest::kafka
