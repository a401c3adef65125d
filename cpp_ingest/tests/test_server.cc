#include "test_server.h"

#include <array>
#include <thread>

#include "event_decoder.h"
#include "schema_id.h"

namespace keystone::ingest::testing {
namespace {

constexpr std::int16_t kProduceApi = 0;

std::string HeaderOf(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  return {static_cast<const char*>(value), size};
}

}  // namespace

TestServer::TestServer(const std::function<void(Options&)>& change) {
  SilenceProtobufLog();
  options_.server.listen = "127.0.0.1:0";
  options_.server.max_memory_mib = 0;  // the process is the tests', whose memory is not the server's
  options_.kafka.brokers = mock_.bootstrap();
  options_.kafka.linger_ms = 0;
  options_.kafka.message_timeout_ms = 5000;
  options_.schema_id = BuiltInSchemaId();
  mock_.CreateTopic(options_.kafka.topic, 2);
  mock_.CreateTopic(options_.kafka.dead_letter_topic(), 1);
  if (change) change(options_);
  ingestor_.emplace(options_.limits, options_.schema_id, metrics_);
  producer_.emplace(options_.kafka, options_.limits,
                    kafka::Producer::Observer{
                        .on_state = [](kafka::KafkaState, const std::string&) {},
                        .on_restart = [this] { metrics_.producer_restarts().Increment(); },
                    });
  service_.emplace(*ingestor_, *producer_);
  server_.emplace(options_.server, options_.tls, options_.limits, *service_, metrics_);
  if (!server_->problem().empty()) throw std::runtime_error(server_->problem());
  if (!Eventually([this] { return producer_->answered(); })) throw std::runtime_error("the mock did not answer");
}

TestServer::~TestServer() { Drain(); }

void TestServer::Drain() {
  if (!server_) return;
  if (!service_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(1))) {
    producer_->Abandon();
    std::ignore = service_->Drain(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  }
  server_->Shutdown();
  server_.reset();
}

std::shared_ptr<grpc::Channel> TestServer::Connect() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), arguments);
}

void TestServer::FailNextProduce(rd_kafka_resp_err_t error) const {
  rd_kafka_mock_push_request_errors(mock_.get(), kProduceApi, 1, error);
}

std::vector<Consumed> TestServer::Consume(const std::string& topic, std::size_t records) const {
  std::array<char, 256> reason{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", mock_.bootstrap().c_str(), reason.data(), reason.size());
  rd_kafka_conf_set(conf, "group.id", "test", reason.data(), reason.size());
  const kafka::Handle consumer(rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size()));
  rd_kafka_poll_set_consumer(consumer.get());
  rd_kafka_topic_partition_list_t* partitions = rd_kafka_topic_partition_list_new(2);
  for (int partition = 0; partition < 2; ++partition) {
    rd_kafka_topic_partition_list_add(partitions, topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer.get(), partitions);
  rd_kafka_topic_partition_list_destroy(partitions);
  std::vector<Consumed> consumed;
  Eventually([&] {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer.get(), 100);
    if (message == nullptr) return false;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      consumed.push_back({{static_cast<const char*>(message->key), message->key_len},
                          {static_cast<const char*>(message->payload), message->len},
                          HeaderOf(*message, "keystone-schema-id"),
                          HeaderOf(*message, "reason")});
    }
    rd_kafka_message_destroy(message);
    return consumed.size() >= records;
  });
  rd_kafka_consumer_close(consumer.get());
  return consumed;
}

bool Eventually(const std::function<bool()>& condition, int seconds) {
  constexpr std::chrono::milliseconds kPause{10};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace keystone::ingest::testing
