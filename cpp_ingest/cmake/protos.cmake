# Code for the service's protos, for the two of google.rpc that carry error details, and for reflection v1.
set(KEYSTONE_PROTO_ROOT "${CMAKE_CURRENT_SOURCE_DIR}/../protos")
set(THIRD_PARTY_ROOT "${CMAKE_CURRENT_SOURCE_DIR}/third_party")
set(GENERATED "${CMAKE_CURRENT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${GENERATED}")

add_library(keystone_protos STATIC)
set_target_properties(keystone_protos PROPERTIES UNITY_BUILD OFF) # generated files share names
function(generate_proto root name with_service)
  set(outputs "${GENERATED}/${name}.pb.cc" "${GENERATED}/${name}.pb.h")
  set(arguments --cpp_out=${GENERATED} -I ${root})
  if(with_service)
    list(APPEND outputs "${GENERATED}/${name}.grpc.pb.cc" "${GENERATED}/${name}.grpc.pb.h")
    list(APPEND arguments --grpc_out=${GENERATED} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN})
  endif()
  add_custom_command(
    OUTPUT ${outputs}
    COMMAND ${Protobuf_PROTOC_EXECUTABLE} ${arguments} ${root}/${name}.proto
    DEPENDS ${root}/${name}.proto
    VERBATIM)
  target_sources(keystone_protos PRIVATE ${outputs})
endfunction()

generate_proto("${KEYSTONE_PROTO_ROOT}" keystone/ingest/v1/order_event FALSE)
generate_proto("${KEYSTONE_PROTO_ROOT}" keystone/ingest/v1/order_ingest_service TRUE)
generate_proto("${THIRD_PARTY_ROOT}" google/rpc/status FALSE)
generate_proto("${THIRD_PARTY_ROOT}" google/rpc/error_details FALSE)
generate_proto("${THIRD_PARTY_ROOT}" grpc/reflection/v1/reflection TRUE)

target_include_directories(keystone_protos SYSTEM PUBLIC "${GENERATED}")
target_link_libraries(keystone_protos PUBLIC protobuf::libprotobuf PkgConfig::grpcpp)
