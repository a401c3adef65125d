#pragma once

#include <librdkafka/rdkafka.h>

#include "keystone/ingest/v1/order_ingest_service.pb.h"

namespace keystone::ingest::kafka {

// What became of a message of which librdkafka reports `error` and `status`.
v1::Outcome OutcomeOfDelivery(rd_kafka_resp_err_t error, rd_kafka_msg_status_t status);

// What became of a message that librdkafka did not take.
v1::Outcome OutcomeOfRefusal(rd_kafka_resp_err_t error);

// Whether the error says that the broker forbids it.
bool IsAuthorizationError(rd_kafka_resp_err_t error);

}  // namespace keystone::ingest::kafka
