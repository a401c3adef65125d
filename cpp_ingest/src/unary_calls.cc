#include "unary_calls.h"

#include "answers.h"
#include "error_status.h"

namespace keystone::ingest {

void IngestCall::OnSettled() {
  const Delivery& delivery = deliveries().front();
  if (delivery.outcome != v1::OUTCOME_ACKNOWLEDGED) {
    Finish(StatusOf(delivery));
    return;
  }
  v1::IngestResponse answer;
  answer.set_partition(delivery.partition);
  answer.set_offset(delivery.offset);
  response() = ToByteBuffer(answer);
  Finish(grpc::Status::OK);
}

void IngestBatchCall::OnSettled() {
  v1::IngestBatchResponse answer;
  FillAnswer(deliveries(), answer);
  response() = ToByteBuffer(answer);
  Finish(grpc::Status::OK);
}

}  // namespace keystone::ingest
