#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "options.h"

namespace keystone::ingest {

// Why the files cannot serve (unreadable, no PEM, a key of another certificate); empty when they can.
std::string CheckTlsFiles(const TlsOptions& options);

// Plaintext without a certificate, TLS with one, mTLS with a CA for the clients too. Changed files are taken up for new
// connections.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const TlsOptions& options);

}  // namespace keystone::ingest
