#pragma once
// One daemon per state directory: flock(2) on a file there, for as long as the object lives.

#include <string>

#include "base/result.h"

namespace dsched {

class StateLock {
 public:
  // ErrorCode::unavailable when another process holds it (its pid is named).
  static Result<StateLock> take(const std::string& state_directory);
  ~StateLock();
  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&&) = delete;

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace dsched
