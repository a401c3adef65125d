#include "error_status.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "kafka/delivery_outcome.h"
#include "problems.h"

namespace keystone::ingest {
namespace {

constexpr auto kDomain = "ingest.keystone";

grpc::Status WithDetail(grpc::StatusCode code, const std::string& message, const google::protobuf::Message& detail) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  status.add_details()->PackFrom(detail);
  return {code, message, status.SerializeAsString()};
}

grpc::Status WithReason(grpc::StatusCode code, const std::string& message, const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(reason);
  return WithDetail(code, message, info);
}

grpc::Status Invalid(const v1::Problem& problem) {
  google::rpc::BadRequest details;
  for (const v1::FieldViolation& violation : problem.violations()) {
    auto* entry = details.add_field_violations();
    entry->set_field(violation.field());
    entry->set_description(violation.description());
  }
  return WithDetail(grpc::StatusCode::INVALID_ARGUMENT, problem.message(), details);
}

grpc::Status Throttled(const v1::Problem& problem) {
  constexpr std::int64_t kMillisecondsASecond = 1000;
  constexpr std::int32_t kNanosAMillisecond = 1'000'000;
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(problem.retry_after_ms() / kMillisecondsASecond);
  retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(problem.retry_after_ms() % kMillisecondsASecond) *
                                         kNanosAMillisecond);
  return WithDetail(grpc::StatusCode::RESOURCE_EXHAUSTED, problem.message(), retry);
}

}  // namespace

grpc::Status InvalidRequest(const std::string& field, const std::string& description) {
  google::rpc::BadRequest details;
  auto* violation = details.add_field_violations();
  violation->set_field(field);
  violation->set_description(description);
  return WithDetail(grpc::StatusCode::INVALID_ARGUMENT, description, details);
}

grpc::Status StatusOf(const Delivery& delivery) {
  const v1::Problem& problem = *delivery.problem;
  switch (delivery.outcome) {
    case v1::OUTCOME_INVALID:
      return Invalid(problem);
    case v1::OUTCOME_TOO_LARGE:
      return InvalidRequest("event", problem.message());
    case v1::OUTCOME_THROTTLED:
      return Throttled(problem);
    case v1::OUTCOME_NOT_PERSISTED:
      return WithReason(grpc::StatusCode::UNAVAILABLE, problem.message(), "NOT_PERSISTED");
    case v1::OUTCOME_REFUSED:
      return kafka::IsAuthorizationError(delivery.error)
                 ? WithReason(grpc::StatusCode::PERMISSION_DENIED, problem.message(), "TOPIC_FORBIDDEN")
                 : WithReason(grpc::StatusCode::FAILED_PRECONDITION, problem.message(), "TOPIC_MISSING");
    default:
      return WithReason(grpc::StatusCode::UNAVAILABLE, problem.message(), "OUTCOME_UNKNOWN");
  }
}

grpc::Status AnswerLost() {
  return WithReason(grpc::StatusCode::UNAVAILABLE,
                    "the answer was given up, as clients do not read what the server answers; send it again with the "
                    "same id",
                    "OUTCOME_UNKNOWN");
}

grpc::Status TooManyCalls() {
  return Throttled(*ThrottledProblem({}, "as many calls are open as there may be; again later", kRetryAfterFull));
}

grpc::Status GoingAway() {
  return WithReason(
      grpc::StatusCode::UNAVAILABLE,
      "the server is going away; what it did not answer it did not take: send it again, or to another one",
      "NOT_PERSISTED");
}

}  // namespace keystone::ingest
