#include "ingestor.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "event_factory.h"
#include "kafka/mock_cluster.h"
#include "schema_id.h"

namespace keystone::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Counts its events' outcomes, then is gone.
class CountingBatch final : public Batch {
 public:
  using Counts = std::array<std::atomic<std::size_t>, v1::Outcome_ARRAYSIZE>;

  CountingBatch(std::size_t events, Metrics& metrics, Budget& budget, Counts& counts)
      : Batch(Method::kBatch, events, metrics, budget), counts_(counts) {}

 private:
  void OnSettled() override {
    for (const Delivery& delivery : deliveries()) counts_.at(delivery.outcome).fetch_add(1);
    delete this;
  }

  Counts& counts_;
};

// What lies below gRPC, driven by several threads at once.
class Core : public ::testing::Test {
 protected:
  Core() {
    options_.brokers = mock_.bootstrap();
    options_.linger_ms = 0;
    mock_.CreateTopic(options_.topic, 3);
    mock_.CreateTopic(options_.dead_letter_topic(), 1);
    producer_.emplace(options_, limits_, kafka::Producer::Observer{[](auto, const auto&) {}, [this] { ++restarts_; }});
    while (!producer_->answered()) std::this_thread::sleep_for(milliseconds(10));
  }

  void SubmitFrom(int threads, int batches, std::size_t batch_events) {
    std::vector<std::jthread> running;
    for (int thread = 0; thread < threads; ++thread) {
      running.emplace_back([=, this] {
        loadgen::EventFactory factory(static_cast<std::uint64_t>(thread));
        for (int i = 0; i < batches; ++i) SubmitOne(factory, batch_events);
      });
    }
  }

  [[nodiscard]] std::size_t Settled() const {
    std::size_t settled = 0;
    for (const auto& count : counts_) settled += count;
    return settled;
  }

  void WaitForAll(std::size_t events) const {
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (Settled() < events && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    EXPECT_EQ(Settled(), events);
  }

  kafka::MockCluster mock_{1};
  KafkaOptions options_;
  LimitOptions limits_;
  Metrics metrics_;
  Ingestor ingestor_{limits_, BuiltInSchemaId(), metrics_};
  std::atomic<int> restarts_{0};
  CountingBatch::Counts counts_{};
  std::optional<kafka::Producer> producer_;

 private:
  void SubmitOne(loadgen::EventFactory& factory, std::size_t batch_events) {
    std::vector<std::string> bytes(batch_events);
    for (std::string& event : bytes) event = factory.Next();
    bytes.back() = "not an event";
    const std::vector<std::string_view> events(bytes.begin(), bytes.end());
    auto* batch = new CountingBatch(batch_events, metrics_, ingestor_.budget(), counts_);  // owns itself
    ingestor_.Submit(*producer_, {ingestor_.schema_id(), "peer"}, events, *batch);
  }
};

TEST_F(Core, SettlesEveryEventOnce) {
  SubmitFrom(3, 50, 20);
  WaitForAll(3 * 50 * 20);
  EXPECT_EQ(counts_[v1::OUTCOME_ACKNOWLEDGED], 3U * 50 * 19);
  EXPECT_EQ(counts_[v1::OUTCOME_INVALID], 3U * 50);
  EXPECT_EQ(ingestor_.budget().events(), 0U);
  EXPECT_EQ(ingestor_.budget().bytes(), 0U);
}

TEST_F(Core, SettlesEveryEventWhileTheProducerIsReplaced) {
  const std::jthread failure([this] {
    rd_kafka_test_fatal_error(producer_->handle()->get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
  });
  SubmitFrom(3, 50, 20);
  WaitForAll(3 * 50 * 20);
  const auto deadline = std::chrono::steady_clock::now() + seconds(10);
  while (restarts_ == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(restarts_, 1);
  EXPECT_EQ(ingestor_.budget().events(), 0U);
}

TEST_F(Core, SettlesWhatIsAbandoned) {
  rd_kafka_mock_broker_set_rtt(mock_.get(), 1, 2000);
  SubmitFrom(2, 10, 10);
  producer_->Abandon();
  WaitForAll(2 * 10 * 10);
  EXPECT_EQ(ingestor_.budget().events(), 0U);
}

}  // namespace
}  // namespace keystone::ingest
