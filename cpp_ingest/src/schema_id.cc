#include "schema_id.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>
#include <openssl/sha.h>

#include <array>

#include "keystone/ingest/v1/order_event.pb.h"

namespace keystone::ingest {

std::string BuiltInSchemaId() {
  constexpr std::size_t kIdBytes = 16;
  google::protobuf::FileDescriptorProto file;
  v1::OrderEvent::descriptor()->file()->CopyTo(&file);
  const std::string bytes = file.SerializeAsString();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + kIdBytes, ""));
}

bool IsSchemaId(std::string_view text) {
  constexpr std::size_t kMaxLength = 64;
  return !text.empty() && text.size() <= kMaxLength &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace keystone::ingest
