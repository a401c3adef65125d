#pragma once

#include <chrono>

#include "keystone/ingest/v1/order_event.pb.h"

namespace keystone::ingest::testing {

inline constexpr std::int64_t kNow = 1'700'000'000;

inline std::chrono::system_clock::time_point Now() {
  return std::chrono::system_clock::time_point(std::chrono::seconds(kNow));
}

// Valid events, to be spoilt one field at a time.
inline v1::OrderEvent BaseEvent(v1::OrderStatus status) {
  v1::OrderEvent event;
  event.set_event_id("0b1f8a3e-7c55-4c1d-9f0a-3a2f5b6c7d8e");
  event.set_order_id("e481f51cbdc54678b7cc49136f2d6af7");
  event.mutable_event_time()->set_seconds(kNow);
  event.mutable_order_purchase_time()->set_seconds(kNow - 60);
  event.set_order_status(status);
  return event;
}

inline v1::OrderEvent PlacedEvent() {
  v1::OrderEvent event = BaseEvent(v1::ORDER_STATUS_CREATED);
  v1::Customer& customer = *event.mutable_placed()->mutable_customer();
  customer.set_customer_id("9ef432eb6251297304e76186b10a928d");
  customer.set_customer_unique_id("7c396fd4830fd04220f754e42b4e5bff");
  customer.set_zip_code_prefix("03149");
  customer.set_city("sao paulo");
  customer.set_state("SP");
  event.mutable_placed()->mutable_estimated_delivery_time()->set_seconds(kNow + 864'000);
  for (int number = 1; number <= 3; ++number) {
    v1::Item& item = *event.mutable_placed()->add_items();
    item.set_order_item_id(number);
    item.set_product_id("87285b34884572647811a353c7ac498a");
    item.set_seller_id("3504c0cb71d7fa48d967e0e4c94d59d9");
    item.set_price_cents(2999);
    item.set_freight_cents(872);
  }
  return event;
}

inline v1::OrderEvent PaymentEvent() {
  v1::OrderEvent event = BaseEvent(v1::ORDER_STATUS_UNSPECIFIED);
  event.mutable_payment()->set_payment_sequential(1);
  event.mutable_payment()->set_payment_type(v1::PAYMENT_TYPE_CREDIT_CARD);
  event.mutable_payment()->set_value_cents(1812);
  return event;
}

inline v1::OrderEvent ReviewEvent() {
  v1::OrderEvent event = BaseEvent(v1::ORDER_STATUS_UNSPECIFIED);
  event.mutable_review()->set_review_id("a54f0611adc9ed256b57ede6b6eb5114");
  event.mutable_review()->set_score(4);
  event.mutable_review()->mutable_creation_time()->set_seconds(kNow);
  return event;
}

inline v1::OrderEvent DeliveredEvent() {
  v1::OrderEvent event = BaseEvent(v1::ORDER_STATUS_DELIVERED);
  event.mutable_delivered();
  return event;
}

}  // namespace keystone::ingest::testing
