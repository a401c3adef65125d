#include "probe.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/slice.h>

#include <chrono>
#include <string>

#include "exit_codes.h"
#include "stderr_writer.h"

namespace keystone::ingest {
namespace {

// Trusts whoever answers: it is this machine's own server, of which nothing but its health is asked.
class TrustsAll final : public grpc::experimental::ExternalCertificateVerifier {
  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* status) override {
    *status = grpc::Status::OK;
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}
};

std::shared_ptr<grpc::ChannelCredentials> Credentials(const TlsOptions& tls) {
  if (!tls.enabled()) return grpc::InsecureChannelCredentials();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(grpc::experimental::ExternalCertificateVerifier::Create<TrustsAll>());
  options.set_certificate_provider(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      tls.key, tls.certificate, std::string{}, tls.reload_seconds));
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

// A server that listens everywhere is asked on this machine.
std::string Target(const std::string& listen) {
  const auto colon = listen.rfind(':');
  const std::string host = listen.substr(0, colon);
  const std::string port = listen.substr(colon);
  return (host == "0.0.0.0" ? "127.0.0.1" : host == "[::]" ? "[::1]" : host) + port;
}

}  // namespace

std::string ProblemOfServer(const Options& options) {
  constexpr std::chrono::seconds kPatience{4};
  constexpr std::string_view kServing = "\x08\x01";  // a HealthCheckResponse
  const std::string target = Target(options.server.listen);
  grpc::GenericStub stub(grpc::CreateChannel(target, Credentials(options.tls)));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  context.set_wait_for_ready(false);
  grpc::CompletionQueue queue;
  const grpc::Slice nothing(std::string{});  // the server as a whole
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Slice answer;
  const bool answered = status.ok() && response.DumpToSingleSlice(&answer).ok();
  if (!answered) return fmt::format("the server at {} does not answer: {}", target, status.error_message());
  const std::string_view bytes(reinterpret_cast<const char*>(answer.begin()), answer.size());
  return bytes == kServing ? std::string{} : fmt::format("the server at {} says that it is NOT_SERVING", target);
}

int RunProbe(const Options& options) {
  const std::string problem = ProblemOfServer(options);
  if (problem.empty()) return 0;
  WriteToStderr(fmt::format("keystone-ingest: {}\n", problem));
  return kExitEnvironment;
}

}  // namespace keystone::ingest
