#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keystone::loadgen {

// Realistic order events, each with ids of its own: a seed gives the same ids again. Cheap, as a serialized template
// only gets its ids written over.
class EventFactory {
 public:
  explicit EventFactory(std::uint64_t seed);

  // The next event's bytes, valid until the next call.
  std::string_view Next();
  // The id of the event that Next gave.
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  struct Template {
    std::string bytes;
    std::size_t event_id;
    std::size_t order_id;
  };

  static std::vector<Template> MakeTemplates();
  std::uint64_t Random();
  static void WriteHex(std::uint64_t value, char* to);

  std::uint64_t state_;
  std::vector<Template> templates_;
  std::size_t next_ = 0;
  std::string id_;
};

}  // namespace keystone::loadgen
