#include "certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <functional>

namespace keystone::ingest::testing {
namespace {

std::string ToPem(const std::function<void(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void SetName(X509_NAME* name, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                             -1, 0);
}

void AddExtension(X509* certificate, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& name)
    : name_(name), key_(NewKey()), certificate_(Sign(name, key_.get(), true)) {}

CertificateAuthority::Key CertificateAuthority::NewKey() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

CertificateAuthority::Certificate CertificateAuthority::Sign(const std::string& name, EVP_PKEY* key,
                                                             bool is_authority) const {
  constexpr long kHour = 3600;
  constexpr long kVersion3 = 2;
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), kVersion3);
  std::uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHour);
  SetName(X509_get_subject_name(certificate.get()), name);
  SetName(X509_get_issuer_name(certificate.get()), name_);
  X509_set_pubkey(certificate.get(), key);
  AddExtension(certificate.get(), NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!is_authority) AddExtension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  return certificate;
}

CertificateAuthority::Pair CertificateAuthority::Issue(const std::string& name) const {
  const Key key = NewKey();
  const Certificate certificate = Sign(name, key.get(), false);
  return {ToPem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }),
          ToPem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

std::string CertificateAuthority::certificate() const {
  return ToPem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate_.get()); });
}

}  // namespace keystone::ingest::testing
