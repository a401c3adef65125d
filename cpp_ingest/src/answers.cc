#include "answers.h"

#include <grpcpp/support/slice.h>

namespace keystone::ingest {

grpc::ByteBuffer ToByteBuffer(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  return {&slice, 1};
}

}  // namespace keystone::ingest
