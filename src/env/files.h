#pragma once
// The few file operations that configuration and state need. Paths are absolute or relative to the
// working directory. Errors carry the path in their message.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dsched {

enum class FileKind { regular, directory, symlink_broken, other };

struct FileInfo {
  FileKind kind = FileKind::other;  // symbolic links followed
  std::uint64_t size = 0;
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t uid = 0;
  std::uint64_t device = 0, inode = 0;  // which file it is; inode 0: not known
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::string> read(const std::string& path, std::size_t max_bytes) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;
  // The names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // Makes the directory and its parents where they are missing (mode for new ones).
  virtual Result<void> make_directories(const std::string& directory, std::uint32_t mode) = 0;
  // Writes the whole file or nothing: temporary file beside it, fsync, rename, fsync of the
  // directory. An existing file keeps its mode and owner. With must_be_new an existing file is
  // ErrorCode::exists and left alone.
  virtual Result<void> write_whole(const std::string& path, std::string_view text,
                                   std::uint32_t mode, bool must_be_new) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
};

}  // namespace dsched
