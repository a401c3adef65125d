#pragma once

#include <grpcpp/create_channel.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grpc_server.h"
#include "ingest_service.h"
#include "kafka/mock_cluster.h"

namespace keystone::ingest::testing {

// A record as a consumer sees it.
struct Consumed {
  std::string key;
  std::string value;
  std::string schema_id;
  std::string reason;
};

// The whole server but its process, on a mock cluster of its own.
class TestServer {
 public:
  // Options are the defaults, with short waits, as `change` leaves them.
  explicit TestServer(const std::function<void(Options&)>& change = {});
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  [[nodiscard]] std::shared_ptr<grpc::Channel> Connect() const;
  [[nodiscard]] std::string address() const { return server_->address(); }
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] kafka::Producer& producer() { return *producer_; }
  [[nodiscard]] rd_kafka_mock_cluster_t* mock() const { return mock_.get(); }
  [[nodiscard]] const Options& options() const { return options_; }

  // The broker answers the next produce request so.
  void FailNextProduce(rd_kafka_resp_err_t error) const;
  // Reads that many records of the topic, or as many as come within ten seconds.
  [[nodiscard]] std::vector<Consumed> Consume(const std::string& topic, std::size_t records) const;

  void Drain();

 private:
  Options options_;
  kafka::MockCluster mock_{1};
  Metrics metrics_;
  std::optional<Ingestor> ingestor_;
  std::optional<kafka::Producer> producer_;
  std::optional<IngestService> service_;
  std::optional<GrpcServer> server_;
};

// Whether it becomes true within so many seconds.
bool Eventually(const std::function<bool()>& condition, int seconds = 10);

}  // namespace keystone::ingest::testing
