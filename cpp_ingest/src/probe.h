#pragma once

#include <string>

#include "options.h"

namespace keystone::ingest {

// Asks a running server for its health by grpc.health.v1: empty when it is SERVING, else what it is. What is asked is
// where `--listen` says; with `--tls-cert` by TLS, with the server's own certificate as the client's.
std::string ProblemOfServer(const Options& options);

// The same as a process: 0, or the code of an environment that is not as it should be, after a sentence on stderr.
int RunProbe(const Options& options);

}  // namespace keystone::ingest
