#include <cstdio>

#include "application.h"
#include "exit_codes.h"
#include "file_limit.h"
#include "mutexes.h"
#include "options.h"
#include "probe.h"

int main(int argc, char** argv) {
  keystone::ingest::HoldStandardFiles();
  keystone::ingest::TrustMutexes();
  auto parsed = keystone::ingest::ParseOptions(argc, argv);
  if (const auto* exit = std::get_if<keystone::ingest::Exit>(&parsed)) {
    std::FILE* out = exit->code == 0 ? stdout : stderr;
    const bool written = std::fputs(exit->text.c_str(), out) >= 0 && std::fflush(out) == 0;
    return exit->code == 0 && !written ? keystone::ingest::kExitEnvironment : exit->code;
  }
  auto& options = std::get<keystone::ingest::Options>(parsed);
  return options.probe ? keystone::ingest::RunProbe(options) : keystone::ingest::RunServer(std::move(options));
}
