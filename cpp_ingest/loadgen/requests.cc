#include "requests.h"

#include <grpcpp/support/slice.h>

namespace keystone::loadgen {
namespace {

constexpr char kEventsField = 0x0A;        // field 1 of IngestRequest and IngestBatchRequest, length-delimited
constexpr char kStreamEventsField = 0x12;  // field 2 of IngestStreamRequest
constexpr char kSequenceField = 0x08;      // field 1, varint

void AppendVarint(std::string& bytes, std::uint64_t value) {
  constexpr std::uint64_t kMore = 0x80;
  while (value >= kMore) {
    bytes += static_cast<char>(value | kMore);
    value >>= 7U;
  }
  bytes += static_cast<char>(value);
}

Request Make(EventFactory& factory, std::size_t events, char field, std::string bytes) {
  Request request;
  request.ids.reserve(events);
  for (std::size_t i = 0; i < events; ++i) {
    const std::string_view event = factory.Next();
    bytes += field;
    AppendVarint(bytes, event.size());
    bytes += event;
    request.ids.push_back(factory.id());
  }
  const grpc::Slice slice(bytes);
  request.bytes = grpc::ByteBuffer(&slice, 1);
  return request;
}

}  // namespace

Request MakeRequest(EventFactory& factory, std::size_t events) { return Make(factory, events, kEventsField, {}); }

Request MakeStreamRequest(EventFactory& factory, std::size_t events, std::uint64_t sequence) {
  std::string bytes(1, kSequenceField);
  AppendVarint(bytes, sequence);
  return Make(factory, events, kStreamEventsField, std::move(bytes));
}

}  // namespace keystone::loadgen
