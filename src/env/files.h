#pragma once
// The few file operations that configuration and state need. Paths are absolute or relative to the
// working directory. Errors carry the path in their message.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "env/directory_hints.h"

namespace dsched {

enum class FileKind { regular, directory, symlink_broken, other };

struct FileInfo {
  FileKind kind = FileKind::other;  // symbolic links followed
  std::uint64_t size = 0;
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t uid = 0;
  std::uint64_t device = 0, inode = 0;  // which file it is; inode 0: not known
  std::int64_t modified_ns = 0;         // since the Unix epoch
};

// The file system that something is on.
struct Volume {
  std::uint64_t id = 0;  // stays the same when it is mounted again; of network ones only the kind
  bool remote = false;   // a network or FUSE file system: no hints of changes, inodes may not last
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::string> read(const std::string& path, std::size_t max_bytes) = 0;
  // The last bytes of a file of any size.
  virtual Result<std::string> read_end(const std::string& path, std::size_t max_bytes) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;
  virtual Result<Volume> volume(const std::string& path) = 0;
  // The names in a directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // Makes the directory and its parents where they are missing (mode for new ones).
  virtual Result<void> make_directories(const std::string& directory, std::uint32_t mode) = 0;
  // Writes the whole file or nothing: temporary file beside it, fsync, rename, fsync of the
  // directory. An existing file keeps its mode and owner. With must_be_new an existing file is
  // ErrorCode::exists and left alone.
  virtual Result<void> write_whole(const std::string& path, std::string_view text,
                                   std::uint32_t mode, bool must_be_new) = 0;
  // Overwrites the file in place; it may be old, empty or torn after a power cut.
  virtual Result<void> write_hint(const std::string& path, std::string_view text) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  // Error: the system gives no hints; look from time to time.
  virtual Result<std::unique_ptr<DirectoryHints>> directory_hints() = 0;
};

}  // namespace dsched
