#include "env/real/posix_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dsched {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // Errors of close(2) count for written files.
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("cannot write " + path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync_directory(const std::string& directory) {
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return system_error("cannot sync " + directory, errno);
  return {};
}

class PosixFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path, std::size_t max_bytes) override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) return system_error("cannot read " + path, errno);
    std::string text;
    for (;;) {
      const std::size_t have = text.size();
      const std::size_t step = std::min<std::size_t>(64 << 10, max_bytes - have + 1);
      text.resize(have + step);
      const ssize_t got = ::read(fd.get(), text.data() + have, step);
      if (got < 0 && errno == EINTR) {
        text.resize(have);
        continue;
      }
      if (got < 0) return system_error("cannot read " + path, errno);
      text.resize(have + static_cast<std::size_t>(got));
      if (got == 0) return text;
      if (text.size() > max_bytes) {
        return Error{ErrorCode::invalid,
                     path + " is larger than " + std::to_string(max_bytes) + " bytes", ""};
      }
    }
  }

  Result<FileInfo> info(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT && ::lstat(path.c_str(), &status) == 0)
        return FileInfo{FileKind::symlink_broken, 0, 0, 0};
      return system_error("cannot look at " + path, errno);
    }
    FileKind kind = FileKind::other;
    if (S_ISREG(status.st_mode)) kind = FileKind::regular;
    if (S_ISDIR(status.st_mode)) kind = FileKind::directory;
    return FileInfo{kind,
                    static_cast<std::uint64_t>(status.st_size),
                    status.st_mode & 07777U,
                    status.st_uid,
                    status.st_dev,
                    status.st_ino};
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return system_error("cannot list " + directory, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    const int error = errno;
    ::closedir(stream);
    if (error != 0) return system_error("cannot list " + directory, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<void> make_directories(const std::string& directory, std::uint32_t mode) override {
    if (::mkdir(directory.c_str(), mode) == 0) return {};
    const int error = errno;
    if (auto there = info(directory); there && there->kind == FileKind::directory) return {};
    if (error != ENOENT || directory.find('/') == std::string::npos) {
      return system_error("cannot make the directory " + directory, error);
    }
    const std::string parent = parent_of(directory);
    if (parent == directory) return system_error("cannot make the directory " + directory, error);
    DSCHED_TRY(make_directories(parent, mode));
    if (::mkdir(directory.c_str(), mode) == 0 || errno == EEXIST) return {};
    return system_error("cannot make the directory " + directory, errno);
  }

  Result<void> write_whole(const std::string& path, std::string_view text, std::uint32_t mode,
                           bool must_be_new) override {
    const std::string temporary = path + ".tmp" + std::to_string(::getpid()) + "~";
    auto written = write_temporary(temporary, path, text, mode);
    if (written) written = put_in_place(temporary, path, must_be_new);
    if (!written) {
      ::unlink(temporary.c_str());
      return written;
    }
    return sync_directory(parent_of(path));
  }

  Result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return system_error("cannot remove " + path, errno);
    return {};
  }

 private:
  static Result<void> write_temporary(const std::string& temporary, const std::string& path,
                                      std::string_view text, std::uint32_t mode) {
    Descriptor fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd.valid()) return system_error("cannot write " + path, errno);
    struct stat old {};
    if (::stat(path.c_str(), &old) == 0) {
      if (::fchmod(fd.get(), old.st_mode & 07777U) != 0)
        return system_error("cannot keep the mode of " + path, errno);
      if (::fchown(fd.get(), old.st_uid, old.st_gid) != 0 && errno != EPERM) {
        return system_error("cannot keep the owner of " + path, errno);
      }
    }
    DSCHED_TRY(write_all(fd.get(), text, path));
    if (::fsync(fd.get()) != 0 || fd.close() != 0)
      return system_error("cannot write " + path, errno);
    return {};
  }

  static Result<void> put_in_place(const std::string& temporary, const std::string& path,
                                   bool must_be_new) {
    if (!must_be_new) {
      if (::rename(temporary.c_str(), path.c_str()) != 0)
        return system_error("cannot write " + path, errno);
      return {};
    }
    if (::link(temporary.c_str(), path.c_str()) != 0) {
      if (errno == EEXIST) return Error{ErrorCode::exists, path + " exists already", ""};
      return system_error("cannot write " + path, errno);
    }
    ::unlink(temporary.c_str());
    return {};
  }
};

}  // namespace

std::unique_ptr<Files> make_posix_files() {
  return std::make_unique<PosixFiles>();
}

}  // namespace dsched
