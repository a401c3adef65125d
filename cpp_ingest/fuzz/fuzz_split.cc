// Any bytes as a request: the events lie within it, in order, and protobuf agrees that it is one when we say so.
#include <cstdint>
#include <cstdlib>

#include "event_decoder.h"
#include "event_slices.h"
#include "keystone/ingest/v1/order_ingest_service.pb.h"

namespace {

namespace ingest = keystone::ingest;

void Require(bool condition) {
  if (!condition) std::abort();
}

ingest::SplitRequest Split(std::string_view bytes, ingest::RequestLayout layout) {
  constexpr std::size_t kMaxEvents = 500;
  ingest::SplitRequest split = ingest::SplitEvents(bytes, layout, kMaxEvents);
  const char* end = bytes.data();
  for (const std::string_view event : split.events) {
    Require(event.data() >= end && event.data() + event.size() <= bytes.data() + bytes.size());
    end = event.data() + event.size();
  }
  Require(split.events.size() <= kMaxEvents);
  return split;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool silent = (ingest::SilenceProtobufLog(), true);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Require(silent);
  Split(bytes, ingest::kIngestRequest);
  Split(bytes, ingest::kIngestStreamRequest);
  const ingest::SplitRequest split = Split(bytes, ingest::kIngestBatchRequest);
  ingest::v1::IngestBatchRequest request;
  if (request.ParseFromArray(data, static_cast<int>(size)) && request.events_size() <= 500) {
    Require(split.problem.empty());
    Require(split.events.size() == static_cast<std::size_t>(request.events_size()));
  }
  return 0;
}
