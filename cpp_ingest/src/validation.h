#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "keystone/ingest/v1/order_event.pb.h"

namespace keystone::ingest {

// A broken rule: the field's path, e.g. `placed.items[2].price_cents`, and what was wrong and what is allowed.
struct Violation {
  std::string field;
  std::string description;
};

// What makes an event impossible. What is only odd is the lakehouse's to count. Empty when nothing is; at most 16,
// so that they fit into a call's trailers.
std::vector<Violation> Validate(const v1::OrderEvent& event, std::chrono::system_clock::time_point now);

}  // namespace keystone::ingest
