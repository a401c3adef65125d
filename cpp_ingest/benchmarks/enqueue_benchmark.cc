// From an event's bytes to its place in the producer's queue, on a mock cluster in the same process.
#include <benchmark/benchmark.h>

#include <thread>

#include "event_decoder.h"
#include "event_factory.h"
#include "histogram.h"
#include "ingestor.h"
#include "kafka/mock_cluster.h"
#include "schema_id.h"
#include "validation.h"

namespace keystone::ingest {
namespace {

// Nothing to answer.
class SilentBatch final : public Batch {
 public:
  using Batch::Batch;

 private:
  void OnSettled() override { delete this; }
};

struct Fixture {
  Fixture() {
    mock.CreateTopic(options.topic, 6);
    mock.CreateTopic(options.dead_letter_topic(), 1);
    options.brokers = mock.bootstrap();
    producer.emplace(options, limits, kafka::Producer::Observer{[](auto, const auto&) {}, [] {}});
    while (!producer->answered()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  kafka::MockCluster mock{1};
  KafkaOptions options;
  LimitOptions limits;
  Metrics metrics;
  Ingestor ingestor{limits, BuiltInSchemaId(), metrics};
  std::optional<kafka::Producer> producer;
};

void DecodeAndValidate(benchmark::State& state) {
  loadgen::EventFactory factory(1);
  EventDecoder decoder;
  const auto now = std::chrono::system_clock::now();
  for (auto _ : state) {
    const std::string_view event = factory.Next();
    benchmark::DoNotOptimize(decoder.Decode(event));
    benchmark::DoNotOptimize(Validate(decoder.event(), now));
    decoder.Reset();
  }
}
BENCHMARK(DecodeAndValidate);

// Timed by hand, one request at a time with the producer's queue kept short: what a request's handler takes, and not
// how fast the producer can be overrun. Divide by the events of a request.
void Submit(benchmark::State& state) {
  static Fixture fixture;
  constexpr std::size_t kShortQueue = 1000;
  const auto request_events = static_cast<std::size_t>(state.range(0));
  loadgen::EventFactory factory(1);
  const auto histogram = std::make_unique<loadgen::Histogram>();
  const CallInfo call{fixture.ingestor.schema_id(), {}};
  std::vector<std::string> bytes(request_events);
  std::vector<std::string_view> events(request_events);
  for (auto _ : state) {
    while (fixture.ingestor.budget().events() > kShortQueue) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (std::size_t i = 0; i < request_events; ++i) {
      bytes[i] = factory.Next();
      events[i] = bytes[i];
    }
    auto* batch = new SilentBatch(Method::kBatch, request_events, fixture.metrics, fixture.ingestor.budget());
    const auto start = std::chrono::steady_clock::now();
    fixture.ingestor.Submit(*fixture.producer, call, events, *batch);
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - start;
    histogram->Record(static_cast<std::uint64_t>(taken.count()));
    state.SetIterationTime(std::chrono::duration<double>(taken).count());
  }
  const auto per_event = [&](double share) {
    return static_cast<double>(histogram->Quantile(share)) / static_cast<double>(request_events);
  };
  state.counters["p50_ns_an_event"] = per_event(0.5);
  state.counters["p99_ns_an_event"] = per_event(0.99);
  while (fixture.ingestor.budget().events() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}
BENCHMARK(Submit)->Arg(1)->Arg(100)->UseManualTime();

}  // namespace
}  // namespace keystone::ingest

BENCHMARK_MAIN();
