#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "call_info.h"
#include "error_status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "kafka/delivery_outcome.h"
#include "logging.h"
#include "problems.h"
#include "text.h"

namespace keystone::ingest {
namespace {

using ::testing::HasSubstr;

constexpr auto kNot = RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
constexpr auto kPossibly = RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED;

TEST(DeliveryOutcome, FollowsErrorAndStatus) {
  using kafka::OutcomeOfDelivery;
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_MSG_STATUS_PERSISTED), v1::OUTCOME_ACKNOWLEDGED);
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, kNot), v1::OUTCOME_NOT_PERSISTED);
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, kPossibly), v1::OUTCOME_UNKNOWN);
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR__PURGE_QUEUE, kNot), v1::OUTCOME_NOT_PERSISTED);
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, kPossibly), v1::OUTCOME_UNKNOWN);
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, kNot), v1::OUTCOME_TOO_LARGE);
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, kNot), v1::OUTCOME_REFUSED);
  EXPECT_EQ(OutcomeOfDelivery(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, kNot), v1::OUTCOME_REFUSED);
}

TEST(DeliveryOutcome, OfWhatWasNotEvenQueued) {
  EXPECT_EQ(kafka::OutcomeOfRefusal(RD_KAFKA_RESP_ERR__QUEUE_FULL), v1::OUTCOME_THROTTLED);
  EXPECT_EQ(kafka::OutcomeOfRefusal(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), v1::OUTCOME_TOO_LARGE);
  EXPECT_EQ(kafka::OutcomeOfRefusal(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC), v1::OUTCOME_REFUSED);
  EXPECT_EQ(kafka::OutcomeOfRefusal(RD_KAFKA_RESP_ERR__FATAL), v1::OUTCOME_NOT_PERSISTED);
}

template <typename Detail>
Detail DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  Detail detail;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), status.error_code());
  EXPECT_EQ(details.message(), status.error_message());
  EXPECT_EQ(details.details_size(), 1);
  EXPECT_TRUE(details.details(0).UnpackTo(&detail));
  return detail;
}

grpc::Status StatusFor(v1::Outcome outcome, rd_kafka_resp_err_t error, ProblemPtr problem) {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.error = error;
  delivery.problem = std::move(problem);
  return StatusOf(delivery);
}

grpc::Status KafkaStatus(v1::Outcome outcome, rd_kafka_resp_err_t error) {
  return StatusFor(outcome, error, KafkaProblem(outcome, error, "id"));
}

TEST(ErrorStatus, InvalidHasAViolationForEachField) {
  const auto status = StatusFor(v1::OUTCOME_INVALID, RD_KAFKA_RESP_ERR_NO_ERROR,
                                InvalidProblem("id", {{"order_id", "is required"}, {"payment.value_cents", "is -1"}}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("order_id is required; payment.value_cents is -1"));
  const auto details = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(details.field_violations_size(), 2);
  EXPECT_EQ(details.field_violations(1).field(), "payment.value_cents");
}

TEST(ErrorStatus, ThrottledSaysWhenToRetry) {
  const auto status = StatusFor(v1::OUTCOME_THROTTLED, RD_KAFKA_RESP_ERR_NO_ERROR,
                                ThrottledProblem("id", "full", std::chrono::milliseconds(1500)));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto delay = DetailOf<google::rpc::RetryInfo>(status).retry_delay();
  EXPECT_EQ(delay.seconds(), 1);
  EXPECT_EQ(delay.nanos(), 500'000'000);
}

TEST(ErrorStatus, OfKafkasAnswers) {
  struct {
    v1::Outcome outcome;
    rd_kafka_resp_err_t error;
    grpc::StatusCode code;
    const char* reason;
  } const cases[] = {
      {v1::OUTCOME_NOT_PERSISTED, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, grpc::StatusCode::UNAVAILABLE, "NOT_PERSISTED"},
      {v1::OUTCOME_UNKNOWN, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, grpc::StatusCode::UNAVAILABLE, "OUTCOME_UNKNOWN"},
      {v1::OUTCOME_REFUSED, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, grpc::StatusCode::FAILED_PRECONDITION, "TOPIC_MISSING"},
      {v1::OUTCOME_REFUSED, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, grpc::StatusCode::PERMISSION_DENIED,
       "TOPIC_FORBIDDEN"},
  };
  for (const auto& example : cases) {
    const grpc::Status status = KafkaStatus(example.outcome, example.error);
    EXPECT_EQ(status.error_code(), example.code);
    EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status).reason(), example.reason);
  }
  EXPECT_EQ(KafkaStatus(v1::OUTCOME_TOO_LARGE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(KafkaStatus(v1::OUTCOME_THROTTLED, RD_KAFKA_RESP_ERR__QUEUE_FULL).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(CutText("abc", 10), "abc");
  EXPECT_EQ(CutText("ab\xC3\xA7", 3), "ab");
  EXPECT_EQ(CutText("ab\xC3\xA7", 4), "ab\xC3\xA7");
}

TEST(CallInfo, IdentitiesHaveNoPort) {
  EXPECT_EQ(WithoutPort("ipv4:10.0.0.1:4711"), "ipv4:10.0.0.1");
  EXPECT_EQ(WithoutPort("ipv6:%5B::1%5D:4711"), "ipv6:%5B::1%5D");
}

TEST(Logging, EscapesForJson) { EXPECT_EQ(EscapeJson("a\"b\\c\n\x01"), "a\\\"b\\\\c\\u000a\\u0001"); }

}  // namespace
}  // namespace keystone::ingest
