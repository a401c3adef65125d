#pragma once

#include <string>
#include <vector>

#include "handles.h"

namespace keystone::ingest::kafka {

struct TopicLayout {
  int partitions;
  // -1: the broker's default.
  int replication;
};

// Creates those of the topics that do not exist. Empty when all of them exist then, else the broker's reason.
std::string CreateTopics(rd_kafka_t* handle, const std::vector<std::string>& names, TopicLayout layout);

}  // namespace keystone::ingest::kafka
