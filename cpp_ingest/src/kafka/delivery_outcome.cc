#include "delivery_outcome.h"

namespace keystone::ingest::kafka {

bool IsAuthorizationError(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

v1::Outcome OutcomeOfRefusal(rd_kafka_resp_err_t error) {
  if (IsAuthorizationError(error)) return v1::OUTCOME_REFUSED;
  switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return v1::OUTCOME_TOO_LARGE;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return v1::OUTCOME_THROTTLED;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return v1::OUTCOME_REFUSED;
    default:
      return v1::OUTCOME_NOT_PERSISTED;
  }
}

v1::Outcome OutcomeOfDelivery(rd_kafka_resp_err_t error, rd_kafka_msg_status_t status) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return v1::OUTCOME_ACKNOWLEDGED;
  // The broker said no: that is an answer, whatever librdkafka thinks of the attempts before.
  const v1::Outcome refused = OutcomeOfRefusal(error);
  if (refused != v1::OUTCOME_NOT_PERSISTED) return refused;
  return status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? v1::OUTCOME_NOT_PERSISTED : v1::OUTCOME_UNKNOWN;
}

}  // namespace keystone::ingest::kafka
