#pragma once

#include <google/protobuf/arena.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "keystone/ingest/v1/order_event.pb.h"

namespace keystone::ingest {

// Decodes the events of one request after another on an arena that keeps its first block, so that small requests
// allocate nothing. Not for several threads.
class EventDecoder {
 public:
  EventDecoder();

  // True when the bytes are an OrderEvent. Either way `event()` holds what could be read, until the next call.
  bool Decode(std::string_view bytes);
  [[nodiscard]] const v1::OrderEvent& event() const { return *event_; }
  // Why the last Decode was false: names the field whose text is not UTF-8, where that is the reason.
  [[nodiscard]] const std::string& bad_text_field() const { return bad_text_field_; }
  // Gives back what a request took.
  void Reset();

 private:
  static constexpr std::size_t kFirstBlock = std::size_t{32} * 1024;
  std::array<char, kFirstBlock> block_{};
  google::protobuf::Arena arena_;
  v1::OrderEvent* event_ = nullptr;
  std::string bad_text_field_;
};

// protobuf writes a line to stderr for each text that is not UTF-8, which a client could use to fill the pipe: from now
// on such lines only serve `bad_text_field`. Call it once, at the start.
void SilenceProtobufLog();

}  // namespace keystone::ingest
