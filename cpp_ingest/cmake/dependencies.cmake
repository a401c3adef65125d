find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
pkg_check_modules(grpcpp REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(absl_synchronization REQUIRED IMPORTED_TARGET absl_synchronization)
find_library(GRPCPP_REFLECTION grpc++_reflection REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

# librdkafka: either a prefix that scripts/dependencies.sh built, or the system's.
add_library(keystone_rdkafka INTERFACE)
if(KEYSTONE_LIBRDKAFKA)
  find_library(ZSTD zstd REQUIRED)
  target_include_directories(keystone_rdkafka SYSTEM INTERFACE "${KEYSTONE_LIBRDKAFKA}/include")
  target_link_libraries(keystone_rdkafka INTERFACE "${KEYSTONE_LIBRDKAFKA}/lib/librdkafka.a" OpenSSL::SSL
                        OpenSSL::Crypto ZLIB::ZLIB "${ZSTD}" Threads::Threads m ${CMAKE_DL_LIBS})
else()
  pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka>=2.8)
  target_link_libraries(keystone_rdkafka INTERFACE PkgConfig::rdkafka)
endif()

# The servers' allocator: an event costs a dozen small allocations, which jemalloc makes cheaper by a quarter of the CPU
# time of a streamed event. Sanitizers bring their own.
add_library(keystone_allocator INTERFACE)
if(NOT KEYSTONE_SANITIZE)
  find_library(JEMALLOC jemalloc REQUIRED)
  target_link_libraries(keystone_allocator INTERFACE "${JEMALLOC}")
endif()
