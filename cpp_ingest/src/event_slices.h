#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keystone::ingest {

// A request taken apart without decoding its events: each is a view of its original bytes, so that what reaches Kafka
// is what the client wrote, fields unknown to this server included.
struct SplitRequest {
  std::uint64_t sequence = 0;
  std::vector<std::string_view> events;
  // Why the request is no protobuf of its type; empty when it is.
  std::string problem;
};

// Where a request type keeps what is wanted; 0: it has no such field.
struct RequestLayout {
  std::uint32_t events_field;
  std::uint32_t sequence_field;
};

inline constexpr RequestLayout kIngestRequest{.events_field = 1, .sequence_field = 0};
inline constexpr RequestLayout kIngestBatchRequest{.events_field = 1, .sequence_field = 0};
inline constexpr RequestLayout kIngestStreamRequest{.events_field = 2, .sequence_field = 1};

// Stops with a problem at more than `max_events`, so that a request of millions of empty events costs little.
SplitRequest SplitEvents(std::string_view request, RequestLayout layout, std::size_t max_events);

// The event's id, as far as its bytes can be read up to it; empty when it is not short, plain text.
std::string ReadEventId(std::string_view event);

}  // namespace keystone::ingest
