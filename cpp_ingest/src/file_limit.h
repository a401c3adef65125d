#pragma once

#include <cstddef>

namespace keystone::ingest {

// Raises the number of files that this process may have open as far as it is allowed to; what it is then.
std::size_t RaiseFileLimit();
// Opens what a caller closed of stdin, stdout and stderr on nothing: else the first sockets would have their numbers,
// and what is printed would go to a client.
void HoldStandardFiles();
// What it is now.
std::size_t FileLimit();

}  // namespace keystone::ingest
