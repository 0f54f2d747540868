#pragma once
// A flag that a thread raises once and others look at, or wait for with poll(2).

#include <atomic>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

namespace dsched {

class StopFlag {
 public:
  StopFlag() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { DSCHED_CHECK(fd_ >= 0); }
  ~StopFlag() { ::close(fd_); }
  StopFlag(const StopFlag&) = delete;
  StopFlag& operator=(const StopFlag&) = delete;

  void set() {
    is_set_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
  }
  bool is_set() const { return is_set_; }
  int fd() const { return fd_; }  // readable once it is set

 private:
  int fd_;
  std::atomic<bool> is_set_ = false;
};

}  // namespace dsched
