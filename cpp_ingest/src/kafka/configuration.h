#pragma once

#include <stdexcept>

#include "../options.h"
#include "handles.h"

namespace keystone::ingest::kafka {

// A property that librdkafka refuses: what the message says is for people and holds no value.
class ConfigurationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The producer's configuration: our defaults, then the user's properties and flags, then what the promise behind an
// acknowledgement needs. Throws ConfigurationError.
Conf MakeProducerConf(const KafkaOptions& options, const LimitOptions& limits);

}  // namespace keystone::ingest::kafka
