#pragma once
// Which of the files a job watches have appeared or changed and then been quiet for long enough.
// Fed with what looks at the file system found; the rules are in src/daemon/watching.md.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"

namespace dsched {

inline constexpr std::size_t kMaxWatchedFiles = 10'000;  // of one job

struct FileState {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // since the Unix epoch
  std::uint64_t inode = 0;       // 0: does not last on this file system

  bool operator==(const FileState&) const = default;
};

// What was there when somebody looked. A directory among the files ends in '/'.
struct FileSnapshot {
  struct Found {
    FileState state;
    std::uint64_t volume = 0;  // of the directory it is in
    bool baseline = false;     // matched by new patterns only: it was there before they were
  };
  BootInstant began{}, ended{};  // looking takes time
  std::map<std::string, Found> files;
  // Those that were looked into, with their volumes. 0: it could not be read.
  std::map<std::string, std::uint64_t> directories;
  // More than the limit were there; those left out were last modified at or before this.
  std::optional<std::int64_t> left_out_until_ns;
};

// What is to be remembered across restarts: the files that are no news.
struct FileMemory {
  struct Known {
    FileState state;
    std::uint64_t volume = 0;

    bool operator==(const Known&) const = default;
  };
  std::set<std::string> globs;  // whose files are known
  std::map<std::string, Known> files;
  // Unknown files from before this were left out of a snapshot, and are no news.
  std::optional<std::int64_t> left_out_until_ns;
  bool remote = true;  // some of it is on network file systems, or that is not known yet

  bool operator==(const FileMemory&) const = default;
};

class FileSettling {
 public:
  FileSettling() = default;
  explicit FileSettling(FileMemory memory) : memory_(std::move(memory)) {}

  struct Outcome {
    std::vector<std::string> settled;   // sorted
    std::vector<std::string> restless;  // has kept changing for 60 x settle; told once
    bool memory_changed = false;
  };
  // Requires: the one before had ended when this one began.
  Outcome observe(const FileSnapshot& snapshot, Duration settle);

  // Each answers whether it changes the memory. The files that match these patterns are known from
  // now on: a new one is news.
  bool set_globs(std::set<std::string> globs);
  bool set_remote(bool remote);

  // When the next file has been quiet for long enough, unless it changes.
  std::optional<BootInstant> next_look(Duration settle) const;

  const FileMemory& memory() const { return memory_; }

 private:
  struct Pending {
    FileState state;
    BootInstant since{};       // when it was first seen to be news
    BootInstant changed_at{};  // when it was first seen in this state
    bool restless = false;
  };

  void forget_vanished(const FileSnapshot& snapshot, Outcome& outcome);
  void look_at(const std::string& path, const FileSnapshot::Found& found,
               const FileSnapshot& snapshot, Duration settle, Outcome& outcome);
  bool is_news(const std::string& path, const FileSnapshot::Found& found) const;
  void remember(const std::string& path, const FileSnapshot::Found& found, Outcome& outcome);

  FileMemory memory_;
  std::map<std::string, Pending> pending_;
};

}  // namespace dsched
