#pragma once

namespace keystone::ingest {

// The project's exit codes: what was asked is wrong, or the surroundings are.
inline constexpr int kExitUsage = 2;
inline constexpr int kExitEnvironment = 3;

}  // namespace keystone::ingest
