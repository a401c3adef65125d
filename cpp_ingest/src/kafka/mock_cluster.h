#pragma once

#include <string>

#include "handles.h"

namespace keystone::ingest::kafka {

// librdkafka's mock cluster inside this process, which other processes can use too. It holds at most 5 MiB a partition,
// persists nothing, and may lose what it acknowledged: for tests and demonstrations.
class MockCluster {
 public:
  explicit MockCluster(int brokers);

  void CreateTopic(const std::string& name, int partitions);
  [[nodiscard]] std::string bootstrap() const;
  [[nodiscard]] rd_kafka_mock_cluster_t* get() const { return cluster_.get(); }

 private:
  Handle host_;
  MockClusterHandle cluster_;
};

}  // namespace keystone::ingest::kafka
