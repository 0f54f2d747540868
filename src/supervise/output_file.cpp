#include "supervise/output_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervise/small_file.h"

namespace dsched {

namespace {

constexpr std::size_t kCopyBytes = 64 << 10;
constexpr std::uint64_t kLineSearch = 4096;  // how far a cut may move to fall on a line end
// Below this there is no room for a head, a marker and a tail: the first bytes are kept.
constexpr std::uint64_t kFoldLimit = 1024;

std::string hole_marker(std::uint64_t bytes) {
  return fmt::format("[dsched: {:015} bytes left out here]\n", bytes);
}

int make_parents(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::string made;
  for (const auto& part : parent) {
    made = made.empty() || made == "/" ? made + part.string() : made + "/" + part.string();
    if (::mkdir(made.c_str(), 0750) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS)
      return errno;
  }
  return 0;
}

}  // namespace

int OutputFile::open(const std::string& path, std::uint64_t limit) {
  const int flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  limit_ = limit;
  file_ = Descriptor(::open(path.c_str(), flags, 0640));
  if (!file_ && errno == ENOENT) {
    if (const int error = make_parents(path); error != 0) return error;
    file_ = Descriptor(::open(path.c_str(), flags, 0640));
  }
  return file_ ? 0 : errno;
}

void OutputFile::append(std::string_view bytes) {
  if (lost_ > 0 && !mark_loss()) {
    lost_ += bytes.size();
    return;
  }
  while (!bytes.empty()) {
    const std::uint64_t room = capacity() - size_;
    if (room == 0) {
      if (limit_ < kFoldLimit) {
        left_out_ += bytes.size();
        return;
      }
      if (!fold()) break;
      continue;
    }
    const std::size_t count = std::min<std::uint64_t>(room, bytes.size());
    const ssize_t written = ::pwrite(file_.get(), bytes.data(), count, static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  lost_ += bytes.size();
}

std::uint64_t OutputFile::capacity() const {
  return limit_ == 0 ? UINT64_MAX : limit_;
}

// Makes room in a full file. The bytes that move never overlap their new place.
bool OutputFile::fold() {
  const std::uint64_t head = folded_ ? marker_at_ : last_line_end(limit_ / 4);
  const std::string lead = folded_ || ends_line(head) ? "" : "\n";
  const std::uint64_t tail = folded_ ? tail_at_ : head + lead.size() + hole_marker(0).size();
  const std::uint64_t middle = tail + (limit_ - tail) / 2;
  const std::uint64_t keep = next_line_end(middle);
  const std::uint64_t removed = keep - (folded_ ? tail : head);
  if (!write_whole(head, lead + hole_marker(left_out_ + removed)) || !move_down(keep, tail))
    return false;
  marker_at_ = head + (folded_ ? 0 : lead.size());
  tail_at_ = tail;
  left_out_ += removed;
  folded_ = true;
  return true;
}

bool OutputFile::move_down(std::uint64_t from, std::uint64_t to) {
  char buffer[kCopyBytes];
  while (from < size_) {
    const ssize_t got = ::pread(file_.get(), buffer, sizeof buffer, static_cast<off_t>(from));
    if (got <= 0 || !write_whole(to, {buffer, static_cast<std::size_t>(got)})) return false;
    from += static_cast<std::uint64_t>(got);
    to += static_cast<std::uint64_t>(got);
  }
  if (::ftruncate(file_.get(), static_cast<off_t>(to)) != 0) return false;
  size_ = to;
  return true;
}

std::string OutputFile::read_at(std::uint64_t from, std::uint64_t count) const {
  std::string text(count, '\0');
  const ssize_t got = ::pread(file_.get(), text.data(), count, static_cast<off_t>(from));
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

bool OutputFile::ends_line(std::uint64_t at) const {
  return at == 0 || read_at(at - 1, 1) == "\n";
}

// The place after the last line end before `at`, at most kLineSearch away; `at` when there is none.
std::uint64_t OutputFile::last_line_end(std::uint64_t at) const {
  const std::uint64_t from = at - std::min(at, kLineSearch);
  const std::size_t found = read_at(from, at - from).rfind('\n');
  return found == std::string::npos ? at : from + found + 1;
}

// The place after the first line end from `from` on, at most kLineSearch away; `from` when there is
// none.
std::uint64_t OutputFile::next_line_end(std::uint64_t from) const {
  const std::size_t found = read_at(from, kLineSearch).find('\n');
  return found == std::string::npos ? from : from + found + 1;
}

// Says in the file what is missing at this place. False when it still cannot be written.
bool OutputFile::mark_loss() {
  const std::string marker = fmt::format("\n[dsched: {} bytes could not be written here]\n", lost_);
  if (capacity() - size_ < marker.size() && (limit_ < kFoldLimit || !fold())) return false;
  if (!write_whole(size_, marker)) {
    [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));
    return false;
  }
  size_ += marker.size();
  lost_before_ += lost_;
  lost_ = 0;
  return true;
}

bool OutputFile::write_whole(std::uint64_t offset, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written =
        ::pwrite(file_.get(), text.data(), text.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    offset += static_cast<std::uint64_t>(written);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace dsched
