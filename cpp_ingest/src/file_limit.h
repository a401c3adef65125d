#pragma once

#include <cstddef>

namespace keystone::ingest {

// Raises the number of files that this process may have open as far as it is allowed to; what it is then.
std::size_t RaiseFileLimit();
// What it is now.
std::size_t FileLimit();

}  // namespace keystone::ingest
