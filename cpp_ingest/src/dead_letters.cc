#include "dead_letters.h"

#include "text.h"

namespace keystone::ingest {

void DeadLetters::Send(kafka::ProducerHandle& handle, const kafka::Record& record) {
  constexpr std::size_t kMaxReason = 1024;
  if (!budget_.TryTake(record.value.size())) {
    metrics_.dead_letters_lost().Increment();
    return;
  }
  kafka::Record letter = record;
  letter.reason = CutText(record.reason, kMaxReason);
  if (handle.ProduceDeadLetter(letter, this) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    budget_.GiveBack(record.value.size());
    metrics_.dead_letters_lost().Increment();
  }
}

void DeadLetters::OnDelivery(const rd_kafka_message_t& message) {
  budget_.GiveBack(message.len);
  const bool delivered = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
  (delivered ? metrics_.dead_letters_delivered() : metrics_.dead_letters_lost()).Increment();
}

}  // namespace keystone::ingest
