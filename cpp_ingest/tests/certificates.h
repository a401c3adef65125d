#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace keystone::ingest::testing {

// Certificates for one test run, made on the spot.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name);

  struct Pair {
    std::string certificate;
    std::string key;
  };

  // For 127.0.0.1 and localhost, valid an hour.
  [[nodiscard]] Pair Issue(const std::string& name) const;
  [[nodiscard]] std::string certificate() const;

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static Key NewKey();
  [[nodiscard]] Certificate Sign(const std::string& name, EVP_PKEY* key, bool is_authority) const;

  std::string name_;
  Key key_;
  Certificate certificate_;
};

}  // namespace keystone::ingest::testing
