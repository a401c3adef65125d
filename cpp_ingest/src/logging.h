#pragma once

#include <spdlog/common.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace keystone::ingest {

// One JSON object a line on stderr, written by a thread of its own: who logs never waits, and when nobody reads stderr
// the oldest lines are lost rather than the server stopped.
void StartLogging(const std::string& level);
void StopLogging();

struct LogField {
  std::string_view key;
  std::string value;
};

void Log(spdlog::level::level_enum level, std::string_view message, std::initializer_list<LogField> fields = {});

// For what may come in floods: a few lines a second, and the next line says how many were left out.
void LogOften(spdlog::level::level_enum level, std::string_view message, std::initializer_list<LogField> fields = {});

// The text as the inside of a JSON string.
std::string EscapeJson(std::string_view text);

}  // namespace keystone::ingest
