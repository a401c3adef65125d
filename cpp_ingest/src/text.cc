#include "text.h"

#include <algorithm>
#include <array>

namespace keystone::ingest {
namespace {

constexpr bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

constexpr std::array<bool, 256> LowerHexTable() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789abcdef")) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr std::array<bool, 256> kIsLowerHex = LowerHexTable();

}  // namespace

bool IsCanonicalUuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != kForm.size()) return false;
  bool good = true;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    good &= kForm[i] == '-' ? text[i] == '-' : kIsLowerHex[static_cast<unsigned char>(text[i])];
  }
  return good;
}

std::size_t CharactersIn(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

bool HasControlCharacter(std::string_view text) {
  constexpr unsigned char kSpace = 0x20;
  constexpr unsigned char kDelete = 0x7F;
  constexpr unsigned char kC1Lead = 0xC2;  // C1 is C2 80 to C2 9F
  constexpr unsigned char kC1Last = 0x9F;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < kSpace || c == kDelete) return true;
    if (c == kC1Lead && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) <= kC1Last) return true;
  }
  return false;
}

std::string_view CutText(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace keystone::ingest
