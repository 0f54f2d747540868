#pragma once
// A fresh directory that goes away with its contents.

#include <filesystem>
#include <string>

#include <stdlib.h>

#include "base/check.h"

namespace dsched {

class TempDir {
 public:
  TempDir() {
    path_ = (std::filesystem::temp_directory_path() / "dsched-test-XXXXXX").string();
    DSCHED_CHECK(mkdtemp(path_.data()) != nullptr);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace dsched
