#include "kafka/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "options.h"
#include "properties_file.h"
#include "schema_id.h"
#include "scratch_directory.h"

namespace keystone::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

std::variant<Options, Exit> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "keystone-ingest");
  return ParseOptions(static_cast<int>(arguments.size()), arguments.data());
}

Options Parsed(const std::vector<const char*>& arguments) { return std::get<Options>(Parse(arguments)); }

Exit Refused(const std::vector<const char*>& arguments) { return std::get<Exit>(Parse(arguments)); }

std::string ValueOf(const kafka::Conf& conf, const char* key) {
  std::array<char, 512> value{};
  std::size_t size = value.size();
  return rd_kafka_conf_get(conf.get(), key, value.data(), &size) == RD_KAFKA_CONF_OK ? value.data() : "?";
}

TEST(Options, HaveTheirDefaults) {
  const Options options = Parsed({"--kafka-brokers", "b:9092"});
  EXPECT_EQ(options.server.listen, "127.0.0.1:50051");
  EXPECT_EQ(options.kafka.topic, "keystone.order-events.v1");
  EXPECT_EQ(options.kafka.dead_letter_topic(), "keystone.order-events.v1.dlq");
  EXPECT_EQ(options.schema_id, BuiltInSchemaId());
}

TEST(Options, ComeFromTheEnvironment) {
  setenv("KEYSTONE_KAFKA_BROKERS", "b1:9092,b2:9092", 1);
  setenv("KEYSTONE_KAFKA_TOPIC", "orders", 1);
  setenv("KEYSTONE_INGEST_ADDRESS", "0.0.0.0:0", 1);
  setenv("KEYSTONE_SCHEMA_ID", "abc-123", 1);
  const Options options = Parsed({});
  const Options overridden = Parsed({"--kafka-topic", "flagged"});
  for (const char* name :
       {"KEYSTONE_KAFKA_BROKERS", "KEYSTONE_KAFKA_TOPIC", "KEYSTONE_INGEST_ADDRESS", "KEYSTONE_SCHEMA_ID"}) {
    unsetenv(name);
  }
  EXPECT_EQ(options.kafka.brokers, "b1:9092,b2:9092");
  EXPECT_EQ(options.kafka.topic, "orders");
  EXPECT_EQ(options.server.listen, "0.0.0.0:0");
  EXPECT_EQ(options.schema_id, "abc-123");
  EXPECT_EQ(overridden.kafka.topic, "flagged");
}

TEST(Options, ThatAreWrongEndWithTwoAndSayWhich) {
  struct {
    std::vector<const char*> arguments;
    const char* says;
  } const cases[] = {
      {{}, "KEYSTONE_KAFKA_BROKERS"},
      {{"--mock-kafka", "1", "--listen", "nowhere"}, "--listen"},
      {{"--mock-kafka", "1", "--listen", "h:70000"}, "65535"},
      {{"--mock-kafka", "1", "--no-such-flag"}, "--no-such-flag"},
      {{"--mock-kafka", "0"}, "--mock-kafka"},
      {{"--mock-kafka", "1", "--linger-ms", "soon"}, "--linger-ms"},
      {{"--mock-kafka", "1", "--kafka-topic", "white space"}, "--kafka-topic"},
      {{"--mock-kafka", "1", "--schema-id", "XYZ"}, "--schema-id"},
      {{"--mock-kafka", "1", "--tls-cert", "/nowhere.pem"}, "--tls-cert"},
      {{"--mock-kafka", "1", "--kafka-config", "/nowhere"}, "/nowhere cannot be read"},
      {{"--mock-kafka", "1", "--max-event-bytes", "9000000"}, "--max-request-bytes"},
  };
  for (const auto& example : cases) {
    const Exit exit = Refused(example.arguments);
    EXPECT_EQ(exit.code, 2);
    EXPECT_THAT(exit.text, HasSubstr(example.says));
  }
}

TEST(Options, HelpAndTheSchemasIdAreNoErrors) {
  EXPECT_EQ(Refused({"--help"}).code, 0);
  const Exit printed = Refused({"--print-schema-id"});
  EXPECT_EQ(printed.code, 0);
  EXPECT_EQ(printed.text, BuiltInSchemaId() + "\n");
}

TEST(Options, BrokersMayStandInTheKafkaFile) {
  const testing::ScratchDirectory scratch;
  const std::string file = scratch.Write("kafka.properties", "bootstrap.servers=b:9093\n");
  EXPECT_EQ(Parsed({"--kafka-config", file.c_str()}).kafka.brokers, "b:9093");
}

TEST(Properties, AreReadLineByLine) {
  std::istringstream lines("# comment\r\n\n security.protocol = SASL_SSL\r\nsasl.password=a=b # c\n");
  EXPECT_THAT(std::get<Properties>(ReadProperties(lines)),
              ElementsAre(Pair("security.protocol", "SASL_SSL"), Pair("sasl.password", "a=b # c")));
}

TEST(Properties, ThatAreNoneAreNamedByLineAndNotByContent) {
  std::istringstream lines("a=b\nmy secret\n");
  const auto problem = std::get<std::string>(ReadProperties(lines));
  EXPECT_THAT(problem, HasSubstr("line 2"));
  EXPECT_THAT(problem, Not(HasSubstr("secret")));
}

TEST(Properties, ThatBreakThePromiseAreForbidden) {
  EXPECT_THAT(ForbiddenProperty({{"acks", "1"}}), HasSubstr("acks"));
  EXPECT_THAT(ForbiddenProperty({{"enable.idempotence", "false"}}), HasSubstr("enable.idempotence"));
  EXPECT_THAT(ForbiddenProperty({{"transactional.id", "x"}}), HasSubstr("transactional.id"));
  EXPECT_THAT(ForbiddenProperty({{"acks", "all"}, {"enable.idempotence", "true"}}), IsEmpty());
}

TEST(ProducerConf, IsIdempotentWhateverElseIsSet) {
  KafkaOptions options;
  options.brokers = "b:9092";
  options.properties = {{"linger.ms", "50"}, {"message.timeout.ms", "3000"}};
  options.message_timeout_ms = 4000;
  const kafka::Conf conf = kafka::MakeProducerConf(options, {});
  EXPECT_EQ(ValueOf(conf, "enable.idempotence"), "true");
  EXPECT_EQ(ValueOf(conf, "linger.ms"), "50") << "the file goes before the default";
  EXPECT_EQ(ValueOf(conf, "message.timeout.ms"), "4000") << "a flag goes before the file";
  EXPECT_EQ(ValueOf(conf, "reconnect.backoff.max.ms"), "500");
  EXPECT_EQ(ValueOf(conf, "acks"), "-1");
}

TEST(ProducerConf, RefusesABadPropertyWithoutItsValue) {
  KafkaOptions options;
  options.brokers = "b:9092";
  options.properties = {{"security.protocol", "my-secret"}};
  try {
    kafka::MakeProducerConf(options, {});
    FAIL() << "it was taken";
  } catch (const kafka::ConfigurationError& error) {
    EXPECT_THAT(error.what(), HasSubstr("security.protocol"));
    EXPECT_THAT(error.what(), Not(HasSubstr("my-secret")));
  }
  options.properties = {{"no.such", "x"}};
  EXPECT_THROW(kafka::MakeProducerConf(options, {}), kafka::ConfigurationError);
}

TEST(SchemaId, IsThirtyTwoHexadecimalDigits) {
  EXPECT_EQ(BuiltInSchemaId().size(), 32U);
  EXPECT_TRUE(IsSchemaId(BuiltInSchemaId()));
  EXPECT_TRUE(IsSchemaId("0b1f8a3e-7c55-4c1d-9f0a-3a2f5b6c7d8e"));
  EXPECT_FALSE(IsSchemaId(""));
  EXPECT_FALSE(IsSchemaId("ABC"));
  EXPECT_FALSE(IsSchemaId(std::string(65, 'a')));
}

TEST(Options, MemoryFollowsFromTheOtherLimits) {
  const auto read = [](std::vector<const char*> more) {
    std::vector<const char*> arguments{"keystone-ingest", "--mock-kafka", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ParseOptions(static_cast<int>(arguments.size()), arguments.data());
  };
  EXPECT_EQ(std::get<Options>(read({})).server.max_memory_mib, 192U);
  EXPECT_EQ(std::get<Options>(read({"--max-pending-bytes", "1073741824"})).server.max_memory_mib, 1152U);
  EXPECT_EQ(std::get<Options>(read({"--max-memory-mib", "0"})).server.max_memory_mib, 0U);
  EXPECT_EQ(std::get<Exit>(read({"--max-memory-mib", "5"})).code, 2);
}

TEST(Options, BrokersAreMoreThanCommas) {
  for (const char* brokers : {",,", ", ,"}) {
    const std::array<const char*, 3> arguments{"keystone-ingest", "--kafka-brokers", brokers};
    const auto parsed = ParseOptions(static_cast<int>(arguments.size()), arguments.data());
    ASSERT_TRUE(std::holds_alternative<Exit>(parsed)) << brokers;
    EXPECT_EQ(std::get<Exit>(parsed).code, 2);
  }
}

}  // namespace
}  // namespace keystone::ingest
