#include "supervise/script.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "base/text.h"
#include "supervise/descriptor.h"
#include "supervise/small_file.h"

namespace dsched {

namespace {

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

ScriptFile::~ScriptFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

ScriptFile& ScriptFile::operator=(ScriptFile&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

tl::expected<ScriptFile, int> write_script(const std::string& directory, const std::string& text,
                                           const std::optional<Identity>& identity,
                                           Entropy& entropy) {
  const std::string path = fmt::format("{}/dsched-script-{:016x}{:016x}", directory,
                                       entropy.next_u64(), entropy.next_u64());
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700));
  if (!file) return tl::unexpected(errno);
  ScriptFile script(path);
  if (const int error = write_all(file.get(), text); error != 0) return tl::unexpected(error);
  if (identity && ::geteuid() == 0 && ::fchown(file.get(), identity->uid, identity->gid) != 0)
    return tl::unexpected(errno);
  return script;
}

std::vector<std::string> script_command(const std::string& text, const std::string& path,
                                        std::vector<std::string> argv) {
  if (text.starts_with("#!")) {
    const std::string_view line = trim(std::string_view(text).substr(
        2, text.find('\n') == std::string::npos ? std::string::npos : text.find('\n') - 2));
    const std::size_t blank = line.find_first_of(" \t");
    argv.clear();
    argv.emplace_back(line.substr(0, blank));
    if (blank != std::string_view::npos) argv.emplace_back(trim(line.substr(blank)));
  }
  argv.push_back(path);
  return argv;
}

}  // namespace dsched
