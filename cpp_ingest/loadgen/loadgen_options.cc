#include "loadgen_options.h"

#include <CLI/CLI.hpp>
#include <map>
#include <sstream>

namespace keystone::loadgen {

std::variant<LoadOptions, LoadExit> ParseLoadOptions(int argc, const char* const* argv) {
  LoadOptions options;
  const std::map<std::string, Mode> modes{{"unary", Mode::kUnary}, {"batch", Mode::kBatch}, {"stream", Mode::kStream}};
  CLI::App app{"Sends order events to keystone-ingest and measures how they are acknowledged.", "keystone-loadgen"};
  app.add_option("--target", options.target, "Server, HOST:PORT")
      ->envname("KEYSTONE_INGEST_ADDRESS")
      ->capture_default_str();
  app.add_option("--mode", options.mode, "unary, batch or stream")->transform(CLI::CheckedTransformer(modes));
  app.add_option("--in-flight", options.in_flight, "Closed loop: calls, or batches of a stream, at once")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--batch", options.batch_events, "Events in a batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--streams", options.streams, "Streams at once")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--connections", options.connections, "Connections")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rate", options.rate, "Open loop: events a second, timed from when they were due; 0: closed loop")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--warmup", options.warmup_seconds, "Seconds before that which do not count")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--events", options.events, "End after so many events; 0: by time alone")->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of the ids")->capture_default_str();
  app.add_option("--deadline", options.deadline_seconds, "Deadline of a call, in seconds")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--resend", options.resend, "Send again, with the same ids, what got no answer");
  app.add_option("--ack-log", options.ack_log, "File that the ids of acknowledged events are appended to");
  app.add_option("--tls-ca", options.tls_ca, "CA of the server (PEM): TLS")->check(CLI::ExistingFile);
  app.add_option("--tls-cert", options.tls_cert, "Own certificate (PEM): mTLS")->check(CLI::ExistingFile);
  app.add_option("--tls-key", options.tls_key, "Its key (PEM)")->check(CLI::ExistingFile);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {
    std::ostringstream text;
    app.exit(wanted, text, text);
    return LoadExit{0, text.str()};
  } catch (const CLI::ParseError& error) {
    return LoadExit{2, std::string("keystone-loadgen: ") + error.what() + '\n'};
  }
  if (options.mode == Mode::kUnary) options.batch_events = 1;
  return options;
}

}  // namespace keystone::loadgen
