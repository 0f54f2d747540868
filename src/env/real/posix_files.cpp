#include "env/real/posix_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "env/real/inotify_hints.h"

namespace dsched {

namespace {

constexpr std::uint32_t kGfs2Magic = 0x01161970;
constexpr std::uint32_t kLustreMagic = 0x0bd00bd0;
constexpr std::uint32_t kRemoteTypes[] = {
    NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,   SMB2_SUPER_MAGIC, CIFS_SUPER_MAGIC, FUSE_SUPER_MAGIC,
    V9FS_MAGIC,       CEPH_SUPER_MAGIC,  AFS_SUPER_MAGIC,  AFS_FS_MAGIC,     NCP_SUPER_MAGIC,
    CODA_SUPER_MAGIC, OCFS2_SUPER_MAGIC, kGfs2Magic,       kLustreMagic};

// Wraps around for the years that files may claim and 64 bits do not hold.
std::int64_t nanoseconds_of(const timespec& time) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
                                   static_cast<std::uint64_t>(time.tv_nsec));
}

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

  Result<std::string> read_end(const std::string& path, std::size_t max_bytes) override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const off_t size = fd.valid() ? ::lseek(fd.get(), 0, SEEK_END) : -1;
    if (size < 0) return system_error("cannot read " + path, errno);
    std::string text(std::min(max_bytes, static_cast<std::size_t>(size)), '\0');
    const off_t start = size - static_cast<off_t>(text.size());
    for (std::size_t have = 0; have < text.size();) {
      const ssize_t got = ::pread(fd.get(), text.data() + have, text.size() - have,
                                  start + static_cast<off_t>(have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("cannot read " + path, errno);
      if (got == 0) text.resize(have);
      have += static_cast<std::size_t>(got);
    }
    return text;
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
                    status.st_ino,
                    nanoseconds_of(status.st_mtim)};
  }

  Result<Volume> volume(const std::string& path) override {
    struct statfs status {};
    if (::statfs(path.c_str(), &status) != 0) return system_error("cannot look at " + path, errno);
    const auto type = static_cast<std::uint32_t>(status.f_type);
    // The ids of network file systems are given out anew with every mount.
    if (std::count(std::begin(kRemoteTypes), std::end(kRemoteTypes), type) != 0)
      return Volume{type, true};
    std::uint64_t id = 0;
    static_assert(sizeof status.f_fsid == sizeof id);
    std::memcpy(&id, &status.f_fsid, sizeof id);
    return Volume{id != 0 ? id : type, false};
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

  Result<void> write_hint(const std::string& path, std::string_view text) override {
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd.valid() || ::ftruncate(fd.get(), 0) != 0)
      return system_error("cannot write " + path, errno);
    return write_all(fd.get(), text, path);
  }

  Result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return system_error("cannot remove " + path, errno);
    return {};
  }

  Result<std::unique_ptr<DirectoryHints>> directory_hints() override {
    return make_inotify_hints();
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
