#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <string_view>

namespace keystone::ingest {

// A request's bytes in one piece: the buffer's own where it is in one, else a copy.
class FlatRequest {
 public:
  explicit FlatRequest(const grpc::ByteBuffer& buffer) {
    if (!buffer.TrySingleSlice(&slice_).ok() && !buffer.DumpToSingleSlice(&slice_).ok()) slice_ = grpc::Slice();
  }

  [[nodiscard]] std::string_view bytes() const {
    return {reinterpret_cast<const char*>(slice_.begin()), slice_.size()};
  }

 private:
  grpc::Slice slice_;
};

}  // namespace keystone::ingest
