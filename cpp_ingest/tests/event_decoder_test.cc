#include "event_decoder.h"

#include <gtest/gtest.h>

#include "sample_events.h"

namespace keystone::ingest {
namespace {

TEST(EventDecoder, DecodesOneAfterAnother) {
  EventDecoder decoder;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(decoder.Decode(testing::PlacedEvent().SerializeAsString()));
    EXPECT_EQ(decoder.event().placed().items_size(), 3);
    ASSERT_TRUE(decoder.Decode(testing::PaymentEvent().SerializeAsString()));
    EXPECT_TRUE(decoder.event().has_payment()) << "nothing is left of the event before";
    decoder.Reset();
  }
}

TEST(EventDecoder, NamesTheTextThatIsNotUtf8) {
  SilenceProtobufLog();
  EventDecoder decoder;
  std::string bytes = testing::PlacedEvent().SerializeAsString();
  bytes.replace(bytes.find("sao paulo"), 3, "\xFF\xFE\xFD");
  EXPECT_FALSE(decoder.Decode(bytes));
  EXPECT_EQ(decoder.bad_text_field(), "placed.customer.city");
  EXPECT_FALSE(decoder.Decode("\xFF\xFF"));
  EXPECT_EQ(decoder.bad_text_field(), "") << "what is no protobuf has no bad text";
}

}  // namespace
}  // namespace keystone::ingest
