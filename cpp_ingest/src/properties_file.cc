#include "properties_file.h"

#include <fmt/format.h>

#include <string_view>

namespace keystone::ingest {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

std::variant<Properties, std::string> ReadProperties(std::istream& lines) {
  Properties properties;
  std::string raw;
  for (int number = 1; std::getline(lines, raw); ++number) {
    const std::string_view line = Trim(raw);
    if (line.empty() || line.front() == '#') continue;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || Trim(line.substr(0, equals)).empty()) {
      return fmt::format("line {} is not of the form key=value", number);
    }
    properties.emplace_back(Trim(line.substr(0, equals)), Trim(line.substr(equals + 1)));
  }
  return properties;
}

std::string ForbiddenProperty(const Properties& properties) {
  for (const auto& [key, value] : properties) {
    if ((key == "acks" || key == "request.required.acks") && value != "all" && value != "-1") {
      return fmt::format("{} must be all: an acknowledgement means that every replica in sync has the event", key);
    }
    if (key == "enable.idempotence" && value != "true") {
      return "enable.idempotence must be true: librdkafka's own retries would double events";
    }
    if (key == "transactional.id") return "transactional.id cannot be used: the server has no transactions";
  }
  return {};
}

}  // namespace keystone::ingest
