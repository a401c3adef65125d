#pragma once

#include <istream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace keystone::ingest {

using Properties = std::vector<std::pair<std::string, std::string>>;

// Reads librdkafka properties, one `key=value` a line; `#` begins a comment line. The alternative is what is wrong with
// which line. Values never appear in it, as they may be secrets.
std::variant<Properties, std::string> ReadProperties(std::istream& lines);

// A property that would break the promise behind an acknowledgement, said in a sentence; empty when all is well.
std::string ForbiddenProperty(const Properties& properties);

}  // namespace keystone::ingest
