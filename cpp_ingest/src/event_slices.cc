#include "event_slices.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <optional>

#include "keystone/ingest/v1/order_event.pb.h"

namespace keystone::ingest {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

CodedInputStream StreamOver(std::string_view bytes) {
  return CodedInputStream(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
}

constexpr std::uint32_t Tag(std::uint32_t field, WireFormatLite::WireType type) {
  return WireFormatLite::MakeTag(static_cast<int>(field), type);
}

std::optional<std::string_view> ReadSlice(CodedInputStream& stream, std::string_view whole) {
  std::uint32_t length = 0;
  if (!stream.ReadVarint32(&length)) return std::nullopt;
  const auto start = static_cast<std::size_t>(stream.CurrentPosition());
  if (length > whole.size() - start || !stream.Skip(static_cast<int>(length))) return std::nullopt;
  return whole.substr(start, length);
}

}  // namespace

SplitRequest SplitEvents(std::string_view request, RequestLayout layout, std::size_t max_events) {
  SplitRequest split;
  const auto malformed = [&split](std::size_t position) {
    split.problem = fmt::format("the request is not valid protobuf (near byte {})", position);
    return std::move(split);
  };
  CodedInputStream stream = StreamOver(request);
  while (const std::uint32_t tag = stream.ReadTag()) {
    const auto position = static_cast<std::size_t>(stream.CurrentPosition());
    if (tag == Tag(layout.events_field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED)) {
      const auto event = ReadSlice(stream, request);
      if (!event) return malformed(position);
      if (split.events.size() == max_events) {
        split.problem = fmt::format("the request has more than {} events, which is the bound", max_events);
        return split;
      }
      split.events.push_back(*event);
    } else if (layout.sequence_field != 0 && tag == Tag(layout.sequence_field, WireFormatLite::WIRETYPE_VARINT)) {
      if (!stream.ReadVarint64(&split.sequence)) return malformed(position);
    } else if (!WireFormatLite::SkipField(&stream, tag)) {
      return malformed(position);
    }
  }
  if (!stream.ConsumedEntireMessage()) return malformed(static_cast<std::size_t>(stream.CurrentPosition()));
  return split;
}

std::string ReadEventId(std::string_view event) {
  constexpr std::size_t kMaxLength = 64;
  const std::uint32_t id_tag = Tag(v1::OrderEvent::kEventIdFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  CodedInputStream stream = StreamOver(event);
  while (const std::uint32_t tag = stream.ReadTag()) {
    if (tag != id_tag) {
      if (!WireFormatLite::SkipField(&stream, tag)) return {};
      continue;
    }
    const auto id = ReadSlice(stream, event);
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (!id || id->size() > kMaxLength || !std::all_of(id->begin(), id->end(), is_plain)) return {};
    return std::string(*id);
  }
  return {};
}

}  // namespace keystone::ingest
