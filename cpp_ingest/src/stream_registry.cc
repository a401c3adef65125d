#include "stream_registry.h"

#include <utility>
#include <vector>

#include "error_status.h"

namespace keystone::ingest {

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamRegistry::Open(Ingestor& ingestor,
                                                                                  kafka::Producer& producer,
                                                                                  grpc::CallbackServerContext& context,
                                                                                  CallInfo call) {
  auto stream = std::make_shared<StreamCall>(ingestor, producer, context, std::move(call),
                                             [this, &ingestor](StreamCall& done) { Close(done, ingestor); });
  ingestor.metrics().streams().Increment();
  std::unique_lock lock(mutex_);
  streams_.emplace(stream.get(), stream);
  const bool draining = draining_;
  lock.unlock();
  if (draining) stream->End(GoingAway());
  stream->Start();
  return stream.get();
}

void StreamRegistry::Drain() {
  std::unique_lock lock(mutex_);
  draining_ = true;
  std::vector<std::shared_ptr<StreamCall>> open;
  open.reserve(streams_.size());
  for (const auto& [address, stream] : streams_) open.push_back(stream);
  lock.unlock();
  for (const auto& stream : open) stream->End(GoingAway());
}

void StreamRegistry::Close(StreamCall& stream, Ingestor& ingestor) {
  std::unique_lock lock(mutex_);
  auto closed = streams_.extract(&stream);
  lock.unlock();
  closed = {};
  ingestor.metrics().streams().Decrement();
  open_calls_.Leave();
}

}  // namespace keystone::ingest
