#include "supervise/tee.h"

#include <algorithm>
#include <climits>

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

namespace dsched {

namespace {
// A longer line is shown as several. With the longest job name it fits into PIPE_BUF, below which a
// pipe takes all or nothing.
constexpr std::size_t kLongestLine = PIPE_BUF - 512;
}  // namespace

Tee::Tee(int fd, std::string_view job)
    : fd_(fd), prefix_(std::string(job.substr(0, 500)) + " | ") {}

void Tee::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::size_t room = kLongestLine - line_.size();
    const std::size_t taken = std::min({end, bytes.size(), room});
    line_ += bytes.substr(0, taken);
    if (taken == end) {
      put_line(line_);
      line_.clear();
      bytes.remove_prefix(taken + 1);
      continue;
    }
    if (line_.size() == kLongestLine) {
      put_line(line_);
      line_.clear();
    }
    bytes.remove_prefix(taken);
  }
  flush();
}

void Tee::finish() {
  if (!line_.empty()) put_line(line_);
  line_.clear();
  flush();
}

void Tee::put_line(std::string_view line) {
  if (batch_.size() + prefix_.size() + line.size() + 1 > PIPE_BUF) flush();
  batch_.append(prefix_).append(line).append("\n");
}

void Tee::flush() {
  if (batch_.empty()) return;
  if (not_shown_ > 0 &&
      write_now(fmt::format("{}[dsched: {} bytes not shown]\n", prefix_, not_shown_)))
    not_shown_ = 0;
  if (not_shown_ > 0 || !write_now(batch_)) not_shown_ += batch_.size();
  batch_.clear();
}

bool Tee::write_now(std::string_view text) const {
  pollfd ready{fd_, POLLOUT, 0};
  if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return false;
  return ::write(fd_, text.data(), text.size()) > 0;
}

}  // namespace dsched
