#include "memory_guard.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

// jemalloc's, in programs that are linked with it.
extern "C" int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value, std::size_t new_size)
    __attribute__((weak));

namespace keystone::ingest {
namespace {

void GiveMemoryBack() {
  constexpr auto kPurgeAllArenas = "arena.4096.purge";
  if (mallctl != nullptr) mallctl(kPurgeAllArenas, nullptr, nullptr, nullptr, 0);
}

}  // namespace

MemoryGuard::MemoryGuard(std::size_t max_bytes)
    : max_bytes_(max_bytes), statm_(max_bytes == 0 ? -1 : open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}

std::size_t MemoryGuard::resident() const {
  std::array<char, 128> text{};
  if (pread(statm_.number(), text.data(), text.size() - 1, 0) <= 0) return 0;
  const char* second = std::strchr(text.data(), ' ');
  return second == nullptr ? 0 : std::strtoull(second, nullptr, 10) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

bool MemoryGuard::IsOver() const { return IsAbove(max_bytes_); }

bool MemoryGuard::IsAbove(std::size_t bytes) const {
  if (!statm_.valid() || resident() <= bytes) return false;
  GiveMemoryBack();
  return resident() > bytes;
}

bool MemoryGuard::IsNear() const { return IsAbove(max_bytes_ / 16 * 15); }

}  // namespace keystone::ingest
