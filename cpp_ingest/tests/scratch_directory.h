#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace keystone::ingest::testing {

// A directory that is gone with the test.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "keystone-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // Writes a file at once, as a rename, and gives its path.
  [[nodiscard]] std::string Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    const std::filesystem::path partial = path_ / (name + ".partial");
    std::ofstream(partial) << text;
    std::filesystem::rename(partial, file);
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace keystone::ingest::testing
