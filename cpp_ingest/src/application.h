#pragma once

#include "options.h"

namespace keystone::ingest {

// Runs the server until a signal ends it; the process's exit code. The calling thread must be the first, as it blocks
// the signals for all.
int RunServer(Options options);

}  // namespace keystone::ingest
