// Any bytes as an event: decoding, validation, the id that problems name.
#include <cstdint>
#include <cstdlib>

#include "event_decoder.h"
#include "event_slices.h"
#include "problems.h"
#include "validation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace ingest = keystone::ingest;
  static const bool silent = (ingest::SilenceProtobufLog(), true);
  static ingest::EventDecoder decoder;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string id = ingest::ReadEventId(bytes);
  if (silent && decoder.Decode(bytes)) {
    const auto violations = ingest::Validate(decoder.event(), std::chrono::system_clock::now());
    const auto problem = ingest::InvalidProblem(id, violations);
    // What the client is told must be protobuf that it can read.
    keystone::ingest::v1::Problem read;
    if (violations.size() > 16 || !read.ParseFromString(problem->SerializeAsString())) std::abort();
  }
  decoder.Reset();
  return 0;
}
