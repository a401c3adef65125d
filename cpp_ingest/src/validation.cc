#include "validation.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <string_view>

#include "text.h"

namespace keystone::ingest {
namespace {

using google::protobuf::Timestamp;

constexpr std::size_t kMaxViolations = 16;
constexpr std::size_t kMaxOrderId = 64;
constexpr std::int64_t kSecondsADay = 86'400;
constexpr std::int64_t kMaxCents = 999'999'999'999;
constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z
constexpr std::int32_t kLastNano = 999'999'999;
constexpr std::int64_t kNoLatest = std::numeric_limits<std::int64_t>::max();

// A field's place, put into words only when it breaks a rule.
struct Path {
  std::string_view parent;
  int index = -1;

  [[nodiscard]] std::string To(std::string_view field) const {
    if (parent.empty()) return std::string(field);
    if (index < 0) return fmt::format("{}.{}", parent, field);
    return fmt::format("{}[{}].{}", parent, index, field);
  }
};

class Validator {
 public:
  explicit Validator(std::int64_t now) : latest_(now + kSecondsADay) {}

  std::vector<Violation> Check(const v1::OrderEvent& event) {
    CheckIdentity(event);
    CheckStatus(event);
    CheckDetails(event);
    return std::move(violations_);
  }

 private:
  void CheckIdentity(const v1::OrderEvent& event) {
    const Path path;
    if (!IsCanonicalUuid(event.event_id())) {
      Reject(path, "event_id", event.event_id().empty() ? "is required" : "is no UUID in its canonical form");
    }
    CheckTime(path, "event_time", event.has_event_time(), event.event_time(), latest_);
    CheckOrderId(event.order_id());
    CheckTime(path, "order_purchase_time", event.has_order_purchase_time(), event.order_purchase_time(), latest_);
  }

  void CheckOrderId(const std::string& id) {
    if (id.empty()) {
      Reject({}, "order_id", "is required");
    } else if (id.size() > kMaxOrderId && CharactersIn(id) > kMaxOrderId) {
      Reject({}, "order_id", fmt::format("has {} characters; 1 to {} are allowed", CharactersIn(id), kMaxOrderId));
    } else if (HasControlCharacter(id)) {
      Reject({}, "order_id", "has a control character");
    }
  }

  void CheckStatus(const v1::OrderEvent& event) {
    const int status = event.order_status();
    if (event.details_case() == v1::OrderEvent::DETAILS_NOT_SET) return;
    if (event.has_payment() || event.has_review()) {
      if (status != v1::ORDER_STATUS_UNSPECIFIED) {
        Reject({}, "order_status", "must not be set: a payment or review changes no status");
      }
    } else if (status == v1::ORDER_STATUS_UNSPECIFIED) {
      Reject({}, "order_status", "is required");
    } else if (!v1::OrderStatus_IsValid(status)) {
      Reject({}, "order_status", fmt::format("is {}, which is no known status", status));
    }
  }

  void CheckDetails(const v1::OrderEvent& event) {
    switch (event.details_case()) {
      case v1::OrderEvent::DETAILS_NOT_SET:
        return Reject({}, "details",
                      "is required: one of placed, payment, approved, shipped, delivered, canceled, "
                      "status_changed, review");
      case v1::OrderEvent::kPlaced:
        return CheckPlaced(event.placed());
      case v1::OrderEvent::kPayment:
        return CheckPayment(event.payment());
      case v1::OrderEvent::kReview:
        return CheckReview(event.review());
      case v1::OrderEvent::kDelivered:
        return CheckDelivered(event);
      case v1::OrderEvent::kApproved:
      case v1::OrderEvent::kShipped:
      case v1::OrderEvent::kCanceled:
      case v1::OrderEvent::kStatusChanged:
        return;
    }
  }

  void CheckPlaced(const v1::Placed& placed) {
    if (placed.has_customer()) {
      const v1::Customer& customer = placed.customer();
      const Path path{"placed.customer"};
      CheckText(path, "customer_id", customer.customer_id());
      CheckText(path, "customer_unique_id", customer.customer_unique_id());
      CheckText(path, "zip_code_prefix", customer.zip_code_prefix());
      CheckText(path, "state", customer.state());
    } else {
      Reject({"placed"}, "customer", "is required");
    }
    CheckTime({"placed"}, "estimated_delivery_time", placed.has_estimated_delivery_time(),
              placed.estimated_delivery_time(), kNoLatest);
    for (int index = 0; index < placed.items_size() && !full(); ++index) CheckItem(placed.items(index), index);
  }

  void CheckItem(const v1::Item& item, int index) {
    const Path path{"placed.items", index};
    CheckAtLeast(path, "order_item_id", item.order_item_id(), 1);
    CheckText(path, "product_id", item.product_id());
    CheckText(path, "seller_id", item.seller_id());
    if (item.has_shipping_limit_time()) {
      CheckTime(path, "shipping_limit_time", true, item.shipping_limit_time(), kNoLatest);
    }
    CheckMoney(path, "price_cents", item.price_cents());
    CheckMoney(path, "freight_cents", item.freight_cents());
  }

  void CheckPayment(const v1::Payment& payment) {
    const Path path{"payment"};
    CheckAtLeast(path, "payment_sequential", payment.payment_sequential(), 1);
    if (payment.payment_type() == v1::PAYMENT_TYPE_UNSPECIFIED) {
      Reject(path, "payment_type", "is required");
    } else if (!v1::PaymentType_IsValid(payment.payment_type())) {
      Reject(path, "payment_type",
             fmt::format("is {}, which is no known type", static_cast<int>(payment.payment_type())));
    }
    if (payment.has_installments()) CheckAtLeast(path, "installments", payment.installments(), 0);
    CheckMoney(path, "value_cents", payment.value_cents());
  }

  void CheckReview(const v1::Review& review) {
    constexpr int kBest = 5;
    const Path path{"review"};
    CheckText(path, "review_id", review.review_id());
    if (review.score() < 1 || review.score() > kBest) {
      Reject(path, "score", fmt::format("is {}; 1 to {} is allowed", review.score(), kBest));
    }
    CheckTime(path, "creation_time", review.has_creation_time(), review.creation_time(), kNoLatest);
    if (review.has_answer_time()) CheckTime(path, "answer_time", true, review.answer_time(), kNoLatest);
  }

  void CheckDelivered(const v1::OrderEvent& event) {
    const Timestamp& delivered = event.event_time();
    const Timestamp& purchased = event.order_purchase_time();
    const bool before = delivered.seconds() < purchased.seconds() ||
                        (delivered.seconds() == purchased.seconds() && delivered.nanos() < purchased.nanos());
    if (event.has_event_time() && event.has_order_purchase_time() && before) {
      Reject({}, "event_time", "is before order_purchase_time: nothing is delivered before it is bought");
    }
  }

  void CheckText(Path path, std::string_view field, const std::string& text) {
    if (text.empty()) Reject(path, field, "is required");
  }

  void CheckAtLeast(Path path, std::string_view field, std::int32_t value, std::int32_t least) {
    if (value < least) Reject(path, field, fmt::format("is {}; at least {} is allowed", value, least));
  }

  void CheckMoney(Path path, std::string_view field, std::int64_t cents) {
    if (cents < 0 || cents > kMaxCents) {
      Reject(path, field, fmt::format("is {}; 0 to 999,999,999,999 is allowed", cents));
    }
  }

  void CheckTime(Path path, std::string_view field, bool is_set, const Timestamp& time, std::int64_t latest) {
    if (!is_set) {
      Reject(path, field, "is required");
    } else if (time.seconds() < kFirstSecond || time.seconds() > kLastSecond || time.nanos() < 0 ||
               time.nanos() > kLastNano) {
      Reject(path, field, "is no time between the years 1 and 9999");
    } else if (time.seconds() > latest) {
      Reject(path, field, "is more than a day ahead of the server's clock");
    }
  }

  void Reject(Path path, std::string_view field, std::string description) {
    if (!full()) violations_.push_back({path.To(field), std::move(description)});
  }

  [[nodiscard]] bool full() const { return violations_.size() == kMaxViolations; }

  const std::int64_t latest_;
  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> Validate(const v1::OrderEvent& event, std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  return Validator(seconds.count()).Check(event);
}

}  // namespace keystone::ingest
