#include <cstdio>
#include <tuple>

#include "application.h"
#include "mutexes.h"
#include "options.h"

int main(int argc, char** argv) {
  keystone::ingest::TrustMutexes();
  auto parsed = keystone::ingest::ParseOptions(argc, argv);
  if (const auto* exit = std::get_if<keystone::ingest::Exit>(&parsed)) {
    std::ignore = std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  return keystone::ingest::RunServer(std::get<keystone::ingest::Options>(std::move(parsed)));
}
