#include "call_info.h"

#include <grpc/grpc_security_constants.h>

#include "schema_id.h"

namespace keystone::ingest {
namespace {

std::string IdentityOf(const grpc::CallbackServerContext& context) {
  if (const auto auth = context.auth_context()) {
    const auto subjects = auth->FindPropertyValues(GRPC_X509_SUBJECT_PROPERTY_NAME);
    if (!subjects.empty()) return {subjects.front().data(), subjects.front().size()};
  }
  return WithoutPort(context.peer());
}

}  // namespace

std::optional<CallInfo> ReadCallInfo(const grpc::CallbackServerContext& context, const Ingestor& ingestor) {
  static const grpc::string_ref kKey(kSchemaIdKey.data(), kSchemaIdKey.size());
  CallInfo info;
  const auto& metadata = context.client_metadata();
  const auto given = metadata.find(kKey);
  if (given == metadata.end()) {
    info.schema_id = ingestor.schema_id();
  } else {
    info.schema_id.assign(given->second.data(), given->second.size());
    if (!IsSchemaId(info.schema_id)) return std::nullopt;
  }
  if (ingestor.limits_rate()) info.identity = IdentityOf(context);
  return info;
}

std::string WithoutPort(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

}  // namespace keystone::ingest
