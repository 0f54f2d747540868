#pragma once
// The private file of a job's script text.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/entropy.h"
#include "supervise/start_request.h"

namespace dsched {

// Removes its file when it goes away.
class ScriptFile {
 public:
  ScriptFile() = default;
  explicit ScriptFile(std::string path) : path_(std::move(path)) {}
  ~ScriptFile();
  ScriptFile(ScriptFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScriptFile& operator=(ScriptFile&& other) noexcept;

  const std::string& path() const { return path_; }  // empty: none

 private:
  std::string path_;
};

// Writes text to a new file in directory, mode 0700, owned by the identity. On failure errno of the
// system.
tl::expected<ScriptFile, int> write_script(const std::string& directory, const std::string& text,
                                           const std::optional<Identity>& identity,
                                           Entropy& entropy);

// How to run the script at path: its #! interpreter with at most one argument, as the kernel would,
// or else `argv`; the path comes last. So the file itself need not be executable, and its directory
// may be mounted noexec.
std::vector<std::string> script_command(const std::string& text, const std::string& path,
                                        std::vector<std::string> argv);

}  // namespace dsched
