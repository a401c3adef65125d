#include "event_slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keystone/ingest/v1/order_ingest_service.pb.h"
#include "sample_events.h"

namespace keystone::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kMany = 500;

TEST(SplitEvents, GivesTheOriginalBytes) {
  const std::string first = testing::PlacedEvent().SerializeAsString();
  const std::string unknown = testing::PaymentEvent().SerializeAsString() + "\xA2\x06\x03new";  // field 100
  std::string request = "\x0A" + std::string(1, static_cast<char>(0x80U | (first.size() & 0x7FU))) +
                        std::string(1, static_cast<char>(first.size() >> 7U)) + first;
  request += "\x0A" + std::string(1, static_cast<char>(unknown.size())) + unknown;
  const SplitRequest split = SplitEvents(request, kIngestBatchRequest, kMany);
  EXPECT_THAT(split.problem, IsEmpty());
  EXPECT_THAT(split.events, ElementsAre(first, unknown));
}

TEST(SplitEvents, ReadsAStreamsSequenceWhereverItStands) {
  v1::IngestStreamRequest request;
  request.set_sequence(1'234'567'890'123);
  *request.add_events() = testing::PaymentEvent();
  const std::string bytes = request.SerializeAsString();
  EXPECT_EQ(SplitEvents(bytes, kIngestStreamRequest, kMany).sequence, 1'234'567'890'123U);

  v1::IngestStreamRequest events;
  *events.add_events() = testing::PaymentEvent();
  v1::IngestStreamRequest number;
  number.set_sequence(7);
  const std::string turned = events.SerializeAsString() + number.SerializeAsString();
  const SplitRequest split = SplitEvents(turned, kIngestStreamRequest, kMany);
  EXPECT_EQ(split.sequence, 7U);
  EXPECT_EQ(split.events.size(), 1U);
}

TEST(SplitEvents, SkipsUnknownFields) {
  const std::string request("\x18\x05\x22\x02hi\x2B\x08\x01\x2C\x0A\x01x", 13);  // varint, bytes, group, an event
  const SplitRequest split = SplitEvents(request, kIngestBatchRequest, kMany);
  EXPECT_THAT(split.problem, IsEmpty());
  EXPECT_THAT(split.events, ElementsAre("x"));
}

TEST(SplitEvents, TakesAnEmptyRequestAndEmptyEvents) {
  EXPECT_THAT(SplitEvents("", kIngestBatchRequest, kMany).events, IsEmpty());
  EXPECT_THAT(SplitEvents(std::string("\x0A\x00\x0A\x00", 4), kIngestBatchRequest, kMany).events, ElementsAre("", ""));
}

TEST(SplitEvents, StopsAtTheBound) {
  const std::string request("\x0A\x00\x0A\x00\x0A\x00", 6);
  EXPECT_THAT(SplitEvents(request, kIngestBatchRequest, 3).problem, IsEmpty());
  EXPECT_THAT(SplitEvents(request, kIngestBatchRequest, 2).problem, HasSubstr("more than 2 events"));
}

class Malformed : public ::testing::TestWithParam<std::string> {};

TEST_P(Malformed, IsSaid) {
  EXPECT_THAT(SplitEvents(GetParam(), kIngestStreamRequest, kMany).problem, HasSubstr("not valid protobuf"));
}

INSTANTIATE_TEST_SUITE_P(Requests, Malformed,
                         ::testing::Values(std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
                                           std::string("\x12\x05hi"),                // longer than what is there
                                           std::string("\x12\xFF\xFF\xFF\xFF\x0F"),  // longer than memory
                                           std::string("\x08"),                      // no value
                                           std::string("\x08\xFF\xFF"),              // a value cut off
                                           std::string("\x00\x01", 2),               // field 0
                                           std::string("\x1B\x08\x01"),              // a group without an end
                                           std::string("\x1C"),                      // an end without a group
                                           std::string("\x0F")));                    // no wire type

TEST(ReadEventId, ReadsWhatIsThere) {
  const std::string event = testing::PlacedEvent().SerializeAsString();
  EXPECT_EQ(ReadEventId(event), testing::PlacedEvent().event_id());
  EXPECT_EQ(ReadEventId(event.substr(0, 50)), testing::PlacedEvent().event_id()) << "cut off behind it";
  EXPECT_EQ(ReadEventId(event.substr(0, 20)), "");
  EXPECT_EQ(ReadEventId(""), "");
  EXPECT_EQ(ReadEventId(std::string("\x0A\x02\xFF\xFE", 4)), "") << "not UTF-8";
  EXPECT_EQ(ReadEventId(std::string("\x0A\x02") + "a\n"), "") << "not plain";
}

}  // namespace
}  // namespace keystone::ingest
