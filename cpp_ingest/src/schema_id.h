#pragma once

#include <string>
#include <string_view>

namespace keystone::ingest {

// Name of the Kafka header, and of the call's metadata, that carries a schema's id.
inline constexpr std::string_view kSchemaIdKey = "keystone-schema-id";

// The first 32 hexadecimal digits of SHA-256 over order_event.proto's serialized FileDescriptorProto, as compiled in.
// protoc strips comments and source positions from it and writes fields in the order of their numbers, so that C++,
// Python and every release of protoc get the same bytes from the same file.
std::string BuiltInSchemaId();

// Up to 64 of 0-9, a-f and `-`: a digest, or the UUID that a registry gives.
bool IsSchemaId(std::string_view text);

}  // namespace keystone::ingest
