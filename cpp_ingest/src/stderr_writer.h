#pragma once

#include <string_view>

namespace keystone::ingest {

// Writes a line to stderr unless that would wait: a pipe that nobody reads loses lines, and an end of the process is
// not held up by it.
void WriteToStderr(std::string_view line);

}  // namespace keystone::ingest
