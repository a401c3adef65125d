#include "tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "certificates.h"
#include "client.h"
#include "probe.h"
#include "scratch_directory.h"
#include "test_server.h"

namespace keystone::ingest {
namespace {

using testing::CertificateAuthority;
using testing::Client;
using testing::Eventually;
using testing::FreshEvent;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TestServer;

class Tls : public ::testing::Test {
 protected:
  Tls() { Install(authority_); }

  // Gives the server a certificate of this authority.
  void Install(const CertificateAuthority& authority) {
    const auto pair = authority.Issue("server");
    key_ = scratch_.Write("server.key", pair.key);
    certificate_ = scratch_.Write("server.pem", pair.certificate);
  }

  [[nodiscard]] std::function<void(Options&)> WithTls(bool mutual) const {
    return [this, mutual](Options& options) {
      options.tls.certificate = certificate_;
      options.tls.key = key_;
      options.tls.reload_seconds = 1;
      if (mutual) options.tls.client_ca = scratch_.Write("clients.pem", authority_.certificate());
    };
  }

  // What a client gets that trusts this CA and has this certificate.
  static grpc::StatusCode Try(const TestServer& server, const std::string& ca,
                              const CertificateAuthority::Pair& own = {}) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    Client client(grpc::CreateCustomChannel(
        server.address(),
        grpc::SslCredentials({.pem_root_certs = ca, .pem_private_key = own.key, .pem_cert_chain = own.certificate}),
        arguments));
    return client.Ingest(FreshEvent()).error_code();
  }

  testing::ScratchDirectory scratch_;
  CertificateAuthority authority_{"authority"};
  std::string certificate_;
  std::string key_;
};

TEST_F(Tls, IsProbedWithTheServersOwnCertificate) {
  for (const bool mutual : {false, true}) {
    const TestServer server(WithTls(mutual));
    Options options = server.options();
    options.server.listen = server.address();
    EXPECT_THAT(ProblemOfServer(options), HasSubstr("NOT_SERVING")) << "as no test sets it";
    options.tls = {};
    EXPECT_THAT(ProblemOfServer(options), HasSubstr("does not answer"));
  }
}

TEST_F(Tls, ServesThoseThatTrustIt) {
  TestServer server(WithTls(false));
  EXPECT_EQ(Try(server, authority_.certificate()), grpc::StatusCode::OK);
  EXPECT_EQ(Try(server, CertificateAuthority("other").certificate()), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, ServesNoPlaintext) {
  TestServer server(WithTls(false));
  Client client(server.Connect());
  EXPECT_EQ(client.Ingest(FreshEvent()).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, PlaintextServersServeNoTls) {
  TestServer server;
  EXPECT_EQ(Try(server, authority_.certificate()), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, MutualServesOnlyClientsOfItsAuthority) {
  TestServer server(WithTls(true));
  EXPECT_EQ(Try(server, authority_.certificate(), authority_.Issue("client")), grpc::StatusCode::OK);
  EXPECT_EQ(Try(server, authority_.certificate()), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Try(server, authority_.certificate(), CertificateAuthority("other").Issue("client")),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, AQuotaBelongsToACertificatesSubject) {
  const auto change = WithTls(true);
  TestServer server([&change](Options& options) {
    change(options);
    options.limits.rate_per_identity = 0.001;
  });
  EXPECT_EQ(Try(server, authority_.certificate(), authority_.Issue("first")), grpc::StatusCode::OK);
  EXPECT_EQ(Try(server, authority_.certificate(), authority_.Issue("first")), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Try(server, authority_.certificate(), authority_.Issue("second")), grpc::StatusCode::OK);
}

TEST_F(Tls, TakesUpANewCertificate) {
  TestServer server(WithTls(false));
  const CertificateAuthority next("next");
  ASSERT_EQ(Try(server, authority_.certificate()), grpc::StatusCode::OK);
  Install(next);
  EXPECT_TRUE(Eventually([&] { return Try(server, next.certificate()) == grpc::StatusCode::OK; }, 20));
  EXPECT_EQ(Try(server, authority_.certificate()), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, FilesThatCannotServeAreNamed) {
  TlsOptions options{.certificate = certificate_, .key = key_, .client_ca = {}};
  EXPECT_THAT(CheckTlsFiles(options), IsEmpty());
  options.key = scratch_.Write("other.key", authority_.Issue("x").key);
  EXPECT_THAT(CheckTlsFiles(options), HasSubstr("is not the one of"));
  options.key = scratch_.Write("no.key", "hello");
  EXPECT_THAT(CheckTlsFiles(options), HasSubstr("--tls-key"));
  options.certificate = options.key;
  EXPECT_THAT(CheckTlsFiles(options), HasSubstr("--tls-cert"));
}

}  // namespace
}  // namespace keystone::ingest
