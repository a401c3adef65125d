#include "mock_cluster.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "configuration.h"

namespace keystone::ingest::kafka {

MockCluster::MockCluster(int brokers) {
  std::array<char, 512> reason{};
  Conf conf(rd_kafka_conf_new());
  // The host never connects anywhere, and shall not warn of it.
  rd_kafka_conf_set(conf.get(), "log_level", "2", reason.data(), reason.size());
  host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size()));
  if (!host_) throw ConfigurationError(reason.data());
  std::ignore = conf.release();
  cluster_.reset(rd_kafka_mock_cluster_new(host_.get(), brokers));
  if (!cluster_) throw ConfigurationError("the mock cluster could not be started");
}

void MockCluster::CreateTopic(const std::string& name, int partitions) {
  constexpr int kMostReplicas = 3;
  const std::string addresses = bootstrap();
  const auto brokers = static_cast<int>(std::count(addresses.begin(), addresses.end(), ',')) + 1;
  rd_kafka_mock_topic_create(cluster_.get(), name.c_str(), partitions, std::min(brokers, kMostReplicas));
}

std::string MockCluster::bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }

}  // namespace keystone::ingest::kafka
