#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "keystone/ingest/v1/order_ingest_service.pb.h"
#include "validation.h"

namespace keystone::ingest {

// What a client is told of an event that was not acknowledged; its index is set when the answer is written.
using ProblemPtr = std::unique_ptr<v1::Problem>;

ProblemPtr InvalidProblem(std::string event_id, const std::vector<Violation>& violations);
ProblemPtr TooLargeProblem(std::string event_id, std::size_t bytes, std::size_t max_bytes);
ProblemPtr ThrottledProblem(std::string event_id, std::string message, std::chrono::milliseconds retry_after);
ProblemPtr KafkaProblem(v1::Outcome outcome, rd_kafka_resp_err_t error, std::string event_id);

// `field description; field description`.
std::string Describe(const std::vector<Violation>& violations);

// When to try again after the server, or its producer, was full.
inline constexpr std::chrono::milliseconds kRetryAfterFull{100};

}  // namespace keystone::ingest
