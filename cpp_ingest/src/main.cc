#include <cstdio>
#include <tuple>

#include "application.h"
#include "mutexes.h"
#include "options.h"
#include "probe.h"

int main(int argc, char** argv) {
  keystone::ingest::TrustMutexes();
  auto parsed = keystone::ingest::ParseOptions(argc, argv);
  if (const auto* exit = std::get_if<keystone::ingest::Exit>(&parsed)) {
    std::ignore = std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  auto& options = std::get<keystone::ingest::Options>(parsed);
  return options.probe ? keystone::ingest::RunProbe(options) : keystone::ingest::RunServer(std::move(options));
}
