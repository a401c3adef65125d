// Writes seeds for the fuzzers: make_corpus DIRECTORY leaves DIRECTORY/event and DIRECTORY/split.
#include <filesystem>
#include <fstream>
#include <string>

#include "../tests/sample_events.h"
#include "keystone/ingest/v1/order_ingest_service.pb.h"

namespace {

namespace v1 = keystone::ingest::v1;

void Write(const std::filesystem::path& directory, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(directory);
  std::ofstream(directory / name, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace keystone::ingest::testing;
  if (argc != 2) return 2;
  const std::filesystem::path directory(argv[1]);
  v1::IngestBatchRequest batch;
  v1::IngestStreamRequest stream;
  stream.set_sequence(1'000'000);
  int number = 0;
  for (const v1::OrderEvent& event : {PlacedEvent(), PaymentEvent(), ReviewEvent(), DeliveredEvent()}) {
    Write(directory / "event", std::to_string(number++), event.SerializeAsString());
    *batch.add_events() = event;
    *stream.add_events() = event;
  }
  Write(directory / "split", "batch", batch.SerializeAsString());
  Write(directory / "split", "stream", stream.SerializeAsString());
  return 0;
}
