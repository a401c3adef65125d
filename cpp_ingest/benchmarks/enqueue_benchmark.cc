// From an event's bytes to its place in the producer's queue, on a mock cluster in the same process.
#include <benchmark/benchmark.h>

#include <thread>

#include "event_decoder.h"
#include "event_factory.h"
#include "event_slices.h"
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

void Submit(benchmark::State& state) {
  static Fixture fixture;
  const auto batch_events = static_cast<std::size_t>(state.range(0));
  loadgen::EventFactory factory(1);
  const CallInfo call{fixture.ingestor.schema_id(), {}};
  std::vector<std::string> bytes(batch_events);
  std::vector<std::string_view> events(batch_events);
  for (auto _ : state) {
    state.PauseTiming();
    while (fixture.ingestor.budget().events() > fixture.limits.pending_events / 2) std::this_thread::yield();
    for (std::size_t i = 0; i < batch_events; ++i) {
      bytes[i] = factory.Next();
      events[i] = bytes[i];
    }
    auto* batch = new SilentBatch(Method::kBatch, batch_events, fixture.metrics, fixture.ingestor.budget());
    state.ResumeTiming();
    fixture.ingestor.Submit(*fixture.producer, call, events, *batch);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  while (fixture.ingestor.budget().events() > 0) std::this_thread::yield();
}
BENCHMARK(Submit)->Arg(1)->Arg(100);

}  // namespace
}  // namespace keystone::ingest

BENCHMARK_MAIN();
