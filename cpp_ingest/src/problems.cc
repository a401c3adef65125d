#include "problems.h"

#include <fmt/format.h>

namespace keystone::ingest {
namespace {

ProblemPtr NewProblem(std::string event_id, std::string message) {
  auto problem = std::make_unique<v1::Problem>();
  problem->set_event_id(std::move(event_id));
  problem->set_message(std::move(message));
  return problem;
}

std::string_view Meaning(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_TOO_LARGE:
      return "larger than the broker takes";
    case v1::OUTCOME_THROTTLED:
      return "the producer's queue is full; send it again later";
    case v1::OUTCOME_NOT_PERSISTED:
      return "Kafka does not hold it; send it again";
    case v1::OUTCOME_UNKNOWN:
      return "Kafka may hold it; send it again with the same id";
    default:
      return "the topic does not exist or may not be written";
  }
}

}  // namespace

ProblemPtr InvalidProblem(std::string event_id, const std::vector<Violation>& violations) {
  auto problem = NewProblem(std::move(event_id), "the event is invalid: " + Describe(violations));
  for (const Violation& violation : violations) {
    auto* entry = problem->add_violations();
    entry->set_field(violation.field);
    entry->set_description(violation.description);
  }
  return problem;
}

ProblemPtr TooLargeProblem(std::string event_id, std::size_t bytes, std::size_t max_bytes) {
  return NewProblem(std::move(event_id), fmt::format("the event has {} bytes; at most {} are taken", bytes, max_bytes));
}

ProblemPtr ThrottledProblem(std::string event_id, std::string message, std::chrono::milliseconds retry_after) {
  auto problem = NewProblem(std::move(event_id), std::move(message));
  problem->set_retry_after_ms(static_cast<std::uint32_t>(retry_after.count()));
  return problem;
}

ProblemPtr KafkaProblem(v1::Outcome outcome, rd_kafka_resp_err_t error, std::string event_id) {
  auto problem = NewProblem(std::move(event_id), fmt::format("{} ({})", Meaning(outcome), rd_kafka_err2str(error)));
  if (outcome == v1::OUTCOME_THROTTLED) {
    problem->set_retry_after_ms(static_cast<std::uint32_t>(kRetryAfterFull.count()));
  }
  return problem;
}

std::string Describe(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& violation : violations) {
    if (!text.empty()) text += "; ";
    text += violation.field + ' ' + violation.description;
  }
  return text;
}

}  // namespace keystone::ingest
