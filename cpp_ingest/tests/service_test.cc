#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client.h"
#include "google/rpc/error_details.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "schema_id.h"
#include "test_server.h"

namespace keystone::ingest {
namespace {

using testing::Client;
using testing::DetailOf;
using ::testing::ElementsAre;
using testing::Eventually;
using testing::FreshEvent;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::TestServer;

constexpr auto kUnknownField = "\xA2\x06\x03new";  // field 100

std::string Delimited(const std::string& bytes) {
  std::string size;
  for (std::size_t rest = bytes.size(); true; rest >>= 7U) {
    const bool last = rest < 0x80U;
    size += static_cast<char>(last ? rest : (rest & 0x7FU) | 0x80U);
    if (last) break;
  }
  return "\x0A" + size + bytes;
}

TEST(Ingest, AcknowledgesWhatKafkaHolds) {
  TestServer server;
  Client client(server.Connect());
  v1::IngestResponse response;
  ASSERT_TRUE(client.Ingest(FreshEvent(), &response).ok());
  EXPECT_EQ(response.offset(), 0);
  const auto records = server.Consume(server.options().kafka.topic, 1);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].key, FreshEvent().order_id());
  EXPECT_EQ(records[0].schema_id, BuiltInSchemaId());
  EXPECT_EQ(server.metrics().accepted().Value(), 1);
}

TEST(Ingest, KeepsTheEventsOriginalBytes) {
  TestServer server;
  Client client(server.Connect());
  const std::string event = FreshEvent().SerializeAsString() + kUnknownField;
  ASSERT_TRUE(client.CallRaw("Ingest", Delimited(event)).ok());
  EXPECT_EQ(server.Consume(server.options().kafka.topic, 1).at(0).value, event);
}

TEST(Ingest, PassesTheCallsSchemaIdOn) {
  TestServer server;
  Client client(server.Connect());
  ASSERT_TRUE(client.Ingest(FreshEvent(), nullptr, "0b1f8a3e-7c55").ok());
  EXPECT_EQ(server.Consume(server.options().kafka.topic, 1).at(0).schema_id, "0b1f8a3e-7c55");
  const grpc::Status refused = client.Ingest(FreshEvent(), nullptr, "Not An Id");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(refused).field_violations(0).field(), "keystone-schema-id");
}

TEST(Ingest, RejectsTheInvalidFieldByFieldAndKeepsItAsDeadLetter) {
  TestServer server;
  Client client(server.Connect());
  v1::OrderEvent event = FreshEvent();
  event.mutable_placed()->mutable_items(2)->set_price_cents(-5);
  const grpc::Status status = client.Ingest(event);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto details = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(details.field_violations_size(), 1);
  EXPECT_EQ(details.field_violations(0).field(), "placed.items[2].price_cents");
  const auto letters = server.Consume(server.options().kafka.dead_letter_topic(), 1);
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].value, event.SerializeAsString());
  EXPECT_EQ(letters[0].key, event.order_id());
  EXPECT_THAT(letters[0].reason, HasSubstr("placed.items[2].price_cents is -5"));
  EXPECT_TRUE(Eventually([&] { return server.metrics().dead_letters_delivered().Value() == 1; }));
}

TEST(Ingest, RefusesMalformedAndEmptyRequestsWithAMessage) {
  TestServer server;
  Client client(server.Connect());
  const grpc::Status malformed = client.CallRaw("Ingest", "\xFF\xFF\xFF");
  EXPECT_EQ(malformed.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(malformed.error_message(), HasSubstr("not valid protobuf"));
  EXPECT_THAT(client.CallRaw("Ingest", "").error_message(), HasSubstr("event is required"));
  EXPECT_EQ(client.CallRaw("Ingest", Delimited("\xFF")).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(server.metrics().refused_requests().Value(), 2) << "the third was an event, and rejected as one";
}

TEST(Ingest, RefusesWhatIsTooLarge) {
  TestServer server([](Options& options) { options.limits = {.max_event_bytes = 2000, .max_request_bytes = 4000}; });
  Client client(server.Connect());
  v1::OrderEvent event = FreshEvent();
  event.mutable_placed()->mutable_customer()->set_city(std::string(2000, 'x'));
  EXPECT_THAT(client.Ingest(event).error_message(), HasSubstr("at most 2000"));
  event.mutable_placed()->mutable_customer()->set_city(std::string(5000, 'x'));
  EXPECT_THAT(client.Ingest(event).error_message(), HasSubstr("at most 4000"));
  event.mutable_placed()->mutable_customer()->set_city(std::string(50'000, 'x'));
  EXPECT_EQ(client.Ingest(event).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << "gRPC's own bound";
}

TEST(IngestBatch, GivesEachEventItsOutcome) {
  TestServer server;
  Client client(server.Connect());
  v1::OrderEvent broken_text = FreshEvent(3);
  std::string bad_text = broken_text.SerializeAsString();
  bad_text.replace(bad_text.find("sao paulo"), 1, "\xFF");
  v1::OrderEvent invalid = FreshEvent(4);
  invalid.clear_event_id();
  const std::string request = Delimited(FreshEvent(1).SerializeAsString()) + Delimited(bad_text) + Delimited("\xFF") +
                              Delimited(invalid.SerializeAsString()) + Delimited(FreshEvent(2).SerializeAsString());
  std::string answer;
  ASSERT_TRUE(client.CallRaw("IngestBatch", request, &answer).ok());
  v1::IngestBatchResponse response;
  ASSERT_TRUE(response.ParseFromString(answer));
  EXPECT_THAT(response.outcomes(), ElementsAre(v1::OUTCOME_ACKNOWLEDGED, v1::OUTCOME_INVALID, v1::OUTCOME_INVALID,
                                               v1::OUTCOME_INVALID, v1::OUTCOME_ACKNOWLEDGED));
  ASSERT_EQ(response.problems_size(), 3);
  EXPECT_EQ(response.problems(0).index(), 1U);
  EXPECT_EQ(response.problems(0).event_id(), broken_text.event_id());
  EXPECT_EQ(response.problems(0).violations(0).field(), "placed.customer.city");
  EXPECT_EQ(response.problems(2).violations(0).field(), "event_id");
  EXPECT_THAT(server.Consume(server.options().kafka.topic, 2), SizeIs(2));
  EXPECT_THAT(server.Consume(server.options().kafka.dead_letter_topic(), 3), SizeIs(3));
}

TEST(IngestBatch, RefusesNoneAndTooMany) {
  TestServer server([](Options& options) { options.limits.max_batch_events = 3; });
  Client client(server.Connect());
  v1::IngestBatchRequest request;
  v1::IngestBatchResponse response;
  EXPECT_EQ(client.IngestBatch(request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  for (int i = 0; i < 4; ++i) *request.add_events() = FreshEvent(i);
  EXPECT_THAT(client.IngestBatch(request, &response).error_message(), HasSubstr("more than 3"));
  request.mutable_events()->RemoveLast();
  EXPECT_TRUE(client.IngestBatch(request, &response).ok());
}

TEST(Reflection, IsThereInItsFirstVersionToo) {
  namespace reflection = grpc::reflection::v1;
  TestServer server;
  const auto stub = reflection::ServerReflection::NewStub(server.Connect());
  grpc::ClientContext context;
  Client::SetDeadline(context);
  const auto call = stub->ServerReflectionInfo(&context);
  const auto ask = [&call](const reflection::ServerReflectionRequest& request) {
    reflection::ServerReflectionResponse response;
    EXPECT_TRUE(call->Write(request) && call->Read(&response));
    return response;
  };
  reflection::ServerReflectionRequest request;
  request.set_list_services("");
  const auto list = ask(request).list_services_response();
  std::vector<std::string> names;
  for (const auto& service : list.service()) names.push_back(service.name());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("keystone.ingest.v1.OrderIngestService", "grpc.health.v1.Health",
                                                     "grpc.reflection.v1.ServerReflection",
                                                     "grpc.reflection.v1alpha.ServerReflection"));
  request.set_file_containing_symbol("keystone.ingest.v1.OrderIngestService.Ingest");
  const auto files = ask(request).file_descriptor_response();
  google::protobuf::DescriptorPool pool;
  for (int i = files.file_descriptor_proto_size() - 1; i >= 0; --i) {  // what a file imports comes behind it
    google::protobuf::FileDescriptorProto file;
    ASSERT_TRUE(file.ParseFromString(files.file_descriptor_proto(i)));
    ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();
  }
  EXPECT_NE(pool.FindMethodByName("keystone.ingest.v1.OrderIngestService.IngestStream"), nullptr);
  request.set_file_by_filename("keystone/ingest/v1/order_event.proto");
  EXPECT_GT(ask(request).file_descriptor_response().file_descriptor_proto_size(), 0);
  request.set_file_containing_symbol("no.Such");
  EXPECT_EQ(ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_all_extension_numbers_of_type("keystone.ingest.v1.OrderEvent");
  EXPECT_EQ(ask(request).all_extension_numbers_response().base_type_name(), "keystone.ingest.v1.OrderEvent");
  EXPECT_EQ(ask({}).error_response().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(call->WritesDone());
  EXPECT_TRUE(call->Finish().ok());
}

TEST(KafkaFailure, AnOversizeEventIsTooLarge) {
  TestServer server;
  Client client(server.Connect());
  server.FailNextProduce(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  EXPECT_EQ(client.Ingest(FreshEvent()).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(client.Ingest(FreshEvent()).ok());
}

TEST(KafkaFailure, AForbiddenTopicIsPermissionDenied) {
  TestServer server;
  Client client(server.Connect());
  server.FailNextProduce(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_EQ(client.Ingest(FreshEvent()).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST(KafkaFailure, AMissingTopicIsAFailedPrecondition) {
  TestServer server([](Options& options) { options.kafka.topic = "nowhere"; });
  EXPECT_EQ(server.producer().state(), kafka::KafkaState::kTopicMissing);
  Client client(server.Connect());
  const grpc::Status status = client.Ingest(FreshEvent());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status).reason(), "TOPIC_MISSING");
}

TEST(KafkaFailure, ABrokenConnectionIsRetried) {
  TestServer server;
  Client client(server.Connect());
  server.FailNextProduce(RD_KAFKA_RESP_ERR__TRANSPORT);
  EXPECT_TRUE(client.Ingest(FreshEvent()).ok());
}

TEST(KafkaFailure, WhatWasNeverSentIsNotPersisted) {
  TestServer server([](Options& options) { options.kafka.message_timeout_ms = 1000; });
  Client client(server.Connect());
  rd_kafka_mock_broker_set_down(server.mock(), 1);
  ASSERT_TRUE(Eventually([&] { return server.producer().state() == kafka::KafkaState::kUnreachable; }));
  const grpc::Status status = client.Ingest(FreshEvent());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status).reason(), "NOT_PERSISTED");
  rd_kafka_mock_broker_set_up(server.mock(), 1);
  EXPECT_TRUE(Eventually([&] { return client.Ingest(FreshEvent()).ok(); })) << "it heals by itself";
}

TEST(KafkaFailure, WhatWasSentWithoutAnAnswerIsUnknown) {
  TestServer server([](Options& options) { options.kafka.message_timeout_ms = 1000; });
  Client client(server.Connect());
  ASSERT_TRUE(client.Ingest(FreshEvent()).ok());
  rd_kafka_mock_broker_set_rtt(server.mock(), 1, 4000);
  const grpc::Status status = client.Ingest(FreshEvent());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status).reason(), "OUTCOME_UNKNOWN");
}

TEST(KafkaFailure, AFatalErrorReplacesTheProducer) {
  TestServer server;
  Client client(server.Connect());
  rd_kafka_test_fatal_error(server.producer().handle()->get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
  EXPECT_TRUE(Eventually([&] { return server.metrics().producer_restarts().Value() == 1; }));
  EXPECT_TRUE(Eventually([&] { return client.Ingest(FreshEvent()).ok(); }));
}

TEST(Backpressure, AFullServerSaysWhenToRetry) {
  TestServer server([](Options& options) { options.limits.pending_events = 2; });
  Client client(server.Connect());
  rd_kafka_mock_broker_set_rtt(server.mock(), 1, 300);
  v1::IngestBatchRequest request;
  for (int i = 0; i < 3; ++i) *request.add_events() = FreshEvent(i);
  v1::IngestBatchResponse response;
  ASSERT_TRUE(client.IngestBatch(request, &response).ok());
  EXPECT_THAT(response.outcomes(),
              ElementsAre(v1::OUTCOME_ACKNOWLEDGED, v1::OUTCOME_ACKNOWLEDGED, v1::OUTCOME_THROTTLED));
  EXPECT_GT(response.problems(0).retry_after_ms(), 0U);
  EXPECT_EQ(response.problems(0).index(), 2U);
}

TEST(Backpressure, AClientOverItsRateIsThrottled) {
  TestServer server([](Options& options) { options.limits.rate_per_identity = 1; });
  Client client(server.Connect());
  ASSERT_TRUE(client.Ingest(FreshEvent(1)).ok());
  const grpc::Status status = client.Ingest(FreshEvent(2));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto delay = DetailOf<google::rpc::RetryInfo>(status).retry_delay();
  EXPECT_GT(delay.seconds() * 1'000'000'000 + delay.nanos(), 0);
}

}  // namespace
}  // namespace keystone::ingest
