#include "reflection_service.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <unordered_set>

namespace keystone::ingest {
namespace {

namespace v1r = grpc::reflection::v1;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

// A file and all that it imports, each once, as clients need them to rebuild it.
void AddFile(const FileDescriptor& file, std::unordered_set<const FileDescriptor*>& seen,
             v1r::FileDescriptorResponse& response) {
  if (!seen.insert(&file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  response.add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), seen, response);
}

void SetError(v1r::ServerReflectionResponse& response, grpc::StatusCode code, const std::string& message) {
  response.mutable_error_response()->set_error_code(code);
  response.mutable_error_response()->set_error_message(message);
}

void SetFile(const FileDescriptor* file, v1r::ServerReflectionResponse& response) {
  if (file == nullptr) return SetError(response, grpc::StatusCode::NOT_FOUND, "this server knows nothing of that name");
  std::unordered_set<const FileDescriptor*> seen;
  AddFile(*file, seen, *response.mutable_file_descriptor_response());
}

const FileDescriptor* FileOfExtension(const DescriptorPool& pool, const v1r::ExtensionRequest& wanted) {
  const auto* type = pool.FindMessageTypeByName(wanted.containing_type());
  const auto* extension = type == nullptr ? nullptr : pool.FindExtensionByNumber(type, wanted.extension_number());
  return extension == nullptr ? nullptr : extension->file();
}

void SetExtensions(const DescriptorPool& pool, const std::string& type_name, v1r::ServerReflectionResponse& response) {
  const auto* type = pool.FindMessageTypeByName(type_name);
  if (type == nullptr) return SetFile(nullptr, response);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool.FindAllExtensions(type, &extensions);
  auto& answer = *response.mutable_all_extension_numbers_response();
  answer.set_base_type_name(type_name);
  for (const auto* extension : extensions) answer.add_extension_number(extension->number());
}

// Answers one request after the other; owns itself.
class ReflectionCall final
    : public grpc::ServerBidiReactor<v1r::ServerReflectionRequest, v1r::ServerReflectionResponse> {
 public:
  explicit ReflectionCall(const ReflectionService& service) : service_(service) { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_ = service_.Answer(request_);
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

  const ReflectionService& service_;
  v1r::ServerReflectionRequest request_;
  v1r::ServerReflectionResponse response_;
};

}  // namespace

v1r::ServerReflectionResponse ReflectionService::Answer(const v1r::ServerReflectionRequest& request) const {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  v1r::ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case v1r::ServerReflectionRequest::kFileByFilename:
      SetFile(pool.FindFileByName(request.file_by_filename()), response);
      break;
    case v1r::ServerReflectionRequest::kFileContainingSymbol:
      SetFile(pool.FindFileContainingSymbol(request.file_containing_symbol()), response);
      break;
    case v1r::ServerReflectionRequest::kFileContainingExtension:
      SetFile(FileOfExtension(pool, request.file_containing_extension()), response);
      break;
    case v1r::ServerReflectionRequest::kAllExtensionNumbersOfType:
      SetExtensions(pool, request.all_extension_numbers_of_type(), response);
      break;
    case v1r::ServerReflectionRequest::kListServices:
      for (const auto& name : services_) response.mutable_list_services_response()->add_service()->set_name(name);
      break;
    default:
      SetError(response, grpc::StatusCode::INVALID_ARGUMENT, "the request asks nothing");
  }
  return response;
}

grpc::ServerBidiReactor<v1r::ServerReflectionRequest, v1r::ServerReflectionResponse>*
ReflectionService::ServerReflectionInfo(grpc::CallbackServerContext* /*context*/) {
  return new ReflectionCall(*this);  // owns itself
}

}  // namespace keystone::ingest
