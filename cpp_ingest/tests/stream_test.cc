#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "client.h"
#include "test_server.h"

namespace keystone::ingest {
namespace {

using testing::Client;
using ::testing::Each;
using testing::Eventually;
using testing::FreshEvent;
using ::testing::HasSubstr;
using testing::TestServer;

v1::IngestStreamRequest BatchOf(std::uint64_t sequence, int events) {
  v1::IngestStreamRequest request;
  request.set_sequence(sequence);
  for (int i = 0; i < events; ++i) *request.add_events() = FreshEvent(static_cast<int>(sequence) * events + i);
  return request;
}

TEST(IngestStream, AnswersEveryBatchBeforeItsEnd) {
  TestServer server;
  Client client(server.Connect());
  grpc::ClientContext context;
  Client::SetDeadline(context);
  const auto stream = client.stub().IngestStream(&context);
  for (std::uint64_t sequence = 0; sequence < 20; ++sequence) ASSERT_TRUE(stream->Write(BatchOf(sequence, 5)));
  stream->WritesDone();  // half-closed before an answer was read
  std::set<std::uint64_t> answered;
  v1::IngestStreamResponse response;
  while (stream->Read(&response)) {
    EXPECT_EQ(response.outcomes_size(), 5);
    EXPECT_THAT(response.outcomes(), Each(v1::OUTCOME_ACKNOWLEDGED));
    answered.insert(response.sequence());
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered.size(), 20U);
}

TEST(IngestStream, ThatIsClosedAtOnceEndsWell) {
  TestServer server;
  Client client(server.Connect());
  grpc::ClientContext context;
  const auto stream = client.stub().IngestStream(&context);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(IngestStream, EndsOnAnEmptyBatchAfterAnsweringThoseBefore) {
  TestServer server;
  Client client(server.Connect());
  grpc::ClientContext context;
  Client::SetDeadline(context);
  const auto stream = client.stub().IngestStream(&context);
  stream->Write(BatchOf(1, 2));
  stream->Write(BatchOf(2, 0));
  v1::IngestStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.sequence(), 1U);
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("batch 2"));
}

TEST(IngestStream, IsNotReadFromWhileItsClientDoesNotRead) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "megabytes of answers take minutes under the thread sanitizer";
#endif
  constexpr std::size_t kWindow = 500;
  constexpr int kBatchEvents = 10;
  constexpr std::uint64_t kBatches = 800;
  TestServer server([](Options& options) { options.limits.stream_window_events = kWindow; });
  Client client(server.Connect());
  grpc::ClientContext context;
  Client::SetDeadline(context);
  const auto stream = client.stub().IngestStream(&context);
  // Invalid events have long answers, which fill gRPC's own buffers soon.
  std::jthread writer([&stream] {
    for (std::uint64_t sequence = 0; sequence < kBatches; ++sequence) {
      v1::IngestStreamRequest request = BatchOf(sequence, kBatchEvents);
      for (auto& event : *request.mutable_events()) {
        for (int item = 0; item < 10; ++item) event.mutable_placed()->add_items();
      }
      if (!stream->Write(request)) return;
    }
    stream->WritesDone();
  });
  double seen = -1;
  EXPECT_TRUE(Eventually([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return seen == std::exchange(seen, server.metrics().received().Value());
  })) << "the server still reads";
  EXPECT_LT(seen, kBatches * kBatchEvents / 2) << "and it stopped before the end";
  RecordProperty("events_read", static_cast<int>(seen));
  std::uint64_t answered = 0;
  v1::IngestStreamResponse response;
  while (stream->Read(&response)) ++answered;
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered, kBatches);
}

TEST(IngestStream, SurvivesAClientThatGoesAway) {
  TestServer server;
  Client client(server.Connect());
  rd_kafka_mock_broker_set_rtt(server.mock(), 1, 200);
  for (int round = 0; round < 5; ++round) {
    grpc::ClientContext context;
    const auto stream = client.stub().IngestStream(&context);
    stream->Write(BatchOf(1, 10));
    std::this_thread::sleep_for(std::chrono::milliseconds(20 * round));
    context.TryCancel();
    stream->Finish();
  }
  EXPECT_TRUE(Eventually([&] { return server.metrics().streams().Value() == 0; }));
}

TEST(IngestStream, IsAnsweredAndEndedWhenTheServerDrains) {
  TestServer server;
  Client client(server.Connect());
  rd_kafka_mock_broker_set_rtt(server.mock(), 1, 300);
  grpc::ClientContext context;
  Client::SetDeadline(context);
  const auto stream = client.stub().IngestStream(&context);
  stream->Write(BatchOf(1, 10));
  ASSERT_TRUE(Eventually([&] { return server.metrics().received().Value() == 10; }));
  std::jthread drain([&server] { server.Drain(); });
  v1::IngestStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_THAT(response.outcomes(), Each(v1::OUTCOME_ACKNOWLEDGED));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace keystone::ingest
