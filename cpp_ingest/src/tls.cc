#include "tls.h"

#include <fmt/format.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace keystone::ingest {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

Certificate ReadCertificate(const std::string& file) {
  const Bio bio(BIO_new_file(file.c_str(), "r"));
  return Certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
}

Key ReadKey(const std::string& file) {
  // Without this an encrypted key would ask for its passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  const Bio bio(BIO_new_file(file.c_str(), "r"));
  return Key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
}

}  // namespace

std::string CheckTlsFiles(const TlsOptions& options) {
  if (!options.enabled()) return {};
  const Certificate certificate = ReadCertificate(options.certificate);
  if (!certificate) return fmt::format("--tls-cert {} holds no PEM certificate", options.certificate);
  const Key key = ReadKey(options.key);
  if (!key) return fmt::format("--tls-key {} holds no unencrypted PEM key", options.key);
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return fmt::format("the key in {} is not the one of {}", options.key, options.certificate);
  }
  if (!options.client_ca.empty() && !ReadCertificate(options.client_ca)) {
    return fmt::format("--tls-client-ca {} holds no PEM certificate", options.client_ca);
  }
  return {};
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const TlsOptions& options) {
  if (!options.enabled()) return grpc::InsecureServerCredentials();
  const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.key, options.certificate, options.client_ca, options.reload_seconds);
  grpc::experimental::TlsServerCredentialsOptions tls(provider);
  tls.watch_identity_key_cert_pairs();
  if (options.client_ca.empty()) {
    tls.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    tls.watch_root_certs();
    tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace keystone::ingest
