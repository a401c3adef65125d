#include "tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace keystone::loadgen {
namespace {

namespace v1 = ingest::v1;

std::string LabelOf(int outcome) {
  if (outcome == v1::OUTCOME_UNSPECIFIED) return "no_answer";
  std::string label = v1::Outcome_Name(static_cast<v1::Outcome>(outcome)).substr(std::string_view("OUTCOME_").size());
  std::transform(label.begin(), label.end(), label.begin(), [](unsigned char c) { return std::tolower(c); });
  return label;
}

}  // namespace

Tally::Tally(Clock::time_point counted_from, const std::string& ack_log) : counted_from_(counted_from) {
  if (!ack_log.empty()) ack_log_.open(ack_log, std::ios::app);
}

void Tally::Record(Clock::time_point due, const std::vector<std::string>& ids,
                   const std::vector<v1::Outcome>& outcomes) {
  const Clock::time_point now = Clock::now();
  std::size_t acknowledged = 0;
  for (const v1::Outcome outcome : outcomes) {
    outcomes_.at(v1::Outcome_IsValid(outcome) ? outcome : 0).fetch_add(1, std::memory_order_relaxed);
    if (outcome == v1::OUTCOME_ACKNOWLEDGED) ++acknowledged;
  }
  if (due >= counted_from_ && acknowledged > 0) {
    counted_acknowledged_.fetch_add(acknowledged, std::memory_order_relaxed);
    latency_.Record(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now - due).count()));
  }
  if (!logs_ids()) return;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < std::min(ids.size(), outcomes.size()); ++i) {
    if (outcomes[i] == v1::OUTCOME_ACKNOWLEDGED) ack_log_ << ids[i] << '\n';
  }
}

void Tally::RecordUnanswered(std::size_t events) {
  outcomes_[v1::OUTCOME_UNSPECIFIED].fetch_add(events, std::memory_order_relaxed);
}

std::string Tally::Report(Clock::time_point end) const {
  constexpr double kNanosAMicro = 1000;
  const double seconds = std::chrono::duration<double>(end - counted_from_).count();
  std::string counts;
  for (int outcome = 1; outcome <= v1::Outcome_ARRAYSIZE; ++outcome) {
    const int index = outcome % v1::Outcome_ARRAYSIZE;  // those without an answer last
    counts += fmt::format(R"({}"{}": {})", counts.empty() ? "" : ", ", LabelOf(index), outcomes_.at(index).load());
  }
  const auto micros = [this](double share) { return static_cast<double>(latency_.Quantile(share)) / kNanosAMicro; };
  return fmt::format(R"({{"outcomes": {{{}}}, "seconds": {:.3f}, "events_per_second": {:.1f}, "latency_us": )"
                     R"({{"p50": {:.1f}, "p90": {:.1f}, "p99": {:.1f}, "p99.9": {:.1f}, "max": {:.1f}}}}})",
                     counts, seconds, static_cast<double>(counted_acknowledged_.load()) / seconds, micros(0.5),
                     micros(0.9), micros(0.99), micros(0.999), static_cast<double>(latency_.Max()) / kNanosAMicro);
}

}  // namespace keystone::loadgen
