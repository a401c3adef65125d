#include "event_factory.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstring>

#include "keystone/ingest/v1/order_event.pb.h"

namespace keystone::loadgen {
namespace {

namespace v1 = ingest::v1;

constexpr std::string_view kEventId = "00000000-0000-4000-8000-000000000000";
constexpr std::string_view kOrderId = "ffffffffffffffffffffffffffffffff";
constexpr std::int64_t kSecondsADay = 86'400;

v1::OrderEvent Base(std::int64_t now, v1::OrderStatus status) {
  v1::OrderEvent event;
  event.set_event_id(std::string(kEventId));
  event.set_order_id(std::string(kOrderId));
  event.mutable_event_time()->set_seconds(now);
  event.mutable_order_purchase_time()->set_seconds(now - kSecondsADay);
  event.set_order_status(status);
  return event;
}

v1::OrderEvent Placed(std::int64_t now) {
  v1::OrderEvent event = Base(now, v1::ORDER_STATUS_CREATED);
  v1::Placed& placed = *event.mutable_placed();
  v1::Customer& customer = *placed.mutable_customer();
  customer.set_customer_id("06b8999e2fba1a1fbc88172c00ba8bc7");
  customer.set_customer_unique_id("861eff4711a542e4b93843c6dd7febb0");
  customer.set_zip_code_prefix("14409");
  customer.set_city("franca");
  customer.set_state("SP");
  placed.mutable_estimated_delivery_time()->set_seconds((now / kSecondsADay + 20) * kSecondsADay);
  v1::Item& item = *placed.add_items();
  item.set_order_item_id(1);
  item.set_product_id("4244733e06e7ecb4970a6e2683c13e61");
  item.set_seller_id("48436dade18ac8b2bce089ec2a041202");
  item.mutable_shipping_limit_time()->set_seconds(now + 5 * kSecondsADay);
  item.set_price_cents(5890);
  item.set_freight_cents(1329);
  return event;
}

v1::OrderEvent Payment(std::int64_t now) {
  v1::OrderEvent event = Base(now, v1::ORDER_STATUS_UNSPECIFIED);
  event.mutable_payment()->set_payment_sequential(1);
  event.mutable_payment()->set_payment_type(v1::PAYMENT_TYPE_CREDIT_CARD);
  event.mutable_payment()->set_installments(2);
  event.mutable_payment()->set_value_cents(7219);
  return event;
}

v1::OrderEvent Review(std::int64_t now) {
  v1::OrderEvent event = Base(now, v1::ORDER_STATUS_UNSPECIFIED);
  v1::Review& review = *event.mutable_review();
  review.set_review_id("7bc2406110b926393aa56f80a40eba40");
  review.set_score(4);
  review.set_comment_message("Recebi bem antes do prazo estipulado.");
  review.mutable_creation_time()->set_seconds(now);
  return event;
}

}  // namespace

EventFactory::EventFactory(std::uint64_t seed) : state_(seed), templates_(MakeTemplates()) {}

std::vector<EventFactory::Template> EventFactory::MakeTemplates() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
  v1::OrderEvent approved = Base(now, v1::ORDER_STATUS_APPROVED);
  approved.mutable_approved();
  v1::OrderEvent delivered = Base(now, v1::ORDER_STATUS_DELIVERED);
  delivered.mutable_delivered();
  std::vector<Template> templates;
  // Mostly orders placed, which are the largest: 264 bytes; 213 on average.
  for (const v1::OrderEvent& event : {Placed(now), Placed(now), Payment(now), Placed(now), approved, Placed(now),
                                      delivered, Placed(now), Review(now), Placed(now)}) {
    std::string bytes = event.SerializeAsString();
    const std::size_t event_id = bytes.find(kEventId);
    const std::size_t order_id = bytes.find(kOrderId);
    templates.push_back({std::move(bytes), event_id, order_id});
  }
  return templates;
}

std::string_view EventFactory::Next() {
  Template& next = templates_[next_];
  next_ = (next_ + 1) % templates_.size();
  std::array<char, 32> digits{};
  WriteHex(Random(), digits.data());
  WriteHex(Random(), digits.data() + 16);
  char* id = next.bytes.data() + next.event_id;
  // 8-4-4-4-12, of which the third group keeps its version and the fourth its variant.
  std::memcpy(id, digits.data(), 8);
  std::memcpy(id + 9, digits.data() + 8, 4);
  std::memcpy(id + 15, digits.data() + 13, 3);
  std::memcpy(id + 20, digits.data() + 17, 3);
  std::memcpy(id + 24, digits.data() + 20, 12);
  WriteHex(Random(), next.bytes.data() + next.order_id);
  id_.assign(id, kEventId.size());
  return next.bytes;
}

// SplitMix64.
std::uint64_t EventFactory::Random() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

void EventFactory::WriteHex(std::uint64_t value, char* to) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int i = 0; i < 16; ++i) {
    to[i] = kDigits[value & 0xFU];
    value >>= 4U;
  }
}

}  // namespace keystone::loadgen
