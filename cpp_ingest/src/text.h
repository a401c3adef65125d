#pragma once

#include <cstddef>
#include <string_view>

namespace keystone::ingest {

// Five groups of lower-case hexadecimal digits: 8-4-4-4-12. Lower case alone, so that an id has one spelling.
bool IsCanonicalUuid(std::string_view text);

// Characters of UTF-8 text.
std::size_t CharactersIn(std::string_view text);

// Whether UTF-8 text has one of C0, DEL or C1.
bool HasControlCharacter(std::string_view text);

// The text without a cut character at its end, at most `max_bytes` long.
std::string_view CutText(std::string_view text, std::size_t max_bytes);

}  // namespace keystone::ingest
