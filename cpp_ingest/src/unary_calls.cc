#include "unary_calls.h"

#include <memory>

#include "answers.h"
#include "error_status.h"

namespace keystone::ingest {

void UnaryCall::OnSettled() {
  grpc::Status status = Answer(response_);
  if (ingestor_.answers().TryTake(response_.Length())) {
    answer_bytes_ = response_.Length();
  } else {
    response_.Clear();
    ingestor_.metrics().answers_lost().Increment();
    status = AnswerLost();
  }
  Finish(status);  // may be the end of this object
}

void UnaryCall::OnDone() {
  const std::unique_ptr<UnaryCall> self(this);
  ingestor_.answers().GiveBack(answer_bytes_);
  open_calls_.Leave();
}

grpc::Status IngestCall::Answer(grpc::ByteBuffer& response) {
  const Delivery& delivery = deliveries().front();
  if (delivery.outcome != v1::OUTCOME_ACKNOWLEDGED) return StatusOf(delivery);
  v1::IngestResponse answer;
  answer.set_partition(delivery.partition);
  answer.set_offset(delivery.offset);
  response = ToByteBuffer(answer);
  return grpc::Status::OK;
}

grpc::Status IngestBatchCall::Answer(grpc::ByteBuffer& response) {
  v1::IngestBatchResponse answer;
  FillAnswer(deliveries(), answer);
  response = ToByteBuffer(answer);
  return grpc::Status::OK;
}

}  // namespace keystone::ingest
