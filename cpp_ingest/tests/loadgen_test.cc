#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "event_factory.h"
#include "event_slices.h"
#include "histogram.h"
#include "requests.h"
#include "validation.h"

namespace keystone::loadgen {
namespace {

TEST(Histogram, KnowsQuantilesToWithinAPercent) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100'000; ++value) histogram.Record(value * 1000);
  EXPECT_EQ(histogram.Count(), 100'000U);
  EXPECT_NEAR(double(histogram.Quantile(0.5)), 50e6, 0.5e6);
  EXPECT_NEAR(double(histogram.Quantile(0.99)), 99e6, 1e6);
  EXPECT_EQ(histogram.Quantile(1.0), 100'000'000U);
  EXPECT_EQ(histogram.Max(), 100'000'000U);
}

TEST(Histogram, TakesTheSmallestAndTheLargest) {
  Histogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), 0U);
  histogram.Record(0);
  EXPECT_EQ(histogram.Quantile(1), 0U);
  histogram.Record(~std::uint64_t{0});
  EXPECT_EQ(histogram.Max(), ~std::uint64_t{0});
}

TEST(EventFactory, MakesValidEventsWithIdsOfTheirOwn) {
  EventFactory factory(7);
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ingest::v1::OrderEvent event;
    ASSERT_TRUE(event.ParseFromString(std::string(factory.Next())));
    EXPECT_THAT(ingest::Validate(event, std::chrono::system_clock::now()), ::testing::IsEmpty());
    EXPECT_EQ(event.event_id(), factory.id());
    ids.insert(event.event_id());
  }
  EXPECT_EQ(ids.size(), 1000U);
  EventFactory same(7);
  same.Next();
  EXPECT_TRUE(ids.count(same.id())) << "a seed gives the same ids again";
}

TEST(Requests, AreWhatTheServerReads) {
  EventFactory factory(1);
  const Request request = MakeStreamRequest(factory, 3, 300);
  grpc::Slice slice;
  ASSERT_TRUE(request.bytes.DumpToSingleSlice(&slice).ok());
  const std::string_view bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  const auto split = ingest::SplitEvents(bytes, ingest::kIngestStreamRequest, 10);
  EXPECT_EQ(split.sequence, 300U);
  ASSERT_EQ(split.events.size(), 3U);
  EXPECT_EQ(ingest::ReadEventId(split.events[2]), request.ids[2]);
}

}  // namespace
}  // namespace keystone::loadgen
