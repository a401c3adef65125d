#include <gtest/gtest.h>

#include "child_process.h"
#include "client.h"
#include "test_server.h"

namespace keystone::ingest {
namespace {

using testing::ChildProcess;
using testing::Client;
using testing::Eventually;
using testing::FreshEvent;
using testing::TestServer;

// grpc.health.v1's answer, whose field 1 is the status.
std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  Client::SetDeadline(context);
  grpc::CompletionQueue queue;
  grpc::ByteBuffer response;
  grpc::Status status;
  const std::string service = "keystone.ingest.v1.OrderIngestService";
  const grpc::Slice slice("\x0A" + std::string(1, static_cast<char>(service.size())) + service);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::GenericStub stub(channel);
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Slice whole;
  if (!status.ok() || !response.DumpToSingleSlice(&whole).ok()) return "no answer: " + status.error_message();
  const std::string_view bytes(reinterpret_cast<const char*>(whole.begin()), whole.size());
  return bytes == std::string_view("\x08\x01")   ? "SERVING"
         : bytes == std::string_view("\x08\x02") ? "NOT_SERVING"
                                                 : "?";
}

// A cluster whose broker this test can stop, and a server process on it.
TEST(Health, FollowsKafka) {
  TestServer cluster;
  ChildProcess server({"--kafka-brokers", cluster.options().kafka.brokers, "--listen", "127.0.0.1:0"});
  const auto channel = grpc::CreateChannel(server.ReadyAddress(), grpc::InsecureChannelCredentials());
  EXPECT_EQ(HealthOf(channel), "SERVING");
  rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  EXPECT_TRUE(Eventually([&] { return HealthOf(channel) == "NOT_SERVING"; }));
  rd_kafka_mock_broker_set_up(cluster.mock(), 1);
  EXPECT_TRUE(Eventually([&] { return HealthOf(channel) == "SERVING"; }));
  EXPECT_EQ(server.Terminate(), 0);
}

TEST(Health, IsProbedByTheProgramItself) {
  TestServer cluster;
  ChildProcess server({"--kafka-brokers", cluster.options().kafka.brokers, "--listen", "127.0.0.1:0"});
  EXPECT_EQ(ChildProcess({"--probe", "--listen", server.ReadyAddress()}).Wait(), 0);
  rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  const auto channel = grpc::CreateChannel(server.ReadyAddress(), grpc::InsecureChannelCredentials());
  ASSERT_TRUE(Eventually([&] { return HealthOf(channel) == "NOT_SERVING"; }));
  ChildProcess told({"--probe", "--listen", server.ReadyAddress()});
  EXPECT_EQ(told.Wait(), 3);
  EXPECT_NE(told.errors().find("says that it is NOT_SERVING"), std::string::npos);
  EXPECT_EQ(server.Terminate(), 0);
  ChildProcess gone({"--probe", "--listen", server.ReadyAddress()});
  EXPECT_EQ(gone.Wait(), 3);
  EXPECT_NE(gone.errors().find("does not answer"), std::string::npos);
}

TEST(Process, PrintsOneLineAndDrains) {
  ChildProcess server({"--mock-kafka", "1", "--listen", "127.0.0.1:0"});
  Client client(grpc::CreateChannel(server.ReadyAddress(), grpc::InsecureChannelCredentials()));
  EXPECT_TRUE(client.Ingest(FreshEvent()).ok());
  EXPECT_EQ(server.Terminate(), 0);
  EXPECT_EQ(server.output().find("keystone-ingest listening on 127.0.0.1:"), 0U);
  EXPECT_EQ(std::count(server.output().begin(), server.output().end(), '\n'), 1);
}

TEST(Process, GivesUpOnAKafkaThatDoesNotAnswer) {
  ChildProcess server({"--kafka-brokers", "127.0.0.1:1", "--listen", "127.0.0.1:0", "--wait-for-kafka", "1"});
  EXPECT_EQ(server.Wait(), 3);
  EXPECT_NE(server.errors().find("keystone-ingest: Kafka at 127.0.0.1:1 did not answer within 1 s: "),
            std::string::npos);
  EXPECT_NE(server.errors().find("Connection refused"), std::string::npos);
}

TEST(Process, DoesNotShareAPort) {
  ChildProcess first({"--mock-kafka", "1", "--listen", "127.0.0.1:0"});
  ChildProcess second({"--mock-kafka", "1", "--listen", first.ReadyAddress()});
  EXPECT_EQ(second.Wait(), 3);
  EXPECT_NE(second.errors().find("cannot listen on " + first.ReadyAddress()), std::string::npos);
  EXPECT_EQ(first.Terminate(), 0);
}

TEST(Process, RefusesAWrongConfigurationWithTwo) {
  ChildProcess server({"--mock-kafka", "1", "--no-such-flag"});
  EXPECT_EQ(server.Wait(), 2);
}

TEST(Process, GoesOnWhenNobodyReadsItsLog) {
  ChildProcess server({"--mock-kafka", "1", "--listen", "127.0.0.1:0", "--log-level", "debug"},
                      ChildProcess::Stderr::kFullPipe);
  Client client(grpc::CreateChannel(server.ReadyAddress(), grpc::InsecureChannelCredentials()));
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(client.Ingest(FreshEvent(i)).ok());
    std::string bad = FreshEvent(i).SerializeAsString();
    bad.replace(bad.find("sao paulo"), 1, "\xFF");
    EXPECT_FALSE(client.CallRaw("Ingest", "\x0A" + bad).ok());
  }
  EXPECT_EQ(server.Terminate(), 0);
}

}  // namespace
}  // namespace keystone::ingest
