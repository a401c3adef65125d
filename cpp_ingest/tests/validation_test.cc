#include "validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sample_events.h"

namespace keystone::ingest {
namespace {

using testing::BaseEvent;
using testing::DeliveredEvent;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kNow;
using testing::PaymentEvent;
using testing::PlacedEvent;
using testing::ReviewEvent;

constexpr std::int64_t kDay = 86'400;

struct Case {
  std::string name;
  std::function<v1::OrderEvent()> event;
  std::function<void(v1::OrderEvent&)> spoil;
  std::string field;
  std::string description;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class BrokenRule : public ::testing::TestWithParam<Case> {};

TEST_P(BrokenRule, IsNamedAlone) {
  v1::OrderEvent event = GetParam().event();
  ASSERT_THAT(Validate(event, testing::Now()), IsEmpty()) << "the sample is to be valid";
  GetParam().spoil(event);
  const auto violations = Validate(event, testing::Now());
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].field, GetParam().field);
  EXPECT_THAT(violations[0].description, HasSubstr(GetParam().description));
}

using E = v1::OrderEvent;

INSTANTIATE_TEST_SUITE_P(
    Identity, BrokenRule,
    ::testing::Values(
        Case{"NoEventId", PlacedEvent, [](E& e) { e.clear_event_id(); }, "event_id", "is required"},
        Case{"ShortEventId", PlacedEvent, [](E& e) { e.set_event_id("0b1f8a3e"); }, "event_id", "no UUID"},
        Case{"UpperCaseEventId", PlacedEvent, [](E& e) { e.set_event_id("0B1F8A3E-7C55-4C1D-9F0A-3A2F5B6C7D8E"); },
             "event_id", "no UUID"},
        Case{"BracedEventId", PlacedEvent, [](E& e) { e.set_event_id("{0b1f8a3e-7c55-4c1d-9f0a-3a2f5b6c7d}"); },
             "event_id", "no UUID"},
        Case{"NoEventTime", PlacedEvent, [](E& e) { e.clear_event_time(); }, "event_time", "is required"},
        Case{"NegativeNanos", PlacedEvent, [](E& e) { e.mutable_event_time()->set_nanos(-1); }, "event_time",
             "no time"},
        Case{"LargeNanos", PlacedEvent, [](E& e) { e.mutable_event_time()->set_nanos(1'000'000'000); }, "event_time",
             "no time"},
        Case{"YearZero", PlacedEvent, [](E& e) { e.mutable_event_time()->set_seconds(-62'135'596'801); }, "event_time",
             "no time"},
        Case{"YearTenThousand", PlacedEvent,
             [](E& e) { e.mutable_order_purchase_time()->set_seconds(253'402'300'800); }, "order_purchase_time",
             "no time"},
        Case{"FarFuture", PlacedEvent, [](E& e) { e.mutable_event_time()->set_seconds(kNow + kDay + 1); }, "event_time",
             "more than a day ahead"},
        Case{"BoughtInFuture", PlacedEvent, [](E& e) { e.mutable_order_purchase_time()->set_seconds(kNow + kDay + 1); },
             "order_purchase_time", "more than a day ahead"},
        Case{"NoPurchaseTime", PlacedEvent, [](E& e) { e.clear_order_purchase_time(); }, "order_purchase_time",
             "is required"},
        Case{"NoOrderId", PlacedEvent, [](E& e) { e.clear_order_id(); }, "order_id", "is required"},
        Case{"LongOrderId", PlacedEvent, [](E& e) { e.set_order_id(std::string(65, 'o')); }, "order_id",
             "65 characters"},
        Case{"NewlineInOrderId", PlacedEvent, [](E& e) { e.set_order_id("a\nb"); }, "order_id", "control character"},
        Case{"C1InOrderId", PlacedEvent, [](E& e) { e.set_order_id("a\xC2\x85"); }, "order_id", "control character"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Status, BrokenRule,
    ::testing::Values(
        Case{"NoDetails", DeliveredEvent, [](E& e) { e.clear_details(); }, "details", "is required"},
        Case{"NoStatus", PlacedEvent, [](E& e) { e.clear_order_status(); }, "order_status", "is required"},
        Case{"UnknownStatus", PlacedEvent, [](E& e) { e.set_order_status(static_cast<v1::OrderStatus>(9)); },
             "order_status", "is 9"},
        Case{"StatusOnPayment", PaymentEvent, [](E& e) { e.set_order_status(v1::ORDER_STATUS_CREATED); },
             "order_status", "must not be set"},
        Case{"StatusOnReview", ReviewEvent, [](E& e) { e.set_order_status(v1::ORDER_STATUS_CREATED); }, "order_status",
             "must not be set"},
        Case{"DeliveredBeforeBought", DeliveredEvent, [](E& e) { e.mutable_event_time()->set_seconds(kNow - 61); },
             "event_time", "before order_purchase_time"},
        Case{"DeliveredANanoBefore", DeliveredEvent,
             [](E& e) {
               *e.mutable_event_time() = e.order_purchase_time();
               e.mutable_order_purchase_time()->set_nanos(1);
             },
             "event_time", "before order_purchase_time"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Placed, BrokenRule,
    ::testing::Values(
        Case{"NoCustomer", PlacedEvent, [](E& e) { e.mutable_placed()->clear_customer(); }, "placed.customer",
             "is required"},
        Case{"NoCustomerId", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_customer()->clear_customer_id(); },
             "placed.customer.customer_id", "is required"},
        Case{"NoPerson", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_customer()->clear_customer_unique_id(); },
             "placed.customer.customer_unique_id", "is required"},
        Case{"NoZip", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_customer()->clear_zip_code_prefix(); },
             "placed.customer.zip_code_prefix", "is required"},
        Case{"NoState", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_customer()->clear_state(); },
             "placed.customer.state", "is required"},
        Case{"NoEstimate", PlacedEvent, [](E& e) { e.mutable_placed()->clear_estimated_delivery_time(); },
             "placed.estimated_delivery_time", "is required"},
        Case{"ItemZero", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_items(0)->set_order_item_id(0); },
             "placed.items[0].order_item_id", "is 0; at least 1"},
        Case{"NoProduct", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_items(1)->clear_product_id(); },
             "placed.items[1].product_id", "is required"},
        Case{"NoSeller", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_items(1)->clear_seller_id(); },
             "placed.items[1].seller_id", "is required"},
        Case{"NegativePrice", PlacedEvent, [](E& e) { e.mutable_placed()->mutable_items(2)->set_price_cents(-5); },
             "placed.items[2].price_cents", "is -5; 0 to 999,999,999,999"},
        Case{"LargeFreight", PlacedEvent,
             [](E& e) { e.mutable_placed()->mutable_items(2)->set_freight_cents(1'000'000'000'000); },
             "placed.items[2].freight_cents", "0 to 999,999,999,999"},
        Case{"BadLimit", PlacedEvent,
             [](E& e) { e.mutable_placed()->mutable_items(0)->mutable_shipping_limit_time()->set_nanos(-1); },
             "placed.items[0].shipping_limit_time", "no time"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    PaymentAndReview, BrokenRule,
    ::testing::Values(
        Case{"SequentialZero", PaymentEvent, [](E& e) { e.mutable_payment()->clear_payment_sequential(); },
             "payment.payment_sequential", "is 0; at least 1"},
        Case{"NoType", PaymentEvent, [](E& e) { e.mutable_payment()->clear_payment_type(); }, "payment.payment_type",
             "is required"},
        Case{"UnknownType", PaymentEvent,
             [](E& e) { e.mutable_payment()->set_payment_type(static_cast<v1::PaymentType>(77)); },
             "payment.payment_type", "is 77"},
        Case{"NegativeInstallments", PaymentEvent, [](E& e) { e.mutable_payment()->set_installments(-1); },
             "payment.installments", "at least 0"},
        Case{"NegativeValue", PaymentEvent, [](E& e) { e.mutable_payment()->set_value_cents(-1); },
             "payment.value_cents", "is -1"},
        Case{"NoReviewId", ReviewEvent, [](E& e) { e.mutable_review()->clear_review_id(); }, "review.review_id",
             "is required"},
        Case{"ScoreZero", ReviewEvent, [](E& e) { e.mutable_review()->clear_score(); }, "review.score", "1 to 5"},
        Case{"ScoreSix", ReviewEvent, [](E& e) { e.mutable_review()->set_score(6); }, "review.score", "is 6"},
        Case{"NoCreation", ReviewEvent, [](E& e) { e.mutable_review()->clear_creation_time(); }, "review.creation_time",
             "is required"},
        Case{"BadAnswer", ReviewEvent, [](E& e) { e.mutable_review()->mutable_answer_time()->set_nanos(-1); },
             "review.answer_time", "no time"}),
    [](const auto& test) { return test.param.name; });

TEST(Validation, AcceptsTheEdges) {
  v1::OrderEvent event = PlacedEvent();
  event.set_order_id(std::string(64, 'o'));
  event.mutable_event_time()->set_seconds(kNow + kDay);
  event.mutable_placed()->mutable_items(0)->set_price_cents(999'999'999'999);
  event.mutable_placed()->mutable_items(0)->set_freight_cents(0);
  EXPECT_THAT(Validate(event, testing::Now()), IsEmpty());
}

TEST(Validation, CountsCharactersAndNotBytes) {
  v1::OrderEvent event = PlacedEvent();
  std::string id;
  for (int i = 0; i < 64; ++i) id += "\xC3\xA7";  // 64 characters, 128 bytes
  event.set_order_id(id);
  EXPECT_THAT(Validate(event, testing::Now()), IsEmpty());
  event.set_order_id(id + "x");
  EXPECT_EQ(Validate(event, testing::Now()).size(), 1U);
}

TEST(Validation, LeavesOddContentToSilver) {
  v1::OrderEvent event = PlacedEvent();
  event.mutable_placed()->mutable_customer()->set_state("not a state");
  event.mutable_placed()->mutable_customer()->set_zip_code_prefix("?");
  event.mutable_placed()->clear_items();
  EXPECT_THAT(Validate(event, testing::Now()), IsEmpty());
}

TEST(Validation, AcceptsEveryKindOfStatusEvent) {
  for (int status = 1; status < v1::OrderStatus_ARRAYSIZE; ++status) {
    v1::OrderEvent event = BaseEvent(static_cast<v1::OrderStatus>(status));
    event.mutable_status_changed();
    EXPECT_THAT(Validate(event, testing::Now()), IsEmpty()) << status;
  }
}

TEST(Validation, NamesAtMostSixteenViolations) {
  v1::OrderEvent event = PlacedEvent();
  for (int i = 0; i < 1000; ++i) event.mutable_placed()->add_items();
  EXPECT_EQ(Validate(event, testing::Now()).size(), 16U);
}

}  // namespace
}  // namespace keystone::ingest
