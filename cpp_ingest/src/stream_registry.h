#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "open_calls.h"
#include "stream_call.h"

namespace keystone::ingest {

// Owns the open streams, so that they can be ended when the server is.
class StreamRegistry {
 public:
  explicit StreamRegistry(OpenCalls& open_calls) : open_calls_(open_calls) {}

  // A stream that was let in to the open calls.
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Open(Ingestor& ingestor, kafka::Producer& producer,
                                                                    grpc::CallbackServerContext& context,
                                                                    CallInfo call);
  // Ends all streams once what they read is answered.
  void Drain();

 private:
  void Close(StreamCall& stream, Ingestor& ingestor);

  OpenCalls& open_calls_;
  std::mutex mutex_;
  bool draining_ = false;
  std::unordered_map<StreamCall*, std::shared_ptr<StreamCall>> streams_;
};

}  // namespace keystone::ingest
