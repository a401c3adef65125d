#include "event_decoder.h"

#include <google/protobuf/stubs/logging.h>

namespace keystone::ingest {
namespace {

// protobuf tells which field's text is not UTF-8 only by its log, on the thread that parses.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
thread_local std::string last_bad_text_field;

// `Customer.city`, as protobuf's log has it, as a path within the event.
std::string PathOf(std::string_view name) {
  struct Place {
    std::string_view message;
    std::string_view path;
  };
  constexpr std::array<Place, 4> kPlaces{
      {{"OrderEvent.", ""}, {"Customer.", "placed.customer."}, {"Item.", "placed.items."}, {"Review.", "review."}}};
  for (const Place& place : kPlaces) {
    if (name.substr(0, place.message.size()) == place.message) {
      return std::string(place.path) + std::string(name.substr(place.message.size()));
    }
  }
  return std::string(name);
}

void ReadProtobufLog(google::protobuf::LogLevel /*level*/, const char* /*file*/, int /*line*/,
                     const std::string& message) {
  constexpr std::string_view kPrefix = "String field 'keystone.ingest.v1.";
  if (message.compare(0, kPrefix.size(), kPrefix) != 0) return;
  const std::string_view whole = message;
  const std::string_view rest = whole.substr(kPrefix.size());
  last_bad_text_field = PathOf(rest.substr(0, rest.find('\'')));
}

google::protobuf::ArenaOptions WithFirstBlock(char* block, std::size_t size) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = size;
  return options;
}

}  // namespace

EventDecoder::EventDecoder() : arena_(WithFirstBlock(block_.data(), block_.size())) {}

bool EventDecoder::Decode(std::string_view bytes) {
  last_bad_text_field.clear();
  if (event_ == nullptr) event_ = google::protobuf::Arena::CreateMessage<v1::OrderEvent>(&arena_);
  if (event_->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return true;
  bad_text_field_ = last_bad_text_field;
  return false;
}

void EventDecoder::Reset() {
  event_ = nullptr;
  arena_.Reset();
}

void SilenceProtobufLog() { google::protobuf::SetLogHandler(ReadProtobufLog); }

}  // namespace keystone::ingest
